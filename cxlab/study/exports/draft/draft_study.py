"""A folder with a first study.yml, from the files that a survey tool gave.

Nothing is overwritten, and on an error nothing is written: the files are made elsewhere first.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError, StudyError, wrong_kind
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.draft.draft import Draft, corrected, guess_columns, nothing_rated
from cxlab.study.exports.draft.guesses import seen, short
from cxlab.study.exports.draft.matching import renamed
from cxlab.study.exports.draft.page import in_words, page
from cxlab.study.exports.draft.write import study_yml, touchpoints_csv
from cxlab.study.exports.headers import folded as same_words
from cxlab.study.exports.questionnaire import with_questionnaire
from cxlab.study.exports.table import Table
from cxlab.study.read.files import read_table

_OF_A_FILE = ("respondent", "date", "personal_data", "weight")
Paths = Path | str | Sequence[Path | str]


def draft_study(export: Paths, out: Path | str) -> pd.DataFrame:
    """Write study.yml, touchpoints.csv and draft.html, as far as an export tells what they hold.

    Parameters
    ----------
    export : path or str, or a list of them
        The file of a survey tool; several are waves, the last one the latest.
    out : path or str
        A folder, made where it is not there. It may hold the export, but none of the files that
        are written; an export that lies elsewhere is copied into it.

    Returns
    -------
    DataFrame
        One row a column: key (of study.yml, "" for none), column, value, reason, confidence (0–1).

    Raises
    ------
    StudyError
        For a file that cannot be read, and one in which nothing is rated.
    CxlabError
        Where a file would be overwritten.

    Notes
    -----
    Guesses below .9, every reason for a missing rating and the direction of every scale stand
    under `confirm:` in study.yml, which `cxlab check` refuses until a person has deleted them.
    """
    drafted = guess_export(export)
    write_draft(drafted, out)
    return guess_table(drafted)


def guess_table(drafted: Draft) -> pd.DataFrame:
    """The guesses of a draft as a table."""
    return pd.DataFrame(
        [
            (
                guess.key,
                guess.column,
                in_words(guess).partition(", ")[2],
                guess.reason,
                guess.confidence,
            )
            for guess in drafted.guesses
        ],
        columns=["key", "column", "value", "reason", "confidence"],
    )


def guess_export(export: Paths) -> Draft:
    """What the columns of an export, or of several waves of it, seem to be.

    Raises StudyError for a file that cannot be read, and where nothing is rated.
    """
    listed = [export] if isinstance(export, (str, os.PathLike)) else export
    if not isinstance(listed, Sequence) or not listed:
        raise wrong_kind(
            "draft_study", "a file or several", export, "draft_study('export.csv', 'study')"
        )
    paths = [Path(one) for one in listed]
    tables = [_read(path) for path in paths]
    renames = [renamed(seen(table), seen(tables[-1])) for table in tables[:-1]] + [{}]
    drafted = guess_columns(_together(tables, renames))
    if len(tables) > 1:
        # Who answered, and when, differs by wave: a respondent may answer in each.
        last = [one for one in guess_columns(tables[-1]).guesses if one.key in _OF_A_FILE]
        drafted = corrected(drafted, last)
    if not any(guess.value.get("scale") for guess in drafted.guesses):
        raise StudyError(nothing_rated(drafted.table))
    files = tuple(zip(paths, tables, renames, strict=True))
    return replace(drafted, files=files)


def _read(path: Path) -> Table:
    """An export with the questionnaire that lies beside it under its name, or the start of it."""
    table = read_table(Responses(file=path.name), path)
    beside = [
        one
        for one in path.parent.iterdir()
        if one.suffix.lower() in (".qsf", ".r", ".sps") and path.stem.startswith(one.stem)
    ]
    if not beside:
        return table
    nearest = max(beside, key=lambda one: len(one.stem))
    spec = table.spec.model_copy(update={"questionnaire": nearest.name})
    return replace(with_questionnaire(table, nearest), spec=spec)


def _together(tables: Sequence[Table], renames: Sequence[dict[str, str]]) -> Table:
    """Waves as one table with the columns of the latest; one table as it is."""
    if len(tables) == 1:
        return tables[0]
    last = tables[-1]
    frames = [
        table.frame.rename(columns=names) for table, names in zip(tables, renames, strict=True)
    ]
    frame = pd.concat(frames, ignore_index=True).reindex(columns=last.frame.columns).fillna("")
    return replace(last, frame=frame)


def write_draft(drafted: Draft, out: Path | str, client: str = "") -> Path:
    """Write the files of a draft into a folder, and return the folder.

    Raises CxlabError where one of them is there.
    """
    out = Path(out)
    waves = _waves([path for path, _, _ in drafted.files])
    responses = [
        _responses(path, table, names, wave) | _decimal(drafted)
        for (path, table, names), wave in zip(drafted.files, waves, strict=True)
    ]
    asked = [
        f"{one['file']}: {len(names)} columns are those of the last file under other names, as"
        f" rename: says (“{short(next(iter(names)), 30)}” …)"
        for one in responses
        if (names := one.get("rename"))
    ]
    client = client or re.sub(r"[_-]+", " ", out.resolve().name).strip().capitalize() or "Client"
    texts = {
        "study.yml": study_yml(drafted, client, responses, asked),
        "touchpoints.csv": touchpoints_csv(drafted),
        "draft.html": page(drafted, ", ".join(path.name for path, _, _ in drafted.files)),
    }
    read = [path for path, _, _ in drafted.files]
    named = [(path, one.get("questionnaire")) for path, one in zip(read, responses, strict=True)]
    read += [path.with_name(beside) for path, beside in named if beside]
    copied = [path for path in read if path.resolve().parent != out.resolve()]
    _refuse(out, [*texts, *(path.name for path in copied)])
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.resolve().parent, prefix=".draft") as folder:
        made = Path(folder)
        for name, text in texts.items():
            if text:
                (made / name).write_text(text, encoding="utf-8", newline="\n")
        for path in copied:
            shutil.copyfile(path, made / path.name)
        out.mkdir(exist_ok=True)
        for path in made.iterdir():
            os.replace(path, out / path.name)
    return out


def _refuse(out: Path, names: Sequence[str]) -> None:
    there = [name for name in names if (out / name).exists() or names.count(name) > 1]
    if there or out.exists() and not out.is_dir():
        raise CxlabError(
            "{out}: {what} is there already, and a draft overwrites nothing; name a new folder",
            out=out,
            what=", ".join(there) or "a file of this name",
        )


def _responses(path: Path, table: Table, names: dict[str, str], wave: str) -> dict[str, Any]:
    held = table.spec.model_dump(exclude_defaults=True) if table.spec else {}
    held |= {"file": path.name}
    held |= {"wave": wave} if wave else {}
    # Names that differ in case and blanks only are one name to the reader.
    told = {old: new for old, new in names.items() if same_words(old) != same_words(new)}
    return held | ({"rename": told} if told else {})


def _decimal(drafted: Draft) -> dict[str, str]:
    """The decimal mark of weights and ratings, where it is a comma."""
    pairs = zip(drafted.columns, drafted.guesses, strict=True)
    numbers = [
        one.counts for one, guess in pairs if guess.key == "weight" or "scale" in guess.value
    ]
    found = any(re.fullmatch(r"\d+,\d+", answer) for counts in numbers for answer in counts)
    return {"decimal": ","} if found else {}


def _waves(paths: Sequence[Path]) -> list[str]:
    """Names of waves: the year in each file's name, else 1, 2 …; none for one file."""
    if len(paths) == 1:
        return [""]
    years = [re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", path.stem) for path in paths]
    first = [*dict.fromkeys(found[0] for found in years if found)]
    return first if len(first) == len(paths) else [str(i + 1) for i in range(len(paths))]
