"""The name under which a corpus is built: ``zenml pipeline run build_corpus [-c configs/<name>.yaml]``.

ZenML imports this module and takes it for the pipeline itself, so the module replaces itself by the pipeline.
"""

import sys

from infra.launch import prepare_launch, set_environment

set_environment()
prepare_launch()

from infra.orphans import owner_entry  # noqa: E402 - ZenML must find the environment set
from pipelines.build_corpus import build_corpus  # noqa: E402

build_corpus.configure(extra=owner_entry())
sys.modules[__name__] = build_corpus  # type: ignore[assignment]  # ZenML's documented import gives the module itself
