"""What the dashboards' page shows: the servers and their health, and the last report of each pipeline."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from infra.dashboards import READY, Dashboard

PURPOSES: Final = {
    "MLflow": "Parameters, metrics by locale, curves, reports; registered models and who is champion.",
    "Optuna": "The studies of learning rates: history, values on the way, importance, a note with the configuration.",
    "ZenML": "Runs step by step, with every artifact between the steps.",
}
UNKNOWN: Final = "starting"
_NOTES: Final = "report.json"


@dataclass(frozen=True)
class ReportPlace:
    """Where a pipeline leaves its last report, below the project's home."""

    pipeline: str
    title: str
    page: str


REPORTS: Final = (
    ReportPlace("align_and_eval", "The main job", "report/report.html"),
    ReportPlace("add_languages", "New languages", "promotion-report/report.html"),
    ReportPlace("compare_methods", "Ways to tune, side by side", "comparison-report/report.html"),
    ReportPlace("soft_prompt_transfer", "Soft prompts on a decoder", "transfer-report/report.html"),
    ReportPlace("translate_prompts", "Prompts that are translated", "translated-prompts-report/report.html"),
    ReportPlace("build_corpus", "The corpus factory", "corpus-report/index.html"),
    ReportPlace("align_and_eval", "Checks of the translations", "validation/index.html"),
)


@dataclass(frozen=True)
class Health:
    """One look at a server."""

    word: str
    milliseconds: float | None = None

    @property
    def well(self) -> bool:
        """Whether it can be used."""
        return self.word == READY


@dataclass
class HealthWatch:
    """Asks every dashboard in turn how it is, again and again, in a thread of its own."""

    dashboards: Sequence[Dashboard]
    seconds: float
    _known: dict[str, Health] = field(default_factory=dict)
    _end: threading.Event = field(default_factory=threading.Event)

    def health(self, dashboard: Dashboard) -> Health:
        """What was last seen of it."""
        return self._known.get(dashboard.name, Health(UNKNOWN))

    def look(self) -> None:
        """Ask all of them once."""
        for dashboard in self.dashboards:
            start = time.monotonic()
            word = dashboard.health()
            took = 1000 * (time.monotonic() - start) if word == READY else None
            self._known[dashboard.name] = Health(word, took)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look every few seconds while the block runs."""
        thread = threading.Thread(target=self._go_on, daemon=True, name="health of the dashboards")
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()

    def _go_on(self) -> None:
        while not self._end.is_set():
            self.look()
            self._end.wait(self.seconds)


@dataclass(frozen=True)
class LastReport:
    """The last report of a pipeline; ``written`` is None where there is none yet."""

    place: ReportPlace
    written: datetime | None
    headline: str

    @property
    def age(self) -> str:
        """How long ago it was written, in its largest unit."""
        return "" if self.written is None else ago((datetime.now(UTC) - self.written).total_seconds())


def last_reports(home: Path) -> list[LastReport]:
    """The last report of every kind."""
    return [_last(home, place) for place in REPORTS]


def ago(seconds: float) -> str:
    """``3 minutes ago``; ``just now`` in the first minute."""
    for name, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if (count := int(seconds // length)) > 0:
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"


def _last(home: Path, place: ReportPlace) -> LastReport:
    page = home / place.page
    try:
        written = datetime.fromtimestamp(page.stat().st_mtime, UTC)
    except FileNotFoundError:
        return LastReport(place, None, "")
    return LastReport(place, written, _headline(page.with_name(_NOTES)))


def _headline(notes: Path) -> str:
    """The first sentence of the report's summary, or of what became of a candidate, where it has one."""
    try:
        content = json.loads(notes.read_text(encoding="utf-8"))
        summary = content.get("summary") or content["proposal"]["sentences"]
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return ""
    return str(summary[0]) if isinstance(summary, list) and summary else ""
