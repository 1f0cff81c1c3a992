"""Whether a translation memory keeps to TMX 1.4: its elements, their order and their attributes."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

from crossprompt.translation.tmx import TmxError, iterate_elements

VERSION: Final = "1.4"
_PARENT: Final = {"header": "tmx", "tu": "body"}
_DTD: Final = Path(__file__).resolve().parents[1] / "assets" / "tmx" / "tmx14.dtd"


def check_tmx(path: Path) -> int:
    """Hold the file against the document type of TMX 1.4; gives the number of its units.

    It is read once, unit by unit, so that memory does not grow with it.

    Raises:
        TmxError: At the first breach, with its line; or the file can't be read or is no XML.
    """
    units = 0
    root = None
    for element in iterate_elements(path, "header", "tu"):
        _require(path, element)
        root = element.getparent() if element.tag == "header" else root
        units += element.tag == "tu"
    _check_root(path, root)
    return units


def _require(path: Path, element: Any) -> None:
    dtd = _document_type()
    if not dtd.validate(deepcopy(element)):  # within its document, libxml2 takes the prefix xml for an attribute
        raise _breach(path, element, dtd.error_log.last_error.message)
    parent = element.getparent()
    if parent is None or parent.tag != _PARENT[element.tag]:
        raise _breach(path, element, f"<{element.tag}> does not stand in <{_PARENT[element.tag]}>")
    if element.tag == "tu":
        _require_units_only(path, parent)


def _require_units_only(path: Path, body: Any) -> None:
    """Those children that are still there: all since the unit before."""
    for child in body.iterchildren("*"):
        if child.tag != "tu":
            raise _breach(path, child, f"<{child.tag}> does not belong into <body>")


def _breach(path: Path, element: Any, message: str) -> TmxError:
    return TmxError(f"{path}, line {element.sourceline}: no TMX {VERSION}: {message}")


def _check_root(path: Path, root: Any) -> None:
    if root is None:
        raise TmxError(f"{path}: no <header> element; this is not a TMX file")
    if root.get("version") != VERSION:
        raise TmxError(f"{path}: its version is {root.get('version')!r}, not {VERSION}")
    tags = [child.tag for child in root.iterchildren("*")]
    if tags != ["header", "body"]:
        raise TmxError(f"{path}: <tmx> holds {', '.join(tags)}; it must hold one header and one body")
    _require_units_only(path, root[-1])


@lru_cache(maxsize=1)
def _document_type() -> Any:
    return etree.DTD(str(_DTD))
