"""What a consultant writes on a section of the report: `notes/<section>.<language>.md` beside
study.yml, files of the study like its answers.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from cxlab.errors import Fault, StudyError, said
from cxlab.languages import LANGUAGES
from cxlab.study.codebook.own_file import own_file
from cxlab.study.exports.encodings import decoded

FOLDER = "notes"
_MOST = 20_000  # characters of a note
_NAMED = re.compile(rf"(\w+)\.({'|'.join(LANGUAGES)})\.md")
Notes = dict[str, dict[str, str]]


def note_files(folder: Path, declared: Mapping) -> list[str]:
    """The notes of a study in a folder, by their paths as seen from there."""
    report = declared.get("report")
    name = report.get("notes", FOLDER) if isinstance(report, Mapping) else FOLDER
    held = Path(folder, name) if isinstance(name, str) else None
    if held is None or not held.is_dir():
        return []
    return [f"{name}/{one.name}" for one in sorted(held.iterdir()) if one.suffix == ".md"]


def read_notes(
    folder: Path, declared: Mapping
) -> tuple[Notes, list[tuple[str, bytes]], list[Fault]]:
    """The text of each note by section and language, the bytes of each file, and every fault."""
    notes: Notes = {}
    files, faults = [], []
    names, report = note_files(folder, declared), declared.get("report")
    if isinstance(report, Mapping) and isinstance(report.get("notes"), str) and not names:
        fix = "put notes there, such as gaps.en.md, or take the key out"
        faults.append(Fault("there is no note in it", "study.yml", "report.notes", fix=fix))
    for name in names:
        try:
            (section, language), data, text, told = _read(folder, name)
        except StudyError as error:
            faults += error.faults
        else:
            files.append((name, data))
            faults += told
            notes.setdefault(section, {})[language] = text
    return notes, files, faults


def _read(folder: Path, name: str) -> tuple[tuple[str, ...], bytes, str, Iterable[Fault]]:
    """Section and language of a note, its bytes, its text and what is said of it."""
    if not (named := _NAMED.fullmatch(Path(name).name)):
        fix = said(
            "name it <section>.<language>.md, such as gaps.{language}.md",
            language=next(iter(LANGUAGES)),
        )
        raise StudyError(Fault("the name tells no section and language", name, fix=fix))
    data = own_file(folder, name, "report.notes").read_bytes()
    text, _, told = decoded(data, name, None)
    if len(text) > _MOST:
        problem = said("a note of {n} characters is no comment on a section", n=len(text))
        raise StudyError(Fault(problem, name, fix="shorten it"))
    return named.groups(), data, text, told
