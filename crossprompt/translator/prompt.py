"""The prompt encoder and the prompt translator (paper 003, sections III-A and III-B)."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from crossprompt.prompts.soft import SoftPrompt, SoftTable
from crossprompt.training.randomness import seeded_torch
from crossprompt.translator.settings import ContenderSettings, PromptEncoderSettings, TranslatorSettings
from crossprompt.trials.soft import MakePrompt

FEED_FORWARD = 2
"""Width of a Transformer translator's inner layer in widths of the model, as of the linear one's."""


class EncodedPrompt(nn.Module):
    """Trained vectors through a bidirectional LSTM and an MLP; what comes out is the prompt."""

    def __init__(self, length: int, width: int, settings: PromptEncoderSettings) -> None:
        """Draw everything from torch's own generator."""
        super().__init__()
        self.vectors = nn.Parameter(torch.randn(length, width) * settings.init_std)
        self.lstm: nn.LSTM | None = None
        if settings.kind == "lstm":
            self.lstm = nn.LSTM(width, width // 2, settings.layers, bidirectional=True)
            self.mlp = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))

    def forward(self) -> Tensor:
        """``[length, width]``."""
        if self.lstm is None:
            return self.vectors
        states, _ = self.lstm(self.vectors)
        prompt: Tensor = self.mlp(states)
        return prompt


class LstmTranslator(nn.Module):
    """A bidirectional LSTM whose two directions have half the width each."""

    def __init__(self, width: int, layers: int) -> None:
        """Draw the weights from torch's own generator."""
        super().__init__()
        self.lstm = nn.LSTM(width, width // 2, layers, bidirectional=True)

    def forward(self, prompt: Tensor) -> Tensor:
        """From ``[length, width]`` to the same."""
        states, _ = self.lstm(prompt)
        translated: Tensor = states
        return translated


def make_translator(width: int, settings: TranslatorSettings) -> nn.Module:
    """A module from ``[length, width]`` to the same, drawn from torch's own generator.

    Raises:
        ValueError: The kind is no translator, or the heads of a Transformer don't divide the width.
    """
    if settings.kind == "linear":
        if settings.layers == 1:
            return nn.Linear(width, width)
        return nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
    if settings.kind == "lstm":
        return LstmTranslator(width, settings.layers)
    if settings.kind != "transformer":
        raise ValueError(f"{settings.kind!r} is no translator: there are linear, lstm and transformer")
    if width % settings.heads:
        raise ValueError(f"translator.heads: {settings.heads} heads don't divide a width of {width}")
    layer = nn.TransformerEncoderLayer(width, settings.heads, FEED_FORWARD * width, dropout=0.0)
    return nn.TransformerEncoder(layer, settings.layers, enable_nested_tensor=False)


class TranslatedPrompt(SoftPrompt):
    """The English prompt and, behind it in the table, the other languages'.

    Attributes:
        length: Soft tokens of each.
    """

    def __init__(
        self, length: int, width: int, encoder: PromptEncoderSettings, translator: TranslatorSettings | None
    ) -> None:
        """Draw everything from torch's own generator.

        Args:
            length: Soft tokens of each prompt.
            width: Of the backbone.
            encoder: Makes the English prompt.
            translator: Makes the other languages'; None: they have the English one.
        """
        super().__init__()
        self.length = length
        self.source = EncodedPrompt(length, width, encoder)
        self.target: nn.Module | None = None
        self._translates = translator is not None and translator.kind not in ("own", "shared")
        if translator is not None and translator.kind == "own":
            self.target = EncodedPrompt(length, width, encoder)
        elif translator is not None and self._translates:
            self.target = make_translator(width, translator)

    @property
    def tokens(self) -> int:
        """Rows of the table."""
        return self.length * (1 if self.target is None else 2)

    def forward(self, generator: torch.Generator | None = None) -> Tensor:
        """``[tokens, width]``: the English prompt, then the other languages' if they have another; no dropout."""
        source: Tensor = self.source()
        if self.target is None:
            return source
        return torch.cat([source, self.target(source) if self._translates else self.target()])


def prompt_maker(settings: ContenderSettings, width: int) -> MakePrompt:
    """Draws a fresh prompt for a contender; for templates one without soft tokens."""
    if settings.method == "templates":
        return lambda _: SoftTable(torch.zeros(0, width))
    translator = settings.translator if settings.method == "translator" else None
    return partial(_draw, settings.length, width, settings.prompt_encoder, translator)


def _draw(
    length: int,
    width: int,
    encoder: PromptEncoderSettings,
    translator: TranslatorSettings | None,
    generator: torch.Generator,
) -> TranslatedPrompt:
    """Layers draw from torch's own generator, so that is seeded from ``generator``."""
    seed = int(torch.randint(1 << 62, (), generator=generator))
    with seeded_torch(seed, "prompt modules"):
        return TranslatedPrompt(length, width, encoder, translator)
