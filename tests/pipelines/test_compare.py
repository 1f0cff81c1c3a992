"""The comparison as a user runs it: the literal command, whole, killed among its results, and from the cache."""

from __future__ import annotations

import csv
import re
import signal
from collections import Counter
from pathlib import Path

import pytest
import yaml

from console.errors import CommandError
from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.storage.faults import FAULT, WRITE_LOG
from tests.pipelines.workplace import Workplace, make_workplace
from tools.witnesses import WitnessError, compute_anew, keep, witnesses

CONFIG = "configs/compare_quick.yaml"
COMMAND = (CONFIG, "compare_methods")
CELL_UTTERANCES = 10
CELL = {
    "task": "intent",
    "shots": 1,
    "contenders": ["FT-matched", "PT", "APT", "APT-mlm-only"],
    "max_utterances": CELL_UTTERANCES,
}
RESULT = re.compile(r"[a-z]{2}-[A-Z]{2}\.json")
TABLES = ("averages", "locales", "trainings", "differences", "locale_differences")


def quick_workplace(folder: Path, store: Path) -> Workplace:
    """A workplace with the smoke configuration cut down to one cell."""
    folder.mkdir(exist_ok=True)
    place = make_workplace(folder, store)
    values = yaml.safe_load((place.root / "configs" / "compare_smoke.yaml").read_text(encoding="utf-8"))
    values["parameters"]["variants"] = {"APT-mlm-only": {"contrastive_weight": 0}}
    values["parameters"]["cells"] = [CELL]
    (place.root / CONFIG).write_text(yaml.safe_dump(values), encoding="utf-8")
    return place


def tables(place: Workplace) -> dict[str, list[dict[str, str]]]:
    """The result tables, without the times that trainings took."""
    folder = place.home / "comparison-report" / "results"
    found = {name: list(csv.DictReader((folder / f"{name}.csv").open(encoding="utf-8"))) for name in TABLES}
    return {name: [{k: v for k, v in row.items() if k != "seconds"} for row in rows] for name, rows in found.items()}


def results_written(log: Path) -> Counter[str]:
    names = log.read_text(encoding="utf-8").split()
    return Counter(name for name in names if RESULT.fullmatch(name))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, zenml_template: Path) -> Workplace:
    place = quick_workplace(tmp_path_factory.mktemp("undisturbed"), zenml_template)
    place.executed(*COMMAND, **{WRITE_LOG: str(place.root / "writes.txt")})
    return place


def test_every_contender_is_in_the_tables(undisturbed: Workplace) -> None:
    averages = tables(undisturbed)["averages"]
    assert sorted(row["contender"] for row in averages) == sorted(CELL["contenders"])
    page = (undisturbed.home / "comparison-report" / "report.html").read_text(encoding="utf-8")
    assert "APT-mlm-only" in page
    assert "Not run: no endpoint configured." in page
    assert (undisturbed.home / "comparison-report" / "results" / "README.md").is_file()
    assert "Report          file://" in undisturbed.printed


def test_a_second_run_takes_all_but_the_report_from_the_cache(undisturbed: Workplace) -> None:
    assert undisturbed.executed(*COMMAND) == {"publish_comparison"}


def test_after_a_kill_nothing_is_computed_twice_and_the_tables_are_the_same(
    undisturbed: Workplace, zenml_template: Path, tmp_path: Path
) -> None:
    expected, writes = tables(undisturbed), (undisturbed.root / "writes.txt").read_text(encoding="utf-8").split()
    numbers = [number for number, name in enumerate(writes, start=1) if RESULT.fullmatch(name)]
    place = quick_workplace(tmp_path / "killed", zenml_template)
    log = place.root / "writes.txt"
    killed = place.run(*COMMAND, **{FAULT: f"{numbers[len(numbers) // 4]}:after", WRITE_LOG: str(log)})
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert place.executed(*COMMAND, **{WRITE_LOG: str(log)}) >= {"measure_intent_1", "publish_comparison"}
    assert tables(place) == expected
    assert results_written(log) == results_written(undisturbed.root / "writes.txt")


def test_a_witness_scores_anew_what_its_file_and_the_table_of_seeds_say(undisturbed: Workplace, tmp_path: Path) -> None:
    keep(undisturbed.root / CONFIG, tmp_path, undisturbed.home)
    ((folder, witness),) = witnesses(tmp_path)
    assert (folder.name, witness.contender, witness.locale, witness.seed) == ("intent_1", "APT", "sw-KE", 0)
    rows = list(csv.DictReader((undisturbed.home / "comparison-report/results/seeds.csv").open(encoding="utf-8")))
    (row,) = [own for own in rows if (own["contender"], own["locale"], own["seed"]) == ("APT", witness.locale, "0")]
    assert float(row["score"]) == pytest.approx(witness.score)
    anew = compute_anew(folder, witness, load_backbone(BackboneSettings()), None, undisturbed.home)
    one_answer = 100 / CELL_UTTERANCES
    assert anew == pytest.approx(witness.score, abs=one_answer + 1e-6)


def test_a_witness_of_another_backbone_is_refused(undisturbed: Workplace, tmp_path: Path) -> None:
    keep(undisturbed.root / CONFIG, tmp_path, undisturbed.home)
    ((folder, witness),) = witnesses(tmp_path)
    index = folder / "classifiers.json"
    fingerprint = load_backbone(BackboneSettings()).identity.fingerprint
    index.write_text(index.read_text(encoding="utf-8").replace(fingerprint, "0" * len(fingerprint)), encoding="utf-8")
    with pytest.raises(WitnessError, match="another backbone"):
        compute_anew(folder, witness, load_backbone(BackboneSettings()), None, undisturbed.home)


def test_nothing_is_kept_of_what_was_not_measured(undisturbed: Workplace, tmp_path: Path) -> None:
    with pytest.raises(WitnessError, match="run the comparison first"):
        keep(undisturbed.root / CONFIG, tmp_path, tmp_path / "an empty home")
    with pytest.raises(WitnessError, match="describes no comparison"):
        keep(undisturbed.root / "configs" / "smoke.yaml", tmp_path, undisturbed.home)
    with pytest.raises(CommandError):
        keep(undisturbed.root / "configs" / "nowhere.yaml", tmp_path, undisturbed.home)
