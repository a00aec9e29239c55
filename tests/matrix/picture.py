"""Pictures of what a Matrix client shows on a phone: an imitation of Element X, drawn by Chromium.

    python -m tests.matrix.picture [folder] [--all]

Not Element itself: the widths, the sizes and the colours are near enough to judge a screen with one's eyes. What was
typed and the notices before leave their tombstones, as they do there; other clients fold several into one line, and
Element Web writes notices in grey. Without `--all`, only the pictures of `docs/pictures/` are taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels.matrix.draw import draw
from bot.i18n import SOURCE
from tests.phone_picture import reached, take

if TYPE_CHECKING:
    from bot.engine.script import Script
    from tests.phone_picture import Way

SCREENS = {
    "accueil": ("fr", "france"),
    "pour-qui": ("fr", "france", "1"),
    "urgence": ("fr", "france", "u"),
    "victime": ("fr", "pays-des-herbiers", "1", "1"),
    "parler": ("fr", "pays-des-herbiers", "1", "1", "1"),
    "temoin": ("fr", "france", "1", "2", "2"),
    "services": ("fr", "angers-loire-metropole", "3", "6", "1", "Angers"),
    "recherche": ("fr", "territoires-vendomois", "3", "cidff vendôme mardi"),
    "laquelle": ("fr", "france", "3", "avocat gratuit boulogne mercredi"),
    "english": ("en", "france", "emergency"),
    "ferme": ("fr", "france", "1", "1", "f"),
}
SHIPPED = {"urgence": False, "services": True}
"""Those of `docs/pictures/`, and whether the phone is dark."""

STYLE = """
:root { --ground: #fff; --theirs: #f0f2f5; --mine: #e1e6ec; --ink: #1b1d22; --gone: #656d77; --line: #e1e6ec }
.dark { --ground: #101317; --theirs: #26282d; --mine: #323539; --ink: #ebeef2; --gone: #9aa1ab; --line: #323539 }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/22px Inter, "DejaVu Sans Condensed", sans-serif }
header { padding: 10px 16px; font-weight: bold; border-bottom: 1px solid var(--line); display: flex; gap: 12px;
  align-items: center }
header i { width: 32px; height: 32px; border-radius: 50%; background: #7a9bb5; color: #fff; font: 16px/32px sans-serif;
  text-align: center }
main { padding: 8px 12px 12px; display: flex; flex-direction: column; gap: 4px; align-items: flex-start }
.name { font-size: 13px; color: #0b5ea8; margin: 6px 0 0 4px }
.dark .name { color: #6aa9ec }
.bubble { background: var(--theirs); border-radius: 12px; padding: 8px 12px; max-width: 324px;
  overflow-wrap: break-word }
.bubble p { margin: 0 0 11px }
.bubble p:last-of-type { margin: 0 }
.gone { color: var(--gone); font-style: italic }
.mine { background: var(--mine); align-self: flex-end }
.time { float: right; color: var(--gone); font-size: 11px; margin: 2px 0 0 8px; font-style: normal }
footer { border-top: 1px solid var(--line); padding: 9px 16px; color: var(--gone) }
"""


def page(script: Script, way: Way, dark: bool) -> str:
    """Return a phone that shows a room: exchanges of which nothing is left, and a notice; nothing after an exit."""
    gone = '<div class="bubble gone{}">Message supprimé <span class="time">23:14</span></div>'
    exchanges = (gone.format("") + gone.format(" mine")) * min(len(way) - 2, 2)
    return (
        f'<!doctype html><html lang="fr" class="{"dark" if dark else ""}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        "<header><i>I</i><div>Infos pratiques</div></header>"
        f'<main>{exchanges}<div class="name">Infos pratiques</div>{shown(script, way) or gone.format("")}</main>'
        "<footer>Message…</footer>"
    )


def shown(script: Script, way: Way) -> str:
    """Draw the notice that a way leads to; nothing after an exit."""
    turn = reached(script, way).turn
    if turn.erased:
        return ""
    notice = draw(turn.screen, script.catalogues[turn.screen.locale or SOURCE].text, erases=True)["formatted_body"]
    return f'<div class="bubble">{notice}<span class="time">23:15</span></div>'


if __name__ == "__main__":
    take("matrix", SCREENS, SHIPPED, page)
