"""A pipeline of two small steps, to test what surrounds every pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from zenml import pipeline, step
from zenml.enums import ExecutionMode

from crossprompt.corpora.records import CorpusSummary
from crossprompt.settings import SettingsError
from materializers.record import RecordMaterializer


@step(output_materializers={"first": RecordMaterializer})
def make(word: str) -> Annotated[CorpusSummary, "first"]:
    return CorpusSummary(corpus=word, location="", fingerprint="", counts=(), reasons={})


@step(output_materializers={"second": RecordMaterializer})
def use(first: CorpusSummary) -> Annotated[CorpusSummary, "second"]:
    if first.corpus == "bad":
        raise SettingsError("word: 'bad' is not wanted; give another")
    return first.model_copy(update={"location": "used"})


@step(enable_cache=False)
def wait(first: CorpusSummary, ready: str) -> None:
    import time

    Path(ready).write_text("ready")
    time.sleep(120)


@pipeline(name="stand_in", execution_mode=ExecutionMode.FAIL_FAST)
def stand_in(word: str) -> None:
    use(make(word))


@pipeline(name="stand_in_that_waits", execution_mode=ExecutionMode.FAIL_FAST)
def stand_in_that_waits(word: str, ready: str) -> None:
    wait(make(word), ready)
