import pytest

from crossprompt.quality.slots import inconsistent_names, is_name, lost_codes, lost_names


@pytest.mark.parametrize("target", ["Ihr Code ist QX-482.", "კოდია qx482", "কোড QX ৪৮২"])
def test_codes_may_change_case_digits_and_separators(target: str) -> None:
    assert lost_codes(["QX482"], target) == ()


@pytest.mark.parametrize(
    ("value", "target"), [("QX482", "Ihr Code ist QX428."), ("ann@mail.org", "an ann@mail.com"), ("0155501", "0155510")]
)
def test_changed_codes_are_found(value: str, target: str) -> None:
    assert lost_codes([value], target) == (value,)


@pytest.mark.parametrize("value", ["7:30pm", "Friday", "two", "the 4th"])
def test_times_and_words_are_no_codes(value: str) -> None:
    assert lost_codes([value], "etwas ganz anderes") == ()


def test_inflected_names_are_recognised_and_lost_ones_found() -> None:
    assert lost_names(["Leeds", "Birmingham"], "Leedsistä Birminghamiin") == ()
    assert lost_names(["Leeds"], "Von Hamburg nach York") == ("Leeds",)


@pytest.mark.parametrize(
    ("value", "name"), [("Saffron Boat", True), ("Friday", False), ("Two", False), ("canal", False)]
)
def test_what_counts_as_a_name(value: str, name: bool) -> None:
    assert is_name(value) is name


def test_a_name_must_stay_alike_in_its_dialogue() -> None:
    sources = {0: "Ask Bruno.", 1: "Bruno paid.", 2: "Bruno left."}
    targets = {0: "Спроси Бруно.", 1: "Бруно заплатил.", 2: "Эдгар ушёл."}
    assert inconsistent_names(["Bruno"], sources, targets) == {2: ("Bruno",)}
    assert inconsistent_names(["Bruno"], sources, {**targets, 2: "Уже без Бруно."}) == {}
