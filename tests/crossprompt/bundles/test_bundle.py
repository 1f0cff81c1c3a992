"""A bundle comes back as it was written; what is altered, unfinished or does not fit together is refused."""

from __future__ import annotations

import dataclasses
import itertools
import json
import multiprocessing
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch

from crossprompt.bundles.bundle import DECISION, INDEX, PROMPT, BundleError, open_bundle
from crossprompt.bundles.writing import TaskPart, add_decision, choose_serving, rows_of, write_bundle
from crossprompt.storage import atomic
from crossprompt.tasks.records import Method
from tests.crossprompt.bundles.made_up import (
    DATA,
    IDENTITY,
    NOON,
    hits,
    make_bundle,
    make_classifier,
    make_prompt,
    make_rows,
)

FILES = {PROMPT, "predictions/intent.parquet", "tasks/intent/aligned-0.safetensors", "tasks/intent/classifiers.json"}


def part(**changes) -> TaskPart:
    values = {
        "name": "intent",
        "score_name": "accuracy",
        "classifiers": [make_classifier()],
        "predictions": make_rows({"en-US": hits(0.5)}),
    }
    return TaskPart(**{**values, **changes})


def write(folder: Path, *parts: TaskPart, prompt=None, created=NOON, **data: str):
    return write_bundle(
        folder,
        prompt or make_prompt(["de-DE"]),
        parts or [part()],
        data={**DATA, **data},
        max_tokens=64,
        created=created,
    )


def test_a_bundle_comes_back_as_it_was_written(tmp_path):
    written = make_bundle(tmp_path / "bundle", ("sw-KE", "de-DE"))
    opened = open_bundle(tmp_path / "bundle")
    assert opened == written
    index = opened.index
    assert (index.languages, index.locales) == (("de-DE", "sw-KE"), ("de-DE", "en-US"))
    assert (index.created, index.max_tokens, index.data) == ("2026-01-02T12:00:00", 64, DATA)
    assert set(index.files) == FILES
    assert torch.equal(opened.load_prompt().values, make_prompt(("de-DE", "sw-KE")).values)
    assert opened.load_classifier("intent").key == (Method.ALIGNED, 0)
    assert opened.load_classifier("intent", Method.FRESH) is None
    assert opened.load_predictions("intent").num_rows == 80
    assert opened.read_decision() is None
    assert (opened.backbone_settings().name, opened.backbone_settings().max_tokens) == ("mini", 64)
    with pytest.raises(BundleError, match=r"no task 'slots'; it has intent"):
        opened.load_classifiers("slots")


def test_the_fingerprint_is_of_what_is_served_and_not_of_circumstances(tmp_path):
    first = write(tmp_path / "first")
    slower = make_classifier()
    slower = dataclasses.replace(slower, history=slower.history.model_copy(update={"seconds": 9.0}))
    rows = make_rows({"en-US": hits(0.5)})
    shuffled = rows.take(list(reversed(range(rows.num_rows))))
    later = write(
        tmp_path / "later",
        part(classifiers=[slower], predictions=shuffled),
        created=datetime(2027, 5, 5, tzinfo=UTC),
    )
    assert later.fingerprint == first.fingerprint
    others = [
        write(tmp_path / "prompt", prompt=make_prompt(["de-DE"], seed=1)),
        write(tmp_path / "languages", prompt=make_prompt(["de-DE", "sw-KE"])),
        write(tmp_path / "data", utterances="other"),
        write(tmp_path / "answers", part(predictions=make_rows({"en-US": hits(0.5, seed=1)}))),
        write(tmp_path / "settings", part(settings={"unspaced_words": "blanks"})),
    ]
    assert len({first.fingerprint, *(other.fingerprint for other in others)}) == 6


def test_an_altered_missing_or_foreign_file_is_refused(tmp_path):
    folder = make_bundle(tmp_path / "bundle").folder
    victim = folder / "predictions" / "intent.parquet"
    content = victim.read_bytes()
    victim.write_bytes(content[:-1] + b"?")
    with pytest.raises(BundleError, match=r"intent\.parquet was altered"):
        open_bundle(folder)
    victim.unlink()
    with pytest.raises(BundleError, match=r"lacks predictions/intent\.parquet"):
        open_bundle(folder)
    index = json.loads((folder / INDEX).read_text())
    index["files"]["../secret"] = {"size": 0, "sha256": ""}
    index["files"].pop("predictions/intent.parquet")
    (folder / INDEX).write_text(json.dumps(index))
    with pytest.raises(BundleError, match="lies outside the bundle"):
        open_bundle(folder)


