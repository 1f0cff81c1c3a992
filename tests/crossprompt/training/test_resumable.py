"""A long training goes on from its last checkpoint, and keeps the state before an update that failed."""

from __future__ import annotations

import pytest
import torch

from crossprompt.training.checkpoint import CheckpointStore
from crossprompt.training.guard import NonFiniteError
from crossprompt.training.resumable import ResumableRun, adam_moments, restore_moments


class Counting(ResumableRun):
    """A training whose whole state is the list of its updates' numbers."""

    def __init__(self, store):
        super().__init__()
        self.done, self.saved = [], []
        checkpoint = store.load()
        if checkpoint is not None:
            self.done = checkpoint.tensors["done"].tolist()
            self.go_on_from(checkpoint)

    def save(self, store, finished=False):
        self.saved.append((self.step, finished))
        store.save(self.step, {"done": torch.tensor(self.done)}, {"seconds": self.seconds}, finished)

    def update(self):
        self.done.append(self.step)


@pytest.fixture
def store(tmp_path):
    return CheckpointStore(tmp_path, {"what": "counting"})


def test_checkpoints_lie_between_updates_and_at_the_end(store):
    run = Counting(store)
    assert len(list(run.updates(5, 2, store, run.update))) == run.step == 5
    assert run.saved == [(2, False), (4, False), (5, True)]


def test_a_stopped_run_goes_on_from_its_checkpoint(store):
    first = Counting(store)
    for _ in first.updates(6, 2, store, first.update):
        if first.step == 5:
            break
    second = Counting(store)
    assert second.step == 4
    list(second.updates(6, 2, store, second.update))
    assert second.done == [0, 1, 2, 3, 4, 5]
    assert second.saved == [(6, True)]
    assert second.seconds >= first.seconds - 1


def test_the_state_before_a_failed_update_is_kept(store):
    run = Counting(store)

    def update():
        if run.step == 3:
            raise NonFiniteError("a loss", run.step, ("a",))
        run.update()

    with pytest.raises(NonFiniteError):
        list(run.updates(6, 10, store, update))
    assert run.saved == [(3, False)]
    assert store.load().tensors["done"].tolist() == [0, 1, 2]


def test_what_adam_keeps_is_given_back():
    one, other = (torch.nn.Parameter(torch.ones(3)) for _ in range(2))
    optimizers = [torch.optim.Adam([parameter], lr=0.1) for parameter in (one, other)]
    assert adam_moments(optimizers[0], one) == {}
    for optimizer, parameter in zip(optimizers, (one, other), strict=True):
        restore_moments(optimizer, parameter, {})
        parameter.grad = torch.tensor([1.0, 2.0, 3.0])
        optimizer.step()
    fresh = torch.optim.Adam([other], lr=0.1)
    restore_moments(fresh, other, adam_moments(optimizers[1], other))
    optimizers[0].step()
    fresh.step()
    assert torch.equal(one, other)
