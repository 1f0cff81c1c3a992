"""The corpus factory: dialogues into any language, checked, mended by the next engine, published as Parquet."""

from __future__ import annotations

from typing import Any

from zenml import pipeline
from zenml.enums import ExecutionMode

from infra.tracker import tracking_options
from pipelines.corpus_plan import CorpusJob, make_corpus_plan
from pipelines.plan import Section
from steps.ingest_dialogues import ingest_dialogues
from steps.measure_meaning import measure_meaning
from steps.package_language import package_language
from steps.publish_corpus import publish_corpus
from steps.retranslate import retranslate
from steps.translate_shard import translate_shard
from steps.validate_language import validate_language


@pipeline(name="build_corpus", execution_mode=ExecutionMode.FAIL_FAST)
def build_corpus(
    dialogues: Section = None,
    factory: Section = None,
    production: Section = None,
    validation: Section = None,
    meaning: Section = None,
    publishing: Section = None,
    data_root: str | None = None,
) -> None:
    """Run the factory. Each section of the configuration is a mapping; None means its defaults, of ``meaning`` none.

    Raises:
        SettingsError: A section is wrong; the message names the field and its valid values.
        MeaningError: The prompt of the screening is missing, or another backbone's.
    """
    job = CorpusJob.from_sections(
        dialogues=dialogues,
        factory=factory,
        production=production,
        validation=validation,
        meaning=meaning,
        publishing=publishing,
        data_root=data_root,
    )
    plan = make_corpus_plan(job)
    english, _, summary = plan.dialogues(ingest_dialogues)()
    wanted = list(job.factory.splits)

    published, screened = [], []
    for language in plan.languages:
        name, replaced = language.locale, None
        translate = language.translation(translate_shard)
        shards = [translate(english, shard=shard, id=f"translate_{name}_{shard}")[0] for shard in plan.shards]
        found = validate_language(english, shards, name, language.validation, wanted, id=f"validate_{name}")
        for round_ in range(1, language.rounds + 1):
            anew = language.retranslation(retranslate)
            replaced, _ = anew(english, found[1], before=replaced, id=f"retranslate_{name}_{round_}")
            found = validate_language(
                english, shards, name, language.validation, wanted, replaced, id=f"validate_{name}_{round_}"
            )
        accepted, refused, verdict, page = found
        if plan.meaning is not None:
            screened.append(plan.meaning(measure_meaning)(accepted, verdict, id=f"measure_meaning_{name}"))
        files, facts = package_language(
            accepted, refused, verdict, job.publishing.files, replaced, id=f"package_{name}"
        )
        published.append((files, facts, verdict, page))

    screening: dict[str, Any] = {} if job.meaning is None else {"meanings": screened, "floor": job.meaning.floor}
    parts, languages, verdicts, pages = (list(column) for column in zip(*published, strict=True))
    publish_corpus.with_options(**tracking_options(job.publishing.experiment))(
        source=summary,
        parts=parts,
        languages=languages,
        verdicts=verdicts,
        pages=pages,
        origin=plan.origin,
        failed_locale=job.validation.failed_locale,
        settings=job.publishing,
        configuration=job.shown(),
        **screening,
    )
