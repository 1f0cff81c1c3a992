import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossprompt.corpora.annotation import AnnotationError, align_annotation, parse_annotation
from crossprompt.corpora.dialogue import SlotSpan


def test_parse_annotation():
    text, spans = parse_annotation("wake me at [time : five : thirty] on [ date :  monday ] please")
    assert text == "wake me at five : thirty on monday please"
    assert spans == (SlotSpan("time", 11, 24), SlotSpan("date", 28, 34))
    assert [text[s.start : s.exclusive_end] for s in spans] == ["five : thirty", "monday"]


def test_text_without_markup():
    assert parse_annotation("no slot here: none") == ("no slot here: none", ())
    assert parse_annotation("") == ("", ())


@pytest.mark.parametrize(
    "broken", ["[time : ]", "[time five]", "time : five]", "[time : five", "[ : five]", "[a : [b : c] d]", "[]"]
)
def test_broken_markup(broken):
    with pytest.raises(AnnotationError):
        parse_annotation(broken)


def test_alignment_over_blanks_that_the_utterance_lacks():
    utterance = "明日の正午に鳴らして"
    spans = align_annotation(utterance, "[date : 明日] の [time : 正午] に 鳴らして")
    assert [(s.slot, utterance[s.start : s.exclusive_end]) for s in spans] == [("date", "明日"), ("time", "正午")]


def test_alignment_when_the_utterance_has_more_blanks():
    utterance = "  play   some  jazz "
    (span,) = align_annotation(utterance, "play [genre : some jazz]")
    assert utterance[span.start : span.exclusive_end] == "some  jazz"


def test_other_text_is_refused():
    with pytest.raises(AnnotationError, match="is of another text"):
        align_annotation("play jazz", "play [genre : rock]")


_WORD = st.text(alphabet="abcäßçяжد日本 กา5:.'", min_size=1, max_size=8).filter(lambda word: bool(word.strip()))
_SLOT = st.text(alphabet="abc_", min_size=1, max_size=5)
_PIECES = st.lists(st.tuples(st.none() | _SLOT, _WORD), min_size=1, max_size=6)


@given(_PIECES, st.sampled_from(["", " "]))
def test_round_trip(pieces, joint):
    """Marked-up pieces, aligned with the utterance (blanks between them or not), are found again."""
    annotated = " ".join(word if slot is None else f"[{slot} : {word}]" for slot, word in pieces)
    utterance = joint.join(word for _, word in pieces)
    spans = align_annotation(utterance, annotated)
    assert [span.slot for span in spans] == [slot for slot, _ in pieces if slot is not None]
    wanted = [word.strip() for slot, word in pieces if slot is not None]
    assert [utterance[span.start : span.exclusive_end] for span in spans] == wanted


@given(st.text(max_size=60), st.text(alphabet="[]: ab", max_size=30))
def test_any_text_gives_spans_or_an_annotation_error(utterance, annotated):
    try:
        spans = align_annotation(utterance, annotated)
    except AnnotationError:
        return
    assert all(0 <= span.start < span.exclusive_end <= len(utterance) for span in spans)
