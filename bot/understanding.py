"""What `repere understand` prints: what a message means to the conversation, and to nobody else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.lookup import place_json

if TYPE_CHECKING:
    from datetime import datetime

    from bot.engine.script import Script

Told = dict[str, Any]


def understand(script: Script, text: str, now: datetime) -> Told:
    """Return what is understood of a message, as programs read it. Without meaning, topics are those its words name."""
    heard, asked = script.ear.hear(text), script.lexicon.asked(text, now)
    topics = heard.topics or [(topic, 1.0) for topic in script.named(text)]
    return {
        "danger": heard.danger,
        "audience": heard.audience,
        "topics": [{"id": topic, "score": score} for topic, score in topics],
        "place": place_json(asked.places[0]) if asked.places else None,
        "service": asked.service.phrase if asked.service else None,
        "language": heard.language,
    }


def to_json(told: Told) -> str:
    """Write it as one line of JSON."""
    return json.dumps(told, ensure_ascii=False)


def to_text(told: Told) -> str:
    """Write it for a terminal, on one line."""
    topics = ", ".join(f"{topic['id']} {topic['score']:.2f}" for topic in told["topics"])
    parts = (
        "DANGER" if told["danger"] else "pas de danger dit",
        f"public : {told['audience'] or 'non dit'}",
        f"sujets : {topics or 'aucun'}",
        f"lieu : {told['place']['name']}" if told["place"] else "",
        f"service : {told['service']}" if told["service"] else "",
        f"langue : {told['language']}" if told["language"] else "",
    )
    return " · ".join(part for part in parts if part)
