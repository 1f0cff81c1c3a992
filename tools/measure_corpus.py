"""Measures a corpus's building: time and memory of the literal command, and the gate beside bare pandas.

Usage: python -m tools.measure_corpus run  OUT --config configs/pseudo20.yaml [--splits dev] [--languages 20]
       python -m tools.measure_corpus gate OUT --config configs/pseudo20.yaml [--splits dev]

``run`` starts ``zenml pipeline run build_corpus`` with a store and a home of its own, which it removes, and writes
``OUT/run-<turns>.json``; several sizes in one folder make the curve. ``gate`` checks the first language both ways, each
in a process of its own, and writes ``OUT/gate-<turns>.json``. ``OUT/README.md`` shows all that is there.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import yaml

from infra.lineage import library_versions
from infra.machine import describe_machine

ROOT = Path(__file__).resolve().parents[1]
_STAGES = ("ingest", "translate", "validate", "retranslate", "package", "publish")
_MB = 1 << 20
_EVERY_SECONDS = 0.2
_READ_STEPS = """
import json
from zenml.client import Client
from zenml.utils.pagination_utils import depaginate
run = Client().list_pipeline_runs(sort_by="desc:created", size=1).items[0]
steps = depaginate(Client().list_run_steps, pipeline_run_id=run.id, hydrate=True)
print("STEPS " + json.dumps({s.name: (s.end_time - s.start_time).total_seconds() for s in steps if s.end_time}))
"""


def main(arguments: Sequence[str]) -> None:
    """Measure one size, and write the table anew."""
    given = _parse(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    measured = measure_run(given) if given.what == "run" else measure_gate(given)
    measured |= {"command": _command(given), "machine": describe_machine(), "versions": library_versions()}
    file = given.out / f"{given.what}-{measured['turns']:09d}.json"
    file.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    (given.out / "README.md").write_text(render(given.out), encoding="utf-8")
    print(json.dumps(measured, indent=1))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.measure_corpus")
    parser.add_argument("what", choices=("run", "gate", "one-gate"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "pseudo20.yaml")
    parser.add_argument("--splits", nargs="+", help="of the configuration's, to measure a part")
    parser.add_argument("--languages", type=int, help="the first so many of the configuration's")
    parser.add_argument("--way", choices=("gate", "pandas"), help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _command(given: argparse.Namespace) -> str:
    """What to type for the same measurement, wherever the results are to go."""
    splits = ["--splits", *given.splits] if given.splits else []
    languages = ["--languages", str(given.languages)] if given.languages else []
    config = ["--config", f"configs/{given.config.name}"]
    return " ".join(["python -m tools.measure_corpus", given.what, "OUT", *config, *splits, *languages])


def measure_run(given: argparse.Namespace) -> dict[str, Any]:
    """The literal command on a part of the configuration: seconds, turns per second, peak memory, disk."""
    parameters = _parameters(given)
    with tempfile.TemporaryDirectory(prefix="measure-corpus-") as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(yaml.safe_dump({"parameters": parameters}), encoding="utf-8")
        environment = {**os.environ, "ZENML_CONFIG_PATH": f"{folder}/zenml", "CROSSPROMPT_HOME": f"{folder}/home"}
        environment |= {"ZENML_ENABLE_REPO_INIT_WARNINGS": "false", "ZENML_ANALYTICS_OPT_IN": "false"}
        zenml = str(Path(sys.executable).with_name("zenml"))
        command = [zenml, "pipeline", "run", "build_corpus", "-c", str(config)]
        started = time.monotonic()
        memory = _watch(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL))
        seconds = time.monotonic() - started
        steps = subprocess.run(
            [sys.executable, "-c", _READ_STEPS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        facts = json.loads(next(Path(folder, "home", "published").glob("*/corpus.json")).read_text(encoding="utf-8"))
        disk = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        parquet = sum(file.stat().st_size for file in Path(folder, "home", "published").rglob("*.parquet"))
    turns = sum(split["rows"] for language in facts["languages"] for split in language["splits"])
    refused = sum(language["refused"] for language in facts["languages"])
    return {
        "turns": turns + refused,
        "languages": len(facts["languages"]),
        "refused": refused,
        "seconds": round(seconds, 1),
        "turns_per_second": round((turns + refused) / seconds, 1),
        "seconds_by_stage": _by_stage(json.loads(steps.stdout.partition("STEPS ")[2])),
        **memory,
        "disk_mb": round(disk / _MB),
        "parquet_mb": round(parquet / _MB),
    }


def measure_gate(given: argparse.Namespace) -> dict[str, Any]:
    """One language through the gate and through bare pandas: seconds, peak memory, and whether both find the same."""
    found = {}
    for way in ("gate", "pandas"):
        splits = ["--splits", *given.splits] if given.splits else []
        command = [sys.executable, "-m", "tools.measure_corpus", "one-gate", str(given.out), "--way", way, *splits]
        ended = subprocess.run(
            [*command, "--config", str(given.config)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        found[way] = json.loads(ended.stdout.splitlines()[-1])
    gate, bare = found["gate"], found["pandas"]
    if gate["failures"] != bare["failures"]:
        raise RuntimeError(f"the gate found {gate['failures']}, bare pandas {bare['failures']}")
    return {
        "turns": gate["turns"],
        "failures": gate["failures"],
        "gate_seconds": gate["seconds"],
        "pandas_seconds": bare["seconds"],
        "ratio": round(gate["seconds"] / bare["seconds"], 2),
        "gate_peak_mb": gate["peak_mb"],
        "pandas_peak_mb": bare["peak_mb"],
    }


def check_one_way(given: argparse.Namespace) -> dict[str, Any]:
    """The first language, checked in this process by the gate or in bare pandas; translating it is not timed."""
    from crossprompt.corpora.ingest import ingest_dialogues
    from crossprompt.factory.chain import load_chain
    from crossprompt.factory.production import Workshop, produce
    from crossprompt.quality.settings import ValidationSettings
    from expectations.language_gate import pass_language
    from pipelines.corpus_plan import CorpusJob
    from tools.bare_checks import count_failures

    job = CorpusJob.from_sections(**_parameters(given))
    root = os.environ.get("CROSSPROMPT_DATA_ROOT")
    with tempfile.TemporaryDirectory(prefix="measure-gate-") as folder:
        home = Path(folder)
        dialogues = ingest_dialogues(job.dialogues, root, home, progress=False).dialogues
        locale = job.factory.locales[0]
        workshop = Workshop(load_chain(job.factory, None, home).links_for(locale), job.factory, home / "ledger.db")
        rows, _ = produce(dialogues, locale, workshop, home / "rows.arrow", progress=False)
        settings = ValidationSettings(min_accepted_share=0)
        started = time.monotonic()
        if given.way == "pandas":
            failures = count_failures(dialogues, rows, locale, settings)
        else:
            verdict = pass_language(dialogues, [rows], locale, settings).verdict
            failures = {check.check: check.failed for check in verdict.checks if check.applies}
        seconds = time.monotonic() - started
    return {
        "turns": len(rows),
        "failures": {name: count for name, count in sorted(failures.items()) if count},
        "seconds": round(seconds, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def render(folder: Path) -> str:
    """All measurements of a folder as Markdown."""
    runs = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("run-*.json"))]
    gates = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("gate-*.json"))]
    run_names = ("turns", "languages", "refused", "seconds", "turns_per_second", "peak_mb", "peak_anonymous_mb")
    parts = [
        "# Building a corpus: time and memory against size",
        *_origins([*runs, *gates]),
        _table((*run_names, "disk_mb", "parquet_mb"), runs),
        "Seconds by stage:",
        _table(_STAGES, [run["seconds_by_stage"] for run in runs]),
        "One language through the gate, and the same checks in bare pandas:",
        _table(("turns", "gate_seconds", "pandas_seconds", "ratio", "gate_peak_mb", "pandas_peak_mb"), gates),
    ]
    return "\n\n".join(parts) + "\n"


def _origins(measured: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Commands, machine and versions, each as often as they differ."""
    yield "\n".join(f"    {command}" for command in dict.fromkeys(one["command"] for one in measured))
    for name in ("machine", "versions"):
        for values in {json.dumps(one[name]): one[name] for one in measured}.values():
            yield f"{name.capitalize()}: " + ", ".join(f"{key} {value}" for key, value in values.items()) + "."


