"""What the step that screens meaning is given; imported only where the configuration asks for it."""

from __future__ import annotations

from crossprompt.meaning.prompt import read_prompt
from crossprompt.meaning.settings import MeaningSettings
from crossprompt.storage.fingerprint import fingerprint_file
from pipelines.plan import Stage, backbone_stage


def meaning_stage(settings: MeaningSettings) -> Stage:
    """Find prompt and backbone and hold one against the other, before anything is translated.

    Floors are left out of the parameters: another floor measures nothing anew.

    Raises:
        MeaningError: There is no such prompt, or it was learned on another backbone.
        PromptFileError: The file is no prompt.
        BackboneError: The backbone is missing or no masked language model.
    """
    backbone = backbone_stage(settings.backbone)
    fingerprint = backbone.parameters["backbone_fingerprint"]
    on_this_machine = fingerprint != settings.backbone.revision
    file = None
    if settings.prompt is not None:
        file, _ = read_prompt(settings.prompt, settings.backbone, fingerprint if on_this_machine else None)
    return Stage(
        parameters={
            **backbone.parameters,
            "settings": settings.measure(),
            "prompt_fingerprint": None if file is None else fingerprint_file(file),
        },
        places={**backbone.places, "prompt": None if file is None else str(file)},
    )
