import pyarrow as pa
from datasets import Features, Value

from crossprompt.corpora.arrow import dataset_from_rows, dataset_from_tables

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
