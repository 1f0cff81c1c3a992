import pytest

from crossprompt.quality.scripts import is_in_script_of, script_share, scripts_of_locale, wrong_form_share


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Ich möchte zwei Karten.", "de-DE"),
        ("チケットを2枚お願いします。", "ja-JP"),
        ("표 두 장 주세요.", "ko-KR"),
        ("Сайн байна уу", "mn-MN"),
        ("می‌خواهم بلیت بخرم", "fa-IR"),
        ("Wi-Fi وصل نیست، لطفاً کمک کنید", "fa-IR"),
        ("我想買兩張票。", "zh-TW"),
        ("我想买两张票。", "zh-CN"),
        ("12:40", "th-TH"),
        ("Saffron Boat", "ru-RU"),
    ],
)
def test_right_text_passes(text: str, locale: str) -> None:
    assert is_in_script_of(text, locale)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Я хочу купить билет.", "de-DE"),
        ("I would like two tickets please.", "ru-RU"),
        ("Bi tasalbar avmaar baina", "mn-MN"),
        ("我想買兩張票。", "zh-CN"),
        ("我想买两张票。", "zh-TW"),
        ("Jag vill ha två biljetter", "ja-JP"),
        ("मुझे दो टिकट चाहिए", "ur-PK"),
    ],
)
def test_wrong_script_fails(text: str, locale: str) -> None:
    assert not is_in_script_of(text, locale)


def test_the_share_counts_letters_only() -> None:
    assert script_share("ab12 вг!", ("Latn",)) == 0.5
    assert script_share("12:40!", ("Latn",)) == 1.0


def test_scripts_come_from_the_tag() -> None:
    assert scripts_of_locale("ja-JP") == ("Hira", "Kana", "Hani")
    assert scripts_of_locale("az-AZ") == ("Latn",)
    assert scripts_of_locale("mn-MN") == ("Cyrl",)


def test_shared_characters_are_no_evidence_for_a_form_of_chinese() -> None:
    assert wrong_form_share("你好", "Hant") == 0.0
    assert wrong_form_share("们們", "Hans") == 0.5
