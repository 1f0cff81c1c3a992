"""The project's home: the folder for what is neither source nor artifact (downloads, checkpoints, the study)."""

from __future__ import annotations

from pathlib import Path

from crossprompt.corpora.sources import home_folder


def project_home() -> Path:
    """``CROSSPROMPT_HOME``, or ``.crossprompt`` in the working folder, as an absolute path; made if missing."""
    home = home_folder()
    home.mkdir(parents=True, exist_ok=True)
    return home
