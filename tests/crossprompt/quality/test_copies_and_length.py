import pytest

from crossprompt.quality.copies import left_in_english, ordinary_words
from crossprompt.quality.length import scaled_ratio, usual_ratio


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Is there a quiet carriage on that train?", "Is there a quiet carriage on that train?"),
        ("Is there a quiet carriage on that train?", "is there a quiet carriage on that Zug?"),
    ],
)
def test_english_is_found(source: str, target: str) -> None:
    assert left_in_english(source, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Is there a quiet carriage on that train?", "Gibt es in dem Zug einen Ruhewagen?"),
        ("My hand is in warm water.", "My hand is in warm water."[:10] + "in lou water."),
        ("Super!", "Super!"),
        ("Hotel Linde, please.", "Hotel Linde, bitte."),
        ("Saffron Boat", "Saffron Boat"),
    ],
)
def test_shared_words_are_no_copy(source: str, target: str) -> None:
    assert not left_in_english(source, target)


def test_names_are_no_ordinary_words() -> None:
    assert ordinary_words("Send it to Amara. Then call Bruno, please.") == (
        "send",
        "it",
        "to",
        "then",
        "call",
        "please",
    )


def test_length_is_measured_against_the_locale() -> None:
    sources = ["a" * 20, "b" * 40, "c" * 30]
    usual = usual_ratio(sources, ["x" * 8, "y" * 16, "z" * 12])
    assert usual == pytest.approx(0.4)
    assert scaled_ratio("a" * 100, "x" * 40, usual) == pytest.approx(1.0)
    assert scaled_ratio("a" * 100, "x" * 400, usual) > 4
    assert scaled_ratio("a" * 100, "xy", usual) < 1 / 4
    assert 1 / 4 < scaled_ratio("Yes.", "Ja, natürlich gern.", 1.0) < 4


def test_nothing_measurable_means_one() -> None:
    assert usual_ratio(["Yes."], ["Ja."]) == 1.0
