"""Files of answers: the page's, a platform's, a spreadsheet's; and damaged ones, each with one sentence."""

from __future__ import annotations

import json
import math

import pytest

from crossprompt.rating.answers import Answer, read_answers
from crossprompt.rating.errors import RatingError

EXPORT = "0123456789ab"
PAGE = {
    "format": "crossprompt-ratings",
    "version": 1,
    "export": EXPORT,
    "locale": "sw",
    "rater": "Zawadi K.",
    "ratings": [
        {"item": "aa", "meaning": 0.95, "fluency": 1, "rated_at": "2026-03-04T05:06:07.000Z"},
        {"item": "bb", "meaning": 0, "fluency": None, "rated_at": "2026-03-04T05:06:09.000Z"},
    ],
}


def read(tmp_path, name, text):
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_answers(file, EXPORT)


def test_the_pages_json(tmp_path):
    assert read(tmp_path, "a.json", json.dumps(PAGE)) == [
        Answer("aa", "Zawadi K.", 0.95, 1.0, "2026-03-04T05:06:07.000Z"),
        Answer("bb", "Zawadi K.", 0.0, None, "2026-03-04T05:06:09.000Z"),
    ]


def test_the_pages_csv_with_a_guarded_name(tmp_path):
    text = (
        f"export,locale,rater,item,meaning,fluency,rated_at\r\n{EXPORT},sw,'=Zawadi,aa,0.95,1,2026-03-04T05:06:07Z\r\n"
    )
    assert read(tmp_path, "a.csv", text) == [Answer("aa", "=Zawadi", 0.95, 1.0, "2026-03-04T05:06:07Z")]


def test_a_spreadsheets_csv(tmp_path):
    text = (
        f'\ufeffexport;item;rater;meaning;fluency;note\n{EXPORT};aa;"Z;K";0,95;1;"two\nlines"\n\n{EXPORT};bb;Z;;high;\n'
    )
    first, second = read(tmp_path, "a.csv", text)
    assert first == Answer("aa", "Z;K", 0.95, 1.0, "")
    assert second.meaning is None
    assert math.isnan(second.fluency)


def test_a_platforms_csv(tmp_path):
    text = (
        '"HITId","WorkerId","Input.export","Input.item","Answer.fluency","Answer.meaning"\n'
        f'"h1","A1B2","{EXPORT}","aa","0.5","0.25"\n'
    )
    assert read(tmp_path, "a.csv", text) == [Answer("aa", "A1B2", 0.25, 0.5, "")]


def test_one_rater_spelled_in_two_ways_is_one():
    first, second = (Answer("aa", name, 1.0, 1.0, "") for name in ("Zawadi  K.", "ZAWADI K."))
    assert first.same_rater == second.same_rater


DAMAGED = {
    "empty.json": "",
    "cut.json": json.dumps(PAGE)[:-40],
    "list.json": "[]",
    "other.json": json.dumps({**PAGE, "format": "something"}),
    "word.json": json.dumps({**PAGE, "ratings": [{"item": "aa", "meaning": "1", "fluency": 1}]}),
    "truth.json": json.dumps({**PAGE, "ratings": [{"item": "aa", "meaning": True, "fluency": 1}]}),
    "nobody.json": json.dumps({**PAGE, "rater": "  "}),
    "newer.json": json.dumps({**PAGE, "version": 2}),
    "bytes.json": b"\xff\xfe{}",
    "empty.csv": "",
    "columns.csv": "item,rater,meaning\naa,Z,1\n",
    "cut.csv": f"export,item,rater,meaning,fluency\n{EXPORT},aa,Z,1,1\n{EXPORT},bb,Z\n",
    "quote.csv": f'export,item,rater,meaning,fluency\n{EXPORT},aa,"Z,1,1\n',
    "nobody.csv": f"export,item,rater,meaning,fluency\n{EXPORT},aa,,1,1\n",
    "letter.txt": "I liked them all",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_one_sentence_that_names_it(tmp_path, name):
    with pytest.raises(RatingError) as caught:
        read(tmp_path, name, DAMAGED[name])
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cut_row_is_named_by_its_line(tmp_path):
    with pytest.raises(RatingError, match=r"line 3 has 3 cells, and the header 5"):
        read(tmp_path, "cut.csv", DAMAGED["cut.csv"])


def test_answers_to_another_export_and_absent_files_are_refused(tmp_path):
    with pytest.raises(RatingError, match="has answers to export 'ffff', not to '0123456789ab'"):
        read(tmp_path, "a.json", json.dumps({**PAGE, "export": "ffff"}))
    with pytest.raises(RatingError, match=r"absent\.json does not exist"):
        read_answers(tmp_path / "absent.json", EXPORT)


def test_no_cut_of_the_pages_json_is_believed(tmp_path):
    whole = json.dumps(PAGE)
    for length in range(len(whole)):
        with pytest.raises(RatingError):
            read(tmp_path, "a.json", whole[:length])
