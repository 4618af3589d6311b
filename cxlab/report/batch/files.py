"""A file is replaced in one step, its bytes on the disk before its name is: a reader finds
the old one or the new one, whenever the writer or the machine stops.
"""

import os
from pathlib import Path

PREFIX, SUFFIX = ".cxlab-", ".part"  # of a file that is not yet in place


def replace_text(path: Path, text: str) -> None:
    """Write `text` beside `path`, then put it in place."""
    draft = path.with_name(f"{PREFIX}{path.name}{SUFFIX}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        place(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def place(draft: Path, path: Path) -> None:
    """Put a finished file in place."""
    sync(draft)
    os.replace(draft, path)
    sync(path.parent)


def sync(path: Path) -> None:
    """The bytes of a file, or the names in a folder, are on the disk when this returns."""
    if os.name != "posix" and path.is_dir():
        return  # only there can a folder be opened
    held = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(held)
    finally:
        os.close(held)
