"""Which files a study may name: those in its own folder.

What others send is read before anybody has looked at it. A name with `..`, an absolute path or a
link would put another client's answers into a report, or a file of this machine; a pipe or a device
would be read without an end.
"""

import contextlib
import json
import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from cxlab.data_files import read_data
from cxlab.errors import Fault, StudyError

# Keys whose rows may stand in a table of their own.
TABLES = ("touchpoints", "actions")
# Keys of brand.yml that name pictures.
LOGOS = "logo", "client_logo"
Folders = Iterable[Path | str] | Path | str
# What every process of a report takes over from the one that started it: the folder that stands for
# the root of the disk where a cluster's worker has copies of the files, and the other folders that
# may be read.
OUTSIDE = "CXLAB_OUTSIDE"
_HERE: ContextVar[tuple[str, ...]] = ContextVar("allow_outside", default=())


@contextlib.contextmanager
def allowing(folders: Folders) -> Iterator[None]:
    """Let studies name files in one or several other folders meanwhile."""
    given = (folders,) if isinstance(folders, (str, os.PathLike)) else folders or ()
    before = _HERE.set((*_HERE.get(), *(str(Path(folder).resolve()) for folder in given)))
    try:
        yield
    finally:
        _HERE.reset(before)


def outside() -> tuple[str, tuple[str, ...]]:
    """What stands for the root of the disk here, "" for itself, and the folders that are
    allowed.
    """
    root, *folders = json.loads(os.environ.get(OUTSIDE, '[""]'))
    return root, (*folders, *_HERE.get())


def under(root: Path | str, path: Path) -> Path:
    """Where the file at an absolute path lies below a folder that stands for the disk's root."""
    return Path(root) / path.relative_to(path.anchor)


def own_file(folder: Path, name: Any, key: str, file: str = "study.yml") -> Path:
    """The file `name` that `key` of a `file` in `folder` declares.

    Raises StudyError where it lies neither there nor in a folder that is allowed, is not there, or
    is no file.
    """
    path, why = Path(folder, str(name)), "missing"
    root, allowed = outside()
    if root and os.path.isabs(str(name)):
        path = under(root, path)
    try:
        # A name that was typed composed may stand decomposed on the disk (macOS).
        forms = (path, Path(unicodedata.normalize("NFD", str(path))))
        path = next((form for form in forms if form.exists()), path)
        real = path.resolve()
        if not any(real.is_relative_to(one) for one in (folder.resolve(), *allowed)):
            why = "outside"
        elif path.is_file():
            return path
        elif path.exists():
            why = "no_file"
        else:  # Python 3.13 says of a loop of links that it does not exist
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                path.stat()
    # a loop of links, a name that no disk can hold, a folder that may not be entered
    except (OSError, RuntimeError, ValueError):
        why = "out_of_reach"
    problem, fix = read_data("study.codebook", "faults.yml")["files"][why]
    raise StudyError(Fault(problem, file, key, (), str(name)[:80], fix))


def named_files(declared: Mapping) -> Iterator[tuple[str, Any]]:
    """Every file that study.yml names: key and name."""
    responses, report = declared.get("responses"), declared.get("report")
    events = declared.get("events")
    for one in responses if isinstance(responses, list) else [responses]:
        if isinstance(one, Mapping) and "file" in one:
            yield "responses", one["file"]
    for key in (*TABLES, "events"):
        if isinstance(declared.get(key), str):
            yield key, declared[key]
    if isinstance(events, Mapping) and "file" in events:
        yield "events", events["file"]
    comments = declared.get("comments")
    for key, one in comments.items() if isinstance(comments, Mapping) else ():
        if isinstance(one, Mapping) and isinstance(one.get("codes"), str):
            yield f"comments.{key}.codes", one["codes"]
    if isinstance(report, Mapping) and report.get("brand") is not None:
        yield "report.brand", report["brand"]
