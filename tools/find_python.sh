#!/usr/bin/env bash
# Prints the path of a Python that can carry the project (3.11 to 3.13, with venv, SQLite and TLS), or says why there is none.
# PYTHON=/path/to/python overrides the search.
set -euo pipefail

probe='
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit("is Python %d.%d" % sys.version_info[:2])
for module in ("venv", "sqlite3", "ssl", "lzma", "bz2", "ctypes"):
    try:
        __import__(module)
    except ImportError:
        sys.exit("lacks the module " + module)
from importlib.util import find_spec
if not (find_spec("ensurepip") or find_spec("pip")):
    sys.exit("has neither ensurepip nor pip (on Debian and Ubuntu: apt-get install python3-venv)")
print(getattr(sys, "_base_executable", sys.executable))
'

refused=()
candidates=(python3.11 python3.12 python3.13 python3 python /usr/bin/python3 "${HOME:-/root}"/.pyenv/versions/3.1[123].*/bin/python3)
if [ -n "${PYTHON:-}" ]; then candidates=("$PYTHON"); fi
for candidate in "${candidates[@]}"; do
    if ! command -v "$candidate" >/dev/null 2>&1; then continue; fi
    if answer=$("$candidate" -I -c "$probe" 2>&1); then
        printf '%s\n' "$answer"
        exit 0
    fi
    refused+=("  $candidate: ${answer%%$'\n'*}")
done

{
    echo "CrossPrompt needs Python 3.11, 3.12 or 3.13 and found none. Install one, or name it: make setup PYTHON=/path/to/python3.11"
    if [ "${#refused[@]}" -gt 0 ]; then printf '%s\n' "${refused[@]}"; fi
} >&2
exit 1
