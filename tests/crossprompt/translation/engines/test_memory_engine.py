"""The memory engine finds exact texts first, then normalised ones, and prefers the unit of the very turn."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.corpora.settings import SourceSettings
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, load_engine
from crossprompt.translation.engines import memory
from crossprompt.translation.engines.memory import MemoryEngine, MemoryOptions
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings

WriteTmx = Callable[..., Path]


def unit(source: str, target: str, tuid: str = "") -> str:
    return (
        f'<tu tuid="{tuid}"><tuv xml:lang="en-US"><seg>{source}</seg></tuv>'
        f'<tuv xml:lang="fr-FR"><seg>{target}</seg></tuv></tu>'
    )


PARK_UNITS = [
    unit("Is Elm Park open?", "Le parc Elm est-il ouvert ?"),
    unit("Yes, until 9 pm.", "Oui, jusqu'à 21 h."),
    unit("Good, thanks.", "Bien, merci."),
    unit("You're welcome.", "De rien."),
]


def ask(engine: MemoryEngine, dialogue: Dialogue, start: int = 0, stop: int = 4) -> tuple[str | None, ...]:
    return engine.translate(TranslationCall(dialogue, "fr-FR", start, stop)).targets


def test_exact_matches(write_tmx: WriteTmx, park_dialogue: Dialogue) -> None:
    engine = MemoryEngine(write_tmx("".join(PARK_UNITS)))
    assert ask(engine, park_dialogue) == (
        "Le parc Elm est-il ouvert ?",
        "Oui, jusqu'à 21 h.",
        "Bien, merci.",
        "De rien.",
    )
    assert ask(engine, park_dialogue, 2, 3) == ("Bien, merci.",)
    assert engine.locales() == ("fr-FR",)
    assert engine.nature is Nature.TRANSLATED


def test_a_normalised_match_only_where_no_exact_one_is(write_tmx: WriteTmx, park_dialogue: Dialogue) -> None:
    loose = [unit("  is  elm PARK open? ", "loose"), *PARK_UNITS[1:]]
    path = write_tmx("".join(loose))
    assert ask(MemoryEngine(path), park_dialogue)[0] == "loose"
    both = write_tmx("".join([loose[0], *PARK_UNITS]), name="both.tmx")
    assert ask(MemoryEngine(both), park_dialogue)[0] == "Le parc Elm est-il ouvert ?"
    assert ask(MemoryEngine(path, MemoryOptions(match="exact")), park_dialogue)[:2] == (None, "Oui, jusqu'à 21 h.")


def test_an_ambiguous_normalised_match_is_none_unless_it_is_the_very_turn(
    write_tmx: WriteTmx, park_dialogue: Dialogue
) -> None:
    loose = [unit("good, thanks!", "Bien !", "9_00001:00"), unit("GOOD, THANKS", "BIEN", "9_00002:04")]
    assert ask(MemoryEngine(write_tmx("".join(loose))), park_dialogue, 2, 3) == (None,)
    own = [*loose, unit("Good,  thanks", "Bien.", "7_00001:02")]
    assert ask(MemoryEngine(write_tmx("".join(own), name="own.tmx")), park_dialogue, 2, 3) == ("Bien.",)
    same = [loose[0], unit("GOOD, THANKS", "Bien !", "9_00002:04")]
    assert ask(MemoryEngine(write_tmx("".join(same), name="same.tmx")), park_dialogue, 2, 3) == ("Bien !",)


def test_a_question_does_not_match_a_statement(write_tmx: WriteTmx, park_dialogue: Dialogue) -> None:
    engine = MemoryEngine(write_tmx(unit("Is Elm Park open.", "statement") + unit("Good, thanks?", "question")))
    assert ask(engine, park_dialogue) == (None,) * 4


def test_several_threads_get_their_own_locale(write_tmx: WriteTmx, park_dialogue: Dialogue) -> None:
    tags = ("fr-FR", "de-DE", "sw-KE")
    variants = "".join(f'<tuv xml:lang="{tag}"><seg>{tag}</seg></tuv>' for tag in tags)
    body = "".join(f'<tu><tuv xml:lang="en-US"><seg>{text}</seg></tuv>{variants}</tu>' for text in ("Good, thanks.",))
    engine = MemoryEngine(write_tmx(body))
    calls = [TranslationCall(park_dialogue, tag, 2, 3) for tag in tags * 30]
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(engine.translate, calls))
    assert [reply.targets for reply in replies] == [(tag,) for tag in tags * 30]


def test_the_unit_of_the_very_turn_wins_then_the_first(write_tmx: WriteTmx, park_dialogue: Dialogue) -> None:
    several = [unit("Good, thanks.", "d'abord", "9_00009:00"), unit("Good, thanks.", "ici", "7_00001:02")]
    assert ask(MemoryEngine(write_tmx("".join(several))), park_dialogue, 2, 3) == ("ici",)
    others = [unit("Good, thanks.", "d'abord", "9_00009:00"), unit("Good, thanks.", "ensuite", "9_00009:02")]
    assert ask(MemoryEngine(write_tmx("".join(others), name="o.tmx")), park_dialogue, 2, 3) == ("d'abord",)


def test_a_lacking_unit_leaves_its_turn_without_a_target_and_the_others_with_theirs(
    write_tmx: WriteTmx, park_dialogue: Dialogue
) -> None:
    engine = MemoryEngine(write_tmx("".join(PARK_UNITS[:1] + PARK_UNITS[2:])))
    assert ask(engine, park_dialogue) == ("Le parc Elm est-il ouvert ?", None, "Bien, merci.", "De rien.")
    assert ask(engine, park_dialogue, 1, 2) == (None,)


def test_targets_are_given_as_they_stand(write_tmx: WriteTmx, park_dialogue: Dialogue) -> None:
    odd = "  e\u0301te\u0301 \u00a0"
    assert ask(MemoryEngine(write_tmx(unit("Good, thanks.", odd))), park_dialogue, 2, 3) == (odd,)


def test_a_damaged_memory_is_fatal(write_tmx: WriteTmx, park_dialogue: Dialogue) -> None:
    engine = MemoryEngine(write_tmx("".join(PARK_UNITS) + "<tu>"))
    for action in (engine.locales, lambda: ask(engine, park_dialogue), lambda: engine.revision_for("fr-FR")):
        with pytest.raises(EngineError, match="broken XML") as caught:
            action()
        assert caught.value.failure is Failure.FATAL


def test_a_memory_from_another_language_is_refused(write_tmx: WriteTmx, park_dialogue: Dialogue) -> None:
    body = '<tu><tuv xml:lang="de-DE"><seg>Hallo</seg></tuv><tuv xml:lang="fr-FR"><seg>Salut</seg></tuv></tu>'
    with pytest.raises(EngineError, match="not from English: de-DE"):
        ask(MemoryEngine(write_tmx(body, srclang="de-DE")), park_dialogue)


def test_the_revision_follows_content_and_options(write_tmx: WriteTmx) -> None:
    path = write_tmx(PARK_UNITS[0])
    first = MemoryEngine(path).revision
    assert MemoryEngine(path).revision == first
    assert MemoryEngine(path, MemoryOptions(match="exact")).revision != first
    write_tmx(PARK_UNITS[0] + PARK_UNITS[1])
    assert MemoryEngine(path).revision != first


def two_languages(french: str = "Oui.", german: str = "Ja.", source: str = "Yes.", tuid: str = "") -> str:
    other = f'<tuv xml:lang="de-DE"><seg>{german}</seg></tuv></tu>'
    return unit(source, french, tuid).removesuffix("</tu>") + other


def test_each_language_has_a_revision_of_its_own(write_tmx: WriteTmx) -> None:
    def revision(body: str, options: MemoryOptions | None = None, locale: str = "fr-FR") -> str:
        return MemoryEngine(write_tmx(body), options).revision_for(locale)

    first = revision(two_languages())
    assert revision(two_languages(german="Jawohl.")) == first
    assert revision(unit("Yes.", "Oui.")) == first
    assert revision(two_languages().replace("<tu ", "<tu creationid='someone' ")) == first
    others = [
        revision(two_languages(), locale="de-DE"),
        revision(two_languages(), locale="sw-KE"),
        revision(two_languages(), MemoryOptions(match="exact")),
        revision(two_languages(french="Si.")),
        revision(two_languages(source="Yes!")),
        revision(two_languages(tuid="7_00001:01")),
        revision(two_languages() + unit("No.", "Non.")),
        revision(unit("No.", "Non.") + two_languages()),
    ]
    assert len({first, *others}) == 9


def test_a_large_file_is_known_as_a_whole(write_tmx: WriteTmx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_SMALL_FILE", 0)
    first = MemoryEngine(write_tmx(two_languages()))
    assert first.revision_for("fr-FR") == first.revision_for("de-DE") == first.revision
    before = first.revision
    assert MemoryEngine(write_tmx(two_languages(german="Jawohl."))).revision_for("fr-FR") != before


def test_large_files_are_streamed_with_the_same_result(
    write_tmx: WriteTmx, park_dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tmx("".join(PARK_UNITS))
    small = ask(MemoryEngine(path), park_dialogue)
    monkeypatch.setattr(memory, "_SMALL_FILE", 0)
    assert ask(MemoryEngine(path), park_dialogue) == small


def test_a_changed_file_is_read_again(write_tmx: WriteTmx, park_dialogue: Dialogue) -> None:
    assert ask(MemoryEngine(write_tmx(unit("Good, thanks.", "avant"))), park_dialogue, 2, 3) == ("avant",)
    assert ask(MemoryEngine(write_tmx(unit("Good, thanks.", "après"))), park_dialogue, 2, 3) == ("après",)


def test_sources_may_be_a_file_a_folder_or_an_archive(write_tmx: WriteTmx, tmp_path: Path) -> None:
    path = write_tmx("".join(PARK_UNITS))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "m.tmx").write_bytes(path.read_bytes())
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.write(path, "deep/m.tmx")
    for location in (path, folder, tmp_path / "m.zip"):
        settings = EngineSettings(source=SourceSettings(location=str(location)))
        assert load_engine(settings, home=tmp_path / "home").locales() == ("fr-FR",)


def test_a_folder_must_hold_exactly_one_memory(write_tmx: WriteTmx, tmp_path: Path) -> None:
    settings = EngineSettings(source=SourceSettings(location=str(tmp_path)))
    with pytest.raises(EngineError, match=r"exactly one \.tmx file, it has none"):
        load_engine(settings)
    write_tmx(PARK_UNITS[0], name="a.tmx")
    write_tmx(PARK_UNITS[0], name="b.tmx")
    with pytest.raises(EngineError, match=r"it has a\.tmx, b\.tmx"):
        load_engine(settings)


def test_a_wrong_option_names_the_field() -> None:
    with pytest.raises(SettingsError, match=r"translation\.engine\.options\.match"):
        load_engine(EngineSettings(options={"match": "fuzzy"}))
