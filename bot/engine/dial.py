"""Turn a number into what a channel makes easy to dial: `tel:`, `sms:` where one writes (never pre-filled), a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.engine.message import Dial
from bot.text import NARROW, isolate

if TYPE_CHECKING:
    from bot.directory.model import Number, Phone


def grouped(display: str) -> str:
    """Join the groups of a number so that no line breaks inside it."""
    return display.replace(" ", NARROW)


def number_dial(number: Number) -> Dial:
    """Return how a national number is called or written to; the call-back number is only named."""
    text = isolate(grouped(number.display))
    if not number.dial:
        return Dial(text, None)
    return Dial(text, _link(number.channel, number.number) if number.number else number.url)


def phone_dial(phone: Phone | None) -> Dial | None:
    """Return how a local number is called, or written to."""
    if phone is None:
        return None
    return Dial(isolate(grouped(phone.display)), _link(phone.channel, phone.number))


def _link(channel: str, digits: str) -> str:
    """Return an RFC 3966 or RFC 5724 address: international for ten digits, as it is for a short code."""
    whole = f"+33{digits[1:]}" if len(digits) == 10 and digits.startswith("0") else digits
    return f"sms:{whole}" if channel == "sms" else f"tel:{whole}"
