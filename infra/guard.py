"""Runs a command for as long as somebody holds the other end of its standard input.

A server's parent may die in ways that run no clean-up (``kill -9``, a crash). The parent starts this guard instead of
the server and keeps the write end of the pipe that is the guard's standard input. When that end closes, for whatever
reason, the guard ends the command and everything the command has started. Run as a script; standard library only,
so that it starts at once.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from types import FrameType

GRACE_SECONDS = 8.0
"""Between the polite and the final signal."""
POLL_SECONDS = 0.2


def main(command: list[str]) -> int:
    """Run ``command`` in a group of its own until it ends or standard input closes; return its exit status."""
    stop_requested = False

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stop_requested
        stop_requested = True

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, request_stop)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    while child.poll() is None and not stop_requested and not _input_closed():
        pass
    end_group(child)
    return child.wait()


def _input_closed() -> bool:
    """Wait a moment; True if the other end of standard input is closed."""
    ready, _, _ = select.select([sys.stdin], [], [], POLL_SECONDS)
    return bool(ready) and not os.read(sys.stdin.fileno(), 1)


def end_group(child: subprocess.Popen[bytes]) -> None:
    """End the child's whole process group: politely, then for good."""
    _signal_group(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and _group_lives(child):
        time.sleep(0.05)
    _signal_group(child.pid, signal.SIGKILL)


def _group_lives(child: subprocess.Popen[bytes]) -> bool:
    child.poll()
    try:
        os.killpg(child.pid, 0)
    except ProcessLookupError:
        return False
    return True


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
