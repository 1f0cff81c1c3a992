"""Translation memories: what is read, what is refused and where, and that writing gives back the same."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossprompt.translation.tmx import (
    TmxError,
    TmxHeader,
    TranslationUnit,
    read_header,
    read_units,
    write_units,
)

HEADER = TmxHeader("en-US", "test", "1")
WriteTmx = Callable[..., Path]


def unit(*variants: str, attributes: str = 'tuid="a"') -> str:
    return f"<tu {attributes}>{''.join(variants)}</tu>"


def variant(locale: str, text: str) -> str:
    return f'<tuv xml:lang="{locale}"><seg>{text}</seg></tuv>'


def test_units_come_in_order_with_their_lines(write_tmx: WriteTmx) -> None:
    first = unit(variant("en-US", "Good day"), variant("sw-KE", "Habari"))
    second = unit(variant("en-US", "Bye"), variant("nb_no", "Ha det"), attributes='tuid="b"')
    units = list(read_units(write_tmx(f"{first}\n{second}")))
    assert [(u.tuid, u.source, u.line) for u in units] == [("a", "Good day", 5), ("b", "Bye", 6)]
    assert units[1].segments == {"en-US": "Bye", "nb-NO": "Ha det"}


def test_inline_markup_is_dropped_and_highlighted_text_kept(write_tmx: WriteTmx) -> None:
    marked = 'A <bpt i="1">&lt;b&gt;</bpt>new<ept i="1">&lt;/b&gt;</ept> <hi>day <ph>{0}</ph>now</hi><!-- c -->.'
    path = write_tmx(unit(variant("en-US", marked), variant("de-DE", "Ein <it pos='begin'>x</it>Tag")))
    (found,) = read_units(path)
    assert found.source == "A new day now."
    assert found.segments["de-DE"] == "Ein Tag"


def test_a_unit_may_name_its_own_source_language(write_tmx: WriteTmx) -> None:
    body = unit(variant("en-GB", "Hi"), variant("fr-FR", "Salut"), attributes='srclang="en-GB"')
    (found,) = read_units(write_tmx(body, srclang="*all*"))
    assert (found.source_locale, found.source, found.tuid) == ("en-GB", "Hi", "")


def test_the_same_text_twice_is_no_conflict(write_tmx: WriteTmx) -> None:
    path = write_tmx(unit(variant("en-US", "Hi"), variant("fr-FR", "Salut"), variant("fr-FR", "Salut")))
    assert next(iter(read_units(path))).segments["fr-FR"] == "Salut"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (unit(variant("fr-FR", "Salut"), variant("de-DE", "Hallo")), "line 5: unit 'a' has no <tuv> in its source"),
        (unit(variant("en-US", "Hi")), "line 5: unit 'a' has no <tuv> in any language but en-US"),
        (
            unit(variant("en-US", "Hi"), variant("fr-FR", "Salut") + "\n" + variant("fr-FR", "Bonjour")),
            "line 6: unit 'a' has two different texts in fr-FR",
        ),
        (unit(variant("en-US", "Hi"), variant("xx-XX", "?")), "line 5: 'xx-XX'"),
        (unit("<tuv><seg>Hi</seg></tuv>"), "line 5: a <tuv> of unit 'a' has no xml:lang"),
        (unit('<tuv xml:lang="en-US"/>'), "line 5: the en-US <tuv> of unit 'a' has no <seg>"),
        (unit(variant("en-US", "<b>Hi</b>"), variant("fr-FR", "Salut")), "line 5: unexpected <b> in a segment"),
        ("<tu><tuv>", "broken XML"),
    ],
)
def test_bad_units_are_errors_that_name_the_line(write_tmx: WriteTmx, body: str, message: str) -> None:
    path = write_tmx(body)
    with pytest.raises(TmxError) as caught:
        list(read_units(path))
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_units_before_a_bad_one_are_given(write_tmx: WriteTmx) -> None:
    units = read_units(write_tmx(unit(variant("en-US", "Hi"), variant("fr-FR", "Salut")) + "\n<tu><oops></tu>"))
    assert next(units).source == "Hi"
    with pytest.raises(TmxError, match="line 6"):
        next(units)


def test_entities_are_refused_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    body = unit(variant("en-US", "Hi &leak;"), variant("fr-FR", "Salut"))
    path = tmp_path / "evil.tmx"
    path.write_text(
        f'<!DOCTYPE tmx [<!ENTITY leak SYSTEM "{secret.as_uri()}">]>\n'
        f'<tmx version="1.4"><header srclang="en-US"/><body>{body}</body></tmx>'
    )
    with pytest.raises(TmxError, match="not allowed"):
        list(read_units(path))


def test_a_document_type_is_not_loaded(tmp_path: Path) -> None:
    body = unit(variant("en-US", "Hi"), variant("fr-FR", "Salut"))
    path = tmp_path / "typed.tmx"
    path.write_text(
        '<!DOCTYPE tmx SYSTEM "http://127.0.0.1:9/tmx14.dtd">\n'
        f'<tmx version="1.4"><header srclang="en-US"/><body>{body}</body></tmx>'
    )
    assert len(list(read_units(path))) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "broken XML"),
        ("<html/>", "not <tmx>"),
        ("<tmx version='1.4'><body/></tmx>", "no <header>"),
        ("<tmx version='1.4'><header/><body/></tmx>", "no srclang"),
        ("<tmx version='1.4'><header srclang='elvish!'/><body/></tmx>", "'elvish!'"),
        ("<tmx version='1.4'><body><tu/></body></tmx>", "before the <header>"),
    ],
)
def test_what_is_no_memory_is_said_so(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "no.tmx"
    path.write_text(text)
    with pytest.raises(TmxError, match=message):
        list(read_units(path))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TmxError, match="cannot read the translation memory"):
        list(read_units(tmp_path / "none.tmx"))
    with pytest.raises(TmxError, match="cannot read the translation memory"):
        read_header(tmp_path / "none.tmx")


XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1)


@given(st.lists(st.tuples(XML_TEXT, XML_TEXT), max_size=5))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("tmx") / "m.tmx"
    units = [TranslationUnit(f"t{n}", "en-US", {"en-US": s, "my-MM": t}) for n, (s, t) in enumerate(texts)]
    assert write_units(path, units, HEADER) == len(units)
    assert read_header(path) == HEADER
    assert [(u.tuid, u.segments) for u in read_units(path)] == [(u.tuid, u.segments) for u in units]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "m.tmx"
    write_units(path, [TranslationUnit("a", "en-US", {"en-US": "Hi", "fr-FR": "Salut"})], HEADER)
    before = path.read_bytes()
    bad = TranslationUnit("b", "en-US", {"en-US": "Hi\x00", "fr-FR": "Salut"})
    with pytest.raises(TmxError, match="unit 'b', en-US: the text can't be written as XML"):
        write_units(path, [bad], HEADER)
    with pytest.raises(TmxError, match="no text in its source language"):
        write_units(path, [TranslationUnit("c", "en-US", {"fr-FR": "Salut"})], HEADER)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.tmx"]


def test_properties_are_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "m.tmx"
    texts = {"en-US": "Hi", "fr-FR": "Salut"}
    write_units(path, [TranslationUnit("a", "en-US", texts, properties={"x-speaker": "USER"})], HEADER)
    (found,) = read_units(path)
    assert (found.segments, found.properties) == (texts, {"x-speaker": "USER"})


def test_many_units_do_not_fill_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.tmx"
    pair = {"en-US": "word " * 200, "fr-FR": "mot " * 200}
    write_units(path, (TranslationUnit(f"t{n}", "en-US", pair) for n in range(20_000)), HEADER)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in read_units(path)) == 20_000
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < path.stat().st_size / 2
