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
from cxlab.study.exports.headers import folded
from cxlab.study.exports.questionnaire import with_questionnaire
from cxlab.study.exports.table import Table
from cxlab.study.read.files import read_table

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
    told = ((each, in_words(each).partition(", ")[2]) for each in drafted.guesses)
    return pd.DataFrame(
        [(each.key, each.column, value, each.reason, each.confidence) for each, value in told],
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
    last = tables[-1]
    renames = [renamed(seen(table), seen(last)) for table in tables[:-1]] + [{}]
    drafted = guess_columns(last)
    if len(tables) > 1:
        frames = [one.frame.rename(columns=to) for one, to in zip(tables, renames, strict=True)]
        frame = pd.concat(frames, ignore_index=True)[[*last.frame]].fillna("")
        # Who answered, and when, differs by wave: a respondent may answer in each.
        keys = ("respondent", "date", "personal_data", "weight")
        own = [guess for guess in drafted.guesses if guess.key in keys]
        drafted = corrected(guess_columns(replace(last, frame=frame)), own)
    if not any(guess.scale for guess in drafted.guesses):
        raise StudyError(nothing_rated(drafted.table))
    return replace(drafted, files=tuple(zip(paths, tables, renames, strict=True)))


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


def write_draft(drafted: Draft, out: Path | str) -> Path:
    """Write the files of a draft into a folder, and return the folder.

    Raises CxlabError where one of them is there.
    """
    out = Path(out)
    responses = _responses(drafted)
    asked = [
        f"{one['file']}: {len(names)} columns are those of the last file under other names, as"
        f" rename: says (“{short(next(iter(names)), 30)}” …)"
        for one in responses
        if (names := one.get("rename"))
    ]
    client = re.sub(r"[_-]+", " ", out.resolve().name).strip().capitalize() or "Client"
    texts = {
        "study.yml": study_yml(drafted, client, responses, asked),
        "touchpoints.csv": touchpoints_csv(drafted),
        "draft.html": page(drafted, ", ".join(one["file"] for one in responses)),
    }
    read = [
        path.with_name(one[key])
        for (path, _, _), one in zip(drafted.files, responses, strict=True)
        for key in ("file", "questionnaire")
        if key in one
    ]
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


def _responses(drafted: Draft) -> list[dict[str, Any]]:
    """What study.yml says of each file, where that goes without saying left out."""
    numbers = (
        guess.seen.numbers for guess in drafted.guesses if guess.key == "weight" or guess.scale
    )
    has_comma = any(re.fullmatch(r"\d+,\d+", answer) for held in numbers for answer in held)
    paths, tables, renames = zip(*drafted.files, strict=True)
    listed = []
    for path, table, names, wave in zip(paths, tables, renames, _waves(paths), strict=True):
        # Names that differ in case and blanks only are one name to the reader.
        told = {old: new for old, new in names.items() if folded(old) != folded(new)}
        more = {"wave": wave, "rename": told, "decimal": "," if has_comma else ""}
        read = table.spec.model_dump(exclude_defaults=True) | {"file": path.name}
        listed.append(read | {key: held for key, held in more.items() if held})
    return listed


def _waves(paths: Sequence[Path]) -> list[str]:
    """Names of waves: the year in each file's name, else 1, 2 …; none for one file."""
    if len(paths) == 1:
        return [""]
    years = [re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", path.stem) for path in paths]
    names = {year[0] for year in years if year}
    return [year[0] if len(names) == len(paths) else str(i) for i, year in enumerate(years, 1)]
