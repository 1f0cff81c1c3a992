"""Settings of the report."""

from __future__ import annotations

from crossprompt.settings import Settings


class ReportSettings(Settings):
    """What the report is called and where a copy is put."""

    title: str = "Aligned prompts: what they bring, language by language"
    registered_model: str = "crossprompt-aligned-prompt"
    experiment: str = "align_and_eval"
