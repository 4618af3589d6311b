"""The columns of a file of answers: renamed as declared, looked for, filtered by, and recoded."""

from collections import defaultdict
from dataclasses import replace

import pandas as pd

from cxlab.errors import Fault
from cxlab.study.codebook.consistency import placing, uses
from cxlab.study.codebook.normal import MIDNIGHT, plain, whole_numbers
from cxlab.study.codebook.roles import nearest
from cxlab.study.codebook.schema import Codebook, Filter
from cxlab.study.read.files import Table

SUGGESTED = 20  # columns for which a near name is looked for: with more it is another file
# Roles of columns whose cells are levels, and no ratings or texts.
_PLACES = ("segments", "wave", "account", "respondent", "parties")
LEVELS = (*_PLACES, "channel", "funnel", "problems", "advice")


def renamed(table: Table, codebook: Codebook, faults: list[Fault]) -> Table:
    """The table with its file's `rename:` and `wave:` applied; what goes wrong joins `faults`."""
    if (spec := table.spec) is None:
        return table
    frame = table.frame
    faults += [
        Fault("rename: no such column", table.file, old, fix=_nearest(old, frame.columns))
        for old in spec.rename
        if old not in frame
    ]
    frame = frame.rename(columns=spec.rename)
    twice = frame.columns.duplicated()
    faults += [
        Fault("rename gives two columns this name", table.file, name, fix="rename them apart")
        for name in frame.columns[twice].unique()
    ]
    frame = frame.loc[:, ~twice]
    if spec.wave is not None:
        frame = frame.copy(deep=False)
        frame[codebook.wave] = spec.wave
    return replace(table, frame=frame)


def _nearest(name: str, columns: pd.Index, role: str = "") -> str:
    # Headers mostly differ in case and in blanks at their ends.
    folded = {str(column).strip().casefold(): str(column) for column in columns}
    close = nearest(name.strip().casefold(), folded, role)
    return f"did you mean {close!r}?" if close else "check the file's header"


def unknown_columns(codebook: Codebook, tables: list[Table]) -> list[Fault]:
    """A declared column must be in every file if the rows cannot be placed without it, and in one
    file at least if it is a question.
    """
    included = {rule.column: "include" for rule in codebook.include}
    needed, faults = {*placing(codebook).values(), *included}, []
    declared = dict.fromkeys(codebook.recode, "recode") | included
    declared |= {use.column: use.words for use in uses(codebook)}
    for column, key in declared.items():
        lacking = [table for table in tables if column not in table.frame]
        if column in needed or len(lacking) == len(tables):
            problem, role = f"no such column (declared by {key})", key.rpartition(", ")[2]
            for table in lacking:
                fix = "check the file's header"
                if len(faults) < SUGGESTED:
                    # A column that is declared has its own meaning and is not the one looked for.
                    free = table.frame.columns.difference([*declared], sort=False)
                    fix = _nearest(column, free, role)
                faults.append(Fault(problem, table.file, column, fix=fix))
    return faults


def levelled(table: Table, codebook: Codebook) -> Table:
    """The columns that split, identify or select respondents in one form: a number that a frame
    made a float is whole again, a day loses its midnight. Numbers that the codebook itself writes
    with a decimal stay.
    """
    named = defaultdict(list, {use.column: [] for use in uses(codebook) if use.role in LEVELS})
    for rule in codebook.include:
        named[rule.column] += rule.allowed or rule.excluded
    for column, codes in codebook.recode.items():
        named[column] += codes
    for column, segment in codebook.segments.items():
        named[column] += segment.levels
    named[codebook.wave] += codebook.waves
    if codebook.parties:
        named[codebook.parties.column].append(codebook.parties.own)
    frame = table.frame.copy(deep=False)
    for column in frame.columns.intersection([*named]):
        levels = frame[column].dropna().unique()
        forms = whole_numbers(levels) if not whole_numbers(named[column]) else {}
        forms |= {text: plain(text.strip()) for text in levels if MIDNIGHT.fullmatch(text.strip())}
        if forms:
            frame[column] = frame[column].replace(forms)
    return replace(table, frame=frame)


def filtered(table: Table, rule: Filter) -> Table:
    """The rows that an `include:` rule keeps; all of them where its column is not there."""
    if rule.column not in table.frame:
        return table
    cells = table.frame[rule.column].fillna("").str.strip()
    kept = cells.isin(rule.allowed) if rule.allowed is not None else ~cells.isin(rule.excluded)
    return replace(table, frame=table.frame[kept])


def recoded(table: Table, codebook: Codebook) -> Table:
    """The answers that `recode:` names replaced by what it gives for them."""
    frame = table.frame.copy(deep=False)
    for column in frame.columns.intersection([*codebook.recode]):
        codes = codebook.recode[column]
        frame[column] = frame[column].astype(str).str.strip().map(codes).fillna(frame[column])
    return replace(table, frame=frame)
