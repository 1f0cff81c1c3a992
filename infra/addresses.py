"""Addresses of stores, as text: whether they are files, and what of them people may see."""

from __future__ import annotations

import re
from pathlib import Path


def sqlite_file(address: str) -> Path | None:
    """The file of an SQLite address; None for any other database."""
    scheme, separator, path = address.partition(":///")
    return Path(path) if separator and scheme.partition("+")[0] == "sqlite" else None


def shown_address(address: str) -> str:
    """An address for people to see: without the user's name and password, where it has them."""
    return address if sqlite_file(address) else re.sub(r"(?<=://)[^/]*@", "", address, count=1)
