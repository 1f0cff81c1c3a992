"""Translation memories as TMX 1.4 files: a streaming reader (no network, no entities) and an atomic writer.

TMX (Translation Memory eXchange) is the LISA standard; names of elements and attributes are those of its version 1.4b.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lxml import etree

from crossprompt.locales.languages import LocaleError, normalise_tag
from crossprompt.storage.atomic import atomic_path

ANY_SOURCE: Final = "*all*"
"""The header's ``srclang`` where every unit may name its own."""

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NATIVE_CODE = frozenset({"ph", "bpt", "ept", "it", "ut"})
"""Elements in a segment that hold a document's own codes (tags, escapes), no text that is spoken."""
_HIGHLIGHT = "hi"


class TmxError(ValueError):
    """A file is no valid translation memory; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class TmxHeader:
    """What the header tells: the memory's source locale (or ``*all*``) and who wrote it."""

    source_locale: str
    tool: str
    tool_version: str


@dataclass(frozen=True, slots=True)
class TranslationUnit:
    """One text in several locales.

    ``segments`` maps locale to text as it stands in the file; ``tuid`` is empty where the file gives none; ``line`` is
    0 for a unit that was not read from a file. ``properties`` are told to tools and people beside the texts; types that
    the standard does not know begin with ``x-``.
    """

    tuid: str
    source_locale: str
    segments: Mapping[str, str]
    line: int = 0
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The text in the unit's source locale."""
        return self.segments[self.source_locale]


def read_header(path: Path) -> TmxHeader:
    """The header of a translation memory, without reading its units.

    Raises:
        TmxError: If the file is no TMX file or its header lacks a source language.
    """
    for element in iterate_elements(path, "header"):
        return _header(path, element)
    raise TmxError(f"{path}: no <header> element; this is not a TMX file")


def read_units(path: Path) -> Iterator[TranslationUnit]:
    """The units of a translation memory, one at a time, in the file's order.

    Raises:
        TmxError: Broken XML, an unknown language tag, a unit without text in its source language or with fewer than two
            languages, two different texts for one language, or an entity reference; with file and line.
    """
    header: TmxHeader | None = None
    for element in iterate_elements(path, "header", "tu"):
        if element.tag == "header":
            header = _header(path, element)
        elif header is None:
            raise TmxError(f"{path}, line {element.sourceline}: a <tu> comes before the <header>")
        else:
            yield _unit(path, element, header)
    if header is None:
        raise TmxError(f"{path}: no <header> element; this is not a TMX file")


def scan_locales(path: Path) -> tuple[str, ...]:
    """All languages in which the memory has any text, sorted; reads the whole file once, without building its units.

    Raises:
        TmxError: Broken XML, or an unknown language tag.
    """
    found: dict[str, str] = {}
    for element in iterate_elements(path, "tuv"):
        tag = element.get(_LANG) or element.get("lang") or ""
        if tag not in found:
            found[tag] = _locale(path, element, tag)
    return tuple(sorted(set(found.values())))


def write_units(path: Path, units: Iterable[TranslationUnit], header: TmxHeader) -> int:
    """Write a translation memory in one step, the same bytes for the same units; gives the number of units.

    Raises:
        TmxError: If a text holds a character that XML can't carry, or a unit lacks its source text.
    """
    count = 0
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(_opening(header))
        for unit in units:
            stream.write(_unit_bytes(unit, header))
            count += 1
        stream.write(b"  </body>\n</tmx>\n")
    return count


def iterate_elements(path: Path, *tags: str) -> Iterator[Any]:
    """Finished elements of the given tags; each is emptied after use, so that memory does not grow with the file."""
    try:
        parser = etree.iterparse(str(path), events=("end",), resolve_entities=False, load_dtd=False, no_network=True)
        for _, element in parser:
            if element.tag in tags:
                yield element
                _forget(element)
        _check_root(path, parser.root)
    except OSError as error:
        raise TmxError(f"{path}: cannot read the translation memory: {error.strerror or error}") from error
    except etree.XMLSyntaxError as error:
        raise TmxError(f"{path}, line {error.lineno}: broken XML: {error.msg}") from error


def _check_root(path: Path, root: Any) -> None:
    if root.tag != "tmx":
        raise TmxError(f"{path}: the root element is <{root.tag}>, not <tmx>; this is not a TMX file")


