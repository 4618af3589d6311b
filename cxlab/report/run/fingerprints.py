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
from cxlab.errors import StudyError
from cxlab.study.codebook.declaration import read_codebook, read_mapping
from cxlab.study.codebook.own_file import LOGOS, named_files, outside, own_file
from cxlab.study.read.notes import note_files

PACKAGE = Path(__file__).resolve().parents[2]
# A new version of any of these may change a number, a picture or a word of a report.
VERSIONED = read_data("report.run", "packages.yml")["versioned"]
SOURCES = {".py", ".po", ".yml", ".csv", ".html", ".mplstyle", ".pptx"}
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
        and not _SKIPPED & set(path.relative_to(folder).parts)
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


def study_files(study: Path) -> list[Path]:
    """study.yml and every file that it names and that may be read, the brand's logos among them.
    Raises CxlabError where study.yml cannot be read.
    """
    declared, study_yml = read_codebook(study)
    found = [study_yml]
    for key, name in named_files(declared):
        with contextlib.suppress(StudyError):  # which the notebook raises with its other faults
            found.append(own_file(study_yml.parent, name, key))
            if key == "report.brand":
                brand = read_mapping(found[-1], "")
                for logo in (key for key in LOGOS if key in brand):
                    found.append(own_file(found[-1].parent, brand[logo], logo))
    found += [study_yml.parent / name for name in note_files(study_yml.parent, declared)]
    return list(dict.fromkeys(Path(os.path.abspath(path)) for path in found))


def study_inputs(study: Path) -> dict[str, str]:
    """The fingerprints of a study's files, by their names as seen from its folder. Raises
    CxlabError where study.yml cannot be read.
    """
    paths = study_files(study)
    return {_name(path, paths[0].parent): sha256(path) for path in paths}


def _name(path: Path, folder: Path) -> str:
    """A file as seen from the study's folder; from the folder that is allowed, where the way there
    would go through the root of the disk and name the folders of this machine.
    """
    if not {folder, *folder.parents[:-1]} & {*path.parents}:
        for allowed in map(Path, outside()[1]):
            if path.resolve().is_relative_to(allowed):
                return path.resolve().relative_to(allowed.parent).as_posix()
    return Path(os.path.relpath(path, folder)).as_posix()


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
