"""Optuna's dashboard on the database that an environment variable names: ``python -m infra.study_dashboard``.

Optuna's own program takes the address on its command line, where everybody on the machine can read the password in it.
All its options are passed on.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points

ADDRESS = "CROSSPROMPT_STUDY"
"""The environment variable with the SQLAlchemy address of the studies."""


def main(options: list[str]) -> None:
    """Serve until the process is told to stop.

    Args:
        options: Of the program ``optuna-dashboard``.
    """
    address = os.environ.pop(ADDRESS, "")
    if not address:
        sys.exit(f"Error: put the address of the studies' database into the environment variable {ADDRESS}")
    (program,) = entry_points(group="console_scripts", name="optuna-dashboard")
    sys.argv = [program.name, address, *options]
    program.load()()


if __name__ == "__main__":
    main(sys.argv[1:])
