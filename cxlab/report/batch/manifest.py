"""What a report was made from, written down beside it.

A client who asks in a year "where does this 42 come from?" is answered by `manifest.json`: the
fingerprint of every file read, of the template, of the code and of the packages, the parameters,
the seed and the limits. The same fingerprints tell `--resume` which reports need not be made again.
No absolute path and no personal value enters it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import os
import platform
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from cxlab.study.codebook.declaration import strings

NAME = "manifest.json"
UNDECLARED = "undeclared"  # key of a language's entry: the study no longer declares it
PACKAGE = Path(__file__).resolve().parents[2]
# A new version of any of these may change a number, a picture or a word of a report.
VERSIONED = (
    "babel",
    "contourpy",
    "cssselect2",
    "et-xmlfile",
    "fonttools",
    "ipykernel",
    "jinja2",
    "kiwisolver",
    "lxml",
    "markupsafe",
    "matplotlib",
    "mistune",
    "nbclient",
    "nbconvert",
    "nbformat",
    "numpy",
    "openpyxl",
    "pandas",
    "papermill",
    "patsy",
    "pillow",
    "pyarrow",
    "pydantic",
    "pydyf",
    "pyphen",
    "python-pptx",
    "pyyaml",
    "scipy",
    "seaborn",
    "statsmodels",
    "tinycss2",
    "tinyhtml5",
    "weasyprint",
)
SOURCES = {".py", ".po", ".yml", ".csv"}
_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


def sha256(path: Path) -> str:
    """Fingerprint of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_sha256(folder: Path, suffixes: set[str] | None = None) -> str:
    """One fingerprint of the names and bytes of every file under `folder` (those with one of
    `suffixes`).
    """
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and not _SKIPPED & set(path.parts)
    )
    kept = [path for path in files if suffixes is None or path.suffix in suffixes]
    return digest({path.relative_to(folder).as_posix(): sha256(path) for path in kept})


def digest(value: Any) -> str:
    """Fingerprint of a JSON value; the order of keys does not matter."""
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8")
    ).hexdigest()


@functools.cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a report depends on."""
    found = {"python": platform.python_version()}
    for name in VERSIONED:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


@functools.cache
def code_sha256() -> str:
    """Fingerprint of cxlab's own sources and catalogues; a version number does not change between
    two edits.
    """
    return tree_sha256(PACKAGE, SOURCES)


def study_files(study_yml: Path, declared: Mapping[str, Any]) -> dict[str, str]:
    """Fingerprints of study.yml and of every file that it names: responses, touchpoints, events,
    brand.

    Any text in it that is the path of a file counts, so that a new key of the study format needs no
    change here.
    """
    found = {study_yml.name: sha256(study_yml)}
    for text in strings(declared):
        if not text or len(text) > 1000 or "\n" in text or "\0" in text:
            continue
        path = study_yml.parent / text
        # a question's text as a column name is longer than a file's name may be
        with contextlib.suppress(OSError):
            if path.is_file():
                found[public(text)] = sha256(path)
    return dict(sorted(found.items()))


def public(value: Any) -> Any:
    """The same parameters without the folders of this machine: of an absolute path only the last
    part stays.
    """
    if isinstance(value, Mapping):
        return {key: public(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [public(item) for item in value]
    if isinstance(value, str):
        for kind in (PurePosixPath, PureWindowsPath):
            if kind(value).is_absolute():
                return kind(value).name
    return value


def read(folder: Path) -> dict[str, Any]:
    """The manifest in a client's folder; empty where there is none, or where it cannot be read (the
    reports are then made again).

    The same of an entry: what in it is not what `note` writes is left out.
    """
    try:
        held = json.loads((folder / NAME).read_text(encoding="utf-8"))
        digest(held)  # half a surrogate pair can be read, and not be written again
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(held, dict) or not isinstance(held.get("languages"), dict):
        return {}
    return {
        **held,
        "languages": {
            language: _sound(entry)
            for language, entry in held["languages"].items()
            if isinstance(entry, dict)
        },
    }


def _sound(entry: Mapping[str, Any]) -> dict[str, Any]:
    entry = {
        key: value
        for key, value in entry.items()
        if key not in ("last_run", "report") or isinstance(value, dict)
    }
    if not isinstance(entry.get("report", {}).get("files", {}), dict):
        del entry["report"]
    return entry


def write(folder: Path, held: Mapping[str, Any]) -> None:
    """Replace a client's manifest, whole or not at all."""
    replace_text(
        folder / NAME, json.dumps(held, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    )


def replace_text(path: Path, text: str) -> None:
    """Write `text` beside `path`, then put it in place in one step."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".cxlab-", suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        draft.chmod(0o644)  # mkstemp's 0600 would hide a shared folder's reports from colleagues
        place(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def place(draft: Path, path: Path) -> None:
    """Put a finished file in place: its bytes are on the disk before its name is."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
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


def is_current(folder: Path, language: str, inputs: str) -> bool:
    """Whether the report that stands in `folder` was made from these inputs and is still the file
    that was written.
    """
    report = read(folder).get("languages", {}).get(language, {}).get("report")
    if (
        not isinstance(report, dict)
        or report.get("inputs") != inputs
        or not isinstance(report.get("files"), dict)
        or not report["files"]
    ):
        return False
    files = {folder / Path(name).name: fingerprint for name, fingerprint in report["files"].items()}
    return all(
        file.is_file() and sha256(file) == fingerprint for file, fingerprint in files.items()
    )


def note(
    folder: Path,
    client: str,
    language: str,
    run: Mapping[str, Any],
    report: Mapping[str, Any] | None,
) -> None:
    """Write down one run. A failed run leaves the entry of the report that still stands untouched,
    and says nothing on whose it is.
    """
    held = read(folder) or {"languages": {}}
    if report is not None or not any(entry.get("report") for entry in held["languages"].values()):
        held["client"] = client
    entry = held["languages"].setdefault(language, {})
    entry["last_run"] = dict(run)
    if report is not None:
        entry["report"] = dict(report)
        entry.pop(UNDECLARED, None)
    write(folder, held)


def standing(folder: Path, held: Mapping[str, Any]) -> dict[str, list[str]]:
    """The files that a manifest names and that are there, by language; languages of which nothing
    is there are left out.
    """
    named = {
        language: (entry.get("report") or {}).get("files") or {}
        for language, entry in held.get("languages", {}).items()
    }
    found = {
        language: [name for name in files if (folder / Path(name).name).is_file()]
        for language, files in named.items()
    }
    return {language: files for language, files in found.items() if files}


def declare(folder: Path, languages: Collection[str]) -> None:
    """Mark the reports in languages that the study declares no longer, and forget those of which no
    file is left.
    """
    held = read(folder)
    stand, entries = standing(folder, held), {}
    for language, entry in held.get("languages", {}).items():
        entry = {key: value for key, value in entry.items() if key != UNDECLARED}
        if language in languages:
            entries[language] = entry
        elif language in stand:
            entries[language] = {**entry, UNDECLARED: True}
    if entries != held.get("languages", {}):
        write(folder, {**held, "languages": entries})
