"""The web: the same screens in a page, for a phone first, that works without JavaScript and keeps nothing."""

from bot.channels.web.html import Look, Publisher, draw
from bot.channels.web.server import make_app, serve

__all__ = ["Look", "Publisher", "draw", "make_app", "serve"]
