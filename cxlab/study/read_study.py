"""A study from its folder: study.yml, the table of touchpoints and the files of answers.

Every fault of every file is collected before anything is refused, so that one call lists them all.
"""

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import ROWS_SHOWN, Fault, StudyError, odd_points, warnings_of, wrong_kind
from cxlab.study import sizes
from cxlab.study.codebook.brand import brand_faults
from cxlab.study.codebook.declaration import octal_numbers, read_codebook
from cxlab.study.codebook.faults import prune
from cxlab.study.codebook.own_file import TABLES, Folders, allowing, own_file
from cxlab.study.codebook.schema import Codebook, Responses
from cxlab.study.coded import coded_comments
from cxlab.study.event_log import Source
from cxlab.study.exports.questionnaire import with_questionnaire
from cxlab.study.exports.table import Table, positioned
from cxlab.study.read.answers import Answers
from cxlab.study.read.files import read_table
from cxlab.study.read.journey_table import placed, rows_of
from cxlab.study.read.notes import read_notes
from cxlab.study.read.respondents import (
    faults_of_files,
    read_everything,
    read_parts,
    read_text,
)
from cxlab.study.read_events import event_faults
from cxlab.study.samples import located
from cxlab.study.study import Study

Read = tuple[str, str, int | None]  # file, SHA-256, rows


def read_study(
    path: Path | str, *, allow_outside: Folders = (), file_mb: float | None = None
) -> Study:
    """The study declared in `path`.

    Parameters
    ----------
    path : path or str
        A folder with study.yml, or the file itself. Data files are looked for beside it.
        "sample:aurora" (jatoba, pitanga, quadrante) is a simulated client that comes with cxlab.
    allow_outside : path or list of path
        Other folders in which the files that study.yml names may lie, links followed. Without it
        they are refused there: who sends a study must not choose what else is read.
    file_mb : float, optional
        The megabytes that one file may hold once it is unpacked, instead of 100; at 100 it may
        have 4 million cells and 10,000 columns, and so on in proportion.

    Returns
    -------
    Study
        Warnings are kept in `study.notices`.

    Raises
    ------
    StudyError
        Listing every fault with file, column, rows and value.
    ModelError
        For what is no path.

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> folder = cx.write_study(cx.simulate_study(50, seed=1), tempfile.mkdtemp())
    >>> study = cx.read_study(folder)
    >>> study.n, study.touchpoints["touchpoint"].tolist()[:2]
    (50, ['advertising', 'website'])
    """
    with sizes.at_most(file_mb), allowing(allow_outside):
        study, faults = _load(located(path), "read_study")
    return replace(study, _noticed=warnings_of(faults))


def check_study(
    path: Path | str, *, allow_outside: Folders = (), file_mb: float | None = None
) -> pd.DataFrame:
    """Every fault of the study at `path`; no row means that it is sound.

    Never raises for a bad study, only ModelError for what is no path.

    Parameters
    ----------
    path : path or str
        A folder with study.yml, or the file itself.
    allow_outside : path or list of path
        As in `read_study`.
    file_mb : float, optional
        As in `read_study`.

    Returns
    -------
    DataFrame
        One row a fault, errors before warnings: `severity file column position rows n value
        problem fix`. `position` is that of the column in its file, from 1 (0 where it is not
        known), `rows` are the first five line numbers of the file (header = 1), `n` how many there
        are, `column` is the key where `file` is study.yml or brand.yml.

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> folder = cx.write_study(cx.simulate_study(50, seed=1), tempfile.mkdtemp())
    >>> int((cx.check_study(folder)["severity"] == "error").sum())
    0
    """
    _, faults = checked(path, allow_outside=allow_outside, file_mb=file_mb)
    rows = [
        vars(fault)
        | {"rows": ", ".join(map(str, fault.rows[:ROWS_SHOWN])), "n": len(fault.rows)}
        | {"value": fault.shown_value() if odd_points(fault.value) else fault.value}
        for fault in faults
    ]
    columns = ["severity", "file", "column", "position", "rows", "n", "value", "problem", "fix"]
    return pd.DataFrame(rows, columns=columns)


def checked(
    path: Path | str, *, allow_outside: Folders = (), file_mb: float | None = None
) -> tuple[Study | None, list[Fault]]:
    """The study at `path`, as far as it can be read, and its faults, errors before warnings; the
    arguments are those of `check_study`.
    """
    study = None
    with sizes.at_most(file_mb), allowing(allow_outside):
        try:
            path = located(path)
            study, faults = _load(path, "check_study")
            doubts = (*study.notices, *event_faults(study)) if study else ()
            faults = [*faults, *doubts, *brand_faults(path)]
        except StudyError as error:
            faults = error.faults
    return study, sorted(faults, key=lambda fault: fault.severity)


def read_words(path: Path | str) -> Study:
    """The study at `path` with its labels and its answers as text, uncoded and unchecked: for who
    has read it before and looks for words.

    Raises StudyError where a file cannot be read.
    """
    codebook, tables, _, faults = _files(path)
    if not tables:
        warnings_of(faults)
    return Study(codebook, _answers=Answers(read_text(codebook, tables)))


def read_answers(path: Path | str) -> tuple[Codebook, pd.DataFrame]:
    """The codebook at `path` and every answer as text, also of those whom `include` leaves out: for
    who looks for a respondent's words.

    Raises StudyError where a file cannot be read, or where it is not certain which of its words are
    personal.
    """
    codebook, tables, _, faults = _files(path)
    warnings_of(faults)
    answers, faults = read_everything(codebook, tables)
    warnings_of(faults)
    return codebook, answers


