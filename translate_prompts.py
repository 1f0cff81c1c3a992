"""The name under which prompts are translated: ``zenml pipeline run translate_prompts [-c configs/<name>.yaml]``.

ZenML imports this module and takes it for the pipeline itself, so the module replaces itself by the pipeline.
"""

import sys

from infra.launch import prepare_launch, set_environment

set_environment()
prepare_launch()

from infra.orphans import owner_entry  # noqa: E402 - ZenML must find the environment set
from pipelines.translate_prompts import translate_prompts  # noqa: E402

translate_prompts.configure(extra=owner_entry())
sys.modules[__name__] = translate_prompts  # type: ignore[assignment]  # ZenML's documented import gives the module itself
