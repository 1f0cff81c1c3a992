"""Aligned prompts: safetensors with a JSON header."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from zenml.enums import ArtifactType
from zenml.metadata.metadata_types import MetadataType

from crossprompt.prompts.file import AlignedPrompt, load_prompt, save_prompt
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.storage.tensors import fingerprint_tensor
from materializers.sealed import SealedMaterializer

PROMPT_FILE = "prompt.safetensors"


class PromptMaterializer(SealedMaterializer):
    """Keeps an ``AlignedPrompt`` as the one file that ``crossprompt.prompts.file`` reads."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (AlignedPrompt,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def write_files(self, data: AlignedPrompt, folder: Path) -> None:
        """Write the prompt file."""
        save_prompt(data, folder / PROMPT_FILE)

    def read_files(self, folder: Path, data_type: type[Any]) -> AlignedPrompt:
        """Read the prompt file."""
        return load_prompt(folder / PROMPT_FILE)

    def content_hash(self, data: AlignedPrompt) -> str:
        """SHA-256 of the values and the header."""
        return fingerprint_prompt(data)

    def describe(self, data: AlignedPrompt) -> dict[str, MetadataType]:
        """The header's main entries."""
        header = data.header
        return {
            "backbone": header.backbone.name,
            "parameters": header.shape.parameters,
            "prompt_length": header.shape.length,
            "languages": len(header.languages),
            "steps": header.steps,
            "corpus_fingerprint": header.corpus_fingerprint,
        }


def fingerprint_prompt(prompt: AlignedPrompt) -> str:
    """Hex SHA-256 of a prompt's values and header."""
    return fingerprint_value([fingerprint_tensor(prompt.values), prompt.header.model_dump(mode="json")])
