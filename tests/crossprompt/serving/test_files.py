"""Files in and out: every row comes out, in order, with what it held, and with a prediction or a reason."""

from __future__ import annotations

import csv
import json

import pytest

from crossprompt.serving import files
from crossprompt.serving.file_formats import FileFormatError, marked_text
from crossprompt.serving.files import FileOptions, predict_file
from crossprompt.serving.query import Query
from tests.crossprompt.serving.texts import ODD

PLAIN = FileOptions()


def write_csv(path, rows, fields=("id", "text", "locale")):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([fields, *rows])
    return path


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_table_keeps_its_rows_and_columns(tmp_path, champion):
    texts = [*(text.replace("\r\n", "\n") for text in ODD.values())]
    source = write_csv(tmp_path / "in.csv", [(f"no. {n}", text, "sw-KE") for n, text in enumerate(texts)])
    count = predict_file(source, tmp_path / "out.csv", champion, PLAIN)
    rows = read_csv(tmp_path / "out.csv")
    assert (count.rows, count.refused) == (len(texts), ())
    assert [(row["id"], row["text"]) for row in rows] == [(f"no. {n}", text) for n, text in enumerate(texts)]
    for row, own in zip(rows, champion.engine.answer([Query(text, "sw-KE") for text in texts]), strict=True):
        assert row["predicted_intent"] == own.intents[0].intent
        assert [slot["text"] for slot in json.loads(row["predicted_slots"])] == [slot.text for slot in own.slots]
        assert row["predicted_marked"] == marked_text(own)
        assert row["problem"] == ""


def test_rows_that_can_not_be_understood_come_out_with_the_reason(tmp_path, champion):
    source = tmp_path / "in.csv"
    rows = ["text,locale", "wake me,", ",", '"  ",', "wake me,xx-XX", "wake me", "a,b,c", "wake me,sw-KE"]
    source.write_text("\n".join(rows), encoding="utf-8")
    count = predict_file(source, tmp_path / "out.csv", champion, PLAIN)
    problems = [row["problem"] for row in read_csv(tmp_path / "out.csv")]
    assert [number for number, _ in count.refused] == [2, 3, 4, 5, 6]
    assert [problems[0], problems[6]] == ["", ""]
    reasons = ["at least 1", "white space", "no known language", "2 columns", "2 columns"]
    assert all(words in problem for words, problem in zip(reasons, problems[1:6], strict=True)), problems


def test_json_lines_keep_their_fields(tmp_path, champion):
    source = tmp_path / "in.jsonl"
    lines = [
        '{"id": 1, "text": "wake me at seven", "more": {"a": [1]}}',
        '"wake me at eight"',
        "{broken",
        "[1]",
        '{"text": "a", "prediction": 1}',
        r'{"text": "\ud800"}',
        '{"text": 7}',
        '{"text": "mniamshe", "locale": "sw-KE"}',
    ]
    source.write_text("\n".join(lines), encoding="utf-8")
    count = predict_file(source, tmp_path / "out.jsonl", champion, FileOptions(compare=True, top=2))
    rows = read_lines(tmp_path / "out.jsonl")
    assert (count.rows, [number for number, _ in count.refused]) == (8, [3, 4, 5, 6, 7])
    assert (rows[0]["id"], rows[0]["more"], rows[1]["text"]) == (1, {"a": [1]}, "wake me at eight")
    assert len(rows[0]["prediction"]["intents"]) == len(rows[0]["prediction"]["fresh"]["intents"]) == 2
    assert rows[4]["prediction"] == 1
    assert all("problem" in row for row in rows[2:7])
    predict_file(source, tmp_path / "plain.jsonl", champion, PLAIN)
    assert "fresh" not in read_lines(tmp_path / "plain.jsonl")[0]["prediction"]


def test_plain_text_gives_a_line_for_each_line(tmp_path, champion):
    source = tmp_path / "in.txt"
    source.write_bytes(("\ufeffwake me at seven\r\n\n" + ODD["right to left"] + "\nlast\tline").encode())
    count = predict_file(source, tmp_path / "out.txt", champion, FileOptions(locale="en-US"))
    lines = (tmp_path / "out.txt").read_text(encoding="utf-8").split("\n")
    assert (count.rows, [number for number, _ in count.refused]) == (4, [2])
    assert len(lines) == 5
    assert (lines[1], lines[4]) == ("", "")
    intent, _, marked = lines[0].partition("\t")
    (own,) = champion.engine.answer([Query("wake me at seven", "en-US")])
    assert (intent, marked) == (own.intents[0].intent, marked_text(own))
    assert lines[3].count("\t") == 1


def test_one_form_goes_in_and_another_comes_out(tmp_path, champion):
    source = write_csv(tmp_path / "in.CSV", [("1", "wake me", "")])
    predict_file(source, tmp_path / "out.jsonl", champion, PLAIN)
    (row,) = read_lines(tmp_path / "out.jsonl")
    assert (row["id"], row["prediction"]["truncated"]) == ("1", False)
    predict_file(tmp_path / "out.jsonl", tmp_path / "back.csv", champion, PLAIN)
    assert "'prediction'" in read_csv(tmp_path / "back.csv")[0]["problem"]


def test_long_files_are_computed_in_parts(tmp_path, champion, monkeypatch):
    monkeypatch.setattr(files, "CHUNK_ROWS", 8)
    source = tmp_path / "in.txt"
    source.write_text("".join(f"{n % 7}\n" for n in range(19)), encoding="utf-8")
    assert predict_file(source, tmp_path / "out.jsonl", champion, PLAIN).rows == 19
    rows = read_lines(tmp_path / "out.jsonl")
    assert [row["text"] for row in rows] == [str(n % 7) for n in range(19)]
    assert len({row["prediction"]["intents"][0]["intent"] for row in rows}) <= 7


def test_the_column_of_the_text_can_be_named(tmp_path, champion):
    source = write_csv(tmp_path / "in.csv", [("1", "wake me", "sw")], ("id", "utt", "lang"))
    predict_file(source, tmp_path / "out.jsonl", champion, FileOptions(text_field="utt", locale_field="lang"))
    assert "problem" not in read_lines(tmp_path / "out.jsonl")[0]


WRONG = {
    "no such file": (None, "in.csv", "out.csv", "can't be read: No such file"),
    "no text": (b"id,utt\n1,a\n", "in.csv", "out.csv", "no column 'text'; it has id, utt"),
    "empty": (b"", "in.csv", "out.csv", "no column 'text'; it has none"),
    "own column": (b"text,problem\na,b\n", "in.csv", "out.csv", "has a column 'problem'"),
    "open quote": (b'text\n"a\n', "in.csv", "out.csv", "line "),
    "no UTF-8": (b"text\n\xff\xfe\n", "in.csv", "out.csv", "is not UTF-8"),
    "unknown form": (b"a", "in.xlsx", "out.csv", "must end in one of .csv, .jsonl, .txt"),
    "unknown target": (b"a", "in.txt", "out", "must end in one of"),
    "the same file": (b"a", "in.txt", "in.txt", "is the file that is read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_files_that_can_not_be_read_are_told_and_nothing_is_written(tmp_path, champion, name):
    content, source, target, why = WRONG[name]
    if content is not None:
        (tmp_path / source).write_bytes(content)
    with pytest.raises(FileFormatError, match=why):
        predict_file(tmp_path / source, tmp_path / target, champion, PLAIN)
    assert sorted(path.name for path in tmp_path.iterdir()) == ([] if content is None else [source])
