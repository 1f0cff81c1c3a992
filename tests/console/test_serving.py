"""``crossprompt predict``, and what ``crossprompt serve`` refuses; running services are tested in their own room."""

from __future__ import annotations

import json
import shutil

import pytest

from console.serving import champion_finder
from crossprompt.promotion.records import Decision
from crossprompt.promotion.settings import GateSettings
from crossprompt.serving.access import TOKEN_VARIABLE
from crossprompt.serving.holder import ChampionHolder
from crossprompt.serving.settings import EngineSettings
from infra.registry import propose, roll_back
from tests.console.test_main import crossprompt
from tests.crossprompt.serving.conftest import wait_until
from tests.crossprompt.serving.small_bundle import make_bundle
from tests.infra.registry_cases import local_registry


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("bundle") / "own", tasks=["intent"]).folder


def test_predict_writes_a_file_and_says_how_much(bundle, tmp_path, capsys):
    source, target = tmp_path / "in.txt", tmp_path / "out.jsonl"
    source.write_text("wake me\nplay something\n", encoding="utf-8")
    code, out, _ = crossprompt("predict", str(source), str(target), "--bundle", str(bundle), capsys=capsys)
    assert (code, "2 rows" in out) == (0, True)
    assert len([json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]) == 2


def test_predict_ends_with_status_1_where_rows_have_no_prediction(bundle, tmp_path, capsys):
    source = tmp_path / "in.txt"
    source.write_text("wake me\n\n" + "\n" * 7, encoding="utf-8")
    code, out, err = crossprompt(
        "predict", str(source), str(tmp_path / "o.csv"), "--bundle", str(bundle), capsys=capsys
    )
    assert (code, "9 rows" in out) == (1, True)
    assert "row 2: text: " in err
    assert "8 rows have no prediction, 3 more" in err


def wrong(capsys, *arguments):
    """The sentence that a command ends with."""
    return str(crossprompt(*arguments, capsys=capsys)[0])


def test_what_is_wrong_is_a_sentence(bundle, tmp_path, capsys, monkeypatch):
    of_bundle = ("--bundle", str(bundle))
    assert "no finished bundle" in wrong(capsys, "predict", "in.txt", "out.txt", "--bundle", str(tmp_path))
    assert "must end in one of" in wrong(capsys, "predict", "in.xlsx", "out.txt", *of_bundle)
    assert "--allow-anonymous" in wrong(capsys, "serve", *of_bundle, "--host", "0.0.0.0")
    assert "serve.port" in wrong(capsys, "serve", *of_bundle, "--port", "99999")
    assert "no finished bundle" in wrong(capsys, "serve", "--bundle", str(tmp_path), "--port", "0")
    monkeypatch.setenv(TOKEN_VARIABLE, "short")
    assert "at least 16" in wrong(capsys, "serve", *of_bundle)


def test_a_bundle_is_served_wherever_the_registry_points(bundle):
    assert champion_finder(bundle)().folder == bundle


def passed(bundle, champion=None):
    """A decision in favour of a candidate; what the gate finds is tested with the gate."""
    return Decision(
        promote=True,
        candidate=bundle.fingerprint,
        champion=champion and champion.fingerprint,
        languages=bundle.index.languages,
        new_languages=(),
        checks=(),
        tasks=(),
        settings=GateSettings(),
    )


def test_what_serves_follows_promotion_and_rollback(empty_mlflow, tmp_path, monkeypatch):
    shutil.copy(empty_mlflow, tmp_path)
    registry = local_registry(tmp_path)
    monkeypatch.setattr("infra.registry.connect", lambda: registry)
    first, second = (make_bundle(tmp_path / f"{seed}", seed, ["intent"], fresh=False) for seed in (0, 1))
    propose(first, passed(first), registry)
    holder = ChampionHolder(champion_finder(None), EngineSettings(), 0.05, lambda _: None)
    holder.start()
    wait_until(lambda: holder.facts is not None or holder.failure is not None)
    assert (holder.failure, holder.facts.version, holder.facts.fingerprint) == (None, "1", first.fingerprint)
    propose(second, passed(second, first), registry)
    wait_until(lambda: holder.facts.version == "2")
    assert holder.facts.fingerprint == second.fingerprint
    roll_back(registry=registry)
    wait_until(lambda: holder.facts.version == "1")
    assert (holder.facts.fingerprint, holder.problem) == (first.fingerprint, None)
    holder.stop()
    holder.join()
