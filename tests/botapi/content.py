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

STYLES = {"bold", "italic", "underline", "strikethrough", "spoiler"}
WRITTEN = STYLES | {"code", "pre", "text_link", "text_mention", "custom_emoji", "blockquote", "expandable_blockquote"}
WRITTEN |= {"date_time"}
FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"}
"""What the server finds by itself: a bot may name these, and nothing comes of it."""

_SOMETHING = re.compile(r"[^\s\u200b-\u200f\u2060-\u206f\ufeff]")


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
    kept: list[dict[str, Any]] = []
    if entities:
        text, kept = _cleaned(text, entities)
    else:
        text = clean(text)
    text = text.rstrip(" \n")
    last = width(text)
    kept = [{**e, "length": min(e["length"], last - e["offset"])} for e in kept if e["offset"] < last]
    # What an entity covers is not trimmed at the beginning, be it a space.
    lead = min(len(text) - len(text.lstrip(" \n")), kept[0]["offset"] if kept else len(text))
    text = text[lead:]
    if not _SOMETHING.search(text):
        raise bad("Text must be non-empty")
    return text, [{**e, "offset": e["offset"] - lead} for e in kept[:MOST_ENTITIES]]


def _cleaned(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Return the text cleaned and its entities moved accordingly; refuse those that do not fall on it."""
    places = _places(text)
    moved = []
    for entity in entities:
        offset, length = entity["offset"], entity["length"]
        if not 0 <= offset <= 1_000_000:
            raise bad(f"Receive an entity with incorrect offset {offset}")
        if not 0 <= length <= 1_000_000:
            raise bad(f"Receive an entity with incorrect length {length}")
        if length == 0:
            continue
        size = max(places)
        if offset > size:
            raise bad(f"Entity begins after the end of the text at UTF-16 offset {offset}")
        if offset + length > size:
            end = f"ends after the end of the text at UTF-16 offset {offset + length}"
            raise bad(f"Entity beginning at UTF-16 offset {offset} {end}")
        for what, at in (("begins", offset), ("ends", offset + length)):
            if at not in places:
                byte = len(text[: places[at + 1]].encode())
                raise bad(f"Entity {what} in a middle of a UTF-16 symbol at byte offset {byte}")
        begin = width(clean(text[: places[offset]]))
        moved.append({**entity, "offset": begin, "length": width(clean(text[: places[offset + length]])) - begin})
    return clean(text), _joined([entity for entity in moved if entity["length"]])


def _places(text: str) -> dict[int, int]:
    """Return where each UTF-16 offset that begins a character falls in the text."""
    places, units = {}, 0
    for i, character in enumerate(text):
        places[units] = i
        units += 1 + (character > "\uffff")
    places[units] = len(text)
    return places


def _joined(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return entities with those of one style made one where they touch, as the server does."""
    kept: list[dict[str, Any]] = []
    open_at: dict[str, dict[str, Any]] = {}
    for entity in ordered(entities):
        before = open_at.get(entity["type"])
        if before is not None and entity["offset"] <= before["offset"] + before["length"]:
            end = max(before["offset"] + before["length"], entity["offset"] + entity["length"])
            before["length"] = end - before["offset"]
            continue
        if entity["type"] in STYLES:
            open_at[entity["type"]] = entity
        kept.append(entity)
    return ordered(kept)
