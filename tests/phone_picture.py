"""Pictures of what a network shows on a phone: its page, drawn by Chromium, is photographed at its whole height."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import Answer, Bot
from bot.commands import load
from bot.engine.message import Opened, Typed
from scripts.pictures import smaller
from tests.web.conftest import TUESDAY, launched

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.engine.script import Script

    Way = tuple[str, ...]
    """A locale, a territory, then what is typed."""

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"

DENSITY, HEAVIEST = 1.75, 60_000
"""Pixels for one of the page's, and bytes: a picture of a whole screen is read on a page of documentation."""


def reached(script: Script, way: Way) -> Answer:
    """Return the answer that a way leads to."""
    locale, area, *typed = way
    bot = Bot(script, lambda: TUESDAY)
    answer = bot.answer("", Opened(area, locale))
    for line in typed:
        answer = bot.answer(answer.token, Typed(line))
    return answer


def take(
    network: str,
    screens: Mapping[str, Way],
    shipped: Mapping[str, bool],
    page: Callable[[Script, Way, bool], str],
) -> None:
    """Take the pictures, as the arguments of the command say: `[folder] [--all]`.

    `shipped` are those of `docs/pictures/`, and whether the phone is dark; with `--all`, every screen both ways.
    `page` gives the HTML of a phone, dark or not, where a way has led.
    """
    every = "--all" in sys.argv
    script, folder = load(), next((Path(one) for one in sys.argv[1:] if one != "--all"), FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    taken = [(name, dark) for name in screens for dark in (False, True)] if every else list(shipped.items())
    with launched("about:blank") as browser:
        for name, dark in taken:
            html = page(script, screens[name], dark)
            browser.driver.get("data:text/html;base64," + base64.b64encode(html.encode()).decode())
            browser.size((360, 640), density=DENSITY)
            browser.size((360, int(browser.js("return document.body.getBoundingClientRect().height"))), density=DENSITY)
            picture = smaller(base64.b64decode(browser.driver.get_screenshot_as_base64()))
            if len(picture) > HEAVIEST and not every:
                raise SystemExit(f"{network}-{name}.png : {len(picture)} octets, c'est trop")
            ending = "-dark" if dark and every else ""
            (folder / f"{network}-{name}{ending}.png").write_bytes(picture)
