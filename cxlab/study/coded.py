"""The codes that people gave to comments by hand: who coded whose comment with what.

A code that stands in no codebook, a respondent whom nobody asked, a comment that nobody wrote: each
is a slip of the pen in a table that a person typed, and none may be dropped in silence.
"""

from collections.abc import Iterable, Iterator

import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table, row_numbers
from cxlab.study.exports.typed_files import text_frame

COLUMNS = ["respondent", "comment", "coder", "code"]


def coded_tables(coded: pd.DataFrame | None) -> list[Table]:
    """A caller's frame of codes as the tables that hold them."""
    if coded is None:
        return []
    return [Table("the codes", text_frame(coded, "the codes", "one code a row"))]


def coded_comments(
    codebook: Codebook, tables: Iterable[Table], everybody: pd.DataFrame, faults: list[Fault]
) -> pd.DataFrame:
    """The rows of tables of codes, `respondent comment coder code` as text; what is wrong with them
    joins `faults`. everybody: every answer as text, also of those whom `include` leaves out.
    """
    found = [pd.DataFrame(columns=COLUMNS, dtype=str)]
    for table in tables:
        if lost := [one for one in COLUMNS if one not in table.frame]:
            problem = said("the columns {names} are missing", names=", ".join(lost))
            fix = said("give a column each: {names}", names=", ".join(COLUMNS))
            faults.append(Fault(problem, table.file, fix=fix))
            continue
        rows = table.frame[COLUMNS].fillna("").map(str.strip)
        faults += _faults(codebook, table.file, rows, everybody)
        found.append(rows)
    return pd.concat(found, ignore_index=True)


def _faults(
    codebook: Codebook, file: str, rows: pd.DataFrame, everybody: pd.DataFrame
) -> Iterator[Fault]:
    books = codebook.comments
    listed = {("", "")} | {(name, code) for name, one in books.items() for code in one.codebook}
    ids = everybody[codebook.respondent].fillna("").astype(str).str.strip()
    wrote = pd.Series(False, rows.index)
    for name, one in books.items():
        if one.column in everybody:
            said_it = ids[everybody[one.column].fillna("").astype(str).str.strip() != ""]
            wrote |= (rows["comment"] == name) & rows["respondent"].isin(said_it)
    known, asked = rows["comment"].isin([*books]), rows["respondent"].isin(ids)
    pairs = zip(rows["comment"].where(rows["code"] != "", ""), rows["code"], strict=True)
    coders = rows.groupby(["respondent", "comment", "coder"])["code"]
    wrong = {
        "comment": ("comment", ~known),
        "respondent": ("respondent", ~asked),
        "silent": ("respondent", known & asked & ~wrote),
        "coder": ("coder", rows["coder"] == ""),
        "code": ("code", known & ~pd.Series([pair in listed for pair in pairs], rows.index)),
        "twice": ("code", rows.duplicated()),
        "both": ("code", (rows["code"] == "") & (coders.transform("nunique") > 1)),
    }
    if _in_several_rows(codebook, ids, everybody):
        wrong["waves"] = "respondent", rows["respondent"].isin(ids[ids.duplicated()])
    for key, (column, where) in wrong.items():
        problem, fix = _SAID[key]
        for value, own in rows[where].groupby(column, sort=False):
            yield Fault(
                problem, file, column, row_numbers(own.index, own[column] == value), value, fix
            )


# What is wrong, and what to do.
_SAID = {
    "comment": ("no such comment is declared", "write the id of one, as under comments:"),
    "respondent": ("no respondent has this id", "write an id as it stands in the answers"),
    "silent": ("this respondent wrote no comment", "correct the id, or delete the row"),
    "coder": ("it is not said who coded", "write a name or a letter for each coder"),
    "code": ("not in the codebook of this comment", "correct it, or add it under codebook:"),
    "twice": ("stands twice", "delete one of the two rows"),
    "both": (
        "a comment with a code, and with none by the same coder",
        "delete the row without a code",
    ),
    "waves": (
        "the id of a respondent who wrote in several waves",
        "give each row of the answers an id of its own",
    ),
}


def _in_several_rows(codebook: Codebook, ids: pd.Series, everybody: pd.DataFrame) -> bool:
    """Whether a respondent stands in several rows of the party that the study is about."""
    if codebook.parties:
        mine = everybody[codebook.parties.column].astype(str).str.strip() == codebook.parties.own
        ids = ids[mine]
    return bool(ids.duplicated().any())
