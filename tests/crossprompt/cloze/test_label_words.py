"""Label words are single tokens behind a blank, one for each label, and what is no such word is refused."""

import pytest
import torch

from crossprompt.cloze.label_words import LabelWordError, find_label_words
from crossprompt.cloze.word_head import WordHead
from tests.crossprompt.sample_task import mini

WORDS = {"music": "play", "clock": "time", "sky": "day"}


def test_words_are_found_as_they_stand_behind_a_blank():
    tokenizer = mini().tokenizer
    found = find_label_words(WORDS, ("clock", "music"), tokenizer)
    assert (found.labels, found.words) == (("clock", "music"), ("time", "play"))
    assert tokenizer.spelled(found.ids) == ["▁time", "▁play"]
    (pieces,) = tokenizer.pieces(["please play"])
    assert pieces[-1] == found.ids[1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"clock": "clockworkish"}, r"'clockworkish' for label 'clock' is \d+ tokens \(.*\); only words of one token"),
        ({"clock": "play"}, "'clock' and 'music' share the token '▁play'"),
        ({"clock": ""}, "is empty or has blanks around it"),
    ],
)
def test_a_word_that_can_not_answer_is_refused(changes, message):
    with pytest.raises(LabelWordError, match=message):
        find_label_words({**WORDS, **changes}, ("clock", "music"), mini().tokenizer)


def test_a_label_without_a_word_is_named():
    with pytest.raises(LabelWordError, match="label 'sea' has no word; there are words for"):
        find_label_words(WORDS, ("clock", "sea"), mini().tokenizer)


def test_a_word_that_the_tokenizer_does_not_know_is_refused(monkeypatch):
    tokenizer = mini().tokenizer
    monkeypatch.setattr(tokenizer, "unknown_id", tokenizer.pieces([" play"])[0][0])
    with pytest.raises(LabelWordError, match="unknown to the tokenizer"):
        find_label_words(WORDS, ("music",), tokenizer)


def test_the_head_has_no_parameters_and_reads_the_model_s_own():
    weight = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))
    head = WordHead(lambda hidden: hidden @ weight.T)
    hidden = torch.ones(2, 1, 4, dtype=torch.float32)
    assert torch.equal(head(hidden), hidden[:, 0] @ weight.T)
    assert list(head.parameters()) == []
    assert head.state_dict() == {}
