"""The registered form of an aligned prompt: an MLflow ``pyfunc`` that turns texts into sentence vectors.

MLflow runs this file when the model is loaded ("models from code"): nothing is pickled; the prompt itself is the
safetensors file among the model's artifacts.
"""

from typing import Any

import mlflow
import torch
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.prompts.file import AlignedPrompt, load_prompt

PROMPT_ARTIFACT = "prompt"
_BATCH = 32


class AlignedPromptModel(PythonModel):
    """Sentence vectors of a frozen backbone under an aligned prompt.

    ``model_config={"backbone": folder}`` says where the backbone lies, if the name in the header is not enough.
    """

    prompt: AlignedPrompt
    backbone: Backbone

    def load_context(self, context: PythonModelContext) -> None:
        """Load the prompt and the backbone it was learned on.

        Raises:
            BackboneError: The backbone cannot be found.
            PromptFileError: It is another one.
        """
        self.prompt = load_prompt(context.artifacts[PROMPT_ARTIFACT])
        own = self.prompt.header.backbone
        name = (context.model_config or {}).get("backbone", own.name)
        self.backbone = load_backbone(BackboneSettings(name=name, revision=own.revision, dtype="float32"))
        self.prompt.check_fits(self.backbone.identity, self.backbone.prompt_shape(self.prompt.header.shape.length))

    def predict(
        self, context: PythonModelContext, model_input: list[str], params: dict[str, Any] | None = None
    ) -> list[list[float]]:
        """The last hidden state of ``<s>`` for each text: a list of ``width`` numbers each.

        Args:
            context: MLflow's; not needed any more.
            model_input: The texts.
            params: None are known.
        """
        starts = range(0, len(model_input), _BATCH)
        return [vector for start in starts for vector in self._encode(model_input[start : start + _BATCH])]

    @torch.no_grad()
    def _encode(self, texts: list[str]) -> list[list[float]]:
        batch = self.backbone.tokenizer.batch(texts).to(self.backbone.device)
        prompt = self.prompt.values.to(self.backbone.device)
        hidden = self.backbone.encode(batch.input_ids, batch.attention_mask, prompt)
        vectors: list[list[float]] = hidden[:, 0].float().tolist()
        return vectors


mlflow.models.set_model(AlignedPromptModel())
