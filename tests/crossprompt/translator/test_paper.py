"""The paper's tables: whole, and their averages are those of their languages."""

from __future__ import annotations

import pytest
from scipy import stats

from crossprompt.translator.paper import P_VALUES, SHOTS, TABLE_I, TABLE_II, TABLES, WITHOUT

UNPAIRED = {
    "MPT-without-consistency": 3.9e-6,
    "MPT-without-external": 4.9e-4,
    "MPT-without-translator": 3.4e-3,
    "SP": 1.1e-7,
}


@pytest.mark.parametrize("table", [TABLE_I, TABLE_II], ids=["I", "II"])
def test_averages_are_those_of_the_languages(table):
    assert len(table.columns) == 16
    for row in table.rows:
        known = [value for value in row.values[:15] if value is not None]
        assert len(known) >= 14
        assert sum(known) / len(known) == pytest.approx(row.values[15], abs=0.11)


def test_all_cells_are_there():
    cells = {(row.cell.shots, row.cell.contender) for row in TABLE_I.rows}
    assert cells == {(shots, name) for shots in SHOTS for name in ("FT", "SP", "PCT", "MPT")}
    assert {row.cell.contender for row in TABLE_II.rows} == {"MPT", *WITHOUT}
    both = [row for row in TABLE_I.rows if (row.cell.shots, row.name) in ((64, "MPT"), (64, "SP"))]
    assert [row.values for row in TABLE_II.rows if row.cell.contender in ("MPT", "SP")][::-1] == [
        r.values for r in both
    ]


def test_the_papers_p_values_are_near_unpaired_tests_over_its_languages():
    """What the note at ``P_VALUES`` says."""
    rows = {row.cell.contender: row.values[:15] for row in TABLE_II.rows}
    for name, printed in P_VALUES.items():
        unpaired = stats.ttest_ind(rows["MPT"], rows[name]).pvalue
        paired = stats.ttest_rel(rows["MPT"], rows[name]).pvalue
        assert unpaired == pytest.approx(UNPAIRED[name], rel=0.05)
        assert paired < printed / 100
        assert 1 < unpaired / printed < 7


def test_tables_are_shown_by_average_and_by_language():
    wide, *_ = TABLES
    assert wide.columns == ("AVG",)
    assert [table.number for table in TABLES][:3] == ["I", "II", "I-1"]
    assert len(TABLES) == 2 + 9 + 1
    assert all(contrast for contrast in TABLES[1].contrasts)
