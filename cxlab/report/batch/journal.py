"""What a batch did, line by line, and the lock that keeps a second one out.

`journal.jsonl` in the reports' folder only grows: one JSON object a line, on the disk before the
next step is taken. A line that a crash tore is skipped by whoever reads it and closed off by
whoever writes next. It is the consultant's; no client is sent it.
"""

import contextlib
import datetime
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cxlab.report import Record
from cxlab.report.messages import refusal

NAME = "journal.jsonl"
LOCK = ".cxlab-lock"


def note(out: Path, event: str, **words: Any) -> None:
    """One line: when, what, and those of these words that say something. A full disk costs the
    line, not the batch.
    """
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    said = {name: word for name, word in words.items() if word not in ("", [])}
    line = json.dumps({"time": now, "event": event, **said}, ensure_ascii=False) + "\n"
    with contextlib.suppress(OSError), (out / NAME).open("ab+") as file:
        file.seek(max(file.tell() - 1, 0))
        if file.read() not in (b"", b"\n"):
            line = "\n" + line  # the last writer was stopped in the middle of a line
        file.write(line.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())


def read(out: Path) -> list[Record]:
    """Every line that is whole."""
    found = []
    with contextlib.suppress(OSError):
        for line in (out / NAME).read_bytes().splitlines():
            with contextlib.suppress(ValueError):
                held = json.loads(line)
                if isinstance(held, dict) and "event" in held:
                    found.append(held)
    return found


@contextlib.contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold the reports' folder alone. Raises ReportError if another run holds it.

    The system gives the lock back when its holder ends, however it ends, so none is ever stale. The
    file stays: to remove it would let two runs hold two different files.
    """
    file = os.open(out / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            _lock(file)
        except OSError:
            held = (out / LOCK).read_text(errors="replace")
            holder = f" (process {held})" if held.isdigit() else ""
            raise refusal(
                f"{out.name}: another run{holder} is writing reports there; wait until it has"
                " ended, or give another --out"
            ) from None
        with contextlib.suppress(OSError):  # who holds it is a courtesy
            os.ftruncate(file, 0)
            os.write(file, str(os.getpid()).encode())
        yield
    finally:
        os.close(file)


def _lock(file: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        os.lseek(file, 1 << 20, os.SEEK_SET)  # beyond the text, which others may then still read
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
