"""Checks that need all rows of all files: each respondent once in a wave, a sound weight for
each.
"""

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said, tells
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table, row_numbers
from cxlab.study.read.cells import TOO_LARGE, parse_number, trimmed

# More than this many respondents twice is one mistake about the file, not many about respondents.
MANY_DUPLICATES = 20


def weights_of(codebook: Codebook, tables: list[Table], faults: list[Fault]) -> pd.Series | None:
    """The declared weights, None where a file has none; what is wrong with them joins `faults`."""
    if codebook.weight is None or any(codebook.weight.column not in t.frame for t in tables):
        return None
    column, parts = codebook.weight.column, []
    for table in tables:
        cells = table.frame[column].fillna("").astype(str)
        decimal, thousands = table.marks_of(column)
        numbers = cells.map(parse_number, decimal=decimal, thousands=thousands)
        endless = (numbers == numbers.max()) & (numbers.sum() == math.inf)
        for wrong, problem, fix in (
            (
                numbers.isna(),
                "weight missing or not a number",
                "give every respondent a weight, or leave them out by include:",
            ),
            (endless, TOO_LARGE, "a weight of 1 stands for one respondent"),
            (
                numbers <= 0,
                "weight is zero or negative",
                "a sampling weight is above 0; leave respondents out by include:",
            ),
        ):
            if wrong.any():
                faults.append(table.fault(problem, wrong, column, cells[wrong].iloc[0], fix))
        parts.append(numbers)
    weights = pd.concat(parts, ignore_index=True)
    known = weights.dropna()
    if codebook.weight.kind is None and (known % 1 == 0).all() and known.nunique() > 1:
        problem = "these weights are all whole numbers: they look like counts (frequency weights)"
        fix = said(
            "declare `weight: {{column: {column}, kind: sampling}}` if they are sampling"
            " weights; else repeat the rows",
            column=column,
        )
        faults.append(tables[0].fault(problem, None, column, fix=fix))
    return weights


# What is wrong where no wave is declared, where it goes unsaid, where it is named.
_TWICE = {
    None: "the same respondent more than once",
    False: "the same respondent more than once within one wave",
    True: "the same respondent more than once within wave {wave}",
}


def same_answers(tables: list[Table]) -> Iterator[Fault]:
    """Files that hold what another one holds: each of its respondents would count twice."""
    for one, other in combinations(tables, 2):
        if one.frame.equals(other.frame):
            problem = said("the same answers as in {file}, which is declared too", file=one.file)
            yield other.fault(problem, fix="name each file once, and the right one for each wave")


def duplicates(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Respondents without an id, and those who stand more than once in a wave."""
    column = codebook.respondent
    if column is None or any(column not in table.frame for table in tables):
        return
    cells = (table.frame[column].fillna("") for table in tables)
    ids = [[str(cell).strip() for cell in one] for one in cells]
    if len(ids) == 1 and len(once := {*ids[0]}) == len(ids[0]) and "" not in once:
        return
    parts = [
        pd.DataFrame(
            {
                "id": one,
                "wave": table.frame.get(codebook.wave, ""),
                # Each brand is rated once by a respondent.
                "party": table.frame.get(getattr(codebook.parties, "column", None), ""),
                "file": table.file,
                "row": row_numbers(table.frame.index, np.ones(len(table.frame))),
            }
        )
        for table, one in zip(tables, ids, strict=True)
    ]
    rows = pd.concat(parts, ignore_index=True).fillna({"wave": "", "party": ""})

    def fault(wrong: pd.DataFrame, problem: str, fix: str, value: str = "") -> Fault:
        file, numbers = wrong["file"].iloc[0], tuple(wrong["row"].tolist())
        return Fault(problem, file, column, numbers, value, fix)

    blank = rows["id"] == ""
    if blank.any():
        yield fault(rows[blank], "respondent id missing", "give every respondent an id")
    twice = rows[rows.duplicated(["id", "wave", "party"], keep=False) & ~blank]
    repeated = twice.groupby(["id", "wave", "party"], sort=False)
    if repeated.ngroups > MANY_DUPLICATES:
        problem = said("{n} respondents stand more than once", n=repeated.ngroups)
        fix = "declare the wave of each file (`wave:`), or keep one row of each respondent"
        yield fault(twice, problem, fix, twice["id"].iloc[0])
        return
    declared = {*codebook.waves, *(spec.wave for spec in codebook.responses)}
    for (name, wave, _party), group in repeated:
        # A wave that is not declared may be anything that slid into its column.
        named = wave in declared or not tells(wave)
        problem = said(_TWICE[named if wave else None], wave=wave)
        yield fault(group, problem, "keep one row of each respondent", name)


def parties(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Rows of no party, and an own party that is nowhere, or alone."""
    if codebook.parties is None or any(codebook.parties.column not in t.frame for t in tables):
        return
    (column, own), there = (codebook.parties.column, codebook.parties.own), set()
    for table in tables:
        cells = trimmed(table.frame[column])
        there |= {*cells}
        if (blank := cells == "").any():
            fix = "leave these rows out by include:"
            yield table.fault("the party is missing", blank, column, fix=fix)
    if own not in there:
        problem = said("no row is of the own party, {own}", own=own)
        fix = said("the column holds: {named}", named=", ".join(sorted(there - {""})[:5]))
        yield tables[0].fault(problem, None, column, own, fix)
    elif there <= {own, ""}:
        problem = "every row is of the own party: there is no other to compare it with"
        yield tables[0].warning(problem, None, column, own)


def across_strata(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Accounts, or members of a panel, that stand in two strata: units are sampled within one."""
    unit = codebook.account or (codebook.respondent if codebook.panel else None)
    columns = [codebook.strata, unit]
    if None in columns or any(not {*columns} <= {*table.frame} for table in tables):
        return
    rows = pd.concat(table.frame[columns] for table in tables).apply(trimmed)
    rows = rows[(rows != "").all(axis=1)]  # a respondent without an account is a unit alone
    strata = rows.drop_duplicates().groupby(unit)[codebook.strata].agg(list)
    for value, found in strata[strata.str.len() > 1].head(1).items():
        named = ", ".join(found[:2])
        problem = said("{unit} stands in two strata ({strata})", unit=unit, strata=named)
        fix = "a stratum is sampled on its own: correct the column, or leave strata: out"
        yield tables[0].fault(problem, None, codebook.strata, value, fix)
