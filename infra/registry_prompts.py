"""Aligned prompts in the model registry: one version per content, beside the models that are served."""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from pathlib import Path

import mlflow
from mlflow.tracking import MlflowClient

from crossprompt.prompts.file import AlignedPrompt, save_prompt
from infra.prompt_model import PROMPT_ARTIFACT
from materializers.prompt import PROMPT_FILE, fingerprint_prompt

CONTENT_TAG = "content_hash"
_REQUIREMENTS = ("torch", "transformers", "safetensors", "numpy")


def register_prompt(prompt: AlignedPrompt, name: str) -> str:
    """Make a version of the registered model ``name`` for ``prompt``, unless one with the same content is there.

    Must be called inside an MLflow run, to which a new model belongs.

    Returns:
        The version that holds the prompt, old or new.
    """
    content = fingerprint_prompt(prompt)
    known = find_version(name, content)
    if known is not None:
        return known
    header = prompt.header
    tags = {
        CONTENT_TAG: content,
        "backbone": header.backbone.name,
        "backbone_fingerprint": header.backbone.fingerprint,
        "corpus_fingerprint": header.corpus_fingerprint,
        "languages": str(len(header.languages)),
        "steps": str(header.steps),
    }
    return str(mlflow.register_model(_log_model(prompt), name, tags=tags).version)


def find_version(name: str, content: str) -> str | None:
    """The version of ``name`` whose content hash is ``content``, if there is one."""
    versions = MlflowClient().search_model_versions(f"name='{name}'")
    return next((str(v.version) for v in versions if v.tags.get(CONTENT_TAG) == content), None)


def _log_model(prompt: AlignedPrompt) -> str:
    """Log the prompt as a model of the active run; its address."""
    with tempfile.TemporaryDirectory(prefix="crossprompt-") as folder:
        file = Path(folder) / PROMPT_FILE
        save_prompt(prompt, file)
        logged = mlflow.pyfunc.log_model(
            name="aligned_prompt",
            python_model=str(Path(__file__).with_name("prompt_model.py")),
            artifacts={PROMPT_ARTIFACT: str(file)},
            pip_requirements=[f"{library}=={version(library)}" for library in _REQUIREMENTS],
            metadata=prompt.header.model_dump(mode="json"),
        )
    address: str = logged.model_uri
    return address
