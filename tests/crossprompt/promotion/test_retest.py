"""A champion that was tested on other utterances answers the candidate's, and is compared on these."""

from __future__ import annotations

from dataclasses import replace

import pyarrow.compute as pc
import pytest

from crossprompt.backbones.records import BackboneIdentity
from crossprompt.bundles.bundle import Bundle
from crossprompt.bundles.predictions import classifier_keys
from crossprompt.bundles.writing import TaskPart, write_bundle
from crossprompt.comparison.settings import CellSettings, MeasuringSettings
from crossprompt.promotion.contestant import GateError, contestant
from crossprompt.promotion.decision import decide
from crossprompt.promotion.records import RETESTED, Rule
from crossprompt.promotion.retest import answer_anew, same_tests
from crossprompt.promotion.settings import GateSettings
from tests.crossprompt.sample_task import mini, sample_utterances
from tests.crossprompt.serving.small_bundle import LOCALES, TESTED, aligned_prompt, make_bundle

FEWER = TESTED - 2
GATE = GateSettings.parse({"floor_of_english": 0, "statistics": {"resamples": 100, "permutations": 99}}, "gate")


@pytest.fixture(scope="module")
def champion(tmp_path_factory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("champion") / "bundle", tasks=("intent",), fresh=False)


def a_candidate(folder, champion: Bundle, locales=LOCALES, data="v" * 64) -> Bundle:
    """The champion's twin, tested on fewer utterances."""
    rows = champion.load_predictions("intent")
    tested = sorted(pc.unique(rows["id"]).to_pylist())[:FEWER]
    kept = [
        identifier in tested and locale in locales
        for identifier, locale in zip(rows["id"].to_pylist(), rows["locale"].to_pylist(), strict=True)
    ]
    part = TaskPart("intent", "accuracy", champion.load_classifiers("intent"), rows.filter(kept))
    return write_bundle(
        folder, aligned_prompt(), [part], data={"utterances": data}, max_tokens=champion.index.max_tokens
    )


def anew(champion: Bundle, candidate: Bundle, locales=LOCALES):
    cells = [CellSettings(task="intent", max_utterances=FEWER)]
    settings = MeasuringSettings(locales=locales)
    return answer_anew(champion, candidate, sample_utterances(), cells, settings, mini())


def test_the_champion_answers_the_candidates_tests_and_is_compared_on_these(tmp_path, champion):
    candidate = a_candidate(tmp_path / "bundle", champion)
    with pytest.raises(GateError, match="different utterances"):
        decide(contestant(candidate), contestant(champion), GATE)
    decision = decide(contestant(candidate), contestant(champion, anew(champion, candidate)), GATE)
    assert decision.retested
    assert decision.sentences[1] == RETESTED
    (task,) = decision.tasks
    assert [(row.locale, row.utterances) for row in task.locales] == [(locale, FEWER) for locale in sorted(LOCALES)]
    # a twin answers what the champion answers
    assert task.difference is not None
    assert (task.difference.difference, decision.promote) == (0.0, True)


def test_only_the_classifier_that_serves_answers(tmp_path, champion):
    rows = anew(champion, a_candidate(tmp_path / "bundle", champion))["intent"]
    assert classifier_keys(rows) == {("aligned", 0)}
    assert rows.num_rows == len(LOCALES) * FEWER


def test_a_locale_that_the_candidate_was_not_tested_in_still_speaks_against_it(tmp_path, champion):
    some = ("de-DE", "en-US")
    candidate = a_candidate(tmp_path / "bundle", champion, some)
    decision = decide(contestant(candidate), contestant(champion, anew(champion, candidate, some)), GATE)
    assert [check.rule for check in decision.failed] == [Rule.LOCALES]
    assert "sw-KE" in decision.failed[0].sentence


def test_tests_are_the_same_by_their_data_and_their_ids(tmp_path, champion):
    own = champion.index.data["utterances"]
    assert same_tests(champion, champion)
    assert not same_tests(a_candidate(tmp_path / "fewer", champion, data=own), champion)
    assert not same_tests(replace(champion, index=champion.index.model_copy(update={"data": {}})), champion)


def test_a_champion_of_another_backbone_or_with_other_labels_is_not_asked(tmp_path, champion):
    candidate = a_candidate(tmp_path / "bundle", champion)
    other = BackboneIdentity(name="mini", revision=None, fingerprint="0" * 64)
    stranger = replace(champion, index=champion.index.model_copy(update={"backbone": other}))
    with pytest.raises(GateError, match="what is there under this name is another"):
        anew(stranger, candidate)
    rows = sample_utterances()
    without = rows.filter(lambda intent: intent != rows["intent"][0], input_columns="intent")
    cells = [CellSettings(task="intent", max_utterances=FEWER)]
    with pytest.raises(GateError, match="other labels of task intent"):
        answer_anew(champion, candidate, without, cells, MeasuringSettings(locales=LOCALES), mini())
