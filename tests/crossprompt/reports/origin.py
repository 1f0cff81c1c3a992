"""How a made-up study came to be, for the tests of reports."""

from __future__ import annotations

ORIGIN = {
    "versions": {"crossprompt": "0.1.0", "torch": "2.13.0"},
    "machine": {"cores": "2"},
    "started": "2026-01-02T03:04:05",
    "hours": 5.25,
}
"""The fields that the inputs of every study have beside its results and its command."""
