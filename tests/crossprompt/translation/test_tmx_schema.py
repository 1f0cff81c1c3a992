"""What TMX 1.4 allows, and what it does not."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from crossprompt.translation.tmx import TmxError, TmxHeader, TranslationUnit, scan_locales, write_units
from crossprompt.translation.tmx_schema import check_tmx
from tests.conftest import ROOT

SAMPLE = ROOT / "crossprompt" / "assets" / "sample" / "translations.tmx"
WriteTmx = Callable[..., Path]
GOOD = '<tu tuid="a"><tuv xml:lang="en"><seg>Hi</seg></tuv><tuv xml:lang="fr"><seg>Salut</seg></tuv></tu>'


def test_the_packaged_memory_follows_the_standard() -> None:
    assert check_tmx(SAMPLE) > 200
    assert len(scan_locales(SAMPLE)) == 52


def test_all_that_the_standard_knows_is_allowed(write_tmx: WriteTmx) -> None:
    segment = (
        'A <bpt i="1" x="1" type="bold">&lt;b&gt;<sub>title <hi>x</hi></sub></bpt>new<ept i="1">&lt;/b&gt;</ept> '
        '<hi type="term">day <ph assoc="p">{0}</ph></hi><it pos="end">x</it><ut x="1">y</ut>'
    )
    full = (
        '<tu tuid="b" segtype="phrase" usagecount="2" lastusagedate="20260102T030405Z" creationid="me" '
        'srclang="en" o-tmf="x"><note xml:lang="en">a note</note><prop type="x-speaker">USER</prop>'
        f'<tuv xml:lang="en" creationdate="20260102T030405Z"><note>n</note><seg>{segment}</seg></tuv></tu>'
    )
    assert check_tmx(write_tmx(f"<!-- c -->{GOOD}\n{full}")) == 2
    assert check_tmx(write_tmx("")) == 0


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (f'{GOOD}\n<tu tuid="b"/>', 6),
        ('<tu><tuv xml:lang="en"/></tu>', 5),
        ("<tu><tuv><seg>Hi</seg></tuv></tu>", 5),
        ('<tu><tuv xml:lang="en"><seg>Hi <b>you</b></seg></tuv></tu>', 5),
        ('<tu><tuv xml:lang="en"><seg>Hi</seg><note>too late</note></tuv></tu>', 5),
        ('<tu><tuv xml:lang="en"><seg>Hi</seg><seg>again</seg></tuv></tu>', 5),
        ('<tu segtype="word"><tuv xml:lang="en"><seg>Hi</seg></tuv></tu>', 5),
        ('<tu colour="red"><tuv xml:lang="en"><seg>Hi</seg></tuv></tu>', 5),
        (f"{GOOD}\n<unit/>\n{GOOD}", 6),
        (f"{GOOD}\n<unit/>", 6),
        (f"<group>{GOOD}</group>", 5),
    ],
)
def test_breaches_are_found_with_their_line(write_tmx: WriteTmx, body: str, line: int) -> None:
    with pytest.raises(TmxError, match=f"line {line}: no TMX 1.4: "):
        check_tmx(write_tmx(body))


HEADER = (
    '<header creationtool="t" creationtoolversion="1" segtype="sentence" o-tmf="x" adminlang="en" srclang="en" '
    'datatype="plaintext"/>'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'<tmx version="1.1">{HEADER}<body/></tmx>', "its version is '1.1', not 1.4"),
        (f"<tmx>{HEADER}<body/></tmx>", "its version is None"),
        ('<tmx version="1.4"><body/></tmx>', "no <header>"),
        (f'<tmx version="1.4"><body/>{HEADER}</tmx>', "it must hold one header and one body"),
        (f'<tmx version="1.4">{HEADER}<body/><body/></tmx>', "it must hold one header and one body"),
        (f'<tmx version="1.4">{HEADER.replace("adminlang", "language")}<body/></tmx>', "line 1: no TMX 1.4"),
        (f'<tmx version="1.4">{HEADER}<body>', "broken XML"),
    ],
)
def test_the_frame_is_checked_too(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "frame.tmx"
    path.write_text(text)
    with pytest.raises(TmxError, match=message):
        check_tmx(path)


def test_checking_does_not_fill_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.tmx"
    pair = {"en-US": "word " * 200, "fr-FR": "mot " * 200}
    write_units(path, (TranslationUnit(f"t{n}", "en-US", pair) for n in range(10_000)), TmxHeader("en-US", "test", "1"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert check_tmx(path) == 10_000
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < path.stat().st_size / 2
