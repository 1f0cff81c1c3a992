"""A corpus damaged on purpose: right rows under wrong ids, in training alone."""

import json
from pathlib import Path

import pytest

from crossprompt.corpora.ingest import ingest_utterances
from crossprompt.corpora.settings import SourceSettings, UtteranceSettings
from tools import shuffle_utterances as tool
from tools.shuffle_translations import NothingToShuffleError
from tools.shuffle_utterances import damage, shuffle_utterances

LINES = [
    json.dumps({"id": str(place), "partition": partition, "utt": f"Wecke mich um {place} ⏰"}, ensure_ascii=False)
    for place, partition in enumerate(["train", "dev", "train", "test", "train", "train"])
]


def _by_text(lines: list[str]) -> dict[str, tuple[str, str]]:
    rows = [json.loads(line) for line in lines]
    return {row["utt"]: (row["id"], row["partition"]) for row in rows}


def test_training_rows_exchange_their_ids_and_nothing_else_changes() -> None:
    before, after = _by_text(LINES), _by_text(shuffle_utterances(LINES, "de-DE", seed=0))
    assert list(after) == list(before)
    for text, (name, partition) in before.items():
        assert after[text][1] == partition
        assert (after[text][0] == name) == (partition != "train")
    assert sorted(after.values()) == sorted(before.values())


def test_the_seed_decides() -> None:
    drawn = {tuple(shuffle_utterances(LINES, "de-DE", seed)) for seed in range(20)}
    assert len(drawn) > 1
    assert shuffle_utterances(LINES, "de-DE", 3) == shuffle_utterances(LINES, "de-DE", 3)


def test_a_training_part_with_nothing_to_exchange_is_refused() -> None:
    with pytest.raises(NothingToShuffleError, match="de-DE: 1 found where two that differ"):
        shuffle_utterances(LINES[:2], "de-DE", 0)


def test_a_language_that_the_corpus_lacks_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "de-DE.jsonl").write_text("\n".join(LINES), encoding="utf-8")
    (tmp_path / "data" / "fr-FR.jsonl").write_text(LINES[0], encoding="utf-8")
    for refused in (["de-DE", "nl-NL"], ["de-DE", "fr-FR"]):
        with pytest.raises(NothingToShuffleError, match=r"nl-NL: not among|fr-FR: 1 found"):
            damage(tmp_path, tmp_path / "out", refused, 0)
        assert not (tmp_path / "out").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "in" / "data").mkdir(parents=True)
    (tmp_path / "in" / "data" / "de-DE.jsonl").write_text("\n".join(LINES), encoding="utf-8")
    damage(tmp_path / "in", tmp_path / "out", ["de-DE"], 0)
    written = (tmp_path / "out" / "data" / "de-DE.jsonl").read_text(encoding="utf-8")
    with pytest.raises(FileExistsError):
        damage(tmp_path / "in", tmp_path / "out", ["de-DE"], 1)
    assert (tmp_path / "out" / "data" / "de-DE.jsonl").read_text(encoding="utf-8") == written


def test_the_command_writes_a_corpus_that_reads_as_the_old_one_but_for_the_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(source: SourceSettings) -> dict[str, dict[str, str]]:
        corpus = ingest_utterances(UtteranceSettings(source=source), None, tmp_path / "home", progress=False)
        assert not corpus.summary.reasons
        found: dict[str, dict[str, str]] = {}
        for row in corpus.utterances:
            found.setdefault(f"{row['locale']} {row['partition']}", {})[row["id"]] = row["utt"]
        return found

    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.argv", ["shuffle_utterances", str(tmp_path / "bad"), "en-US", "--corpus", "sample"])
    tool.main()
    right, wrong = (
        read(source) for source in (SourceSettings(), SourceSettings(corpus="massive", location=str(tmp_path / "bad")))
    )
    assert {part for part in right if right[part] != wrong[part]} == {"en-US train"}
    assert sorted(right["en-US train"].values()) == sorted(wrong["en-US train"].values())
