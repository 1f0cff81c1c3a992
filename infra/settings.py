"""Settings of what runs beside the pipelines: the dashboards."""

from __future__ import annotations

from pydantic import Field

from crossprompt.settings import Settings

STUDY_FILES = "study-artifacts"
"""Folder in the project's home for the files that studies name; ``infra.study_notes`` fills it."""


class DashboardSettings(Settings):
    """Where the dashboards and their page listen. A port that is taken is replaced by a free one."""

    host: str = "127.0.0.1"
    """The loopback address by default: the dashboards ask for no password."""
    page_port: int = Field(default=8230, ge=1, le=65535)
    mlflow_port: int = Field(default=5000, ge=1, le=65535)
    optuna_port: int = Field(default=8080, ge=1, le=65535)
    zenml_port: int = Field(default=8237, ge=1, le=65535)
    start_seconds: float = Field(default=120.0, gt=0)
    """Longest wait for a server's first answer."""
    refresh_seconds: float = Field(default=5.0, ge=0.5)
    """How often the page asks each server whether it is well."""
