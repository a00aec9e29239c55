"""The pages as a real browser shows them: reachable, readable, quick to leave, and nothing left behind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Browser

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PHONE, DESK, NARROW = (360, 740), (1280, 800), (320, 640)

VICTIM = (
    "Aide et écoute",
    "C'est pour moi",
    "Parler à quelqu'un",
    "Retour",
    "Être à l'abri ce soir",
    "Numéros d'urgence",
)
WITNESS = ("Aide et écoute", "Pour quelqu'un d'autre", "Oui, en ce moment", "Numéros d'urgence", "Retour")
PROFESSIONAL = ("Je suis professionnel", "Bar, nuit, transports", "Malaise, verre suspect", "Retour")

HELP = "trente-neuf dix-neuf"
STORED = """
return [document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
        (await caches.keys()).length, (await navigator.serviceWorker.getRegistrations()).length]
"""


def stored(browser: Browser) -> object:
    code = f"const done = arguments[0]; (async () => {{ {STORED} }})().then(done)"
    return browser.driver.execute_async_script(code)


def same_place(browser: Browser) -> set[str]:
    """Return the hosts asked for, ours left out; the browser's own pages are not ours to count."""
    hosts = {urlsplit(url) for url in browser.requests()}
    own = urlsplit(browser.site).netloc
    return {host.netloc for host in hosts if host.scheme in ("http", "https", "ws", "wss") and host.netloc != own}


# Conversations ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("journey", [VICTIM, WITNESS, PROFESSIONAL], ids=["victim", "witness", "professional"])
def test_a_journey_leaves_nothing(browser: Browser, size: tuple[int, int], journey: tuple[str, ...]) -> None:
    browser.size(size)
    browser.requests()
    entries = browser.js("return history.length")
    for label in journey:
        browser.press(label)
        assert browser.driver.title == "Infos pratiques"
        assert browser.js("return document.activeElement.id") == "ecran"
        assert browser.js("return scrollY") == 0
    assert browser.js("return history.length") == entries
    assert browser.path == "/"
    assert stored(browser) == ["", 0, 0, 0, 0, 0]
    assert same_place(browser) == set()
    assert browser.complaints() == []
    assert browser.js("return performance.getEntriesByType('resource').every(e => e.name.startsWith(location.origin))")


def test_a_commune_typed_shows_services(browser: Browser) -> None:
    browser.press("Trouver un service", "Mairie")
    browser.type("Angers")
    assert "Angers" in browser.text
    assert browser.driver.find_elements("css selector", ".card a[href^='tel:']")
    browser.type("zzzz")
    assert browser.driver.title == "Infos pratiques"


def test_a_territory_opens_and_its_address_goes(browser: Browser) -> None:
    browser.open("/a/anjou-loir-et-sarthe")
    assert browser.path == "/"
    browser.press("Aide et écoute", "C'est pour moi")
    assert "3919" in browser.text


def test_everything_can_be_done_with_the_keyboard(browser: Browser) -> None:
    browser.size(DESK)
    order = []
    for _ in range(16):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        order.append(browser.js("return document.activeElement.innerText || document.activeElement.id"))
    first = [text.replace("\n", " ") for text in order]
    assert first[:3] == ["Aller au contenu", "Aller aux boutons du bas", "1. Aide et écoute"]
    assert first.index("texte") < first.index("Numéros d'urgence") < first.index("Fermer")
    focused = "return getComputedStyle(document.activeElement).outlineStyle"
    browser.driver.find_element("id", "texte").send_keys(Keys.SHIFT + Keys.TAB)
    assert browser.js(focused) == "solid"
    browser.replaced(lambda: browser.driver.switch_to.active_element.send_keys(Keys.ENTER))


# Leaving ------------------------------------------------------------------------------------------------------------


def deep(browser: Browser) -> None:
    browser.open()
    browser.press("Aide et écoute", "C'est pour moi")
    assert "3919" in browser.text


def left(browser: Browser) -> None:
    browser.wait(lambda: browser.path == "/infos")
    browser.wait(lambda: "3039" in browser.text)
    assert "3919" not in browser.driver.page_source


def test_the_screen_goes_before_any_network(browser: Browser) -> None:
    deep(browser)
    seen = browser.js("document.querySelector('button.close').click(); return document.body.innerText")
    assert "3919" not in seen
    assert "Numéros utiles" in seen
    left(browser)


def test_leaving_needs_no_network(browser: Browser) -> None:
    deep(browser)
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    try:
        browser.cdp("Network.enable", {})
        browser.cdp("Network.emulateNetworkConditions", offline)
        browser.button("Numéros d'urgence").click()
        browser.wait(lambda: "Pas de connexion" in browser.text)
        browser.wait(lambda: browser.js("return document.activeElement.className") == "urgent")
        browser.button("Fermer").click()
        browser.wait(lambda: "3919" not in browser.driver.page_source)
    finally:
        browser.cdp(
            "Network.emulateNetworkConditions",
            {**offline, "offline": False, "downloadThroughput": -1, "uploadThroughput": -1},
        )
        browser.complaints()


