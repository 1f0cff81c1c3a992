"""A memory damaged on purpose: right places, wrong texts."""

from pathlib import Path

import pytest

from crossprompt.translation.tmx import TranslationUnit, read_units
from tools import shuffle_translations as tool
from tools.shuffle_translations import NothingToShuffleError, shuffle_translations


def _unit(name: str, source: str, **segments: str) -> TranslationUnit:
    return TranslationUnit(
        name, "en-US", {"en-US": source, **{tag.replace("_", "-"): seg for tag, seg in segments.items()}}
    )


UNITS = [
    _unit("a", "Yes", nl_NL="Ja", de_DE="Ja"),
    _unit("b", "Yes please", nl_NL="Ja", de_DE="Ja bitte"),
    _unit("c", "A table", nl_NL="Een tafel", de_DE="Ein Tisch"),
    _unit("d", "Tomorrow", de_DE="Morgen"),
]


def test_every_text_of_the_language_stands_elsewhere_and_nothing_else_changes() -> None:
    damaged = shuffle_translations(UNITS, ["nl-NL"], seed=0)
    assert [unit.segments.get("nl-NL") for unit in damaged] == ["Een tafel", "Een tafel", "Ja", None]
    assert [unit.segments["de-DE"] for unit in damaged] == ["Ja", "Ja bitte", "Ein Tisch", "Morgen"]
    assert [(unit.tuid, unit.source) for unit in damaged] == [(unit.tuid, unit.source) for unit in UNITS]


def test_no_unit_keeps_its_text_whatever_the_seed() -> None:
    for seed in range(20):
        damaged = shuffle_translations(UNITS, ["de-DE"], seed)
        assert all(new.segments["de-DE"] != old.segments["de-DE"] for new, old in zip(damaged, UNITS, strict=True))


def test_the_seed_decides() -> None:
    twice = [shuffle_translations(UNITS, ["de-DE"], seed=3) for _ in range(2)]
    assert twice[0] == twice[1]
    assert any(shuffle_translations(UNITS, ["de-DE"], seed) != twice[0] for seed in range(10))


@pytest.mark.parametrize("locale", ["fr-FR", "pl-PL"])
def test_a_language_with_nothing_to_exchange_is_refused(locale: str) -> None:
    units = [*UNITS, _unit("e", "Hello", pl_PL="Cześć")]
    with pytest.raises(NothingToShuffleError, match=rf"{locale}: [01] found where two"):
        shuffle_translations(units, [locale], seed=0)


def test_the_command_damages_a_copy_of_the_packaged_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "damaged.tmx"
    monkeypatch.setattr("sys.argv", ["shuffle_translations", str(target), "nl-NL"])
    tool.main()
    right, wrong = list(read_units(tool.PACKAGED)), list(read_units(target))
    assert all(old.segments["nl-NL"] != new.segments["nl-NL"] for old, new in zip(right, wrong, strict=True))
    assert all(old.segments["ar-SA"] == new.segments["ar-SA"] for old, new in zip(right, wrong, strict=True))
    assert "nl-NL shuffled" in capsys.readouterr().out
