"""A folder with a first study.yml, from the files that a survey tool gave.

Nothing is overwritten, and on an error nothing is written: the files are made elsewhere first.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError, Fault, StudyError, said, wrong_kind
from cxlab.exports.page import in_words, key_in_words, page
from cxlab.show.words.faults import said_in
from cxlab.show.words.wording import Wording, Words, explain
from cxlab.study.codebook.row_keys import Questionnaire, Responses
from cxlab.study.exports.codebook_sheet import (
    is_codebook_name,
    of_codebook,
    with_legend,
)
from cxlab.study.exports.draft.columns import seen
from cxlab.study.exports.draft.draft import Draft, Wave, corrected, guess_columns, nothing_rated
from cxlab.study.exports.draft.guesses import few, short
from cxlab.study.exports.draft.matching import renamed
from cxlab.study.exports.draft.write import NOTE, study_yml, to_confirm, touchpoints_csv
from cxlab.study.exports.forms import form_of
from cxlab.study.exports.headers import folded
from cxlab.study.exports.questionnaire import SHEETS, with_questionnaire
from cxlab.study.exports.routing import with_routing
from cxlab.study.exports.table import Table
from cxlab.study.read.files import read_table
from cxlab.study.samples import located

Paths = Path | str | Sequence[Path | str]


def draft_study(
    export: Paths, out: Path | str, *, language: str = "en", encoding: str | None = None
) -> pd.DataFrame:
    """Write study.yml, touchpoints.csv and draft.html, as far as an export tells what they hold.

    Parameters
    ----------
    export : path or str, or a list of them
        The file of a survey tool; several are waves, the last one the latest.
    out : path or str
        A folder, made where it is not there. It may hold the export, but none of the files that
        are written; an export that lies elsewhere is copied into it.
    language : str
        A language of reports, such as "es": of what a person reads and decides, whatever the
        survey speaks.
    encoding : str, optional
        Of a text file, such as "cp949"; told from the bytes unless given.

    Returns
    -------
    DataFrame
        One row a column: key (of study.yml, "" for none), column, value, reason, confidence (0–1).

    Raises
    ------
    StudyError
        For a file that cannot be read, one in which nothing is rated, and where a file would be
        overwritten.

    Notes
    -----
    Guesses below .9, every reason for a missing rating and the direction of every scale stand
    under `confirm:` in study.yml, which `cxlab check` refuses until a person has deleted them.

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> folder = cx.write_study(cx.simulate_study(60, seed=1), tempfile.mkdtemp())
    >>> table = cx.exports.draft_study(folder / "responses.csv", tempfile.mkdtemp())
    >>> table[["column", "key"]].head(2).values.tolist()
    [['id', 'respondent'], ['channel', 'segments']]
    """
    drafted = guess_export(export, encoding=encoding)
    write_draft(drafted, out, language=language)
    rows = []
    for each in drafted.guesses:
        value = in_words(each, Wording(language)).partition(", ")[2]
        reason = said_in(each.reason, language)
        rows.append((each.key, each.column, value, reason, each.confidence))
    return pd.DataFrame(rows, columns=["key", "column", "value", "reason", "confidence"])


def told(
    export: Paths, out: Path | str, language: str, encoding: str | None = None
) -> tuple[int, str]:
    """What the command says, and its exit code."""
    _ = Wording(language)
    try:
        guesses = draft_study(export, out, language=language, encoding=encoding)
    except CxlabError as error:
        return 1, f"cxlab: {explain(error, _)}"
    lines = []
    for key, names in guesses.groupby("key", sort=False)["column"]:
        some = said_in(few([name[:40] for name in names]), language)
        lines.append(f"  {key_in_words(key, _):<14} {len(names):>4}  {some}")
    lines.append(
        _(
            "written to {out}; look through draft.html, answer the lines under `confirm:` in"
            " study.yml, then: cxlab check {out}",
            out=Words(out),
        )
    )
    return 0, "\n".join(lines)


def guess_export(export: Paths, *, encoding: str | None = None) -> Draft:
    """What the columns of an export, or of several waves of it, seem to be.

    Parameters
    ----------
    export : path or str, or a list of them
    encoding : str, optional
        As in `draft_study`.

    Returns
    -------
    Draft
        `guesses`, one a column: `column`, `key` (of study.yml), `reason`, `confidence` (0–1).

    Raises
    ------
    StudyError
        For a file that cannot be read, and where nothing is rated.

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> folder = cx.write_study(cx.simulate_study(60, seed=1), tempfile.mkdtemp())
    >>> draft = cx.exports.guess_export(folder / "responses.csv")
    >>> [(guess.column, guess.key) for guess in draft.guesses][:3]
    [('id', 'respondent'), ('channel', 'segments'), ('advertising_e', 'touchpoints')]
    """
    listed = [export] if isinstance(export, (str, os.PathLike)) else export
    if not isinstance(listed, Sequence) or not listed:
        raise wrong_kind(
            "draft_study", "a file or several", export, "draft_study('export.csv', 'study')"
        )
    paths = [Path(located(path)) for path in listed]
    read = [(path, _read(path, encoding)) for path in paths]
    last = read[-1][1]
    waves = [Wave(path, table, renamed(seen(table), seen(last))) for path, table in read]
    drafted = guess_columns(last)
    if len(waves) > 1:
        frames = [wave.table.renamed(wave.renames).frame for wave in waves]
        frame = pd.concat(frames, ignore_index=True)[[*last.frame]].fillna("")
        # Who answered, and when, differs by wave: a respondent may answer in each.
        keys = ("respondent", "date", "personal_data", "weight")
        own = [guess for guess in drafted.guesses if guess.key in keys]
        drafted = corrected(guess_columns(replace(last, frame=frame)), own)
    if not any(guess.scale for guess in drafted.guesses):
        raise StudyError([nothing_rated(drafted.table), *drafted.table.notices])
    return replace(drafted, waves=tuple(waves))


def _read(path: Path, encoding: str | None = None) -> Table:
    """An export with the questionnaire that lies beside it under its name, or the start of it; else
    with the codebook in another sheet of its workbook, or in a file beside it.
    """
    try:
        table = read_table(Responses(file=path.name, encoding=encoding), path)
    except StudyError as error:
        table = _of_sheets(path, error)
    beside = [
        one
        for one in path.parent.iterdir()
        if one.suffix.lower() in (".qsf", ".lss", ".r", ".sps")
        and path.stem.startswith(one.stem.replace("_syntax_", "_data_"))  # LimeSurvey's names
    ]
    if not beside:
        return table if table.spec.questionnaire else _with_codebook(table, path)
    nearest = max(beside, key=lambda one: len(one.stem))
    return with_routing(_asked(table, nearest), nearest)


def _asked(table: Table, path: Path, sheets: Sequence[str] = ()) -> Table:
    """The table with the words of a questionnaire, which study.yml will name."""
    held = Questionnaire(file=path.name, sheet=sheets)
    spec = table.spec.model_copy(update={"questionnaire": held})
    return replace(with_questionnaire(table, path, sheets), spec=spec)


def _with_codebook(table: Table, path: Path) -> Table:
    for one in sorted(path.parent.iterdir()):
        if one != path and one.suffix.lower() in (*SHEETS, ".lss"):
            with suppress(StudyError):
                if is_codebook_name(one.stem) or form_of(one):
                    asked = _asked(table, one)
                    if _is_about(asked, table):
                        return with_routing(asked, one)
    return table


def _is_about(asked: Table, table: Table) -> bool:
    """Whether a file that lies beside the export told of a third of its columns: another study's,
    too, may have an id and a date.
    """
    told = sum(one != other for one, other in zip(asked.columns, table.columns, strict=True))
    return told >= len(table.columns) / 3


def _of_sheets(path: Path, error: StudyError) -> Table:
    """The sheet of a workbook in which most is rated, where the error is that there are several;
    with the words of the others that are a codebook of it.
    """
    tables = []
    for sheet in error.sheets:
        with suppress(StudyError):
            tables.append(read_table(Responses(file=path.name, sheet=sheet), path))
    if not tables:
        raise error
    named = [sheet for sheet in error.sheets if is_codebook_name(sheet)]

    def rated(one: Table) -> tuple[int, int]:
        """How much a codebook tells of a sheet, and how much is rated there."""
        told = 0
        for sheet in named:
            with suppress(StudyError):
                told += sheet != one.spec.sheet and len(of_codebook(one, path, [sheet]))
        return told, sum(bool(guess.scale) for guess in guess_columns(one).guesses)

    best = max(tables, key=rated)
    problem = said("of its sheets the answers are read from “{sheet}”", sheet=best.spec.sheet)
    best = replace(best, notices=(Fault(problem, path.name, severity="confirm"),))
    books = []
    for sheet in error.sheets:
        with suppress(StudyError):
            books += [sheet] * bool(sheet != best.spec.sheet and of_codebook(best, path, [sheet]))
    others = [sheet for sheet in error.sheets if sheet not in (best.spec.sheet, *books)]
    with suppress(StudyError):
        best = with_legend(best, path, others)
    return _asked(best, path, books) if books else best


def write_draft(drafted: Draft, out: Path | str, *, language: str = "en") -> Path:
    """Write the files of a draft into a folder.

    Parameters
    ----------
    drafted : Draft
        What `guess_export` or `decide` gives.
    out : path or str
        A folder, made where it is not there.
    language : str
        That of who decides, such as "es".

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    StudyError
        Where one of the files is there.

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> folder = cx.write_study(cx.simulate_study(60, seed=1), tempfile.mkdtemp())
    >>> draft = cx.exports.guess_export(folder / "responses.csv")
    >>> written = cx.exports.write_draft(draft, tempfile.mkdtemp())
    >>> sorted(file.name for file in written.iterdir())
    ['draft.html', 'responses.csv', 'study.yml', 'touchpoints.csv']
    """
    out = Path(out)
    responses = _responses(drafted)
    notices = [one for wave in drafted.waves for one in wave.table.notices]
    told = [one.problem for one in notices if one.severity == "confirm"]
    renamings = [
        said(
            "{file}: {n} columns with another name in the last file, as rename: says (“{name}” …)",
            file=one["file"],
            n=len(names),
            name=short(next(iter(names)), 30),
        )
        for one in responses
        if (names := one.get("rename"))
    ]
    client = re.sub(r"[_-]+", " ", out.resolve().name).strip().capitalize() or "Client"
    titled = said("client and title are “{client}”, the folder's name", client=client)
    asked = [said_in(one, language) for one in (*told, *renamings, *to_confirm(drafted), titled)]
    texts = {
        "study.yml": said_in(NOTE, language) + study_yml(drafted, client, responses, asked),
        "touchpoints.csv": touchpoints_csv(drafted),
        "draft.html": page(drafted, ", ".join(one["file"] for one in responses), asked, language),
    }
    read = [
        wave.path.with_name(name)
        for wave, one in zip(drafted.waves, responses, strict=True)
        for name in dict.fromkeys(_files(one))
    ]
    copied = [path for path in read if path.resolve().parent != out.resolve()]
    _refuse(out, [*texts, *(path.name for path in copied)])
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            if text:
                Path(folder, name).write_text(text, encoding="utf-8", newline="\n")
        for path in copied:
            shutil.copyfile(path, Path(folder, path.name))
        shutil.copytree(folder, out, dirs_exist_ok=True)
    return out


def _refuse(out: Path, names: Sequence[str]) -> None:
    there = [name for name in names if (out / name).exists() or names.count(name) > 1]
    if there or out.exists() and not out.is_dir():
        what = ", ".join(there) or out.name
        problem = said("{what} is there already, and a draft overwrites nothing", what=what)
        raise StudyError(Fault(problem, str(out), fix=said("name a new folder")))


def _responses(drafted: Draft) -> list[dict[str, Any]]:
    """What study.yml says of each file, where that goes without saying left out."""
    numbers = (
        guess.seen.numbers for guess in drafted.guesses if guess.key == "weight" or guess.scale
    )
    has_comma = any(re.fullmatch(r"\d+,\d+", answer) for held in numbers for answer in held)
    listed = []
    for wave, name in zip(drafted.waves, _names(drafted.waves), strict=True):
        # Names that differ in case and blanks only are one name to the reader.
        renames = {a: b for a, b in wave.renames.items() if folded(a) != folded(b)}
        more = {"wave": name, "rename": renames, "decimal": "," if has_comma else ""}
        read = wave.table.spec.model_dump(exclude_defaults=True) | {"file": wave.path.name}
        if held := wave.table.spec.questionnaire:
            sheets = [*held.sheet]
            read["questionnaire"] = (
                {"file": held.file, "sheet": sheets if sheets[1:] else sheets[0]}
                if sheets
                else held.file
            )
        listed.append(read | {key: held for key, held in more.items() if held})
    return listed


def _files(declared: dict[str, Any]) -> Iterator[str]:
    """What one file of answers is read from."""
    yield declared["file"]
    if held := declared.get("questionnaire"):
        yield held if isinstance(held, str) else held["file"]


def _names(waves: Sequence[Wave]) -> list[str]:
    """Names of waves: the year in each file's name, else 1, 2 …; none for one file."""
    years = [re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", wave.path.stem) for wave in waves]
    are_told = len({year[0] for year in years if year}) == len(waves)
    names = [year[0] if are_told else str(i) for i, year in enumerate(years, 1)]
    return names if len(names) > 1 else [""]
