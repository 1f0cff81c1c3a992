from __future__ import annotations

import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

from tests.conftest import ROOT
from tools.measure_corpus import _by_stage, _parameters, _watch, render

RUN = {
    "turns": 463_284,
    "languages": 1,
    "refused": 0,
    "seconds": 100.0,
    "turns_per_second": 4632.8,
    "seconds_by_stage": {"ingest": 30.0, "validate": 45.5},
    "peak_mb": 1000,
    "peak_anonymous_mb": 700,
    "disk_mb": 900,
    "parquet_mb": 20,
    "command": "python -m tools.measure_corpus run OUT",
    "machine": {"cores": "2"},
    "versions": {"python": "3.11.7"},
}


def test_a_part_of_a_configuration_is_measured() -> None:
    config = ROOT / "configs" / "pseudo20.yaml"
    part = _parameters(Namespace(config=config, splits=["dev"], languages=3))
    assert part["dialogues"]["splits"] == ["dev"]
    assert part["factory"]["locales"] == ["qaa", "qab", "qac"]
    assert len(_parameters(Namespace(config=config, splits=None, languages=None))["factory"]["locales"]) == 20


def test_steps_are_added_up_by_stage() -> None:
    seconds = {"ingest_dialogues": 3.0, "translate_qaa_0": 1.0, "translate_qab_1": 2.5, "validate_qaa_1": 4.0}
    assert _by_stage(seconds) == {"ingest": 3.0, "translate": 3.5, "validate": 4.0}


def test_the_tables_show_every_size(tmp_path: Path) -> None:
    (tmp_path / "run-000463284.json").write_text(json.dumps(RUN))
    (tmp_path / "run-009265680.json").write_text(json.dumps(RUN | {"turns": 9_265_680}))
    page = render(tmp_path)
    assert "| 463,284 | 1 | 0 | 100.0 | 4,632.8 | 1,000 | 700 | 900 | 20 |" in page
    assert "| 9,265,680 |" in page
    assert "| 30.0 | 0 | 45.5 | 0 | 0 | 0 |" in page
    assert page.count("    python -m tools.measure_corpus run OUT\n") == page.count("Machine: cores 2.") == 1


def test_the_peak_of_a_process_is_seen() -> None:
    code = "import time; held = b'x' * 200_000_000; time.sleep(0.6)"
    peaks = _watch(subprocess.Popen([sys.executable, "-c", code]))
    assert peaks["peak_mb"] >= 200
    assert peaks["peak_anonymous_mb"] >= 190