# The keys that say whose a row is, whatever was asked.
_PLACING = ("schema", "client", "responses", "respondent", "wave", "account", "segments")
_PLACING += ("strata", "personal_data", "status", "include", "recode", "dates", "parties", "waves")
# What to write where something else than a path is given.
_INSTEAD = {
    "DataFrame": "Study.from_frame(frame, touchpoints=…, outcomes=…, scales=…)",
    "Study": "the study itself, which has been read (its warnings: study.notices)",
    "list": "[{call}(path) for path in …], one study at a time",
}


_DECIDE = "look at it, correct study.yml where it is wrong, and delete this line"


def _load(path: Path | str, call: str) -> tuple[Study | None, list[Fault]]:
    """The study at `path` as far as it can be read, and every fault that reading it meets."""
    if not isinstance(path, (str, os.PathLike)):
        write = _INSTEAD.get(type(path).__name__, "{call}('data/aurora')").format(call=call)
        raise wrong_kind(call, "the path of a folder with study.yml, or of the file", path, write)
    codebook, tables, sources, faults = _files(path)
    if not tables or len(tables) < len(codebook.responses):
        return None, faults
    answers, found, doubts = read_parts(codebook, tables)
    coded = _coded(path, codebook, tables, sources, faults)
    faults += [
        Fault("not decided yet", "study.yml", "confirm", value=sentence, fix=_DECIDE)
        for sentence in codebook.confirm
    ]
    log, told = _log(codebook, Path(path), sources)
    faults += [*told, *(positioned(fault, tables) for fault in found)]
    held = {"_log": log, "_coded": coded, "_doubts": doubts}
    return Study(codebook, _answers=answers, _sources=tuple(sources), **held), faults


def _log(codebook: Codebook, path: Path, sources: list) -> tuple[Any, list[Fault]]:
    """Where the declared log of contacts lies, which is read when it is needed, and its faults."""
    if codebook.events is None:
        return None, []
    file = read_codebook(path)[1]
    if codebook.events.file is None:
        fix = "name it, such as `events: {file: events.csv}`"
        return None, [Fault("no file is named", file.name, "events", fix=fix)]
    try:
        source = own_file(file.parent, codebook.events.file, "events", file.name)
    except StudyError as error:
        return None, [*error.faults]
    with source.open("rb") as held:
        sources.append((source.name, hashlib.file_digest(held, "sha256").hexdigest(), None))
    return Source(source), []


def _coded(
    path: Path | str,
    codebook: Codebook,
    tables: list[Table],
    sources: list,
    faults: list[Fault],
) -> pd.DataFrame:
    """The codes that coders gave to comments; the files they stand in join `sources`, and what is
    wrong with these `faults`.
    """
    found: dict[str, Table] = {}
    folder = Path(path) if Path(path).is_dir() else Path(path).parent
    for name, comment in codebook.comments.items():
        if comment.codes and comment.codes not in found:
            key = f"comments.{name}.codes"
            try:
                source = own_file(folder, comment.codes, key)
                table = read_table(Responses(file=comment.codes, reader="csv"), source, key)
            except StudyError as error:
                faults.extend(error.faults)
                continue
            found[comment.codes] = table
            sources.append((table.file, table.sha256, len(table.frame)))
    everybody = read_everything(codebook, tables)[0] if found else pd.DataFrame()
    return coded_comments(codebook, found.values(), everybody, faults)


def _files(path: Path | str) -> tuple[Codebook | None, list[Table], list[Read], list[Fault]]:
    """The codebook at `path`, its files of answers as text, where all that came from, and every
    fault found on the way. Without a codebook there are no files, and without files there are
    faults.
    """
    declared, file = read_codebook(Path(path))
    faults = [*octal_numbers(file)]
    sources = [(file.name, hashlib.sha256(file.read_bytes()).hexdigest(), None)]

    def read(spec: Responses, key: str = "responses") -> list[Table]:
        try:
            source = own_file(file.parent, spec.file, key, file.name)
            table = read_table(spec, source, key)
            if held := spec.questionnaire:
                beside = own_file(file.parent, held.file, "questionnaire", file.name)
                table = with_questionnaire(table, beside, held.sheet)
                sources.append((beside.name, hashlib.sha256(beside.read_bytes()).hexdigest(), None))
        except StudyError as error:
            faults.extend(error.faults)
            return []
        sources.append((table.file, table.sha256, len(table.frame)))
        faults.extend(table.notices)
        return [table]

    apart: dict[str, Table] = {}
    for key in TABLES:
        if isinstance(name := declared.get(key), str):
            # Without that table the other keys can still be checked, so that one call lists every
            # fault.
            found = read(Responses(file=name, reader="csv"), key)
            apart |= dict(zip([key], found, strict=False))
            declared[key] = rows_of(apart[key]) if key in apart else []
    notes, written, found = read_notes(file.parent, declared)
    faults += found
    sources += [(name, hashlib.sha256(data).hexdigest(), None) for name, data in written]
    if isinstance(report := declared.setdefault("report", {}), dict):
        given = report.get("notes")
        declared["report"] = report | {"notes": notes | (given if isinstance(given, dict) else {})}
    codebook, found = prune(declared, file.name)
    faults += placed(found, apart)
    if codebook is None:
        known = {key: declared[key] for key in _PLACING if key in declared}
        placing, _ = prune(known, file.name)
        tables = [table for spec in getattr(placing, "responses", ()) for table in read(spec)]
        found = faults_of_files(placing, tables) if tables else []
        return None, [], sources, faults + [positioned(fault, tables) for fault in found]
    if not codebook.responses:
        fix = "add `responses: {file: responses.csv}`"
        faults.append(Fault("no responses are declared", file.name, "responses", fix=fix))
    tables = [table for spec in codebook.responses for table in read(spec)]
    return codebook, tables, sources, faults
