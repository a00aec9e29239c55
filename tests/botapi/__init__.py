"""A strict stand-in for the Telegram Bot API, for tests: see README.md."""

from tests.botapi.clock import Clock
from tests.botapi.faults import Fault, Flood
from tests.botapi.group import Group
from tests.botapi.model import Button, Call, Message, Notice, Press
from tests.botapi.person import Person
from tests.botapi.rules import Rules
from tests.botapi.server import Server

__all__ = [
    "Button",
    "Call",
    "Clock",
    "Fault",
    "Flood",
    "Group",
    "Message",
    "Notice",
    "Person",
    "Press",
    "Rules",
    "Server",
]
