"""torchrun without its stack trace: where a process failed, that one has said why, and the run says it again."""

from __future__ import annotations

import sys

from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import main

if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ChildFailedError:
        sys.exit(1)