def test_shift_three_times_leaves(browser: Browser) -> None:
    deep(browser)

    def shift() -> None:
        ActionChains(browser.driver).key_down(Keys.SHIFT).key_up(Keys.SHIFT).perform()

    shift()
    browser.wait(lambda: "deux fois" in browser.js("return document.getElementById('etat').textContent"))
    shift()
    assert browser.path == "/"
    shift()
    left(browser)


def test_typing_capitals_never_leaves(browser: Browser) -> None:
    deep(browser)
    field = browser.driver.find_element("id", "texte")
    typing = ActionChains(browser.driver).click(field)
    for letter in "abcdef":
        typing.key_down(Keys.SHIFT).send_keys(letter).key_up(Keys.SHIFT)
    typing.key_down(Keys.SHIFT).key_up(Keys.SHIFT).perform()
    time.sleep(0.3)
    assert browser.path == "/"
    assert browser.js("return document.getElementById('texte').value").lower() == "abcdef"


def test_leaving_by_word(browser: Browser) -> None:
    deep(browser)
    browser.type("fermer")
    left(browser)


def test_a_screen_left_alone_goes_as_soon_as_somebody_looks(browser: Browser) -> None:
    deep(browser)
    later = "Date.now = () => performance.timeOrigin + performance.now() + {} * 60000;"
    wake = "document.dispatchEvent(new Event('visibilitychange')); return document.body.innerText"
    assert "3919" in browser.js(later.format(58) + wake)
    assert "3919" not in browser.js(later.format(61) + wake)
    left(browser)


def test_the_first_touch_after_a_long_sleep_is_not_a_gesture(browser: Browser) -> None:
    deep(browser)
    browser.js("Date.now = () => performance.timeOrigin + performance.now() + 61 * 60000")
    seen = browser.js("dispatchEvent(new PointerEvent('pointerdown')); return document.body.innerText")
    assert "3919" not in seen
    left(browser)


def test_an_answer_that_comes_after_leaving_is_not_drawn(browser: Browser) -> None:
    deep(browser)
    at_once = "document.querySelector('.choices button').click(); document.querySelector('button.close').click()"
    browser.js(at_once)
    left(browser)
    time.sleep(0.3)
    assert browser.path == "/infos"
    assert HELP not in browser.driver.page_source


def test_the_memory_of_the_browser_is_empty(browser: Browser) -> None:
    deep(browser)
    shown = "dispatchEvent(new PageTransitionEvent('{}', {{persisted: true}})); return document.body.innerText.trim()"
    assert browser.js(shown.format("pagehide")) == ""
    browser.js(shown.format("pageshow"))
    browser.wait(lambda: "Aide et écoute" in browser.text)


def test_coming_back_from_another_page_opens_home(browser: Browser) -> None:
    deep(browser)
    link = browser.driver.find_element("css selector", "footer li a")
    browser.js("document.querySelector('footer li a').scrollIntoView({block: 'center'})")
    link.click()
    browser.wait(lambda: browser.path == "/a-propos")
    browser.driver.back()
    browser.wait(lambda: "Aide et écoute" in browser.text)
    assert HELP not in browser.driver.page_source


def test_a_browser_that_does_not_name_the_button_still_presses_it(browser: Browser) -> None:
    browser.js("Object.defineProperty(SubmitEvent.prototype, 'submitter', {get: () => null})")
    entries = browser.js("return history.length")
    browser.press("Aide et écoute", "C'est pour moi")
    assert "3919" in browser.text
    browser.type("fermer")
    left(browser)
    assert browser.js("return history.length") == entries  # not by a plain form


@pytest.mark.parametrize("path", ["/", "/a-propos", "/mentions-legales", "/accessibilite"])
def test_every_page_can_be_left(browser: Browser, path: str) -> None:
    browser.open(path)
    browser.button("Fermer").click()
    left(browser)


# What remains -------------------------------------------------------------------------------------------------------


def test_back_never_returns_to_a_conversation(alone: Browser) -> None:
    alone.open()
    entries = alone.js("return history.length")
    for _ in range(3):
        alone.press("Aide et écoute", "C'est pour moi", "Parler à quelqu'un", "Retour", "Retour", "Retour")
    alone.press("Aide et écoute", "C'est pour moi")
    assert alone.js("return history.length") == entries
    alone.button("Fermer").click()
    left(alone)
    assert alone.js("return history.length") == entries
    alone.driver.back()
    time.sleep(0.3)
    assert HELP not in alone.driver.page_source
    alone.driver.forward()
    alone.wait(lambda: "3039" in alone.text)
    lines = alone.visited()
    assert {title for _, title in lines} == {"Infos pratiques"}
    assert [path for path, _ in lines] == ["/", "/infos"]


