"""Lines of tab-separated files that don't quote: fields are what stands between tabs, quotation marks are text."""

from __future__ import annotations

from pathlib import Path

from crossprompt.corpora.quarantine import BadRecordError, Reason


def read_lines(file: Path) -> list[str]:
    """The lines of ``file``; only ``\\n`` and ``\\r\\n`` end a line.

    Raises:
        BadRecordError: The file is no UTF-8.
    """
    try:
        lines = file.read_bytes().decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise BadRecordError(Reason.UNREADABLE_FILE, f"the file is no UTF-8: {error}") from error
    return [line.rstrip("\r") for line in (lines if lines[-1].strip() else lines[:-1])]


def split_line(line: str, fields: int) -> list[str]:
    """The ``fields`` fields of a line, without blanks around them.

    Raises:
        BadRecordError: There are more or fewer.
    """
    found = [field.strip() for field in line.split("\t")]
    if len(found) != fields:
        raise BadRecordError(Reason.BAD_ROW, f"{len(found)} fields; {fields} are expected")
    return found
