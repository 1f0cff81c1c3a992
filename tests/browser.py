"""A headless Chromium for tests that look at a page: the ``browser`` fixture, one process for a whole test session."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
WIDE, NARROW = (1360, 900), (390, 844)


class BrowserMissingError(RuntimeError):
    """Chromium or its driver is not installed."""


def find_program(variable: str, *names: str) -> str:
    """The path in the environment ``variable``, or the first of ``names`` that is on the path.

    Raises:
        BrowserMissingError: There is none; the message says what to install.
    """
    for name in (os.environ.get(variable), *names):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise BrowserMissingError(
        f"none of {', '.join(names)} was found: install Chromium and its driver (Debian: apt-get install chromium "
        f"chromium-driver), or name the program in {variable}"
    )


def start_browser(profile: Path) -> Chrome:
    """A headless Chromium with its profile in ``profile``; the caller quits it."""
    options = ChromeOptions()
    options.binary_location = find_program("CROSSPROMPT_CHROMIUM", "chromium", "chromium-browser", "google-chrome")
    for option in (*OPTIONS, f"--user-data-dir={profile}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = find_program("CROSSPROMPT_CHROMEDRIVER", "chromedriver")
    browser = Chrome(options=options, service=Service(driver, log_output=os.devnull))
    browser.set_page_load_timeout(60)
    return browser


def resize(browser: Chrome, size: tuple[int, int], *, dark: bool = False) -> None:
    """Give the page a width and height in CSS pixels (also less than a window can have), and a light or dark scheme."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False},
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def complaints(browser: Chrome) -> list[str]:
    """What the page wrote to the console as an error since the last call, script errors included."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]


@pytest.fixture(scope="session")
def browser_session() -> Iterator[Chrome]:
    """The session's browser process, with a fresh profile that is removed at the end."""
    profile = Path(tempfile.mkdtemp(prefix="crossprompt-browser-"))
    try:
        session = start_browser(profile)
        try:
            yield session
        finally:
            session.quit()
    finally:
        shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def browser(browser_session: Chrome) -> Iterator[Chrome]:
    """A headless Chromium on an empty page, wide and light, without cookies or complaints of an earlier test."""
    browser_session.get("about:blank")
    browser_session.delete_all_cookies()
    resize(browser_session, WIDE)
    complaints(browser_session)
    yield browser_session
    browser_session.get("about:blank")
