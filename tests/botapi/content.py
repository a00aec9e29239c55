"""What a message is made of, as a call brings it: a text, its entities, the preview of its links."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.botapi.errors import bad
from tests.botapi.links import checked_link
from tests.botapi.params import Params, boolean, field, flag, string, structure
from tests.botapi.text import LONGEST_RAW, clean, ordered, parse_html, width

MOST_ENTITIES = 100

WRITTEN = {"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "text_mention"}
WRITTEN |= {"custom_emoji", "blockquote", "expandable_blockquote", "date_time"}
FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"}
"""What the server finds by itself: a bot may name these, and nothing comes of it."""


def preview(params: Params) -> dict[str, Any] | None:
    """Return how links are to be previewed, or None when nothing is said of it."""
    value = structure(params, "link_preview_options", "Can't parse link preview options JSON object")
    if value is None:
        return {"is_disabled": True} if boolean(params, "disable_web_page_preview") else None
    if not isinstance(value, dict):
        raise bad("Object expected as link preview options")
    names = ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text")
    try:
        kept: dict[str, Any] = {name: True for name in names if flag(value, name)}
        url = field(value, "url", required=False)
    except ValueError as fault:
        raise bad(str(fault)) from None
    if url and "is_disabled" not in kept:
        kept["url"] = url
    return kept or None


def text(params: Params) -> tuple[str, list[dict[str, Any]]]:
    """Return the text and entities that a call brings, as they were written."""
    text = string(params, "text")
    if not text:
        raise bad("Message text is empty")
    if len(text.encode()) > LONGEST_RAW:
        raise bad("Text is too long")
    mode = string(params, "parse_mode").lower()
    if mode == "html":
        return parse_html(text)
    if mode not in {"", "none"}:
        raise bad("Unsupported parse_mode")
    return text, _entities(params)


def _entities(params: Params) -> list[dict[str, Any]]:
    value = params.get("entities")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    kept = []
    for entity in value if isinstance(value, list) else []:
        try:
            kept.append(_entity(entity))
        except ValueError as fault:
            raise bad(f"Can't parse MessageEntity: {fault}") from None
    return ordered([entity for entity in kept if entity])


def _entity(entity: Any) -> dict[str, Any] | None:
    if not isinstance(entity, dict):
        raise ValueError("expected an Object")
    for name in ("offset", "length"):
        if not isinstance(entity.get(name), int):
            raise ValueError(f'Can\'t find field "{name}"')
    kind = field(entity, "type")
    if kind in FOUND:
        return None
    if kind not in WRITTEN:
        raise ValueError("Unsupported type specified")
    if kind == "text_link":
        link = checked_link(field(entity, "url"))
        return {**entity, "url": link} if link else None
    return dict(entity)


def tidy(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Return what is left once the server has cleaned and trimmed; refuse when nothing is."""
    for entity in entities:
        if not 0 <= entity["offset"] <= 1_000_000:
            raise bad(f"Receive an entity with incorrect offset {entity['offset']}")
        if not 0 <= entity["length"] <= 1_000_000:
            raise bad(f"Receive an entity with incorrect length {entity['length']}")
    if not entities:
        text = clean(text).rstrip()
        kept = text.lstrip(" \n")
        if not kept or not re.search(r"[^\s\u200b-\u200f\u2060-\u206f\ufeff]", kept):
            raise bad("Text must be non-empty")
        return kept, []
    return _tidy_with(text, entities)


def _tidy_with(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    units = text.encode("utf-16-le", "surrogatepass")
    size = len(units) // 2

    def cleaned(end: int) -> int:
        return width(clean(units[: end * 2].decode("utf-16-le", "replace")))

    moved = []
    for entity in entities:
        begin = cleaned(min(entity["offset"], size))
        end = cleaned(min(entity["offset"] + entity["length"], size))
        moved.append({**entity, "offset": begin, "length": end - begin})
    body = clean(text).rstrip()
    first = min((e["offset"] for e in moved if e["length"] > 0), default=len(body))
    lead = min(len(body) - len(body.lstrip(" \n")), first)
    last = width(body)
    kept = []
    for entity in moved:
        begin, end = entity["offset"], min(entity["offset"] + entity["length"], last)
        if end > begin:
            kept.append({**entity, "offset": begin - lead, "length": end - begin})
    body = body[lead:]
    if not body.strip():
        raise bad("Text must be non-empty")
    return body, kept[:MOST_ENTITIES]