def _table(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    head = [" | ".join(name.replace("_", " ") for name in names), " | ".join("---:" for _ in names)]
    body = (" | ".join(f"{row.get(name, 0):,}" for name in names) for row in rows)
    return "\n".join(f"| {line} |" for line in (*head, *body))


def _parameters(given: argparse.Namespace) -> dict[str, Any]:
    """The configuration's sections, cut down to what is to be measured."""
    parameters: dict[str, Any] = yaml.safe_load(given.config.read_text(encoding="utf-8"))["parameters"]
    if given.splits:
        parameters.setdefault("dialogues", {})["splits"] = given.splits
    if given.languages:
        parameters["factory"]["locales"] = parameters["factory"]["locales"][: given.languages]
    return parameters


def _watch(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait for a process; its peak memory in MB: all that is resident, and the part that no file backs."""
    peak = 0

    def sample() -> None:
        nonlocal peak
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                memory = watched.memory_info()
            except psutil.NoSuchProcess:
                return
            peak = max(peak, (memory.rss - memory.shared) // _MB)
            time.sleep(_EVERY_SECONDS)

    watcher = threading.Thread(target=sample)
    watcher.start()
    status = process.wait()
    watcher.join()
    if status:
        raise RuntimeError(f"the run ended with status {status}")
    resident = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return {"peak_mb": resident, "peak_anonymous_mb": peak}


def _by_stage(seconds: dict[str, float]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for name, value in seconds.items():
        found[name.partition("_")[0]] += value
    return {stage: round(found[stage], 1) for stage in _STAGES if stage in found}


if __name__ == "__main__":
    if sys.argv[1:2] == ["one-gate"]:
        print(json.dumps(check_one_way(_parse(sys.argv[1:]))))
    else:
        main(sys.argv[1:])
