"""The dashboards' page: health, links, the last reports; nothing but that is served, and to nobody else."""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from infra.dashboards import ENDED, NO_ANSWER, READY, Dashboard
from infra.overview import UNKNOWN, HealthWatch, LastReport, ReportPlace, ago, last_reports
from infra.overview_server import served_overview
from infra.settings import DashboardSettings
from tests.browser import NARROW, WIDE, complaints, resize

HOSTILE = "</script><script>document.title = 'taken'</script>"


@dataclass(frozen=True)
class Told(Dashboard):
    """A dashboard whose health a file tells."""

    file: Path = Path()

    def health(self) -> str:
        return self.file.read_text(encoding="utf-8")


def told(folder: Path, name: str, word: str) -> Told:
    (folder / name).write_text(word, encoding="utf-8")
    return Told(name, f"sqlite:////stores/{name}.db", f"http://127.0.0.1:9/{name}", file=folder / name)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one report, and something that is nobody else's business."""
    home = tmp_path / "home"
    (home / "report").mkdir(parents=True)
    (home / "report" / "report.html").write_text("<title>A report</title><p>numbers</p>", encoding="utf-8")
    (home / "report" / "report.json").write_text(json.dumps({"summary": [f"Better. {HOSTILE}"]}), encoding="utf-8")
    (home / "secret.txt").write_text("paid answers", encoding="utf-8")
    (home / "report" / "out").symlink_to(home / "secret.txt")
    return home


@pytest.fixture
def page(home: Path, tmp_path: Path) -> Iterator[str]:
    dashboards = [told(tmp_path, "MLflow", READY), told(tmp_path, "Optuna", NO_ANSWER), told(tmp_path, "ZenML", READY)]
    with served_overview(dashboards, home, DashboardSettings(page_port=18230, refresh_seconds=0.5)) as address:
        yield address


def get(address: str, path: str, method: str = "GET", host: str | None = None) -> tuple[int, str, dict[str, str]]:
    """Status, content and headers; the path is sent as it is."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    try:
        connection.request(method, path, headers={} if host is None else {"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def text_of(browser: Chrome) -> str:
    return str(browser.execute_script("return document.body.innerText"))


def await_text(browser: Chrome, words: str) -> None:
    WebDriverWait(browser, 60, poll_frequency=0.05).until(lambda b: words in text_of(b), words)


def test_health_is_looked_at_again_and_again(tmp_path: Path) -> None:
    dashboard = told(tmp_path, "MLflow", READY)
    watch = HealthWatch([dashboard], 0.05)
    assert watch.health(dashboard).word == UNKNOWN
    with watch.watching():
        deadline = time.monotonic() + 60
        for word in (READY, NO_ANSWER, READY):
            dashboard.file.write_text(word, encoding="utf-8")
            while watch.health(dashboard).word != word:
                assert time.monotonic() < deadline
                time.sleep(0.02)
    assert watch.health(dashboard).well
    assert watch.health(dashboard).milliseconds is not None


def test_the_last_reports_are_named_with_what_they_say(home: Path) -> None:
    old = time.time() - 7300
    os.utime(home / "report" / "report.html", (old, old))
    found = {report.place.title: report for report in last_reports(home)}
    assert found["The main job"].age == "2 hours ago"
    assert found["The main job"].headline.startswith("Better.")
    assert {title for title, report in found.items() if report.written is None} == set(found) - {"The main job"}
    for spoiled in ("[", "[]", "{}", '{"summary": []}'):
        (home / "report" / "report.json").write_text(spoiled, encoding="utf-8")
        assert last_reports(home)[0].headline == ""
    promoted = {"proposal": {"sentences": ["Version 2 is the first champion."]}}
    (home / "report" / "report.json").write_text(json.dumps(promoted), encoding="utf-8")
    assert last_reports(home)[0].headline == "Version 2 is the first champion."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "just now"), (59, "just now"), (60, "1 minute ago"), (7199, "1 hour ago"), (3 * 86_400, "3 days ago")],
)
def test_ages_in_words(seconds: float, words: str) -> None:
    assert ago(seconds) == words
    written = datetime.now(UTC) - timedelta(seconds=seconds)
    assert LastReport(ReportPlace("p", "t", "a/b"), written, "").age == words


LINKS = "return Object.fromEntries([...document.links].map(link => [link.innerText, link.href]))"
"""All at once: the page renews itself, and what was found before would be gone."""


def test_the_page_shows_servers_and_reports_and_loads_nothing(page: str, browser: Chrome, home: Path) -> None:
    browser.get(page)
    await_text(browser, "ready, ")
    links = browser.execute_script(LINKS)
    assert links["Open MLflow"] == "http://127.0.0.1:9/MLflow"
    assert "no answer" in text_of(browser)
    assert HOSTILE in text_of(browser)
    assert browser.title == "CrossPrompt dashboards"
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert set(loaded) <= {page}
    for size in (WIDE, NARROW):
        resize(browser, size)
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    browser.get(links["The main job"])
    assert (browser.title, complaints(browser)) == ("A report", [])


def test_the_page_follows_what_happens_and_says_when_it_is_old(home: Path, tmp_path: Path, browser: Chrome) -> None:
    dashboard = told(tmp_path, "MLflow", READY)
    settings = DashboardSettings(page_port=18231, refresh_seconds=0.5)
    with served_overview([dashboard], home, settings) as address:
        browser.get(address)
        await_text(browser, "ready, ")
        browser.execute_script("document.querySelector('.servers a').focus()")
        dashboard.file.write_text(ENDED, encoding="utf-8")
        await_text(browser, "ended")
        assert browser.execute_script("return document.activeElement.innerText") == "Open MLflow"
        assert "no answer any more" not in text_of(browser)
    await_text(browser, "gets no answer any more")
    complaints(browser)


def test_only_the_reports_files_are_served(page: str) -> None:
    assert get(page, "/files/report/report.html")[0] == 200
    for path in (
        *("/files/secret.txt", "/files/report/../secret.txt", "/files/report/%2e%2e/secret.txt", "/files/report/out"),
        *("/files/report", "/files/", "/files/report/none", "/secret.txt", "/files/report/a%00b", "/files//etc/passwd"),
        "/files/report/" + "a" * 5000,
    ):
        status, content, _ = get(page, path)
        assert (status, "paid answers" in content) == (404, False), path


def test_other_sites_names_and_other_methods_are_refused(page: str) -> None:
    assert get(page, "/", host="attacker.example")[0] == 403
    assert get(page, "/", host=urlsplit(page).netloc.replace("127.0.0.1", "localhost"))[0] == 200
    assert get(page, "/", "POST")[0] == 501
    status, content, headers = get(page, "/", "HEAD")
    assert (status, content) == (200, "")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_is_gone_afterwards_and_listens_on_the_loopback_address(home: Path) -> None:
    with served_overview([Dashboard("MLflow", "store", None)], home, DashboardSettings(page_port=18232)) as address:
        assert address.startswith("http://127.0.0.1:")
        assert "MLflow" in urllib.request.urlopen(address, timeout=60).read().decode()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=10)
