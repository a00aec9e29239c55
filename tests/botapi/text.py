"""Texts as the server reads them: HTML to entities, lengths in UTF-16, what is cleaned away.

Offsets in errors are in bytes of UTF-8, those of entities in units of UTF-16: the parser keeps both counts.
"""

from __future__ import annotations

import html
import re
from typing import Any

from tests.botapi.errors import Refused, bad
from tests.botapi.links import checked_link, user_of_link

LONGEST = 4096
LONGEST_RAW = 1 << 15

NAMES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}

_ENTITY = re.compile(r"&(?:#(\d{1,8})|#x([0-9a-fA-F]{1,7})|(lt|gt|amp|quot)(?![A-Za-z]));?")
_OPENING = re.compile(r"<([^\s>]*)")
_CLOSING = re.compile(r"</([^\s>]*)\s*")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>/"']+)\s*""")
_VALUE = re.compile(r"""\s*(?:"([^"]*)("?)|'([^']*)('?)|([A-Za-z0-9.-]*))""")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_DIRTY = re.compile(r"[\x00-\x09\x0b-\x1f\u2028-\u202e\u030a\u0333\u033f\u200e\u200f]")
_CONTROL: dict[int, str | None] = dict.fromkeys([*range(10), 11, 12, *range(14, 32)], " ")
_CONTROL |= dict.fromkeys([13, *range(0x2028, 0x202F), 0x30A, 0x333, 0x33F])
_MARKS = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")


def width(text: str) -> int:
    """Return a length in UTF-16 units, which is how Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def clean(text: str) -> str:
    """Return the text as the server keeps it.

    Controls become spaces; carriage returns, marks that override direction and three combining marks go; of several
    direction marks in a row only the last one acts.
    """
    if not _DIRTY.search(text):
        return text
    return _MARKS.sub(lambda found: "\u200c" * len(found[0]), text.translate(_CONTROL))


def parse_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Return plain text and entities, or refuse with the reason and the byte where it stands."""
    if "<" not in text and "&" not in text:
        return text, []
    try:
        return _parse(text)
    except Refused:
        raise
    except ValueError as fault:
        raise bad(f"Can't parse entities: {fault}") from None


def _parse(text: str) -> tuple[str, list[dict[str, Any]]]:
    out: list[str] = []
    units = 0
    entities: list[dict[str, Any]] = []
    stack: list[tuple[str, str, int, int]] = []
    i = 0
    while i < len(text):
        stop = min((p for p in (text.find("<", i), text.find("&", i)) if p >= 0), default=len(text))
        if stop > i:
            out.append(text[i:stop])
            units += width(text[i:stop])
            i = stop
            continue
        if text[i] == "&":
            piece, i = _character(text, i)
            out.append(piece)
            units += width(piece)
        elif text.startswith("</", i):
            i = _close(text, i, stack, units, entities, out)
        else:
            tag, argument, i = _open(text, i)
            stack.append((tag, argument, units, len(out)))
    if stack:
        raise ValueError(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return "".join(out), ordered(entities)


def _character(text: str, i: int) -> tuple[str, int]:
    match = _ENTITY.match(text, i)
    if match is None:
        return "&", i + 1
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name], match.end()
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if not 0 < code < 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return "&", i + 1
    return chr(code), match.end()


def _byte(text: str, i: int) -> int:
    return len(text[:i].encode())


def _open(text: str, i: int) -> tuple[str, str, int]:
    at = _byte(text, i)
    match = _OPENING.match(text, i)
    assert match is not None
    tag, j = match[1].lower(), match.end()
    if j >= len(text):
        raise ValueError(f"Unclosed start tag at byte offset {at}")
    if tag not in NAMES:
        raise ValueError(f'Unsupported start tag "{tag}" at byte offset {at}')
    argument = ""
    while True:
        while j < len(text) and text[j].isspace():
            j += 1
        if j < len(text) and text[j] == ">":
            break
        named = _ATTRIBUTE.match(text, j)
        if named is None:
            raise ValueError(f'Empty attribute name in the tag "{tag}" at byte offset {at}')
        name, j = named[1], named.end()
        if j >= len(text):
            raise ValueError(f'Unclosed start tag "{tag}" at byte offset {at}')
        if text[j] != "=":
            if tag == "blockquote" and name == "expandable":
                argument = "1"
            continue
        value, j = _value(text, j + 1, tag, at)
        argument = _argument(tag, name, value, argument)
    if tag == "span" and argument != "spoiler":
        raise ValueError(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    return tag, argument, j + 1


def _value(text: str, j: int, tag: str, at: int) -> tuple[str, int]:
    match = _VALUE.match(text, j)
    assert match is not None
    double, _, single, _, bare = match.groups()
    end = match.end()
    if end >= len(text):
        where = f'"{tag}" at' if not text[j:].strip() else "at"
        raise ValueError(f"Unclosed start tag {where} byte offset {at}")
    if bare is not None:
        if not (text[end].isspace() or text[end] == ">"):
            raise ValueError(f"Unexpected end of name token at byte offset {_byte(text, match.start(5))}")
        return bare.lower(), end
    quoted = double if double is not None else single
    return re.sub(_ENTITY, lambda m: _character(m[0], 0)[0], quoted), end


def _argument(tag: str, name: str, value: str, before: str) -> str:
    if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "unix")}:
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value[9:]
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value[3:]
    return "1" if (tag, name) == ("blockquote", "expandable") else before


