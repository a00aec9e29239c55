"""The web channel without a browser: what is sent, what is never sent, and that any request at all is answered."""

from __future__ import annotations

import asyncio
import contextlib
import gettext
import logging
import random
import re
from dataclasses import replace
from datetime import datetime
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.app import Bot
from bot.channels.web import Look, Publisher, draw, make_app, serve
from bot.channels.web.html import CODE, ICON, STYLE, neutral
from bot.channels.web.server import LARGEST, read_form
from bot.channels.web.texts import PAGES, every
from bot.commands import load
from bot.engine.message import Bar, BarButton, Choice, Dial, Key, Line, Opened, Pressed, Screen, Typed
from bot.engine.script import choice_code
from bot.engine.wording import AT_A_GLANCE, forbidden, revealing, sentences, typed_digits
from bot.i18n import Catalogue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientResponse

    from bot.engine.script import Script

TUESDAY = datetime(2026, 11, 24, 23, 15, tzinfo=ZoneInfo("Europe/Paris"))
OTHER_PAGES = ["/infos", *(f"/{name}" for name in PAGES)]
NASTY = "<script>alert(1)</script>\"'&<img src=x onerror=y>{17}%00"


@pytest.fixture(scope="module")
def script() -> Script:
    return load()


@pytest.fixture
async def site(script: Script) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(make_app(Bot(script, lambda: TUESDAY)))) as client:
        yield client


