import pytest

from crossprompt.quality.hygiene import is_nfc, leaked_markup, text_problems


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Zwei Pl\ufffdtze", "replacement"),
        ("Un cafÃ© noir", "mojibake"),
        ("Itâ€™s ready", "mojibake"),
        ("Hallo\x07", "control"),
        ("one\ntwo", "control"),
        ("private \ue000 use", "control"),
        ("\u202bمرحبا", "bidi"),
        ("مرحبا\u2069", "bidi"),
        ("\ufeffHallo", "bom"),
    ],
)
def test_damage_is_named(text: str, problem: str) -> None:
    assert problem in text_problems(text)


@pytest.mark.parametrize(
    "text",
    [
        "می‌خواهم",  # zero-width non-joiner
        "क्‍ष",  # zero-width joiner
        "សូម\u200bអរគុណ",  # zero-width space between Khmer words
        "ကျေးဇူး\u200bတင်ပါတယ်",  # zero-width space between Burmese words
        "\u2067עברית\u2069 ok",
        "Às 8 horas, São João",
        "Château à 20 €",
        "Ça va ? « Oui »",
    ],
)
def test_marks_with_a_meaning_pass(text: str) -> None:
    assert text_problems(text) == ()


def test_decomposed_text_is_not_nfc() -> None:
    assert not is_nfc("cafe\u0301")
    assert is_nfc("café")


def test_a_sign_that_the_normal_form_itself_takes_apart_passes() -> None:
    assert is_nfc("\u0915\u093cलम")
    assert not is_nfc("\u0958लम")


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("Von <b>Leeds</b>", "tag"),
        ("Von <ph id=1/> nach", "tag"),
        ("Tom &amp; Ann", "entity"),
        ("Von {origin} nach", "placeholder"),
        ("Hallo %(name)s", "placeholder"),
        ("Von [origin: Leeds]", "slot"),
        ("**Ja**, gern", "code"),
    ],
)
def test_markup_is_found_unless_the_source_has_it(target: str, kind: str) -> None:
    assert leaked_markup("From Leeds", target) == (kind,)
    assert leaked_markup(target, target) == ()


def test_plain_signs_are_no_markup() -> None:
    assert leaked_markup("a", "3 < 5 und 7 > 2, [sic] AT&T; 5 * 3") == ()