def _forget(element: Any) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _header(path: Path, element: Any) -> TmxHeader:
    source = element.get("srclang")
    if not source:
        raise TmxError(f"{path}, line {element.sourceline}: the header has no srclang attribute")
    locale = source if source == ANY_SOURCE else _locale(path, element, source)
    return TmxHeader(locale, element.get("creationtool", ""), element.get("creationtoolversion", ""))


def _locale(path: Path, element: Any, tag: str) -> str:
    try:
        return normalise_tag(tag)
    except LocaleError as error:
        raise TmxError(f"{path}, line {element.sourceline}: {error}") from None


def _unit(path: Path, element: Any, header: TmxHeader) -> TranslationUnit:
    where = f"{path}, line {element.sourceline}"
    tuid = element.get("tuid", "")
    segments: dict[str, str] = {}
    for variant in element.iterchildren("tuv"):
        locale, text = _variant(path, variant, tuid)
        if segments.setdefault(locale, text) != text:
            raise TmxError(f"{path}, line {variant.sourceline}: unit {tuid!r} has two different texts in {locale}")
    own = element.get("srclang")
    source = _locale(path, element, own) if own and own != ANY_SOURCE else header.source_locale
    if source == ANY_SOURCE:
        raise TmxError(f"{where}: unit {tuid!r} names no source language, and the header says {ANY_SOURCE}")
    if source not in segments:
        raise TmxError(f"{where}: unit {tuid!r} has no <tuv> in its source language {source}")
    if len(segments) < 2:
        raise TmxError(f"{where}: unit {tuid!r} has no <tuv> in any language but {source}")
    properties = {child.get("type", ""): child.text or "" for child in element.iterchildren("prop")}
    return TranslationUnit(tuid, source, segments, element.sourceline or 0, properties)


def _variant(path: Path, variant: Any, tuid: str) -> tuple[str, str]:
    tag = variant.get(_LANG) or variant.get("lang")
    if not tag:
        raise TmxError(f"{path}, line {variant.sourceline}: a <tuv> of unit {tuid!r} has no xml:lang")
    segment = variant.find("seg")
    if segment is None:
        raise TmxError(f"{path}, line {variant.sourceline}: the {tag} <tuv> of unit {tuid!r} has no <seg>")
    return _locale(path, variant, tag), _text(path, segment)


def _text(path: Path, element: Any) -> str:
    """An element's text without native codes; highlighted text (``<hi>``) is kept."""
    parts = [element.text or ""]
    for child in element:
        if child.tag is etree.Entity:
            raise TmxError(
                f"{path}, line {child.sourceline}: entity {child.text} is not allowed in a translation memory"
            )
        if child.tag == _HIGHLIGHT:
            parts.append(_text(path, child))
        elif isinstance(child.tag, str) and child.tag not in _NATIVE_CODE:
            raise TmxError(f"{path}, line {child.sourceline}: unexpected <{child.tag}> in a segment")
        parts.append(child.tail or "")
    return "".join(parts)


def _opening(header: TmxHeader) -> bytes:
    attributes = {
        "creationtool": header.tool,
        "creationtoolversion": header.tool_version,
        "segtype": "sentence",
        "o-tmf": "plain text",
        "adminlang": "en",
        "srclang": header.source_locale,
        "datatype": "plaintext",
    }
    element = etree.tostring(etree.Element("header", attributes), encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n  {element}\n  <body>\n'.encode()


def _unit_bytes(unit: TranslationUnit, header: TmxHeader) -> bytes:
    if unit.source_locale not in unit.segments:
        raise TmxError(
            f"unit {unit.tuid!r} can't be written: it has no text in its source language {unit.source_locale}"
        )
    element = etree.Element("tu")
    if unit.tuid:
        element.set("tuid", unit.tuid)
    if unit.source_locale != header.source_locale:
        element.set("srclang", unit.source_locale)
    for kind, value in unit.properties.items():
        _write_text(etree.SubElement(element, "prop", {"type": kind}), value, unit, kind)
    for locale, text in unit.segments.items():
        _write_text(etree.SubElement(etree.SubElement(element, "tuv", {_LANG: locale}), "seg"), text, unit, locale)
    etree.indent(element, space="  ", level=2)
    return b"    " + bytes(etree.tostring(element, encoding="utf-8")) + b"\n"


def _write_text(element: Any, text: str, unit: TranslationUnit, what: str) -> None:
    try:
        element.text = text
    except ValueError as error:
        raise TmxError(f"unit {unit.tuid!r}, {what}: the text can't be written as XML: {error}") from None