def test_without_javascript_back_shows_no_content(plain: Browser) -> None:
    """Measured on Chromium: each press adds a line of the same address; coming back to one shows an empty refusal."""
    plain.open()
    plain.press("Aide et écoute", "C'est pour moi", "Numéros d'urgence", "Retour")
    assert "3919" in plain.text
    assert plain.driver.title == "Infos pratiques"
    assert plain.complaints() == []
    assert same_place(plain) == set()
    plain.button("Fermer").click()
    left(plain)
    for _ in range(6):
        plain.driver.back()
        time.sleep(0.15)
        assert HELP not in plain.driver.page_source
        assert plain.driver.title in ("Infos pratiques", "", urlsplit(plain.site).hostname, "New Tab", "Nouvel onglet")
    assert {path for path, _ in plain.visited()} <= {"/", "/infos"}


def test_without_javascript_a_screen_left_alone_goes(plain: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.web.server._idle", lambda *_: "1; url=/infos")
    plain.open()
    plain.press("Aide et écoute")
    assert "Je suis un programme" in plain.text
    plain.wait(lambda: plain.path == "/infos")
    plain.driver.back()
    time.sleep(0.3)
    assert "Je suis un programme" not in plain.driver.page_source


# Reading ------------------------------------------------------------------------------------------------------------


SCREENS = {
    "home": (),
    "notice": ("Aide et écoute",),
    "victim": ("Aide et écoute", "C'est pour moi"),
    "emergency": ("Numéros d'urgence",),
    "place": ("Trouver un service", "Mairie"),
    "services": ("Trouver un service", "Mairie", "=Angers"),
    "law": ("Aide et écoute", "C'est pour moi", "Mes droits, la plainte"),
    "professional": ("Je suis professionnel",),
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TARGETS = """
return [...document.querySelectorAll('button, input[type=text], footer li a, .go')]
    .map(e => e.getBoundingClientRect()).map(r => Math.min(r.width, r.height))
"""
COLOURS = """
return [...document.querySelectorAll('*')].map(e => getComputedStyle(e)).flatMap(s => [s.color, s.backgroundColor])
"""
PAGES = ("/infos", "/a-propos", "/mentions-legales", "/accessibilite")


def shown(browser: Browser, where: str) -> None:
    browser.open(where if where in PAGES else "/")
    for label in SCREENS.get(where, ()):
        if label.startswith("="):
            browser.type(label[1:])
        else:
            browser.press(label)


@pytest.mark.parametrize("where", [*SCREENS, *PAGES])
def test_pages_are_accessible_in_light_and_dark(browser: Browser, axe: str, where: str) -> None:
    shown(browser, where)
    for (width, height), dark in ((PHONE, False), (PHONE, True), (DESK, False), (DESK, True)):
        # As tall as the page: a button half under the bar is half scrolled, which axe takes for a small target.
        browser.size((width, height), dark=dark)
        browser.size((width, max(height, browser.js("return document.documentElement.scrollHeight"))), dark=dark)
        browser.js(axe)
        run = f"const done = arguments[0]; axe.run({{runOnly: {RULES}}}).then(done)"
        found = browser.driver.execute_async_script(run)
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]] == []


@pytest.mark.parametrize("where", [*SCREENS, *PAGES])
def test_pages_reflow_and_targets_are_large(browser: Browser, where: str) -> None:
    shown(browser, where)
    for size in (NARROW, (640, 360), (320, 256)):
        browser.size(size)
        assert browser.js("return document.documentElement.scrollWidth <= innerWidth")
    browser.size(NARROW)
    assert min(browser.js(TARGETS)) >= 44
    if where not in ("/infos",):
        bottom = browser.js("return document.querySelector('nav').getBoundingClientRect().bottom - innerHeight")
        assert abs(bottom) <= 1  # always in reach


def test_text_twice_as_large_still_fits(browser: Browser) -> None:
    deep(browser)
    browser.js("document.documentElement.style.setProperty('font-size', '200%')")
    assert browser.js("return document.documentElement.scrollWidth <= innerWidth")


def test_paper_shows_the_numbers_and_nothing_to_press(browser: Browser) -> None:
    deep(browser)
    browser.cdp("Emulation.setEmulatedMedia", {"media": "print"})
    assert "3919" in browser.text
    assert not any(button.is_displayed() for button in browser.driver.find_elements("tag name", "button"))
    browser.cdp("Emulation.setEmulatedMedia", {"media": ""})


def test_nothing_is_red_or_moves(browser: Browser) -> None:
    browser.press("Numéros d'urgence")
    for colour in set(browser.js(COLOURS)):
        red, green, blue = (int(part) for part in colour[colour.index("(") + 1 : -1].replace(" ", "").split(",")[:3])
        assert red <= max(green, blue) + 12, colour
    assert browser.js("return document.getAnimations().length") == 0


@pytest.fixture(scope="module")
def axe(axe_file: Path) -> str:
    return axe_file.read_text("utf-8")
