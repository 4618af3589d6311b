"""Runs alone, as a process: one cell in the last corner of a sheet makes calamine abort, and with
it whatever had imported it.

    python calamine_child.py FILE --names       the sheets of a file
    python calamine_child.py FILE SHEET MOST    its cells, at most so many, as JSON
"""

import json
import sys
from contextlib import suppress

from python_calamine import load_workbook

_SECONDS, _BYTES = 30, 2 << 30


def _text(cell: object) -> str:
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def _result(file: str, sheet: str, most: str = "0") -> object:
    book = load_workbook(file)
    if sheet == "--names":
        return list(book.sheet_names)
    cells = book.get_sheet_by_name(sheet)
    count = cells.total_height * cells.total_width
    return {"cells": count} if count > int(most) else cells.to_python(skip_empty_area=False)


def _limit() -> None:
    """What swells or loops is ended, where the system can."""
    with suppress(ImportError, OSError, ValueError):  # Windows, macOS
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))


if __name__ == "__main__":
    _limit()
    try:
        result = _result(*sys.argv[1:])
    except Exception as error:
        sys.exit(str(error).partition("\n")[0] or type(error).__name__)
    json.dump(result, sys.stdout, default=_text)
