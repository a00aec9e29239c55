"""Telegram: python-telegram-bot's `Bot`, types and parsing; the loop, the order and the erasing are ours."""

import os

os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's delays as it will give them tomorrow, without its warning

from bot.channels.telegram.channel import Telegram, set_up

__all__ = ["Telegram", "set_up"]