class Reader(HTMLParser):
    """Gathers what a test wants to know of a page; raises on a tag left open."""

    VOID = frozenset({"meta", "link", "input", "img", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def token(self) -> str:
        return next(a["value"] or "" for a in self.all("input") if a.get("name") == "token")

    def choice(self, label: str) -> str:
        """Return the value of the button that bears this label."""
        for match in re.finditer(r'<button name="choice" value="([^"]*)"[^>]*>(.*?)</button>', self.html):
            if label in unescape(re.sub(r"<[^>]+>", "", match.group(2))):
                return unescape(match.group(1))
        raise AssertionError(f"no button « {label} »")

    def feed(self, data: str) -> None:
        self._raw = data
        super().feed(data)
        super().close()

    def rawdata_of(self) -> str:
        return self._raw


async def read(response: ClientResponse) -> Reader:
    return Reader(await response.text())


async def press(site: TestClient, page: Reader, *labels: str) -> Reader:
    for label in labels:
        response = await site.post("/", data={"token": page.token, "choice": page.choice(label)})
        assert response.status == 200
        page = await read(response)
    return page


# Every page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/a/pays-des-herbiers", "/a/nowhere", "/a/nowhere/99999", *OTHER_PAGES, "/nowhere"]
)
async def test_every_page_is_guarded_and_carries_the_emergency_numbers(site: TestClient, path: str) -> None:
    response = await site.get(path)
    html = await response.text()
    assert response.status == (404 if path == "/nowhere" else 200)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in response.headers["Permissions-Policy"]
    assert "aiohttp" not in response.headers["Server"]
    assert "Python" not in response.headers["Server"]
    page = Reader(html)
    assert re.findall("<title>(.*?)</title>", html) == ["Infos pratiques"]
    assert {"tel:17", "tel:112", "sms:114"} <= {link.get("href") for link in page.all("a")}
    assert not page.all("style")
    assert all(script.get("src", "").startswith("/s/") for script in page.all("script"))
    assert not re.search(r'\s(style|on\w+)="', html)
    assert "http-equiv" not in html
    assert len([attrs for tag, attrs in page.tags if tag == "main"]) <= 2  # the second is the page of after, kept aside


async def test_nothing_is_set_on_the_device(site: TestClient) -> None:
    page = await read(await site.get("/"))
    responses = [await site.get(path) for path in ("/", "/sante", "/robots.txt", CODE.path, *OTHER_PAGES)]
    responses.append(await site.post("/", data={"token": page.token, "choice": "emergency"}))
    assert all("Set-Cookie" not in response.headers for response in responses)
    assert list(site.session.cookie_jar) == []
    for word in (b"localStorage", b"sessionStorage", b"indexedDB", b"document.cookie", b"serviceWorker", b"pushState"):
        assert word not in CODE.body
        assert word not in (await site.get("/")).headers.values()


async def test_static_files_are_kept_under_the_name_of_their_content(site: TestClient) -> None:
    for file in (STYLE, CODE, ICON):
        response = await site.get(file.path)
        assert await response.read() == file.body
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert (await site.get("/favicon.ico")).content_type == "image/svg+xml"


async def test_a_first_visit_weighs_less_than_twenty_kilobytes(site: TestClient) -> None:
    weight = len(await (await site.get("/")).read()) + sum(len(file.body) for file in (STYLE, CODE, ICON))
    assert weight <= 20_000


async def test_robots_are_sent_away_and_health_is_told(site: TestClient) -> None:
    assert "Disallow: /" in await (await site.get("/robots.txt")).text()
    health = await site.get("/sante")
    assert (health.status, await health.text()) == (200, "ok")


async def test_legal_page_says_what_is_missing_and_who_answers(script: Script) -> None:
    who = Publisher(publisher="Ville de Test <b>", contact="bonjour@example.fr")
    app = make_app(Bot(script, lambda: TUESDAY), "Infos de test", who)
    async with TestClient(TestServer(app)) as site:
        html = await (await site.get("/mentions-legales")).text()
    assert "Ville de Test &lt;b&gt;" in html
    assert "bonjour@example.fr" in html
    assert html.count("non renseigné") == 2
    assert "<title>Infos de test</title>" in html


def test_every_sentence_around_the_screens_can_be_translated() -> None:
    sentences = list(every())
    assert len(sentences) == len(set(sentences)) > 50
    assert all(sentence == sentence.strip() for sentence in sentences)


@pytest.mark.parametrize("path", ["/", *OTHER_PAGES])
async def test_nothing_at_a_glance_says_what_it_is_about(site: TestClient, path: str) -> None:
    page = await read(await site.get(path))
    assert revealing("Infos pratiques", "fr") is None
    for label in re.findall(r"<button[^>]*>(.*?)</button>|<title>(.*?)</title>", page.html):
        assert revealing("".join(label), "fr") is None
    assert revealing(page.text.strip()[:AT_A_GLANCE], "fr") is None


@pytest.mark.parametrize("sentence", list(every()))
def test_sentences_around_the_screens_are_short_and_safe(sentence: str) -> None:
    assert list(forbidden(sentence, "fr")) == []
    assert typed_digits(sentence) is None
    assert all(length <= 20 for length in sentences(sentence))


# A conversation -----------------------------------------------------------------------------------------------------


async def test_a_whole_conversation_without_javascript(site: TestClient) -> None:
    page = await press(site, await read(await site.get("/")), "Aide et écoute", "C'est pour moi")
    assert "3919" in page.text
    assert "tel:3919" in {link.get("href") for link in page.all("a")}
    page = await press(site, page, "Numéros d'urgence")
    assert "Retour" in page.text
    page = await press(site, page, "Retour")
    assert "3919" in page.text


async def test_numbers_can_be_typed_instead_of_pressed(site: TestClient) -> None:
    page = await read(await site.get("/"))
    typed = await read(await site.post("/", data={"token": page.token, "text": "1"}))
    pressed = await press(site, page, "Aide et écoute")
    assert typed.html == pressed.html


@pytest.mark.parametrize("path", ["/", "/a/pays-des-herbiers", *(f"/{name}" for name in PAGES)])
async def test_leaving_works_from_every_kind_of_page(site: TestClient, path: str) -> None:
    page = await read(await site.get(path))
    response = await site.post("/", data={"token": page.token, "choice": page.choice("Fermer")})
    await said_goodbye(response)


@pytest.mark.parametrize("word", ["fermer", "effacer", "stop", "quitter"])
async def test_leaving_works_by_word_and_from_any_screen(site: TestClient, word: str) -> None:
    page = await read(await site.get("/"))
    for label in ("Aide et écoute", "C'est pour moi", "Être à l'abri ce soir", "Numéros d'urgence"):
        page = await press(site, page, label)
        await said_goodbye(await site.post("/", data={"token": page.token, "text": word}))


async def said_goodbye(response: ClientResponse) -> None:
    html = await response.text()
    assert response.headers["Refresh"] == "0; url=/infos"
    assert 'name="token"' not in html
    assert "3919" not in html


async def test_the_page_of_after_is_the_same_for_everybody(site: TestClient) -> None:
    page = await press(site, await read(await site.get("/")), "Aide et écoute", "C'est pour moi")
    left = await site.post("/", data={"token": page.token, "choice": "close"})
    assert await left.text() == await (await site.get("/infos")).text()


async def test_a_screen_left_alone_erases_itself(site: TestClient) -> None:
    first = await site.get("/")
    assert "Refresh" not in first.headers
    page = await read(first)
    answer = await site.post("/", data={"token": page.token, "choice": page.choice("Aide et écoute")})
    assert answer.headers["Refresh"] == "900; url=/infos"
    assert (await read(answer)).all("main")[0]["data-idle"] == "900"
    page = await press(site, await read(answer), "C'est pour moi")
    answer = await site.post("/", data={"token": page.token, "choice": page.choice("Parler à quelqu'un")})
    assert answer.headers["Refresh"] == "3600; url=/infos"
    answer = await site.post("/", data={"token": (await read(await site.get("/"))).token, "text": "3"})
    assert "Refresh" not in answer.headers  # professionals leave it open
    assert "data-idle" not in (await read(answer)).all("main")[0]


async def test_a_language_that_does_not_exist_changes_nothing(site: TestClient) -> None:
    home = await (await site.get("/")).text()
    assert await (await site.get("/", params={"langue": "<x>"})).text() == home
    assert await (await site.get("/infos", params={"langue": "<x>"})).text() == await (await site.get("/infos")).text()


async def test_another_area_opens_by_its_address(site: TestClient, script: Script) -> None:
    area = next(name for name in script.directory.areas if script.directory.territory(name))
    known, unknown = await site.get(f"/a/{area}"), await site.get("/a/nowhere")
    assert (await read(known)).token != (await read(unknown)).token
    assert await unknown.text() == await (await site.get("/")).text()
    assert (await site.get(f"/a/{area}/49007")).status == 200


# Anything else ------------------------------------------------------------------------------------------------------


async def test_junk_tokens_open_home(site: TestClient) -> None:
    for token in ("junk", "A" * 48, "A" * 5000, "é", "\0", "' OR 1=1", "../../etc/passwd", "====", NASTY):
        for field in ({"choice": "back"}, {"choice": NASTY}, {"text": NASTY}, {}):
            response = await site.post("/", data={"token": token, **field})
            page = await read(response)
            assert response.status == 200
            assert page.choice("Aide et écoute")


async def test_nothing_typed_comes_back(site: TestClient) -> None:
    random.seed(7)
    page = await press(site, await read(await site.get("/")), "Trouver un service", "Mairie")
    for text in (NASTY, "zzqxwv" * 40, "\u202eabcdef", "Xyzzyville-les-Bains", "{commune}" * 20, "🙂" * 90):
        response = await site.post("/", data={"token": page.token, "text": text})
        html = await response.text()
        Reader(html)
        assert response.status == 200
        for start in range(0, max(1, len(text) - 12), 6):
            assert text[start : start + 12] not in html.replace("{commune}", "")


async def test_any_body_is_answered(site: TestClient) -> None:
    rng = random.Random(2026)
    for _ in range(400):
        size = rng.choice((0, 1, 7, 80, 900, 5000))
        kind = rng.random()
        if kind < 0.3:
            body = rng.randbytes(size)
        elif kind < 0.6:
            body = "".join(rng.choice("token=&choice%text+;01é\0\u202e") for _ in range(size // 2)).encode()
        else:
            fields = [
                (rng.choice(("token", "choice", "text", "x")), rng.randbytes(9).decode("latin1")) for _ in range(5)
            ]
            body = urlencode(fields).encode()
        kinds = (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json",
            "text/plain",
        )
        response = await site.post("/", data=body, headers={"Content-Type": rng.choice(kinds)})
        assert response.status == 200
        assert "tel:17" in await response.text()


def test_a_form_is_read_without_ever_failing() -> None:
    assert read_form(b"", 0) == ("", Opened())
    assert read_form(b"&".join([b"a=1"] * 1000), 0) == ("", Opened())
    assert read_form(b"token=t&choice=close&text=x", 0) == ("t", Pressed("close"))
    assert read_form(b"token=t&choice=" + b"x" * 500, 0) == ("t", Pressed(""))
    assert read_form(b"token=t&text=" + quote("é" * 2000).encode(), 0) == ("t", Typed("é" * 1000))
    assert read_form(b"text=", 0) == ("", Typed(""))


def test_a_page_that_should_be_gone_opens_home_but_still_leaves() -> None:
    assert read_form(b"token=t&minute=1000&choice=moi", 1060) == ("t", Pressed("moi"))
    for minute in (b"999", b"x", b"-1", b"\xc2\xb2", b"0"):
        form = b"token=t&minute=" + minute
        assert read_form(form + b"&choice=moi", 1060) == ("", Opened())
        assert read_form(form + b"&text=moi", 1060) == ("", Opened())
        assert read_form(form + b"&choice=close", 1060) == ("", Pressed("close"))
        assert read_form(form + b"&choice=emergency", 1060) == ("", Pressed("emergency"))


async def test_a_body_too_large_and_a_wrong_method_are_refused_with_a_way_on(site: TestClient) -> None:
    large = await site.post("/", data={"text": "x" * (LARGEST + 1)})
    wrong = await site.put("/", data={"text": "secret"})
    assert (large.status, wrong.status) == (413, 405)
    for response in (large, wrong):
        assert "tel:17" in await response.text()
        assert response.headers["Cache-Control"] == "no-store"


async def test_nothing_of_a_request_is_ever_logged(
    script: Script, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    class Broken(Bot):
        def answer(self, token: str, event: object) -> object:
            raise RuntimeError(f"{token} {event}")

    logging.getLogger("repere.web.server").propagate = True
    with caplog.at_level(logging.DEBUG):
        for bot in (Bot(script, lambda: TUESDAY), Broken(script, lambda: TUESDAY)):
            async with TestClient(TestServer(make_app(bot))) as site:
                response = await site.post("/", data={"token": "canary-token", "text": "canary-text"})
                assert "tel:17" in await response.text()
                assert response.status == (500 if isinstance(bot, Broken) else 200)
                await site.get("/canary-path?canary=query", headers={"User-Agent": "canary-agent"})
                reader, writer = await asyncio.open_connection(site.host, site.port)
                writer.write(b"GET /canary-raw HTTP/1.1\r\nBad Header\xff canary\r\n\r\n")
                await reader.read()
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()
    ours = [record for record in caplog.records if record.name.startswith(("repere", "aiohttp"))]
    said = " ".join(record.getMessage() for record in ours) + "".join(capfd.readouterr())
    assert "canary" not in said
    assert "127.0.0.1" not in said
    assert "web: RuntimeError" in said


async def test_a_client_that_never_ends_its_form_is_let_go(site: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.web.server.PATIENCE", 0.2)
    reader, writer = await asyncio.open_connection(site.host, site.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ntext=a")
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_client_that_never_ends_its_headers_is_let_go(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.web.server.PATIENCE", 0.1)
    async with TestClient(TestServer(make_app(Bot(script, lambda: TUESDAY)))) as site:
        reader, writer = await asyncio.open_connection(site.host, site.port)
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_serve_says_its_address_and_stops_when_asked(script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    stop = asyncio.Event()
    task = asyncio.create_task(serve(make_app(Bot(script, lambda: TUESDAY)), stop, "127.0.0.1", 0))
    said = ""
    while "\n" not in said:
        await asyncio.sleep(0.02)
        said += capfd.readouterr().out
    address = said.strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
    writer.write(b"GET /sante HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in await reader.readline()
    stop.set()
    await asyncio.wait_for(task, 5)
    writer.close()


# Drawing ------------------------------------------------------------------------------------------------------------


def a_screen(*lines: Line, choices: tuple[Choice, ...] = (), locale: str = "fr") -> Screen:
    bar = Bar(
        BarButton(Key.EMERGENCY, "u", "Numéros <u>"), BarButton(Key.BACK, "r", "Retour"), BarButton(Key.CLOSE, "f", "F")
    )
    return Screen("x", locale, lines, choices, bar)


def test_everything_drawn_is_escaped(script: Script) -> None:
    screen = a_screen(Line((NASTY, Dial(NASTY, "tel:" + NASTY))), choices=(Choice(NASTY, NASTY),))
    page = Reader(draw(screen, NASTY, Look(script, name=NASTY)))
    assert len(page.all("script")) == 1
    assert page.all("img") == page.all("u") == []
    assert page.token == NASTY
    assert [button for button in page.all("button") if button.get("value") == choice_code(NASTY)]


def test_numbers_are_links_only_where_they_may_be_dialled(script: Script) -> None:
    line = Line((
        "a ", Dial("17", "tel:17"), Dial("114", "sms:114"), Dial("site", "https://example.fr"),
        Dial("rappel", None), Dial("piège", "javascript:alert(1)"), Dial("clair", "http://example.fr"),
    ))  # fmt: skip
    html = draw(a_screen(line), "t", Look(script)).partition("<footer>")[0]
    page = Reader(draw(a_screen(line), "t", Look(script)))
    links = [link for link in page.all("a") if "dial" in (link.get("class") or "") and link["href"] not in ("tel:112",)]
    assert [link["href"] for link in links][:3] == ["tel:17", "sms:114", "https://example.fr"]
    assert links[2]["rel"] == "noreferrer noopener"
    assert "javascript" not in html
    assert "http:" not in html
    assert '<bdi dir="ltr">rappel</bdi>' in html
    assert not any("target" in link for link in page.all("a"))


def test_choices_are_numbered_and_named_by_the_question(script: Script) -> None:
    screen = a_screen(Line(("Bonjour.",)), Line(("Et ensuite ?",)), choices=(Choice("a", "Un"), Choice("b", "Deux")))
    page = Reader(draw(screen, "t", Look(script)))
    assert "1. UnDeux" not in page.text
    assert page.text.index("1.") < page.text.index("Un") < page.text.index("2.") < page.text.index("Deux")
    assert next(ul.get("aria-labelledby") for ul in page.all("ul")) == "question"
    values = [b["value"] for b in page.all("button") if b.get("name") == "choice"]
    assert values == [choice_code("a"), choice_code("b"), "emergency", "back", "close"]


def test_a_language_read_from_the_right_is_drawn_from_the_right(script: Script) -> None:
    arabic = Catalogue("ar", gettext.NullTranslations(), right_to_left=True)
    look = Look(replace(script, catalogues={**script.catalogues, "ar": arabic}), "ar")
    html = draw(a_screen(Line(("نص ", Dial("\u20663919\u2069", "tel:3919"))), locale="ar"), "t", look)
    assert '<html lang="ar" dir="rtl">' in html
    assert '<bdi dir="ltr">\u20663919\u2069</bdi>' in html
    assert 'data-exit="/infos?langue=ar"' in html
    assert "À propos" in neutral(look)


def test_french_marks_never_start_a_line(script: Script) -> None:
    html = draw(a_screen(Line(("« Oui » : et vous ?",))), "t", Look(script))
    assert "«\u00a0Oui\u00a0»\u00a0: et vous\u202f?" in html
    html = draw(a_screen(Line(("De 9 h 30 à 12 h, 3 habitants.",))), "t", Look(script))
    assert "De 9\u00a0h\u00a030 à 12\u00a0h, 3 habitants." in html


def test_drawing_is_pure(script: Script) -> None:
    screen = a_screen(Line(("Bonjour.",)))
    assert draw(screen, "t", Look(script)) == draw(screen, "t", Look(script))
