"""A real site on a free port, and a real Chromium: what a page is can only be seen there."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
TUESDAY = datetime(2026, 11, 24, 23, 15, tzinfo=ZoneInfo("Europe/Paris"))
PHONE, DESK = (360, 740), (1280, 800)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs a real Chromium and its driver")


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Give the address of the site."""
    with served() as address:
        yield address


@contextmanager
def served() -> Iterator[str]:
    """Serve the shipped content at a fixed instant; gives the address."""
    from aiohttp import web

    from bot.app import Bot
    from bot.channels.web import make_app
    from bot.commands import load

    app = make_app(Bot(load(), lambda: TUESDAY))
    loop, started, found = asyncio.new_event_loop(), threading.Event(), []
    runner = web.AppRunner(app, shutdown_timeout=0.5)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        found.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        started.set()

    def run() -> None:
        loop.run_until_complete(start())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(20)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@dataclass
class Browser:
    """One Chromium, with a profile of its own."""

    driver: Chrome
    site: str
    profile: Path

    def open(self, path: str = "/") -> None:
        self.driver.get(self.site + path)

    def size(self, size: tuple[int, int], *, dark: bool = False, density: float = 1) -> None:
        """Set what the page sees: `--window-size` never goes under 500 px wide."""
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": density, "mobile": size[0] < 500}
        self.cdp("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]}
        self.cdp("Emulation.setEmulatedMedia", scheme)

    def cdp(self, command: str, arguments: dict[str, Any]) -> Any:
        return self.driver.execute_cdp_cmd(command, arguments)

    def js(self, code: str) -> Any:
        return self.driver.execute_script(code)

    def button(self, label: str) -> Any:
        for found in self.driver.find_elements("css selector", "button"):
            if label in found.text:
                return found
        raise AssertionError(f"no button « {label} » in: {self.text}")

    def press(self, *labels: str) -> None:
        """Press each button as a hand would, and wait for the screen that follows."""
        for label in labels:
            button = self.button(label)
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
            self.replaced(button.click)

    def type(self, text: str) -> None:
        from selenium.webdriver.common.keys import Keys

        field = self.driver.find_element("id", "texte")
        self.replaced(lambda: field.send_keys(text + Keys.ENTER))

    def replaced(self, action: Any) -> None:
        old = self.driver.find_element("tag name", "main").id
        action()
        self.wait(lambda: self.driver.find_element("tag name", "main").id != old)

    def wait(self, done: Any, seconds: float = 5) -> None:
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.support.ui import WebDriverWait

        def quietly(_: object) -> bool:
            try:
                return bool(done())
            except WebDriverException:
                return False

        WebDriverWait(self.driver, seconds, poll_frequency=0.02).until(quietly)

    @property
    def text(self) -> str:
        return str(self.driver.find_element("tag name", "body").text)

    @property
    def path(self) -> str:
        return str(self.driver.current_url).removeprefix(self.site)

    def requests(self) -> list[str]:
        """Return every address asked for since the last call, whoever asked."""
        urls = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                urls.append(message["params"]["request"]["url"])
            if message["method"] == "Network.webSocketCreated":
                urls.append(message["params"]["url"])
        return urls

    def complaints(self) -> list[str]:
        """Return what the console says: a refused style, a broken script, a missing file."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def visited(self) -> list[tuple[str, str]]:
        """Close, and return the history that somebody would read afterwards: (address, title)."""
        self.driver.quit()
        with sqlite3.connect(self.profile / "Default" / "History") as base:
            rows = base.execute("select url, title from urls where hidden = 0 order by id").fetchall()
        base.close()
        return [(url.removeprefix(self.site), title) for url, title in rows]


@contextmanager
def launched(site: str, *, javascript: bool = True) -> Iterator[Browser]:
    """Start Chromium on a fresh profile, and leave nothing of it."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("Chromium and its driver are not both installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    profile = Path(tempfile.mkdtemp(prefix="profile"))
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
        f"--user-data-dir={profile}", "--lang=fr",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    if not javascript:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER, log_output=os.devnull))
    browser = Browser(driver, site, profile)
    try:
        browser.size(PHONE)
        yield browser
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture(scope="module")
def shared(site: str) -> Iterator[Browser]:
    """One browser for tests that leave nothing behind in it."""
    with launched(site) as browser:
        yield browser


@pytest.fixture
def browser(shared: Browser) -> Browser:
    """The shared browser, on the size of a phone, at home."""
    shared.size(PHONE)
    shared.open()
    return shared


@pytest.fixture
def alone(site: str) -> Iterator[Browser]:
    """A browser whose history begins with this test."""
    with launched(site) as browser:
        yield browser


@pytest.fixture
def plain(site: str) -> Iterator[Browser]:
    """A browser without JavaScript, whose history begins with this test."""
    with launched(site, javascript=False) as browser:
        yield browser


@pytest.fixture(scope="session")
def axe_file() -> Path:
    """Give axe-core, which judges the pages."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make prepare")
    return AXE
