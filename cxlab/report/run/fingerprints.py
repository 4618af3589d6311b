"""Fingerprints of what a report is made from: the study's files, the template, the code and the
packages.

They stand in the manifest, tell `--resume` what has changed, and tell a cluster's worker whether it
would make the same report. No absolute path enters them.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from cxlab.data_files import read_data
from cxlab.study.codebook.brand import brand_files
from cxlab.study.codebook.declaration import read_codebook, strings

PACKAGE = Path(__file__).resolve().parents[2]
# A new version of any of these may change a number, a picture or a word of a report.
VERSIONED = read_data("report.run", "packages.yml")["versioned"]
SOURCES = {".py", ".po", ".yml", ".csv", ".pptx"}
_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


def sha256(path: Path) -> str:
    """Fingerprint of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_sha256(folder: Path, suffixes: set[str] | None = None) -> str:
    """One fingerprint of the names and bytes of every file under `folder` (those with one of
    `suffixes`).
    """
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not _SKIPPED & set(path.parts)
        and (suffixes is None or path.suffix in suffixes)
    ]
    return digest({path.relative_to(folder).as_posix(): sha256(path) for path in files})


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


def study_files(study: Path) -> dict[str, Path]:
    """study.yml and every file that it names (responses, touchpoints, events, brand), by name.

    Any text in it that is the path of a file counts, so that a new key of the study format needs no
    change here. Raises CxlabError where study.yml cannot be read.
    """
    declared, study_yml = read_codebook(study)
    found = {study_yml.name: study_yml}
    for text in strings(declared):
        if not text or len(text) > 1000 or "\n" in text or "\0" in text:
            continue
        path = study_yml.parent / text
        # a question's text as a column name is longer than a file's name may be
        with contextlib.suppress(OSError):
            if path.is_file():
                found[public(text)] = path
    brand = {os.path.relpath(path, study_yml.parent): path for path in brand_files(study)}
    return found | {Path(name).as_posix(): path for name, path in brand.items()}


def study_inputs(study: Path) -> dict[str, str]:
    """The fingerprints of a study's files. Raises CxlabError where study.yml cannot be read."""
    return {name: sha256(path) for name, path in sorted(study_files(study).items())}


def public(value: Any) -> Any:
    """The same parameters without the folders of this machine: of an absolute path only the last
    part stays.
    """
    if isinstance(value, Mapping):
        return {key: public(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [public(item) for item in value]
    for kind in (PurePosixPath, PureWindowsPath):
        if isinstance(value, str) and kind(value).is_absolute():
            return kind(value).name
    return value
