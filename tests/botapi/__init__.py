"""A strict stand-in for the Telegram Bot API, for tests: see README.md."""

from tests.botapi.clock import Clock
from tests.botapi.model import Button, Call, Message, Notice, Press
from tests.botapi.person import Person
from tests.botapi.server import Server

__all__ = ["Button", "Call", "Clock", "Message", "Notice", "Person", "Press", "Server"]
