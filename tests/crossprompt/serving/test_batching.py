"""What comes at the same time is computed together; nothing waits without a bound, and nothing taken is dropped."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from crossprompt.serving.batching import Batcher, BatchFacts
from crossprompt.serving.errors import NotServingError, QueueFullError
from tests.crossprompt.serving.conftest import wait_until

PATIENCE = 180


class Doubler:
    """Doubles numbers, one batch at a time, each when it is let; bad numbers fail."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.facts: list[BatchFacts] = []
        self.free = threading.Semaphore(0)

    def __call__(self, items):
        self.batches.append(list(items))
        assert self.free.acquire(timeout=PATIENCE)
        if any(item < 0 for item in items):
            raise ValueError("a bad number")
        return len(self.batches), [2 * item for item in items]

    def let(self, batches: int = 1000) -> None:
        self.free.release(batches)


@pytest.fixture
def doubler() -> Doubler:
    return Doubler()


@pytest.fixture
def batcher(doubler: Doubler) -> Iterator[Batcher[int, int, int]]:
    made: Batcher[int, int, int] = Batcher(doubler, max_waiting=10, max_batch=4, on_batch=doubler.facts.append)
    yield made
    doubler.let()
    made.stop()


def busy(batcher, doubler):
    """Have the thread at work on a first request."""
    first = batcher.submit([0])
    wait_until(lambda: bool(doubler.batches))
    return first


def test_what_comes_meanwhile_is_the_next_batch(batcher, doubler):
    first = busy(batcher, doubler)
    futures = [batcher.submit([n]) for n in (1, 2, 3)]
    assert batcher.waiting == 3
    doubler.let()
    assert first.result(PATIENCE) == (1, [0])
    assert [future.result(PATIENCE) for future in futures] == [(2, [2]), (2, [4]), (2, [6])]
    assert doubler.batches == [[0], [1, 2, 3]]
    assert [(own.items, own.requests) for own in doubler.facts] == [(1, 1), (3, 3)]


def test_a_request_is_never_divided_and_order_is_kept(batcher, doubler):
    busy(batcher, doubler)
    sizes = [3, 2, 4, 1]
    futures = [batcher.submit([10 * size + n for n in range(size)]) for size in sizes]
    doubler.let()
    assert [len(future.result(PATIENCE)[1]) for future in futures] == sizes
    assert [len(own) for own in doubler.batches] == [1, 3, 2, 4, 1]


def test_a_large_request_is_a_batch_of_its_own(batcher, doubler):
    busy(batcher, doubler)
    large, small = batcher.submit(range(8)), batcher.submit([1])
    doubler.let()
    assert large.result(PATIENCE)[1] == [2 * n for n in range(8)]
    assert small.result(PATIENCE) == (3, [2])


def test_beyond_what_may_wait_requests_are_refused_with_a_time(batcher, doubler):
    first = busy(batcher, doubler)
    waiting = [batcher.submit([n]) for n in range(10)]
    with pytest.raises(QueueFullError, match="try again in") as refused:
        batcher.submit([1])
    assert refused.value.retry_after >= 1
    doubler.let()
    assert [future.result(PATIENCE)[1] for future in (first, *waiting)] == [[0], *([2 * n] for n in range(10))]
    assert batcher.submit([5]).result(PATIENCE)[1] == [10]


def test_more_than_may_ever_wait_is_taken_when_nothing_waits(batcher, doubler):
    doubler.let()
    assert len(batcher.submit(range(50)).result(PATIENCE)[1]) == 50


def test_what_fails_takes_no_other_with_it(batcher, doubler, caplog):
    busy(batcher, doubler)
    good, bad, other = (batcher.submit([n]) for n in (1, -1, 3))
    doubler.let()
    assert good.result(PATIENCE)[1] == [2]
    assert other.result(PATIENCE)[1] == [6]
    with pytest.raises(ValueError, match="a bad number"):
        bad.result(PATIENCE)
    assert "could not be computed" in caplog.text
    assert batcher.submit([4]).result(PATIENCE)[1] == [8]


def test_a_request_that_is_given_up_is_not_computed(batcher, doubler):
    busy(batcher, doubler)
    given_up, kept = batcher.submit([7]), batcher.submit([8])
    assert given_up.cancel()
    doubler.let()
    assert kept.result(PATIENCE)[1] == [16]
    assert doubler.batches[1:] == [[8]]


def test_stopping_finishes_what_was_taken(batcher, doubler):
    first = busy(batcher, doubler)
    waiting = [batcher.submit([n, n]) for n in range(4)]
    stopping = threading.Thread(target=batcher.stop)
    stopping.start()
    wait_until(lambda: refuses(batcher))
    assert not first.done()
    doubler.let()
    stopping.join(PATIENCE)
    assert [future.result(0)[1] for future in waiting] == [[2 * n] * 2 for n in range(4)]


def refuses(batcher) -> bool:
    try:
        batcher.submit([0]).cancel()
    except NotServingError:
        return True
    except QueueFullError:
        return False
    return False
