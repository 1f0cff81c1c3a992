"""Translations are read alike from a table, Parquet, Arrow and a saved dataset; other tables are refused."""

from __future__ import annotations

from dataclasses import asdict

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset

from crossprompt.corpora.arrow import dataset_from_rows
from crossprompt.quality.rows import REFUSED_FEATURES
from crossprompt.rating.errors import RatingError
from crossprompt.rating.rows import dataset_rows, read_rows
from crossprompt.translation.rows import TRANSLATION_FEATURES
from tests.crossprompt.rating.rated_corpus import make_rows

ROWS = list(make_rows(dialogues=3))
OTHERS = {"slots": [], "engine": "pseudo", "nature": "translated"}


@pytest.fixture(scope="module")
def table() -> Dataset:
    return dataset_from_rows([{**asdict(row), **OTHERS} for row in ROWS], TRANSLATION_FEATURES)


def test_rows_of_a_table_come_in_its_order_also_after_a_selection(table):
    assert list(dataset_rows(table)) == ROWS
    assert list(dataset_rows(table.select([5, 2]))) == [ROWS[5], ROWS[2]]


def test_every_kind_of_file_gives_the_same_rows(table, tmp_path):
    pq.write_table(table.data.table, tmp_path / "sw.parquet", row_group_size=7)
    with pa.OSFile(str(tmp_path / "stream.arrow"), "wb") as sink, pa.ipc.new_stream(sink, table.data.schema) as writer:
        writer.write_table(table.data.table)
    with pa.OSFile(str(tmp_path / "file.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.data.schema) as writer:
        writer.write_table(table.data.table)
    table.save_to_disk(str(tmp_path / "saved"))
    for name in ("sw.parquet", "stream.arrow", "file.arrow", "saved"):
        assert list(read_rows([tmp_path / name])) == ROWS, name
    assert len(list(read_rows([tmp_path]))) == 4 * len(ROWS)


def test_quarantined_rows_are_refused(table, tmp_path):
    refused = dataset_from_rows([{**asdict(ROWS[0]), **OTHERS, "reasons": ["language"]}], REFUSED_FEATURES)
    refused.to_parquet(tmp_path / "quarantine.parquet")
    with pytest.raises(RatingError, match=r"quarantine\.parquet holds quarantined rows"):
        list(read_rows([tmp_path]))
    with pytest.raises(RatingError, match="the table holds quarantined rows"):
        list(dataset_rows(refused))


def test_a_wrong_table_or_path_is_one_sentence(table, tmp_path):
    table.remove_columns(["target", "turn"]).to_parquet(tmp_path / "short.parquet")
    with pytest.raises(RatingError, match=r"short\.parquet is no table of translations: it lacks turn, target$"):
        list(read_rows([tmp_path / "short.parquet"]))
    with pytest.raises(RatingError, match="absent does not exist: name a published corpus"):
        list(read_rows([tmp_path / "absent"]))
    (tmp_path / "empty").mkdir()
    with pytest.raises(RatingError, match=r"empty holds no \.parquet or \.arrow file"):
        list(read_rows([tmp_path / "empty"]))
    (tmp_path / "rows.txt").write_text("text", encoding="utf-8")
    with pytest.raises(RatingError, match=r"rows\.txt: translations are read from"):
        list(read_rows([tmp_path / "rows.txt"]))


@pytest.mark.parametrize("name", ["sw.parquet", "sw.arrow"])
def test_a_file_that_was_cut_off_is_one_sentence(table, tmp_path, name):
    file = tmp_path / name
    if file.suffix == ".parquet":
        table.to_parquet(file)
    else:
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, table.data.schema) as writer:
            writer.write_table(table.data.table)
    whole = file.read_bytes()
    for share in (0.0, 0.1, 0.5, 0.8):
        file.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(RatingError, match=r"can't be read as a table .*: get a fresh copy of it") as caught:
            list(read_rows([file]))
        assert "\n" not in str(caught.value)
