"""Two processes that learn one prompt, forked from one that has done the imports.

    python -m tests.crossprompt.alignment.group_worker FOLDER

``FOLDER/backbone`` is a tiny backbone; each scenario leaves its results in a folder of its own name, and how its
processes ended in ``FOLDER/outcomes.json``.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import sys
from pathlib import Path

import torch

from crossprompt.alignment import trainer
from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.gradients import add_gradients
from crossprompt.alignment.parts import own_part
from crossprompt.alignment.processes import PeerLostError, ProcessesError, ProcessGroup, join_group
from crossprompt.prompts.file import save_prompt
from crossprompt.storage.faults import WRITE_LOG
from tests.crossprompt.alignment.corpora import make_dialogues, make_translations
from tests.crossprompt.alignment.run_alignment import SETTINGS, align
from tests.crossprompt.alignment.shared_batch import STEP, a_batch, a_prompt, settings_of
from tests.crossprompt.backbones.tiny import load_tiny

SIZE = 2
LOST, REFUSED = 3, 4
"""How a process ends whose peer was killed, and one whose group would not compute one thing."""


def gathered(group: ProcessGroup, folder: Path) -> None:
    learn(group, folder)


def pieces(group: ProcessGroup, folder: Path) -> None:
    """The gradient of one update, in one piece and in several."""
    backbone = load_tiny(folder.parent / "backbone")
    batch = a_batch(backbone)
    for micro_batch_size in (None, 8):
        settings = settings_of(micro_batch_size=micro_batch_size)
        part = own_part(batch, group.rank, group.size, True, backbone.tokenizer)
        prompt = a_prompt(backbone)
        losses = add_gradients(prompt, backbone, part, settings, STEP, group)
        numbers = [losses.total, losses.masked_lm, losses.contrastive, losses.accuracy]
        torch.save([prompt.values.grad, torch.stack(numbers)], folder / f"{micro_batch_size}-{group.rank}.pt")


def killed(group: ProcessGroup, folder: Path) -> None:
    """The second process dies in the fifth update."""
    update = trainer._update

    def dying(run, *arguments):
        if run.step == 4 and group.rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return update(run, *arguments)

    trainer._update = dying
    learn(group, folder)


def resumed(group: ProcessGroup, folder: Path) -> None:
    learn(group, folder.with_name("killed"))


def apart(group: ProcessGroup, folder: Path) -> None:
    """The first process knows a checkpoint that the other does not."""
    learn(group, folder if group.rank else folder.with_name("killed"))


SCENARIOS = (gathered, pieces, killed, resumed, apart)


def learn(group: ProcessGroup, folder: Path) -> None:
    os.environ[WRITE_LOG] = str(folder / f"writes-{group.rank}.txt")
    settings = SETTINGS.model_copy(update={"processes": SIZE, "gathered_negatives": True})
    corpus = build_parallel_corpus(make_dialogues(), make_translations(), None, settings)
    backbone = load_tiny(folder.parent / "backbone")
    prompt, curve = trainer.align_prompt(corpus, backbone, settings, folder / "checkpoints", False, group=group)
    save_prompt(prompt, folder / f"prompt-{group.rank}.safetensors")
    (folder / f"curve-{group.rank}.json").write_text(curve.model_dump_json(), encoding="utf-8")


def run(scenario, folder: Path, rank: int, port: int) -> None:
    where = {"RANK": rank, "WORLD_SIZE": SIZE, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in where.items()})
    try:
        with join_group(SIZE, torch.device("cpu")) as group:
            scenario(group, folder)
    except PeerLostError:
        os._exit(LOST)
    except ProcessesError as error:
        print(error, file=sys.stderr)
        os._exit(REFUSED)


def start(scenario, folder: Path) -> list[int | None]:
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=run, args=(scenario, folder, rank, port)) for rank in range(SIZE)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    return [child.exitcode for child in children]


if __name__ == "__main__":
    torch.set_num_threads(1)
    place = Path(sys.argv[1])
    align(place / "backbone", place / "one")  # what is computed once is not computed again in each child
    outcomes = {scenario.__name__: start(scenario, place / scenario.__name__) for scenario in SCENARIOS}
    (place / "outcomes.json").write_text(json.dumps(outcomes), encoding="utf-8")
