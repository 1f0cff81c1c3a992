"""The result: scores against numbers worked out by hand, counts that add up, a record that goes to JSON and back."""

from __future__ import annotations

import statistics

import pytest

from crossprompt.rating.errors import RatingError
from crossprompt.rating.paper import TABLE_1, paper_rating
from crossprompt.rating.records import RatingResult, Reason
from crossprompt.rating.scores import import_ratings, sum_up
from crossprompt.rating.settings import ScreeningSettings
from tests.crossprompt.rating.rated_corpus import answer, honest, make_key

KEY = make_key("sw", "ar")
SWAHILI = [item for item in KEY.of_locale("sw") if not item.quiz]
LEVELS = dict(zip((item.id for item in SWAHILI), [0.4, 0.5, 0.6, *[0.9] * 9], strict=True))


def raters(*shifts: float):
    """Raters of Swahili whose meaning lies ``shift`` above the item's level."""
    return [
        row
        for number, shift in enumerate(shifts)
        for row in honest(KEY, f"r{number}", lambda item, shift=shift: LEVELS.get(item.id, 0.0) + shift)
        if row.item in LEVELS or row.item in {item.id for item in KEY.of_locale("sw") if item.quiz}
    ]


def test_scores_are_of_items_and_agreement_of_raters():
    result = sum_up(raters(-0.1, 0.0, 0.1), KEY, ScreeningSettings())
    arabic, swahili = result.locales
    levels = list(LEVELS.values())
    assert swahili.meaning.mean == pytest.approx(statistics.mean(levels))
    assert swahili.meaning.std == pytest.approx(statistics.stdev(levels))
    assert swahili.meaning.low < swahili.meaning.mean < swahili.meaning.high
    assert swahili.meaning.agreeing == pytest.approx(10 / 12)
    assert swahili.meaning.difference == pytest.approx((0.1 + 0.1 + 0.2) / 3)
    assert 0 < swahili.meaning.alpha < 1
    assert swahili.fluency.model_dump() == {
        "mean": pytest.approx(0.8),
        "std": pytest.approx(0.0),
        "low": pytest.approx(0.8),
        "high": pytest.approx(0.8),
        "agreeing": 1.0,
        "alpha": None,
        "difference": 0.0,
    }
    assert (swahili.items, swahili.rated, swahili.rows, swahili.kept, swahili.quiz_rows) == (12, 12, 48, 36, 12)
    assert (arabic.rows, arabic.rated, arabic.meaning, arabic.fluency) == (0, 0, None, None)


def test_an_item_with_more_raters_weighs_no_more():
    extra = [answer(SWAHILI[0], name, LEVELS[SWAHILI[0].id], 0.8) for name in "wxyz"]
    quiz = next(item for item in KEY.of_locale("sw") if item.quiz)
    passed = [answer(quiz, name, 0.0, 0.8) for name in "wxyz"]
    plain = sum_up(raters(0.0, 0.0, 0.0), KEY, ScreeningSettings())
    more = sum_up([*raters(0.0, 0.0, 0.0), *extra, *passed], KEY, ScreeningSettings())
    assert more.locales[1].meaning.mean == pytest.approx(plain.locales[1].meaning.mean)
    assert more.locales[1].kept == plain.locales[1].kept + 4


def test_counts_add_up_and_raters_have_pseudonyms():
    liar = [answer(item, "Ms Liar", 1.0, 1.0) for item in KEY.of_locale("sw")]
    rows = [*raters(0.0, 0.0, 0.0), *liar, answer("feed", "r0", 1.0, 1.0)]
    result = sum_up(rows, KEY, ScreeningSettings())
    swahili = result.locales[1]
    assert swahili.excluded == {Reason.FAILED_QUIZ: 16}
    assert swahili.rows == swahili.kept + swahili.quiz_rows + 16
    assert result.rows == result.unknown_rows + sum(rating.rows for rating in result.locales) == len(rows)
    assert swahili.refused_raters == 1
    assert "Liar" not in result.model_dump_json().casefold()
    refused = next(rater for rater in swahili.raters if rater.refused)
    assert (refused.answers, refused.quizzes, refused.quizzes_passed, refused.mean_meaning) == (16, 4, 0, 1.0)


def test_the_record_goes_to_json_and_back_and_gives_flat_metrics():
    result = sum_up(raters(0.0, 0.1, 0.0), KEY, ScreeningSettings())
    assert RatingResult.model_validate_json(result.model_dump_json()) == result
    metrics = result.metrics()
    assert metrics["rating/meaning/sw"] == result.locales[1].meaning.mean
    assert metrics["rating/kept_rows/ar"] == 0.0
    assert "rating/fluency_alpha/sw" not in metrics
    assert "rating/meaning/ar" not in metrics
    assert all(type(value) is float for value in metrics.values())


def test_files_are_summed_up_and_names_stay_beside_the_result(tmp_path):
    files = []
    for name in ("Zawadi", "Juma", "Neema"):
        lines = [f"{KEY.export},{row.item},{row.rater},{row.meaning},{row.fluency}" for row in honest(KEY, name)]
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_text("\n".join(["export,item,rater,meaning,fluency", *lines]), encoding="utf-8")
    imported = import_ratings(files, KEY, ScreeningSettings())
    assert sorted(imported.names.values()) == ["Juma", "Neema", "Zawadi"]
    assert {rater.pseudonym for rater in imported.result.locales[0].raters} == set(imported.names)
    assert imported.result.files == 3
    twice = import_ratings([*files, files[0]], KEY, ScreeningSettings())
    assert twice.result.locales[0].excluded == {Reason.DUPLICATE: 16}
    assert twice.result.locales[0].meaning == imported.result.locales[0].meaning
    with pytest.raises(RatingError, match="no file of answers is named"):
        import_ratings([], KEY, ScreeningSettings())


def test_the_same_seed_gives_the_same_interval():
    rows = raters(-0.1, 0.0, 0.1)
    assert sum_up(rows, KEY, ScreeningSettings()) == sum_up(rows, KEY, ScreeningSettings())
    other = sum_up(rows, KEY, ScreeningSettings(seed=1, resamples=200))
    assert other.locales[1].meaning.low != sum_up(rows, KEY, ScreeningSettings()).locales[1].meaning.low


def test_the_papers_table_is_found_by_language():
    assert paper_rating("ur-PK") == TABLE_1["ur"] == (97, 100)
    assert paper_rating("ar") is None
    assert len(TABLE_1) == 6
