import pytest

from crossprompt.quality.numbers import compare_numbers

KEPT = [
    ("They are full at 7:30 pm.", "Ils sont complets à 19h30.", "fr"),
    ("They are full at 7:30 pm.", "午後7時30分は満席です。", "ja"),
    ("They are full at 7:30 pm.", "Der Tisch um halb acht, also 7 Uhr, ist weg.", "de"),
    ("See you at 8 pm.", "Nos vemos a las 20:00.", "es"),
    ("It starts at 12 am.", "Начало в 00:00.", "ru"),
    ("There are 2,340 dollars.", "Es sind 2.340 Dollar.", "de"),
    ("There are 2,340 dollars.", "On y trouve 2\u202f340 dollars.", "fr"),
    ("There are 123,456 rupees.", "1,23,456 रुपये हैं।", "hi"),
    ("It costs 4.50 euros.", "Es kostet 4,5 Euro.", "de"),
    ("It costs 95 dollars.", "এটির দাম ৯৫ ডলার।", "bn"),
    ("It takes 25 minutes.", "۲۵ دقیقه طول می‌کشد.", "fa"),
    ("The number is 555 0142.", "Le numéro est le 555-0142.", "fr"),
    ("The number is 555 0142.", "番号は5550142です。", "ja"),
    ("Two tickets on the fourth.", "4日のチケットを2枚。", "ja"),
    ("I get there on the tenth of June.", "6月10日に着きます。", "ja"),
    ("At half past eight.", "8時30分に。", "ja"),
    ("Come at 7:30 am.", "Njoo saa 1:30 asubuhi.", "sw"),
    ("Buy 2 tickets.", "Compra dos entradas.", "es"),
    ("No numbers here.", "Hier sind keine.", "de"),
]
BROKEN = [
    ("It costs 95 dollars.", "Es kostet 59 Dollar.", "de"),
    ("It costs 95 dollars.", "Es kostet Dollar.", "de"),
    ("They are full at 7:30 pm.", "Ils sont complets à 19h45.", "fr"),
    ("They are full at 7:30 pm.", "Sie sind um 6:30 Uhr voll.", "de"),
    ("See you at 8 pm.", "Nos vemos a las 20:15.", "es"),
    ("There are 2,340 dollars.", "Es sind 234 Dollar.", "de"),
    ("It costs 4.50 euros.", "Es kostet 45,50 Euro.", "de"),
    ("Buy 2 tickets.", "Compra 3 entradas.", "es"),
    ("Come at 7:40 am.", "Njoo saa 1:50 asubuhi.", "sw"),
    ("The number is 555 0142.", "Le numéro est le 555-0143.", "fr"),
    ("Come at 7:30 am.", "Kommen Sie um 1:30 Uhr.", "de"),
]


@pytest.mark.parametrize(("source", "target", "language"), KEPT)
def test_values_may_be_written_in_another_way(source: str, target: str, language: str) -> None:
    assert compare_numbers(source, target, language).kept


@pytest.mark.parametrize(("source", "target", "language"), BROKEN)
def test_other_values_are_found(source: str, target: str, language: str) -> None:
    assert not compare_numbers(source, target, language).kept


def test_a_small_number_in_words_is_missing_but_kept() -> None:
    finding = compare_numbers("Buy 2 tickets.", "Compra dos entradas.", "es")
    assert [number.text for number in finding.missing] == ["2"]
    assert not finding.added
