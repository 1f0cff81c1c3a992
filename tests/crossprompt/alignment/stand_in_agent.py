"""In place of torchrun: a process fails, with the last words of the variable ``WORDS``, or without any.

python -m tests.crossprompt.alignment.stand_in_agent ... FOLDER
"""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    if "WORDS" in os.environ:
        (Path(sys.argv[-1]) / "failure-1.txt").write_text(os.environ["WORDS"], encoding="utf-8")
    sys.exit(1)
