"""The registered form of a champion: an MLflow ``pyfunc`` that understands utterances, so ``mlflow models serve`` runs.

MLflow runs this file when the model is loaded ("models from code"): nothing is pickled; the bundle's folder is among
the model's artifacts.
"""

from pathlib import Path
from typing import Any

import mlflow
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from crossprompt.serving.loading import Champion, load_champion
from crossprompt.serving.query import Query
from crossprompt.serving.records import Utterance
from crossprompt.serving.settings import EngineSettings
from infra.registry_model import BUNDLE

_TOGETHER = 256
"""Utterances that are computed at once; within them, texts of similar length share forwards."""


class BundleModel(PythonModel):
    """Intents and slots of utterances, as ``crossprompt serve`` answers them.

    ``model_config={"backbone": folder, "dtype": "auto"}`` says where the backbone lies, if the name in the bundle is
    not enough, and how it computes.
    """

    champion: Champion

    def load_context(self, context: PythonModelContext) -> None:
        """Load the bundle, and the backbone that it needs.

        Raises:
            BundleError: The bundle is not whole.
            BackboneError: The backbone cannot be found.
            SettingsError: An option that there is not.
        """
        settings = EngineSettings.parse(context.model_config or {}, "model_config")
        self.champion = load_champion(Path(context.artifacts[BUNDLE]), settings)

    def predict(  # type: ignore[override]  # MLflow takes it without a context, and reads the types of the input
        self, model_input: list[Utterance]
    ) -> list[dict[str, Any]]:
        """Understand utterances; see ``crossprompt.serving.records.Prediction`` for what is given.

        Args:
            model_input: Texts, each with or without its locale. Sent to MLflow's server as
                ``{"inputs": [{"text": "..."}]}``.
        """
        queries = [Query(own.text, own.locale) for own in model_input]
        parts = (queries[start : start + _TOGETHER] for start in range(0, len(queries), _TOGETHER))
        return [own.model_dump(mode="json") for part in parts for own in self.champion.engine.answer(part)]


mlflow.models.set_model(BundleModel())
