"""The corpus factory: dialogues into any language, checked, mended by the next engine, published as Parquet."""

from __future__ import annotations

from typing import Any

from infra.tracker import tracking_options
from pipelines.checked_languages import checked_languages
from pipelines.corpus_plan import CorpusJob, make_corpus_plan
from pipelines.sections import laid_out_from
from steps.ingest_dialogues import ingest_dialogues
from steps.measure_meaning import measure_meaning
from steps.package_language import package_language
from steps.publish_corpus import publish_corpus


@laid_out_from(CorpusJob)
def build_corpus(job: CorpusJob) -> None:
    """Run the factory; without a section ``meaning`` nothing is screened.

    Raises:
        MeaningError: The prompt of the screening is missing, or another backbone's.
    """
    plan = make_corpus_plan(job)
    english, _, summary = plan.dialogues(ingest_dialogues)()
    published, screened = [], []
    for language in checked_languages(plan, english):
        name, verdict = language.locale, language.verdict
        if plan.meaning is not None:
            screened.append(plan.meaning(measure_meaning)(language.accepted, verdict, id=f"measure_meaning_{name}"))
        files, facts = package_language(
            language.accepted, language.refused, verdict, job.publishing.files, language.replaced, id=f"package_{name}"
        )
        published.append((files, facts, verdict, language.page))

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
