"""The load that is put on servers, and contenders that give the same answers."""

import http.server
import json
import threading
from pathlib import Path

import psutil
import pytest

from benchmarks.contest import ContestError, hold_contest
from benchmarks.records import Lap, Outcome, Timing
from benchmarks.serving.contests import check_serving, serving_contests
from benchmarks.serving.load import LoadError, LoadResult, put_load
from tests.benchmarks.turns import QUICK


class Echo(http.server.BaseHTTPRequestHandler):
    """Sends bodies back, and notes how many requests are under way at once."""

    protocol_version = "HTTP/1.1"
    meeting: threading.Barrier

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.meeting.wait(20)
        self.send_response(500 if b"bad" in body else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def echo():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_address[1]
        server.shutdown()


def test_clients_ask_at_once_and_answers_keep_the_order(echo):
    Echo.meeting = threading.Barrier(3)
    bodies = [json.dumps({"number": number}).encode() for number in range(9)]
    result = put_load(echo, "/any", bodies, clients=3)
    assert result.answers == tuple(bodies)
    assert len(result.seconds) == 9
    assert min(result.seconds) > 0


def test_an_answer_that_is_no_answer_is_an_error(echo):
    Echo.meeting = threading.Barrier(1)
    with pytest.raises(LoadError, match="500"):
        put_load(echo, "/any", [b"good", b"bad"], clients=1)


def test_percentiles_are_of_the_nearest_rank():
    result = LoadResult(tuple(n / 100 for n in range(100, 0, -1)), ())
    assert (result.percentile(0.5), result.percentile(0.99), result.percentile(1)) == (0.5, 0.99, 1)
    assert LoadResult((3.0,), ()).percentile(0.99) == 3


@pytest.fixture(scope="module")
def contest(texts, tmp_path_factory):
    first, *_ = serving_contests(texts, QUICK, tmp_path_factory.mktemp("serving"))
    return first


@pytest.mark.soak
def test_both_servers_give_the_same_answers_and_their_memory_is_measured(contest, tmp_path):
    before = psutil.Process().children()
    outcome = hold_contest(contest, tmp_path)
    (remark,) = check_serving(outcome)
    assert "100.00% of 12 intents are equal" in remark
    assert "crossprompt serve p50" in remark
    for timing in outcome.timings:
        assert timing.peak_memory > 200e6
        assert all(lap.cpu_seconds > 0 for lap in timing.laps)
    assert psutil.Process().children() == before


def test_other_answers_are_an_error(contest):
    for place, contender in enumerate(contest.contenders):
        file = Path(contender.options["answers"])
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps([f"intent {place}"] * 12))
    lap = Lap(seconds=1, cpu_seconds=1, units=12, facts={"p50_ms": 1, "p99_ms": 2})
    timings = [Timing(contender="x", warm_up=lap, laps=(lap,), idle_memory=1, peak_memory=1)] * 2
    with pytest.raises(ContestError, match="of the intents"):
        check_serving(Outcome(contest=contest, timings=tuple(timings)))
