"""Numbers of ``results/`` computed anew: a kept model of each cell answers its tests as when it was measured."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from tests.conftest import ROOT
from tools.witnesses import Witness, compute_anew, witnesses

RESULTS = ROOT / "results"
FOUND = [(table, folder, witness) for table in sorted(RESULTS.iterdir()) for folder, witness in witnesses(table)]
TOLERANCE = 0.25
"""Points: another kind of CPU rounds otherwise, and of some 3,000 answers a few lie on the line between two labels."""


def named(found: tuple[Path, Path, Witness]) -> str:
    table, folder, _ = found
    return f"{table.name}/{folder.name}"


def in_the_tables(table: Path, witness: Witness) -> float:
    """What the table of seeds says of it."""
    with (table / "seeds.csv").open(encoding="utf-8") as lines:
        (score,) = [
            float(row["score"])
            for row in csv.DictReader(lines)
            if (row["task"], row["shots"]) == (witness.plan.task, str(witness.plan.shots or ""))
            and (row["contender"], row["seed"], row["locale"]) == (witness.contender, str(witness.seed), witness.locale)
        ]
    return score


def test_each_cell_of_the_comparison_has_a_witness() -> None:
    with (RESULTS / "comparison" / "averages.csv").open(encoding="utf-8") as lines:
        measured = {(row["task"], row["shots"]) for row in csv.DictReader(lines)}
    kept = {
        (witness.plan.task, str(witness.plan.shots or "")) for table, _, witness in FOUND if table.name == "comparison"
    }
    assert kept == measured


@pytest.mark.parametrize("found", FOUND, ids=map(named, FOUND))
def test_a_kept_model_scores_anew_what_the_tables_say(
    found: tuple[Path, Path, Witness], data_root: Path | None, tmp_path: Path
) -> None:
    table, folder, witness = found
    assert in_the_tables(table, witness) == pytest.approx(witness.score)
    if witness.data_root_needed and data_root is None:
        return  # the fixture has warned; tests/pipelines/test_compare.py does the same on the packaged sample
    root = str(data_root) if data_root is not None else None
    anew = compute_anew(folder, witness, load_backbone(BackboneSettings()), root, tmp_path)
    assert anew == pytest.approx(witness.score, abs=TOLERANCE)
