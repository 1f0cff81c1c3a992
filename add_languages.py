"""The name under which languages are added: ``zenml pipeline run add_languages -c configs/languages.yaml``.

ZenML imports this module and takes it for the pipeline itself, so the module replaces itself by the pipeline.
"""

import sys

from infra.launch import prepare_launch, set_environment

set_environment()
prepare_launch()

from infra.orphans import owner_entry  # noqa: E402 - ZenML must find the environment set
from pipelines.add_languages import add_languages  # noqa: E402

add_languages.configure(extra=owner_entry())
sys.modules[__name__] = add_languages  # type: ignore[assignment]  # ZenML's documented import gives the module itself
