"""What a wrong setting is answered with."""

from __future__ import annotations

import pytest

from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.settings import SettingsError
from crossprompt.tasks.settings import TaskSettings
from crossprompt.translation.settings import TranslationSettings
from crossprompt.tuning.settings import TuningSettings

WRONG = [
    (AlignmentSettings, "alignment", {"epoch": 1}, r"^alignment\.epoch: no such setting; alignment has batch_size, "),
    (
        AlignmentSettings,
        "alignment",
        {"prompt": {"lenght": 4}},
        r"^alignment\.prompt\.lenght: no such setting; alignment\.prompt has dropout, init_std, length$",
    ),
    (
        TranslationSettings,
        "translation",
        {"engine": {"source": {"folder": "x"}}},
        r"^translation\.engine\.source\.folder: no such setting; translation\.engine\.source has corpus, "
        r"location, sha256$",
    ),
    (AlignmentSettings, "alignment", {"min_window": 5}, r"^alignment\.max_window: .*at least min_window, which is 5"),
    (TuningSettings, "tuning", {"learning_rates": []}, r"^tuning\.learning_rates: .*at least 1 item"),
    (TuningSettings, "tuning", {"learning_rates": [0.1, -1]}, r"^tuning\.learning_rates\.1: .*greater than 0"),
    (TuningSettings, "tuning", {"learning_rates": [0.1, 0.1]}, r"^tuning\.learning_rates: .*there twice"),
    (TuningSettings, "tuning", {"seeds": []}, r"^tuning\.seeds: .*at least 1 item"),
    (TaskSettings, "task", {"seeds": [1, 1]}, r"^task\.seeds: .*there twice"),
]


@pytest.mark.parametrize(("kind", "section", "values", "message"), WRONG)
def test_a_wrong_setting_is_named_with_what_it_may_be(kind, section, values, message):
    with pytest.raises(SettingsError, match=message):
        kind.parse(values, section)


def test_all_wrong_settings_are_named_at_once():
    with pytest.raises(SettingsError) as caught:
        AlignmentSettings.parse({"epochs": 0, "prompt": {"dropout": 1}}, "alignment")
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "alignment.prompt.dropout",
        "alignment.epochs",
    ]
