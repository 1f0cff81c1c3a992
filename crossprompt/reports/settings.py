"""What reports are called and what they say of themselves."""

from __future__ import annotations

from pydantic import Field

from crossprompt.settings import Settings


class ReportSettings(Settings):
    """What the report is called, how long it may get, and where its contents are registered."""

    title: str = "Aligned prompts: what they bring, language by language"
    registered_model: str = "crossprompt-aligned-prompt"
    experiment: str = "align_and_eval"
    max_examples: int = Field(default=40, ge=0)
    """Quarantined rows of each kind that the page quotes; the CSV files hold all of them."""
    max_curve_points: int = Field(default=240, ge=10)
    """Points in a drawn curve; a longer run is shown as means over equal stretches of updates."""


class StudyReporting(Settings):
    """What the report of a study says of itself."""

    title: str
    pretraining: str = "not stated"
    """How the backbone was made."""
    findings: tuple[str, ...] = ()
    """Sentences that explain from evidence what did not turn out as in the paper."""
    experiment: str
    """Of MLflow."""


class ComparisonReporting(StudyReporting):
    """Of a comparison of ways to tune; ``pretraining`` says whether the backbone has seen translation pairs."""

    title: str = "Three ways to tune: the paper's tables beside ours"
    not_run: dict[str, str] = Field(default_factory=dict)
    """Why tasks were not measured, by task."""
    experiment: str = "compare_methods"


class PromptStudyReporting(StudyReporting):
    """Of translated prompts."""

    title: str = "Prompts that are translated: the paper's tables beside ours"
    experiment: str = "translate_prompts"


class TransferReporting(StudyReporting):
    """Of soft prompts on a decoder."""

    title: str = "Soft prompts on a decoder: transfer from English"
    experiment: str = "soft_prompt_transfer"


class PromotionReporting(Settings):
    """Of a promotion."""

    title: str = "New languages: may the candidate take the champion's place?"
    experiment: str = "add_languages"
