"""Settings of what runs beside the pipelines: the dashboards."""

from __future__ import annotations

from pydantic import Field

from crossprompt.settings import Settings


class DashboardSettings(Settings):
    """Where the dashboards listen. A port that is taken is replaced by a free one."""

    host: str = "127.0.0.1"
    """The loopback address by default: the dashboards ask for no password."""
    mlflow_port: int = Field(default=5000, ge=1, le=65535)
    optuna_port: int = Field(default=8080, ge=1, le=65535)
    zenml_port: int = Field(default=8237, ge=1, le=65535)
    start_seconds: float = Field(default=120.0, gt=0)
    """Longest wait for a server's first answer."""
