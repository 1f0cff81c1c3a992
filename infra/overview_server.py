"""The dashboards' page as a web server in this process: the page itself, and the reports' files."""

from __future__ import annotations

import contextlib
import functools
import mimetypes
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import unquote, urlsplit

from jinja2 import Environment

from crossprompt.pages.templates import page_environment
from crossprompt.reports.templates import own_file
from infra.dashboards import Dashboard
from infra.overview import PURPOSES, REPORTS, HealthWatch, last_reports
from infra.servers import free_port
from infra.settings import DashboardSettings

TEMPLATE, STYLE = "overview.html", "overview.css"
FILES: Final = "/files/"
"""Below it are the reports' files, by their paths in the project's home."""
OPEN_FOLDERS: Final = frozenset(Path(place.page).parts[0] for place in REPORTS)
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
PROTECTION: Final = {
    # what stands on the page came with it; a report's own script and styles are in its page
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_FOLDER: Final = Path(__file__).resolve().parent


class Overview:
    """What the page is made from."""

    def __init__(self, dashboards: Sequence[Dashboard], watch: HealthWatch, home: Path, seconds: float) -> None:
        self.dashboards, self.watch, self.home, self.seconds = dashboards, watch, home, seconds

    def render(self) -> str:
        """The page as it is now."""
        return (
            _environment()
            .get_template(TEMPLATE)
            .render(
                servers=[(dashboard, self.watch.health(dashboard)) for dashboard in self.dashboards],
                purposes=PURPOSES,
                reports=last_reports(self.home),
                files=FILES,
                home=self.home,
                seconds=self.seconds,
                style=own_file("report.css"),
                own_style=(_FOLDER / STYLE).read_text(encoding="utf-8"),
            )
        )

    def file(self, path: str) -> Path | None:
        """The file of a report; None where ``path`` leads to nothing, or out of the reports' folders."""
        folder = path.partition("/")[0]
        if folder not in OPEN_FOLDERS:
            return None
        try:
            found = (self.home / path).resolve()
            inside = found.is_relative_to((self.home / folder).resolve())
            return found if inside and found.is_file() else None
        except (OSError, ValueError):
            # a name that no file can have
            return None


@contextmanager
def served_overview(dashboards: Sequence[Dashboard], home: Path, settings: DashboardSettings) -> Iterator[str]:
    """Serve the page for as long as the block runs; its address.

    Args:
        dashboards: Whose health it shows.
        home: The project's home, which holds the reports.
        settings: Address, port and how often health is asked for.
    """
    watch = HealthWatch(dashboards, settings.refresh_seconds)
    overview = Overview(dashboards, watch, home, settings.refresh_seconds)
    port = free_port(settings.host, settings.page_port)
    server = ThreadingHTTPServer((settings.host, port), _handler(overview, settings.host, port))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True, name="page of the dashboards")
    thread.start()
    try:
        with watch.watching():
            yield f"http://{settings.host}:{port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _PageHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; everything else is refused."""

    overview: ClassVar[Overview]
    hosts: ClassVar[frozenset[str] | None]
    server_version = "CrossPrompt"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with the page or a report's file."""
        status, kind, content = self._answer()
        self.send_response(status)
        for name, value in PROTECTION.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        # a reader who leaves early is no error
        with contextlib.suppress(ConnectionError):
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

    def do_HEAD(self) -> None:
        """Answer as to GET, without the content."""
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal shows what the user asked for."""

    def _answer(self) -> tuple[HTTPStatus, str, bytes]:
        if self.hosts is not None and self.headers.get("Host", "") not in self.hosts:
            # a name of another site that leads to this machine: its page may not read ours
            return HTTPStatus.FORBIDDEN, "text/plain; charset=utf-8", b"ask for this page by its own address\n"
        path = unquote(urlsplit(self.path).path)
        if path == "/":
            return HTTPStatus.OK, "text/html; charset=utf-8", self.overview.render().encode()
        if path == "/favicon.ico":
            return HTTPStatus.NO_CONTENT, "image/x-icon", b""
        file = self.overview.file(path.removeprefix(FILES)) if path.startswith(FILES) else None
        if file is None:
            return HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"there is no such page\n"
        return HTTPStatus.OK, _kind_of(file), file.read_bytes()


def _handler(overview: Overview, host: str, port: int) -> type[_PageHandler]:
    hosts = frozenset(f"{name}:{port}" for name in LOOPBACK)
    return type("PageHandler", (_PageHandler,), {"overview": overview, "hosts": hosts if host in LOOPBACK else None})


def _kind_of(file: Path) -> str:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind == "application/json" else kind


@functools.cache
def _environment() -> Environment:
    return page_environment(_FOLDER)
