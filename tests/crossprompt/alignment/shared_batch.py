"""A batch of a few dozen pairs that processes can share, and a prompt to learn on it."""

from crossprompt.alignment.batches import AlignmentBatch, BatchPlan
from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.alignment.tokens import tokenize_texts
from crossprompt.backbones.encoder import Backbone
from crossprompt.prompts.deep import DeepPrompt
from crossprompt.prompts.settings import PromptSettings
from crossprompt.training.randomness import torch_generator
from tests.crossprompt.alignment.corpora import make_dialogues, make_translations

PAIRS = 48
STEP = 1


def settings_of(**changes) -> AlignmentSettings:
    values = {
        "batch_size": PAIRS,
        "prompt": PromptSettings(length=3, dropout=0.1),
        "mlm_weight": 0.7,
        "contrastive_weight": 1.3,
        "monolingual_share": 0.15,
        "processes": 2,
        "gathered_negatives": True,
    }
    return AlignmentSettings(**{**values, **changes})


def a_batch(backbone: Backbone) -> AlignmentBatch:
    settings = settings_of()
    corpus = build_parallel_corpus(make_dialogues(40), make_translations(30), None, settings)
    tokenizer = backbone.tokenizer
    return BatchPlan(corpus, tokenize_texts(corpus.texts, tokenizer), tokenizer, settings).batch(STEP)


def a_prompt(backbone: Backbone) -> DeepPrompt:
    settings = settings_of().prompt
    return DeepPrompt.fresh(backbone.prompt_shape(settings.length), settings, torch_generator(0, "prompt"))
