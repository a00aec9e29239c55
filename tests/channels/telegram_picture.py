"""Pictures of what Telegram shows on a phone: an imitation of its bubble and of its keyboard, drawn by Chromium.

    python -m tests.channels.telegram_picture [folder] [--all]

Not Telegram itself: the widths, the sizes and the grounds are near enough to judge a screen with one's eyes. Without
`--all`, only the pictures of `docs/pictures/` are taken.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bot.channels.telegram.draw import draw
from bot.i18n import SOURCE
from tests.phone_picture import reached, take

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.phone_picture import Way

SCREENS = {
    "accueil": ("fr", "france"),
    "pour-qui": ("fr", "france", "1"),
    "urgence": ("fr", "france", "u"),
    "muet": ("fr", "france", "u", "1"),
    "victime": ("fr", "pays-des-herbiers", "1", "1"),
    "parler": ("fr", "pays-des-herbiers", "1", "1", "1"),
    "pres": ("fr", "pays-des-herbiers", "1", "1", "1", "2", "Les Herbiers"),
    "auteur": ("fr", "france", "1", "4"),
    "mineur": ("fr", "france", "1", "3"),
    "professionnel": ("fr", "angers-loire-metropole", "3"),
    "services": ("fr", "angers-loire-metropole", "3", "6", "1", "Angers"),
    "recherche": ("fr", "territoires-vendomois", "3", "cidff vendôme mardi"),
    "laquelle": ("fr", "france", "3", "avocat gratuit boulogne mercredi"),
    "english": ("en", "france", "emergency"),
    "english-help": ("en", "manche", "1", "1"),
}
SHIPPED = {"urgence": False, "victime": True, "services": False}
"""Those of `docs/pictures/`, and whether the phone is dark."""

STYLE = """
:root { --ground: #d5dfd2; --bubble: #fff; --ink: #000; --code: #37744a; --time: #8a9a86; --key: #6d8a75d9;
  --bar: #fff }
.dark { --ground: #0e1621; --bubble: #182533; --ink: #fff; --code: #7bc0ff; --time: #6d7f8f; --key: #2b3d50;
  --bar: #17212b }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.2 Roboto, "DejaVu Sans Condensed", sans-serif }
header { background: var(--bar); padding: 9px 16px; font-weight: bold; display: flex; gap: 12px; align-items: center }
header small { display: block; font-weight: normal; color: var(--time); font-size: 13px }
header i { width: 38px; height: 38px; border-radius: 50%; background: #7a9bb5; color: #fff; font: 18px/38px sans-serif;
  text-align: center }
main { padding: 8px 8px 12px; width: 334px }
.bubble { background: var(--bubble); border-radius: 14px 14px 5px 5px; padding: 6px 10px 7px; white-space: pre-wrap;
  overflow-wrap: break-word }
code { font: 15px/1.2 "Roboto Mono", "DejaVu Sans Mono", monospace; color: var(--code) }
.time { float: right; color: var(--time); font-size: 12px; margin: 5px 0 0 8px }
.row { display: flex; gap: 4px; margin-top: 4px }
.row span { flex: 1; background: var(--key); color: #fff; border-radius: 7px; text-align: center; padding: 0 6px;
  font-size: 15px; line-height: 40px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
"""


def page(script: Script, way: Way, dark: bool) -> str:
    """Return a phone that shows the message which a way leads to."""
    answer = reached(script, way)
    screen = answer.turn.screen
    drawn = draw(screen, answer.token, script.catalogues[screen.locale or SOURCE].text)
    rows = "".join(
        f'<div class="row">{"".join(f"<span>{escape(button.label)}</span>" for button in row)}</div>'
        for row in drawn.rows
    )
    return (
        f'<!doctype html><html lang="fr" class="{"dark" if dark else ""}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        "<header><i>I</i><div>Infos pratiques<small>bot</small></div></header>"
        f'<main><div class="bubble">{drawn.text}<span class="time">23:15</span></div>{rows}</main>'
    )


if __name__ == "__main__":
    take("telegram", SCREENS, SHIPPED, page)
