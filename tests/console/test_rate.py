"""``crossprompt rate``: from a published table to the numbers of raters, and one sentence for every mistake."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from crossprompt.corpora.arrow import dataset_from_rows
from crossprompt.rating.export import read_key
from crossprompt.translation.rows import TRANSLATION_FEATURES
from tests.console.test_main import crossprompt
from tests.crossprompt.rating.rated_corpus import honest, make_rows


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two languages as Parquet files."""
    folder = tmp_path_factory.mktemp("corpus")
    for locale in ("sw", "ur"):
        rows = [{**asdict(row), "slots": [], "engine": "x", "nature": "translated"} for row in make_rows(locale)]
        (folder / locale).mkdir()
        dataset_from_rows(rows, TRANSLATION_FEATURES).to_parquet(folder / locale / "train.parquet")
    return folder


def answers_of(key, rater: str, folder: Path) -> Path:
    ratings = [{"item": row.item, "meaning": row.meaning, "fluency": row.fluency} for row in honest(key, rater)]
    page = {"format": "crossprompt-ratings", "version": 1, "export": key.export, "rater": rater, "ratings": ratings}
    file = folder / f"{rater}.json"
    file.write_text(json.dumps(page), encoding="utf-8")
    return file


def test_export_and_import(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rating"
    status, text, _ = crossprompt(
        *("rate", "export", str(corpus), "--out", str(out), "--windows", "20", "--quizzes", "3"), capsys=capsys
    )
    assert status == 0
    key = read_key(out)
    assert text.startswith(f"Export {key.export}: 46 items in sw, ur\n")
    assert str(out / "rate.html") in text
    files = [str(answers_of(key, name, tmp_path)) for name in ("Zawadi", "Juma", "Neema")]
    liar = tmp_path / "liar.csv"
    rows = [f"{key.export},{item.id},Ms Liar,1,1" for item in key.of_locale("sw")]
    liar.write_text("\n".join(["export,item,rater,meaning,fluency", *rows]), encoding="utf-8")
    status, text, _ = crossprompt("rate", "import", str(out), *files, str(liar), capsys=capsys)
    assert status == 0
    assert text.splitlines() == [
        "sw: meaning 0.90, fluency 0.80 (20 of 20 items; 60 answers kept, 23 excluded)",
        "  not counted: Ms Liar (failed_quiz: passed 0 of 3 quiz items)",
        "ur: meaning 0.90, fluency 0.80 (20 of 20 items; 60 answers kept, 0 excluded)",
        f"Written: {out / 'result' / 'ratings.html'}",
    ]
    assert {file.name for file in (out / "result").iterdir()} == {"ratings.html", "ratings.json", "ratings.csv"}


def test_only_the_languages_that_are_named(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("rate", "export", str(corpus), "--out", str(tmp_path), "--locale", "ur", "--windows", "5")
    assert crossprompt(*arguments, "--quizzes", "0", "--turns", "3", "--seed", "9", capsys=capsys)[0] == 0
    key = read_key(tmp_path)
    assert key.locales == ("ur",)
    assert (key.settings.seed, len(key.items), len(key.items[0].shown)) == (9, 5, 3)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["export", "{corpus}", "--out", "{tmp}", "--windows", "0"], "Error: rate.windows: "),
        (["export", "{corpus}", "--out", "{tmp}", "--windows", "1000"], "Error: sw has 160 windows of 2 turns"),
        (["export", "{corpus}", "--out", "{tmp}", "--locale", "yo"], "Error: locale 'yo' is not there"),
        (["export", "{tmp}/none", "--out", "{tmp}"], "Error: {tmp}/none does not exist"),
        (["import", "{tmp}", "{tmp}/a.json"], "Error: {tmp}/key.json does not exist"),
        (["import", "{tmp}", "{tmp}/a.json", "--raters", "0"], "Error: rate.raters_per_item: "),
    ],
)
def test_a_mistake_is_one_sentence(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    places = {"corpus": corpus, "tmp": tmp_path}
    message, _, _ = crossprompt("rate", *(word.format(**places) for word in arguments), capsys=capsys)
    assert isinstance(message, str)
    assert message.startswith(sentence.format(**places))
    assert "\n" not in message
