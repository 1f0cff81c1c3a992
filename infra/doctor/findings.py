"""What an examination found, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from crossprompt.records import Record

SHOWN: Final = 5
"""How many of a kind a finding names."""


class Status(StrEnum):
    """How a finding is to be taken, from the best to the worst."""

    WELL = "well"
    NOTE = "note"
    """Nothing is wrong, but it is worth knowing."""
    UNKNOWN = "unknown"
    """It could not be looked at."""
    WRONG = "wrong"


class Finding(Record):
    """One thing that was looked at."""

    status: Status
    found: str
    advice: str = ""
    """What to do; empty where nothing is to be done."""


class CheckResult(Record):
    """What one check found, in its own order."""

    name: str
    title: str
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def status(self) -> Status:
        """The worst of its findings."""
        return _worst([finding.status for finding in self.findings])


class Diagnosis(Record):
    """All checks of one examination."""

    checks: tuple[CheckResult, ...]
    seconds: float

    @property
    def status(self) -> Status:
        """The worst of all findings."""
        return _worst([check.status for check in self.checks])

    @property
    def exit_code(self) -> int:
        """0: nothing is wrong; 1: something is; 2: nothing is known to be, but not everything could be looked at."""
        return {Status.WRONG: 1, Status.UNKNOWN: 2}.get(self.status, 0)


def well(found: str) -> Finding:
    """All is as it should be."""
    return Finding(status=Status.WELL, found=found)


def note(found: str, advice: str) -> Finding:
    """Nothing is wrong, but it is worth knowing."""
    return Finding(status=Status.NOTE, found=found, advice=advice)


def unknown(found: str, advice: str) -> Finding:
    """It could not be looked at."""
    return Finding(status=Status.UNKNOWN, found=found, advice=advice)


def wrong(found: str, advice: str) -> Finding:
    """Something is wrong."""
    return Finding(status=Status.WRONG, found=found, advice=advice)


def shortened(parts: Sequence[str]) -> str:
    """The first few of ``parts`` in one line, and how many more there are."""
    more = f"; and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    return f"{'; '.join(parts[:SHOWN])}{more}"


def _worst(statuses: list[Status]) -> Status:
    order = list(Status)
    return max(statuses, key=order.index, default=Status.WELL)
