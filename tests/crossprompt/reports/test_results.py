from __future__ import annotations

import csv
import json

import pytest

from crossprompt.reports.formats import number, signed
from crossprompt.reports.report import build_report, write_report
from crossprompt.reports.results import ResultsError, export_results, without_places
from crossprompt.tasks.records import Method
from tests.factories import STAGES, Shape, report_inputs

PLACE = "/home/somebody/deep down/data"


@pytest.fixture(scope="module")
def inputs():
    return report_inputs()


@pytest.fixture
def report(inputs, tmp_path):
    return write_report(build_report(inputs), tmp_path / "report").parent


def table_under(page: str, heading: str) -> dict[str, list[str]]:
    """Rows of the first table below a heading, by their first cell."""
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    assert len({len(row) for row in rows}) == 1
    return {row[0]: row[1:] for row in rows[2:]}


def test_the_page_shows_the_numbers_of_the_evaluation(report, inputs, tmp_path):
    page = export_results(report, tmp_path / "kept").read_text(encoding="utf-8")
    result = inputs.evaluation
    averages = table_under(page, "Averages")
    for score in result.average:
        assert averages[score.method.value][0] == f"{number(score.mean)} ± {number(score.std)}"
    locales = table_under(page, "Every locale")
    assert list(locales) == [score.locale for score in result.locales]
    swahili = next(score for score in result.locales if score.locale == "sw-KE")
    assert locales["sw-KE"][0] == "Swahili"
    assert locales["sw-KE"][3:5] == [f"{number(m.mean)} ± {number(m.std)}" for m in swahili.methods]
    assert locales["sw-KE"][7] == signed(swahili.comparison.difference)
    tests = table_under(page, "Aligned against fresh")
    assert tests["all locales, clustered by utterance"][0] == signed(result.pooled.difference)


def test_the_page_says_how_the_numbers_came_to_be(report, inputs, tmp_path):
    page = export_results(report, tmp_path / "kept").read_text(encoding="utf-8")
    assert f"    {inputs.command}\n" in page
    assert "2026-03-04 at 05:06:07 UTC" in page
    times = table_under(page, "Time")
    assert times["ingest dialogues"] == ["2.5 s", "from the cache: the time of the run that computed it"]
    assert times["evaluate locales"] == ["9.5 s", ""]
    assert times["all stages"][0] == "48 s"
    assert times["**this run, in all**"][0] == "20 min 34 s"
    versions = table_under(page, "Machine and versions")
    assert (versions["torch"], versions["cores"]) == (["2.13.0"], ["2"])
    assert versions["cpu features"] == ["avx512_bf16, avx512_f"]
    assert set(table_under(page, "Learning rates")) == {"aligned", "fresh"}
    assert "| en-US |" not in page.partition("## Every locale")[0]


def test_steps_of_single_languages_are_summed_up(inputs, tmp_path):
    stage = {"status": "completed", "seconds": 1.5}
    stages = {"translate_sw-KE": stage, "translate_de-DE": stage | {"status": "cached"}}
    folder = write_report(build_report(report_inputs(stages=stages)), tmp_path).parent
    times = table_under(export_results(folder, tmp_path / "kept").read_text(encoding="utf-8"), "Time")
    assert times["translate (2 steps)"] == ["3.0 s", "1 of 2 from the cache: the time of the run that computed it"]


def test_the_table_of_locales_is_that_of_the_report(report, tmp_path):
    kept = export_results(report, tmp_path / "kept").parent
    assert (kept / "accuracy.csv").read_bytes() == (report / "csv" / "locales.csv").read_bytes()
    with (kept / "accuracy.csv").open(encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == 52


def test_equal_reports_give_equal_bytes(report, tmp_path):
    first, second = (export_results(report, tmp_path / name).parent for name in ("one", "two"))
    assert {file.name for file in first.iterdir()} == {"README.md", "accuracy.csv", "result.json"}
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes()


def test_nothing_tells_the_machine(tmp_path):
    inputs = report_inputs(
        command=f"zenml pipeline run align_and_eval -c {PLACE.replace(' ', '')}/mine.yaml",
        stages={
            name: {"status": "completed", "seconds": 1.0, "artifacts": PLACE, "cache_key": "c0ffee"} for name in STAGES
        },
        configuration={"data_root": PLACE.replace(" ", ""), "tuning": {"storage": "sqlite:////srv/lab/optuna.db"}},
        dashboards={"MLflow": f"sqlite:///{PLACE}/mlflow.db"},
        dialogues=report_inputs().dialogues.model_copy(update={"location": PLACE}),
    )
    folder = write_report(build_report(inputs), tmp_path / "report").parent
    kept = export_results(folder, tmp_path / "kept").parent
    text = "".join(file.read_text(encoding="utf-8") for file in kept.iterdir())
    for word in ("/home", "somebody", "/srv", "c0ffee", "_result", str(tmp_path)):
        assert word not in text
    assert "-c mine.yaml" in text
    configuration = json.loads((kept / "result.json").read_text(encoding="utf-8"))["configuration"]
    assert configuration == {"data_root": "data", "tuning": {"storage": "optuna.db"}}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/srv/data/sgd.zip", "sgd.zip"),
        ("file:///srv/data/sgd.zip", "sgd.zip"),
        ("sqlite:////srv/optuna.db", "optuna.db"),
        ("~/runs/mine.yaml", "mine.yaml"),
        ("read /srv/a.zip and /srv/b.zip", "read a.zip and b.zip"),
        ("zenml pipeline run align_and_eval -c configs/massive.yaml", None),
        ("https://example.org/data/sgd.zip", None),
        ("FacebookAI/xlm-roberta-large", None),
        ("12 / 7 and and/or", None),
        (0.5, None),
    ],
)
def test_absolute_paths_are_cut_down_to_their_last_name(text, kept):
    assert without_places(text) == (text if kept is None else kept)


@pytest.mark.parametrize(
    "shape",
    [Shape(methods=(Method.FRESH,)), Shape(seeds=(0,)), Shape(locales=("en-US",)), Shape(quarantine=False)],
    ids=["fresh only", "one seed", "one locale", "nothing refused"],
)
def test_every_kind_of_run_can_be_kept(shape, tmp_path):
    folder = write_report(build_report(report_inputs(shape)), tmp_path / "report").parent
    page = export_results(folder, tmp_path / "kept").read_text(encoding="utf-8")
    assert not {"nan", "None", "null"} & set(page.split())


@pytest.mark.parametrize("name", ["report.json", "csv/manifest.json", "csv/locales.csv"])
def test_an_unfinished_report_is_refused(report, tmp_path, name):
    (report / name).unlink()
    with pytest.raises(ResultsError, match=r"no finished report .*run `make run` first"):
        export_results(report, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_an_altered_table_is_refused(report, tmp_path):
    with (report / "csv" / "locales.csv").open("a") as table:
        table.write("xx-XX,100\n")
    with pytest.raises(ResultsError, match="was altered"):
        export_results(report, tmp_path / "kept")


def test_a_report_of_an_older_version_is_refused(report, tmp_path):
    data = json.loads((report / "report.json").read_text(encoding="utf-8"))
    del data["machine"]
    (report / "report.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ResultsError, match="lacks machine"):
        export_results(report, tmp_path / "kept")
