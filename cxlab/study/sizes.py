"""How much a study's files may hold, looked at before they are read.

A file from outside may be damaged, or made to do harm: two megabytes of Parquet that unpack to six
gigabytes, one cell in the last corner of a sheet. So what a file declares is held against limits
first, and what it then turns out to hold while it is read. One number moves all of them: the
megabytes that a file may hold, from which follow its cells, columns and keys.
"""

import contextlib
import math
import os
from collections.abc import Iterator
from contextvars import ContextVar

import yaml

from cxlab.data_files import read_data
from cxlab.errors import Fault, Said, StudyError, said, wrong_kind

FILE_MB = 100.0
# The limit that every process of a report takes over from the one that started it.
CHOSEN = "CXLAB_FILE_MB"
_OF_A_MB = read_data("study", "sizes.yml")
DEPTH = 50  # of lists and mappings, or elements, inside each other
_HERE: ContextVar[float | None] = ContextVar("file_mb", default=None)


def file_mb() -> float:
    """The megabytes that a file may hold here."""
    return _HERE.get() or float(os.environ.get(CHOSEN, FILE_MB))


@contextlib.contextmanager
def at_most(megabytes: float | None) -> Iterator[None]:
    """Read files of up to so many megabytes meanwhile; None leaves the limit as it is."""
    is_number = isinstance(megabytes, (int, float)) and not isinstance(megabytes, bool)
    if megabytes is not None and not (is_number and 0 < megabytes < float("inf")):
        wanted = "as file_mb a number of megabytes above 0"
        raise wrong_kind("read_study", wanted, megabytes, "file_mb=400")
    before = _HERE.set(megabytes or _HERE.get())
    try:
        yield
    finally:
        _HERE.reset(before)


def most(of: str) -> int:
    """How many bytes, cells, columns, … a file may hold here."""
    return int(_OF_A_MB[of] * file_mb())


def check(count: float, of: str, file: str, where: str = "it") -> None:
    """Raise StudyError if the file holds more than it may."""
    if count <= most(of):
        return
    limit = math.ceil(max(2 * file_mb(), 1.1 * count / _OF_A_MB[of]))
    fix = said(
        "leave out what nobody needs, or raise the limit: --file-limit {limit} (file_mb={limit} in"
        " Python)",
        limit=limit,
    )
    unit = of.partition(" of a line")[0]
    problem = said(
        "{where} holds {count:,} {unit} or more; at most {most:,} are read",
        where=where if isinstance(where, Said) else said(where),
        count=int(count),
        unit=said(unit),
        most=most(of),
    )
    raise StudyError(Fault(problem, file, fix=fix))


def check_yaml(text: str, file: str) -> None:
    """Raise StudyError if a YAML file holds too much, counting what its aliases repeat, or one
    thing inside another too deep. What cannot be parsed is left to who reads it.
    """
    open_at, known = [("", 0)], {}  # anchor and size of each list or mapping that is not closed
    with contextlib.suppress(yaml.YAMLError):
        for event in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            anchor, size, problem = getattr(event, "anchor", None), 0, ""
            if isinstance(event, yaml.AliasEvent):
                if anchor in dict(open_at):
                    problem = said("the anchor {anchor} stands inside itself", anchor=anchor)
                anchor, size = None, known.get(anchor, 0)
            elif isinstance(event, yaml.ScalarEvent):
                size = 1
            elif isinstance(event, yaml.CollectionStartEvent):
                open_at.append((anchor, 1))
                if len(open_at) > DEPTH:
                    problem = said(
                        "lists and mappings stand more than {depth} deep in each other", depth=DEPTH
                    )
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, size = open_at.pop()
            if problem:
                row = event.start_mark.line + 1
                raise StudyError(Fault(problem, file, rows=(row,), fix="write it out, and flat"))
            if anchor and size:
                known[anchor] = size
            outer, held = open_at[-1]
            open_at[-1] = outer, held + size
            check(held + size, "keys and values", file)
