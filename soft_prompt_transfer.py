"""The name under which soft prompts are measured: ``zenml pipeline run soft_prompt_transfer [-c configs/<name>.yaml]``.

ZenML imports this module and takes it for the pipeline itself, so the module replaces itself by the pipeline.
"""

import sys

from infra.launch import prepare_launch, set_environment

set_environment()
prepare_launch()

from infra.orphans import owner_entry  # noqa: E402 - ZenML must find the environment set
from pipelines.soft_prompt_transfer import soft_prompt_transfer  # noqa: E402

soft_prompt_transfer.configure(extra=owner_entry())
sys.modules[__name__] = soft_prompt_transfer  # type: ignore[assignment]  # ZenML's documented import gives the module itself
