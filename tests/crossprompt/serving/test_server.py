"""The service as a process: the champion changes under load, and stopping drops nothing that was accepted."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from crossprompt.bundles.bundle import BundleError, read_index
from crossprompt.serving.errors import ServingError
from crossprompt.serving.holder import FoundChampion
from crossprompt.serving.loading import load_champion
from crossprompt.serving.query import Query
from crossprompt.serving.server import serve
from crossprompt.serving.settings import EngineSettings, ServingSettings
from tests.crossprompt.serving.conftest import wait_until
from tests.crossprompt.serving.running import Connection, Served, running_service

CLIENTS = 6
ATTEMPTS = 50
TEXTS = ("wake me at nine", "اضبط المنبه على السابعة", "明日の朝七時に起こして", "play something by her again")


class Load(threading.Thread):
    """A client that asks again and again, and notes every answer that is not as it must be."""

    def __init__(self, port: int, expected: dict[str, dict[str, str]], end: threading.Event) -> None:
        super().__init__()
        self.connection, self.expected, self.end = Connection(port), expected, end
        self.seen: Counter[str] = Counter()
        self.wrong: list[object] = []

    def run(self) -> None:
        number = 0
        while not self.end.is_set():
            number += 1
            texts = [TEXTS[(number + n) % len(TEXTS)] for n in range(1 + number % 3)]
            try:
                status, answer = self.connection.ask(*texts)
            except OSError as error:
                self.wrong.append(error)
                return
            fingerprint = answer["champion"]["fingerprint"] if status == 200 else None
            found = {own["text"]: own["intents"][0]["intent"] for own in answer.get("predictions", ())}
            if fingerprint is None or any(self.expected[fingerprint][text] != own for text, own in found.items()):
                self.wrong.append((status, answer))
            else:
                self.seen[fingerprint] += 1


def intents_of(folder: Path) -> dict[str, str]:
    answers = load_champion(folder, EngineSettings()).engine.answer([Query(text) for text in TEXTS])
    return {own.text: own.intents[0].intent for own in answers}


def point(link: Path, folder: Path) -> None:
    """Let ``link`` lead to ``folder``, in one step."""
    new = link.with_name("new")
    new.symlink_to(folder)
    new.replace(link)


def test_the_champion_changes_under_load_and_stopping_drops_nothing(bundle_folder, other_folder, tmp_path):
    folders = {read_index(folder).fingerprint: folder for folder in (bundle_folder, other_folder)}
    expected = {fingerprint: intents_of(folder) for fingerprint, folder in folders.items()}
    assert len({tuple(own.values()) for own in expected.values()}) == 2, "the two answer differently"
    link, end = tmp_path / "champion", threading.Event()
    point(link, bundle_folder)
    with running_service("--bundle", str(link), "--watch", "0.1") as service:
        clients = [Load(service.port, expected, end) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        first, second = folders
        for fingerprint in (second, first, second):
            before = answered(clients)[fingerprint]
            point(link, folders[fingerprint])
            wait_until(lambda before=before, own=fingerprint: answered(clients)[own] > before + 40 or failed(clients))
        end.set()
        for client in clients:
            client.join()
        assert failed(clients) == []
        check_graceful_stop(service)
        assert "everything that it had accepted is answered" in service.lines[-1]


def check_graceful_stop(service) -> None:
    """Requests that are under way or wait when the service is told to stop are answered."""
    threads, answers = ask_at_once(service)
    assert service.stop() == 0
    for thread in threads:
        thread.join()
    assert answers == [200] * CLIENTS
    with pytest.raises(ConnectionRefusedError):
        Connection(service.port).get("/healthz")


def ask_at_once(service) -> tuple[list[threading.Thread], list[int]]:
    """One large request under way, the others waiting; again where the first was answered before the last had come."""
    watcher, waiting = Connection(service.port), f"crossprompt_waiting_utterances {64 * (CLIENTS - 1)}"
    for _ in range(ATTEMPTS):
        answers: list[int] = []
        ready = threading.Barrier(CLIENTS)
        threads = [threading.Thread(target=ask, args=(service.port, ready, answers)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        wait_until(lambda answers=answers: waiting in watcher.get("/metrics")[1] or answers)
        if not answers:
            return threads, answers
        for thread in threads:
            thread.join()
    raise AssertionError("never were all of them waiting")


def ask(port: int, ready: threading.Barrier, answers: list[int]) -> None:
    connection = Connection(port)
    assert connection.get("/healthz")[0] == 200
    ready.wait()
    answers.append(connection.ask(*["wake me at nine tomorrow, please"] * 64)[0])


def answered(clients: list[Load]) -> Counter[str]:
    return sum((client.seen for client in clients), Counter())


def failed(clients: list[Load]) -> list[object]:
    return [wrong for client in clients for wrong in client.wrong]


def test_a_body_that_does_not_come_or_never_ends_is_refused(bundle_folder):
    settings = ServingSettings(body_seconds=0.3, max_body_bytes=4096)
    with Served(bundle_folder, settings=settings) as address:
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
            head = "POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
            slow.sendall(head.encode())
            assert slow.recv(100).startswith(b"HTTP/1.1 408 ")
        connection = Connection(port)
        for body in (b" " * 5_000_000, (b" " * 1000 for _ in range(50))):
            status, answer = connection.post(body)
            assert (status, "4,096 bytes" in answer["error"]) == (413, True)
        assert connection.ask("still here")[0] == 200


def test_draining_goes_on_answering_while_health_says_stopping(bundle_folder):
    """In this process, since signals are handled by its main thread: another thread is the client."""
    seen: list[object] = []

    def client(port: int) -> None:
        connection = Connection(port)
        seen.append(connection.get("/healthz")[0])
        os.kill(os.getpid(), signal.SIGTERM)
        wait_until(lambda: connection.get("/healthz")[0] == 503)
        seen.append(connection.ask("still here")[0])

    threads = []

    def on_ready(address: str) -> None:
        threads.append(threading.Thread(target=client, args=[int(address.rpartition(":")[2])]))
        threads[0].start()

    before = signal.getsignal(signal.SIGTERM)
    began = time.monotonic()
    serve(lambda: FoundChampion(bundle_folder), ServingSettings(port=0, drain_seconds=1), None, on_ready)
    threads[0].join()
    assert seen == [200, 200]
    assert time.monotonic() - began > 1
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_service_without_a_champion_ends_with_the_reason(tmp_path):
    with pytest.raises(BundleError, match="no finished bundle"):
        serve(lambda: FoundChampion(tmp_path), ServingSettings(port=0), None, print)


def test_an_address_in_use_is_told_before_anything_is_loaded(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServingError, match="another --host or --port"):
            serve(lambda: 1 / 0, ServingSettings(port=taken.getsockname()[1]), None, print)


def test_other_machines_are_not_served_without_a_token():
    with pytest.raises(ServingError, match="--allow-anonymous"):
        serve(lambda: 1 / 0, ServingSettings(host="0.0.0.0", port=0), None, print)
