"""Telegram: python-telegram-bot's `Bot`, types and parsing; the loop, the order and the erasing are ours."""

from bot.channels.telegram.channel import Telegram, set_up

__all__ = ["Telegram", "set_up"]
