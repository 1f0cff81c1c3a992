"""Ledgers that don't wait for the disk: tests make thousands of commits, and no power is cut meanwhile."""

from __future__ import annotations

import pytest

from crossprompt.factory import ledger_file

AS_SHIPPED = ledger_file.SYNCHRONOUS


@pytest.fixture(autouse=True)
def _unsynced_ledgers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_file, "SYNCHRONOUS", "OFF")
