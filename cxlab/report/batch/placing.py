"""One report's files, put in place whole or not at all.

A report is up to four files and its entry in the manifest, and no system renames five files in one
step. So what stands is kept aside first (as hard links, which cost no space), with a note of what
is coming; the manifest's entry is written last and decides. A fault before that is undone at once,
and a run that was killed before it is undone by whoever comes next: what stands is then as it was,
byte for byte. A run that was killed after it has left only the tidying.
"""

import contextlib
import errno
import filecmp
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel

from cxlab.report import Record
from cxlab.report.batch import files, manifest
from cxlab.report.run.fingerprints import digest

KEPT = ".cxlab-kept-"  # followed by the language
_NOTE = "note.json"


class _Note(BaseModel):
    """What is being put in place: names of files that stood and that come, and the digest of the
    entry that the manifest will then have.
    """

    old: list[str]
    new: list[str]
    report: str


def put(
    folder: Path,
    client: str,
    language: str,
    drafts: Mapping[str, Path],
    run: Record,
    report: Record,
) -> None:
    """Move `drafts` (name in `folder` → finished file on the same disk) into place and write
    `report` into the manifest.

    Files that the last report in this language had and this one has not are removed: their numbers
    are of another day. Raises OSError; all is then as it was (where even that fails, `recover`
    makes it so later).
    """
    recover(folder)
    _no_folders(folder, drafts)
    before = manifest.report_in(folder, language).get("files", {})
    named = {name for name in before if _is_file_of(language, name)}
    old = sorted(name for name in named | set(drafts) if (folder / name).is_file())
    kept = folder / f"{KEPT}{language}"
    try:
        kept.mkdir()
        for name in old:
            try:
                os.link(folder / name, kept / name)
            except OSError:  # not every disk has hard links
                shutil.copy2(folder / name, kept / name)
                files.sync(kept / name)
        # From here on there is something to undo, and the note says what.
        note = _Note(old=old, new=sorted(drafts), report=digest(report))
        files.replace_text(kept / _NOTE, note.model_dump_json())
        files.sync(folder)
        for name, draft in drafts.items():
            files.place(draft, folder / name)
        for name in set(old) - set(drafts):
            (folder / name).unlink()
        manifest.note(folder, client, language, run, report)
    except BaseException:  # a stop signal too
        with contextlib.suppress(OSError):
            recover(folder)
        raise
    with contextlib.suppress(OSError):
        _drop(kept)


def recover(folder: Path) -> list[str]:
    """Undo what was put in place halfway in a client's folder; returns the languages. May itself be
    stopped and done again.

    To be called by who holds the lock. Raises OSError where it cannot be done (yet); nothing may be
    written there then.
    """
    undone = []
    for kept in sorted(folder.glob(f"{KEPT}*")):
        language = kept.name.removeprefix(KEPT)
        if kept.is_symlink() or not kept.is_dir():
            raise OSError(
                errno.ENOTDIR,
                f"{folder.name}/{kept.name}: it is not the folder in which cxlab keeps old files;"
                " remove it",
            )
        note = _read_note(kept, language)
        if note and digest(manifest.report_in(folder, language)) != note.report:
            _no_folders(folder, note.old + note.new)
            for name in note.old:
                # One that is not there was moved back already, by a recovery that was stopped.
                if (kept / name).is_file() and not (
                    (folder / name).is_file() and filecmp.cmp(kept / name, folder / name, False)
                ):
                    os.replace(kept / name, folder / name)
            for name in set(note.new) - set(note.old):
                (folder / name).unlink(missing_ok=True)
            files.sync(folder)
            undone.append(language)
        _drop(kept)
    return undone


def unfinished(out: Path) -> list[Path]:
    """The clients' folders in which something was put in place halfway."""
    found = {kept.parent for kept in out.glob(f"*/{KEPT}*")}
    return sorted(folder for folder in found if not folder.is_symlink())


def _drop(kept: Path) -> None:
    """The note goes first, for good: old files that are left over are then never taken for
    something to undo.
    """
    (kept / _NOTE).unlink(missing_ok=True)
    files.sync(kept)
    shutil.rmtree(kept)


def _no_folders(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        if (folder / name).is_dir():
            raise OSError(
                errno.EISDIR,
                f"{folder.name}/{name}: a folder stands where a file of the report belongs; move or"
                " remove it",
            )


def _read_note(kept: Path, language: str) -> _Note | None:
    """None where the killed run had not yet begun to put anything in place."""
    try:
        note = _Note.model_validate_json((kept / _NOTE).read_bytes())
        if all(_is_file_of(language, name) for name in note.old + note.new):
            return note
    except FileNotFoundError:
        return None
    except ValueError:
        pass
    raise OSError(
        errno.EIO,
        f"{kept.parent.name}/{kept.name}: its note cannot be read; move the old files in it back by"
        " hand, then remove it",
    )


def _is_file_of(language: str, name: str) -> bool:
    """Whether a name is that of a report's file in this language, and leads nowhere else."""
    return re.fullmatch(rf"report\.{re.escape(language)}\.\w+", name) is not None
