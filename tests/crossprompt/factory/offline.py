"""A network that is not there."""

from __future__ import annotations

import socket
from typing import NoReturn

import pytest


def unplug(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on any socket, and any look-up of a name, fails the test."""

    def refuse(*arguments: object, **more: object) -> NoReturn:
        pytest.fail(f"a socket was wanted: {arguments} {more}")

    for name in ("socket", "create_connection", "getaddrinfo", "socketpair"):
        monkeypatch.setattr(socket, name, refuse)
