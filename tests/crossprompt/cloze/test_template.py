"""Templates become rows: literals as at the end of words, texts cut where they must be, one mask behind all text."""

from __future__ import annotations

import pytest

from crossprompt.cloze.template import RowWriter, TemplateError, TextPieces, fit, parse_template
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny

SUFFIX = "{premise}. {hypothesis}? {soft} {mask}."


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return load_tiny(save_tiny(tmp_path_factory.mktemp("tiny")), max_tokens=20).tokenizer


def test_a_row_reads_as_its_template(tokenizer):
    premise, hypothesis = TextPieces(tokenizer).of(["Rain fell", "It was dry"])
    row = RowWriter(parse_template(SUFFIX), tokenizer).write(
        {"premise": premise, "hypothesis": hypothesis}, [50_000, 50_001]
    )
    dot, question = tokenizer.pieces(["x."])[0][-1], tokenizer.pieces(["x?"])[0][-1]
    expected = [*premise, dot, *hypothesis, question, 50_000, 50_001, tokenizer.mask_id, dot]
    assert row == [tokenizer.start_id, *expected, tokenizer.end_id]


@pytest.mark.parametrize(
    ("wording", "before"),
    [
        ("{soft} {premise}. {hypothesis}? {mask}.", []),
        ("{premise}. {soft} {hypothesis}? {mask}.", ["premise"]),
        ("{premise}. {hypothesis}? {mask} {soft}.", ["premise", "hypothesis", "mask"]),
    ],
)
def test_the_soft_tokens_stand_where_the_template_says(tokenizer, wording, before):
    texts = {"premise": [7, 8], "hypothesis": [9]}
    row = RowWriter(parse_template(wording), tokenizer).write(texts, [50_000])
    marks = {"premise": 8, "hypothesis": 9, "mask": tokenizer.mask_id}
    place = row.index(50_000)
    assert {name for name, mark in marks.items() if row.index(mark) < place} == set(before)


def test_the_longer_text_is_cut_and_the_template_stays(tokenizer):
    writer = RowWriter(parse_template(SUFFIX), tokenizer)
    row = writer.write({"premise": [7] * 30, "hypothesis": [9] * 4}, [50_000])
    assert len(row) == 20
    assert row.count(9) == 4
    assert tokenizer.mask_id in row
    assert 50_000 in row


def test_tokens_are_taken_from_the_longest():
    assert [len(text) for text in fit([[1] * 9, [2] * 5, [3] * 2], 10)] == [4, 4, 2]
    assert fit([[1], [2]], 5) == [[1], [2]]
    with pytest.raises(TemplateError, match="room for 1 tokens of text"):
        fit([[1], [2]], 1)


@pytest.mark.parametrize(
    ("wording", "problem"),
    [
        ("{premise} {hypothesis}", "0 masks"),
        ("{mask} {mask} {premise}", "2 masks"),
        ("{mask} {premise}", r"\{premise\} behind the mask"),
        ("{soft} {mask}", "needs each text once"),
        ("{premise} {premise} {mask}", "needs each text once"),
    ],
)
def test_templates_that_cannot_be_read_are_refused(wording, problem):
    with pytest.raises(TemplateError, match=problem):
        parse_template(wording)


def test_a_mask_in_a_text_is_not_where_the_answer_is_read(tokenizer):
    (text,) = tokenizer.pieces(["what <mask> this"])
    row = RowWriter(parse_template("{premise} {hypothesis} {mask}"), tokenizer).write(
        {"premise": text, "hypothesis": [9]}
    )
    assert row.count(tokenizer.mask_id) == 2
    assert row[-2] == tokenizer.mask_id


def test_a_text_is_tokenised_once(tokenizer, monkeypatch):
    pieces = TextPieces(tokenizer)
    first = pieces.of(["a b", "c"])
    monkeypatch.setattr(tokenizer, "pieces", lambda texts: [[-1] for _ in texts])
    assert pieces.of(["c", "new", "a b"]) == [first[1], [-1], first[0]]
