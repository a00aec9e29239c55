"""Reading parameters the way the real server does: everything is a string first, whatever the body was written in."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.botapi.errors import bad

Params = dict[str, Any]

_INTEGER = re.compile(r"-?\d+")


def string(params: Params, name: str) -> str:
    """Return a parameter as text; absent is empty."""
    value = params.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def boolean(params: Params, name: str) -> bool:
    """Return a parameter as a truth."""
    return string(params, name).strip().lower() in {"true", "yes", "1"}


def integer(params: Params, name: str, default: int = 0, least: int = -(1 << 31), most: int = (1 << 31) - 1) -> int:
    """Return a number brought within its bounds: the real server clamps and never complains."""
    text = string(params, name)
    if not text:
        return default
    match = _INTEGER.match(text)
    return max(least, min(most, int(match[0]) if match else 0))


def structure(params: Params, name: str, complaint: str) -> Any:
    """Return a parameter written in JSON, or None when it is absent."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise bad(complaint) from None


def field(owner: dict[str, Any], name: str, *, required: bool = True) -> str:
    """Return a text inside an object; numbers are taken for texts, as the real server takes them."""
    value = owner.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if value is None and not required:
        return ""
    if value is None and name not in owner:
        raise ValueError(f'Can\'t find field "{name}"')
    raise ValueError(f'Field "{name}" must be of type String')


def flag(owner: dict[str, Any], name: str) -> bool:
    """Return a truth inside an object."""
    value = owner.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f'Field "{name}" must be of type Boolean')
    return value
