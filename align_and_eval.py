"""The name under which the main job is run: ``zenml pipeline run align_and_eval [-c configs/<name>.yaml]``.

ZenML imports this module and takes it for the pipeline itself, so the module replaces itself by the pipeline.
"""

import sys

from infra.launch import prepare_launch, set_environment

set_environment()
prepare_launch()

from infra.orphans import owner_entry  # noqa: E402 - ZenML must find the environment set
from pipelines.align_and_eval import align_and_eval  # noqa: E402

align_and_eval.configure(extra=owner_entry())
sys.modules[__name__] = align_and_eval  # type: ignore[assignment]  # ZenML's documented import gives the module itself
