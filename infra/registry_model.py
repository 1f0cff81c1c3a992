"""A bundle as a model that MLflow serves: the form in which a version's files are stored."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import mlflow

from crossprompt.bundles.bundle import read_index

BUNDLE = "bundle"
"""The name of the bundle among the model's artifacts, and of its folder there."""
BUNDLE_IN_MODEL = f"artifacts/{BUNDLE}"
_REQUIREMENTS = ("torch", "transformers", "safetensors", "numpy")


def save_model(bundle: Path, folder: Path) -> None:
    """Write the bundle in ``bundle``, a folder of that name, to ``folder`` as an MLflow ``pyfunc``.

    Nothing is pickled: MLflow runs ``bundle_model.py`` when it loads the model, and the bundle is copied as it is.
    """
    index = read_index(bundle)
    mlflow.pyfunc.save_model(
        path=str(folder),
        python_model=str(Path(__file__).with_name("bundle_model.py")),
        artifacts={BUNDLE: str(bundle)},
        pip_requirements=[f"{library}=={version(library)}" for library in _REQUIREMENTS],
        metadata={"fingerprint": index.fingerprint, "languages": list(index.languages)},
    )
