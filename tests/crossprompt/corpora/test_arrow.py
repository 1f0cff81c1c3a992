import numpy as np
import pyarrow as pa
import pytest
from datasets import Dataset, Features, Value, concatenate_datasets

from crossprompt.corpora.arrow import dataset_from_rows, dataset_from_tables, take_rows

FEATURES = Features({"name": Value("string"), "size": Value("int32")})


def test_no_row_gives_an_empty_dataset_with_columns():
    for empty in (dataset_from_rows([], FEATURES), dataset_from_tables([], FEATURES)):
        assert len(empty) == 0
        assert empty.features == FEATURES


def test_tables_are_joined_in_order_and_cast():
    tables = [pa.table({"name": ["a"], "size": pa.array([1], pa.int64())}), pa.table({"name": ["b"], "size": [2]})]
    joined = dataset_from_tables(tables, FEATURES)
    assert joined.to_list() == [{"name": "a", "size": 1}, {"name": "b", "size": 2}]
    assert joined.features == FEATURES


def test_fingerprint_follows_the_content():
    rows = [{"name": "a", "size": 1}]
    first, again, other = (
        dataset_from_rows(r, FEATURES)._fingerprint for r in (rows, rows, [{"name": "b", "size": 1}])
    )
    assert first == again != other


@pytest.mark.parametrize(
    "positions",
    [[], [4], [0, 1, 2], list(range(25_000)), [24_999, 0, 1, 7, 7], [at for at in range(25_000) if at % 9_001]],
    ids=["none", "one", "first", "all", "any", "gaps"],
)
def test_taken_rows_are_the_selected_ones_without_an_index(positions: list[int]) -> None:
    features = Features({"n": Value("int32"), "words": [{"word": Value("string")}]})
    columns = {"n": list(range(25_000)), "words": [[{"word": str(n)}] * (n % 3) for n in range(25_000)]}
    whole = Dataset.from_dict(columns, features=features)
    rows = concatenate_datasets([whole.select(range(12_000)), whole.select(range(12_000, 25_000))])
    taken = take_rows(rows, np.array(positions, dtype=np.int64))
    assert taken.to_list() == rows.select(positions).to_list()
    assert taken.features == features
    assert taken._indices is None
    assert taken.data.num_rows == len(positions)
    assert taken["n"][:] == positions
