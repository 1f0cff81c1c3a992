"""GPUs on Kubeflow: a step that asks for some by ``resources.gpu_count`` gets them.

ZenML 0.98 heeds the count only where a node selector names the accelerator, and loses the node selectors of a
configuration while it merges the settings.
"""

from __future__ import annotations

import functools
from typing import Any

from zenml.config import ResourceSettings
from zenml.integrations.kubeflow.flavors import KubeflowOrchestratorFlavor

ACCELERATOR = ("accelerator", "nvidia.com/gpu")
"""The node selector that stands for NVIDIA's GPUs."""
_METHOD = "_configure_container_resources"


def ask_for_gpus() -> None:
    """From now on ZenML's orchestrator for Kubeflow, where it is loaded in this process, takes the count by itself."""
    flavor: Any = KubeflowOrchestratorFlavor
    found = flavor.implementation_class
    if not getattr(found.fget, "asks_for_gpus", False):
        flavor.implementation_class = property(_asking(found.fget))


def _asking(implementation: Any) -> Any:
    @functools.wraps(implementation)
    def asking(flavor: KubeflowOrchestratorFlavor) -> Any:
        orchestrator = implementation(flavor)
        configure = getattr(orchestrator, _METHOD)
        if not hasattr(configure, "__wrapped__"):
            setattr(orchestrator, _METHOD, _counting(configure))
        return orchestrator

    asking.asks_for_gpus = True  # type: ignore[attr-defined]  # a mark, so that it is done once
    return asking


def _counting(configure: Any) -> Any:
    @functools.wraps(configure)
    def counting(own: Any, task: Any, resources: ResourceSettings, selector: tuple[str, str] | None = None) -> Any:
        return configure(own, task, resources, selector or (ACCELERATOR if resources.gpu_count else None))

    return counting
