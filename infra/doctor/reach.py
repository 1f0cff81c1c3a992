"""Whether a server answers: web servers at their health page, databases at their port."""

from __future__ import annotations

import os
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from infra.doctor.findings import Finding, unknown, well, wrong

PATIENCE_SECONDS: Final = 5.0
PORTS: Final = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433, "oracle": 1521}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def check_server(address: str, health: str = "/health") -> Iterator[Finding]:
    """Ask the server at ``address``, whose secrets no finding shows.

    Args:
        address: ``http(s)://...``, or an SQLAlchemy address of a database server, with ``${VARIABLE}`` for secrets.
        health: The page of a web server that answers with status 200.
    """
    missing = [variable for variable in _VARIABLE.findall(address) if variable not in os.environ]
    if missing:
        yield wrong(f"the address needs the environment variable {missing[0]}", f"set {missing[0]}")
        return
    parts = urlsplit(_VARIABLE.sub("x", address))
    place = shown_place(address)
    if parts.scheme in ("http", "https"):
        error = _ask(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}{health}")
    elif parts.hostname:
        error = _knock(parts.hostname, parts.port or PORTS.get(parts.scheme.partition("+")[0], 0))
    else:
        yield unknown(f"{place} is an address of another kind", "look at it with its own tools")
        return
    if error is None:
        yield well(f"{place} answers")
    else:
        yield wrong(f"{place} does not answer ({error})", "start the server, or correct the address; look at its log")


def shown_place(address: str) -> str:
    """The address for people: scheme, host and path, nothing else."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _ask(page: str) -> str | None:
    try:
        with urllib.request.urlopen(page, timeout=PATIENCE_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        # who asks for a login, or knows no such page, is there
        return None if error.code < 500 else f"status {error.code}"
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))


def _knock(host: str, port: int) -> str | None:
    if not port:
        return "the address names no port"
    try:
        with socket.create_connection((host, port), PATIENCE_SECONDS):
            return None
    except OSError as error:
        return str(error)