def _close(
    text: str,
    i: int,
    stack: list[tuple[str, str, int, int]],
    units: int,
    entities: list[dict[str, Any]],
    out: list[str],
) -> int:
    at = _byte(text, i)
    if not stack:
        raise ValueError(f"Unexpected end tag at byte offset {at}")
    match = _CLOSING.match(text, i)
    assert match is not None
    if match.end() >= len(text) or text[match.end()] != ">":
        raise ValueError(f"Unclosed end tag at byte offset {at}")
    found = match[1].lower()
    tag, argument, begin, piece = stack[-1]
    if found and found != tag:
        raise ValueError(f'Unmatched end tag at byte offset {at}, expected "</{tag}>", found "</{found}>"')
    stack.pop()
    if units > begin:
        entity = _entity(tag, argument, begin, units - begin, "".join(out[piece:]), entities)
        if entity is not None:
            entities.append(entity)
    return match.end() + 1


def _entity(
    tag: str, argument: str, offset: int, length: int, inside: str, before: list[dict[str, Any]]
) -> dict[str, Any] | None:
    entity: dict[str, Any] = {"offset": offset, "length": length, "type": NAMES[tag]}
    if tag == "a":
        url = argument or inside
        user = user_of_link(url)
        if user:
            return {**entity, "type": "text_mention", "user": {"id": user, "is_bot": False, "first_name": ""}}
        link = checked_link(url)
        return {**entity, "url": link} if link else None
    if tag == "blockquote" and argument:
        return {**entity, "type": "expandable_blockquote"}
    if tag == "tg-emoji":
        if not argument.isdigit() or int(argument) == 0:
            raise ValueError("Invalid custom emoji identifier specified")
        return {**entity, "custom_emoji_id": argument}
    if tag == "tg-time":
        return {**entity, "unix_time": int(argument)} if argument.isdigit() else None
    if tag == "code":
        last = before[-1] if before else {}
        if argument and (last.get("type"), last.get("offset"), last.get("length")) == ("pre", offset, length):
            last["language"] = argument
            return None
        return {**entity, "language": argument} if argument else entity
    if tag == "pre":
        last = before[-1] if before else {}
        same = (last.get("type"), last.get("offset"), last.get("length")) == ("code", offset, length)
        if same and last.get("language"):
            last["type"] = "pre"
            return None
    return entity


def ordered(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return entities by place, the longest first; a language belongs to `pre` only."""
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return sorted(entities, key=lambda e: (e["offset"], -e["length"]))


_OPEN_TAGS = {"bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre"}
_OPEN_TAGS |= {"spoiler": "tg-spoiler", "blockquote": "blockquote"}


def to_html(text: str, entities: list[dict[str, Any]]) -> str:
    """Return text and entities as HTML, nested as they were."""
    raw = text.encode("utf-16-le")
    starts: dict[int, list[str]] = {}
    ends: dict[int, list[str]] = {}
    for entity in entities:
        kind = entity["type"]
        if kind == "text_link":
            opening, tag = f'<a href="{html.escape(entity["url"])}">', "a"
        elif kind == "expandable_blockquote":
            opening, tag = "<blockquote expandable>", "blockquote"
        elif kind in _OPEN_TAGS:
            tag = _OPEN_TAGS[kind]
            opening = f"<{tag}>"
        else:
            continue
        starts.setdefault(entity["offset"], []).append(opening)
        ends.setdefault(entity["offset"] + entity["length"], []).insert(0, f"</{tag}>")
    out: list[str] = []
    last = 0
    for at in sorted({*starts, *ends, len(raw) // 2}):
        out.append(html.escape(raw[last * 2 : at * 2].decode("utf-16-le", "replace"), quote=False))
        out += ends.get(at, [])
        out += starts.get(at, [])
        last = at
    return "".join(out)
