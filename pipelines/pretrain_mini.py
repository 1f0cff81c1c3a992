"""The recipe of our own backbones, encoders and decoders: text, tokenizer, model, judgement on dev sets, card."""

from __future__ import annotations

from pipelines.pretraining_plan import Pretraining, make_pretraining_plan
from pipelines.sections import laid_out_from
from steps.describe_backbone import describe_backbone
from steps.ingest_dialogues import ingest_dialogues
from steps.ingest_sentences import ingest_sentences
from steps.ingest_utterances import ingest_utterances
from steps.judge_backbone import judge_backbone
from steps.judge_decoder import judge_decoder
from steps.pretrain_model import pretrain_model
from steps.train_tokenizer import train_tokenizer


@laid_out_from(Pretraining)
def pretrain_mini(pretraining: Pretraining) -> None:
    """Run the recipe.

    Raises:
        PretrainingTextError: A corpus may not be trained on.
    """
    plan = make_pretraining_plan(pretraining)
    settings, corpora = pretraining.settings(), pretraining.corpora()

    utterances, _, summary = plan.utterances(ingest_utterances)()
    tables, summaries = {}, [summary]
    if plan.dialogues is not None:
        tables["dialogues"], _, summary = plan.dialogues(ingest_dialogues)()
        summaries.append(summary)
    if plan.sentences is not None:
        tables["sentences"], _, summary = plan.sentences(ingest_sentences)()
        summaries.append(summary)

    is_encoder, judging = pretraining.model.kind == "encoder", pretraining.judge
    tokenizer = train_tokenizer(
        utterances,
        pretraining.vocabulary,
        pretraining.model.max_tokens,
        settings.training.seed,
        corpora,
        closing=is_encoder,
        **tables,
    )
    backbone, curve = pretrain_model(utterances, tokenizer, settings, corpora, **tables)
    judged = {}
    if judging.enabled and is_encoder:
        judged["judgement"] = judge_backbone(utterances, backbone, judging)
    elif judging.enabled:
        judged["decoder_judgement"] = judge_decoder(utterances, backbone, judging.loss_utterances)
    describe_backbone(backbone, pretraining.package, settings, summaries, curve, **judged)
