"""The recipe of our own backbones, encoders and decoders: text, tokenizer, model, judgement on dev sets, card."""

from __future__ import annotations

from zenml import pipeline
from zenml.enums import ExecutionMode

from pipelines.plan import Section
from pipelines.pretraining_plan import Pretraining, make_pretraining_plan
from steps.describe_backbone import describe_backbone
from steps.ingest_dialogues import ingest_dialogues
from steps.ingest_sentences import ingest_sentences
from steps.ingest_utterances import ingest_utterances
from steps.judge_backbone import judge_backbone
from steps.judge_decoder import judge_decoder
from steps.pretrain_model import pretrain_model
from steps.train_tokenizer import train_tokenizer


@pipeline(name="pretrain_mini", execution_mode=ExecutionMode.FAIL_FAST)
def pretrain_mini(
    text: Section = None,
    vocabulary: Section = None,
    model: Section = None,
    objectives: Section = None,
    training: Section = None,
    judge: Section = None,
    package: Section = None,
    data_root: str | None = None,
) -> None:
    """Run the recipe. Each section of the configuration is a mapping; None means its defaults.

    Raises:
        SettingsError: A section is wrong; the message names the field and its valid values.
        PretrainingTextError: A corpus may not be trained on.
    """
    pretraining = Pretraining.from_sections(
        text=text,
        vocabulary=vocabulary,
        model=model,
        objectives=objectives,
        training=training,
        judge=judge,
        package=package,
        data_root=data_root,
    )
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