def test_a_folder_that_is_no_finished_bundle_is_refused(tmp_path):
    with pytest.raises(BundleError, match="holds no finished bundle"):
        open_bundle(tmp_path / "nowhere")
    (tmp_path / INDEX).write_text('{"format": 1}')
    with pytest.raises(BundleError, match="can't be understood"):
        open_bundle(tmp_path)
    index = make_bundle(tmp_path / "bundle").index
    (tmp_path / INDEX).write_text(index.model_copy(update={"format": 2}).model_dump_json())
    with pytest.raises(BundleError, match="has format 2, this program reads 1"):
        open_bundle(tmp_path)


def test_the_same_bundle_is_left_and_nothing_else_is_overwritten(tmp_path):
    written = write(tmp_path / "bundle")
    assert write(tmp_path / "bundle", created=datetime(2027, 5, 5, tzinfo=UTC)) == written
    with pytest.raises(BundleError, match="holds another bundle"):
        write(tmp_path / "bundle", utterances="other")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    with pytest.raises(BundleError, match=r"letter\.txt, which is no part"):
        write(tmp_path / "home")
    assert (tmp_path / "home" / "letter.txt").read_text() == "dear"


def test_parts_that_do_not_fit_together_are_refused(tmp_path):
    with pytest.raises(BundleError, match="each once, got intent, intent"):
        write(tmp_path / "b", part(), part())
    with pytest.raises(BundleError, match="give the aligned classifier"):
        write(tmp_path / "b", part(classifiers=[make_classifier(Method.FRESH)]))
    other = dataclasses.replace(make_classifier(), backbone=IDENTITY.model_copy(update={"fingerprint": "0" * 64}))
    with pytest.raises(BundleError, match="another backbone"):
        write(tmp_path / "b", part(classifiers=[other]))
    with pytest.raises(BundleError, match="not those of its classifiers"):
        write(tmp_path / "b", part(predictions=make_rows({"en-US": hits(0.5)}, seed=3)))


def test_the_best_aligned_classifier_on_dev_serves_beside_the_fresh_one_of_its_seed():
    aligned = [make_classifier(seed=seed, dev=dev) for seed, dev in enumerate((40.0, 60.0, 60.0))]
    fresh = [make_classifier(Method.FRESH, seed, dev=90.0) for seed in range(3)]
    chosen = choose_serving([*fresh, *aligned])
    assert [own.key for own in chosen] == [(Method.ALIGNED, 1), (Method.FRESH, 1)]
    assert [own.key for own in choose_serving([*fresh, *aligned], with_fresh=False)] == [(Method.ALIGNED, 1)]
    with pytest.raises(BundleError, match="none of the classifiers is aligned"):
        choose_serving(fresh)
    rows = make_rows({"en-US": hits(0.5)}, seed=1)
    assert rows_of(rows, chosen).num_rows == rows.num_rows
    assert rows_of(rows, aligned[:1]).num_rows == 0


def _write_until_killed(folder: Path, number: int, moment: str) -> None:
    """In a process of its own: die at the write point with this number, counted from 1 here."""
    moments = itertools.count(1)

    def die_there(name: str, now: str) -> None:
        if now == moment and next(moments) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    atomic.write_point = die_there
    bundle = make_bundle(folder)
    add_decision(add_decision(bundle, '{"first": 1}'), '{"second": 2}')


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_write_a_bundle_is_not_there_or_whole(tmp_path, moment):
    context = multiprocessing.get_context("fork")
    for write_number in range(1, 11):
        folder = tmp_path / str(write_number)
        child = context.Process(target=_write_until_killed, args=(folder, write_number, moment))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        if (folder / INDEX).is_file():
            assert open_bundle(folder).read_decision() in {None, '{"first": 1}', '{"second": 2}'}
        whole = add_decision(make_bundle(folder), '{"second": 2}')
        assert open_bundle(folder).read_decision() == '{"second": 2}'
        assert set(whole.index.files) == {*FILES, DECISION}
        assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} == {
            *("tasks", "predictions", PROMPT, INDEX, DECISION)
        }
