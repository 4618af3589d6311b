"""The columns of a file of answers: renamed as declared, looked for, filtered by, and recoded."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.consistency import placing, uses
from cxlab.study.codebook.normal import MIDNIGHT, day_of, plain, whole_numbers
from cxlab.study.codebook.question import CHOICE
from cxlab.study.codebook.row_keys import (
    Filter,
    answers_of_files,
    answers_of_study,
    columns_of_rows,
)
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.headers import JOINT, folded
from cxlab.study.exports.table import Column, Table
from cxlab.study.read.cells import meant, parse_number
from cxlab.study.read.choices import parts_of

MANY_PLACES = 10
HEADER = "check the file's header"
CUTOFF = 0.6  # how like a name must be
SUGGESTED = 20  # columns for which a near name is looked for: with more it is another file
# Roles of columns whose cells are levels, and no ratings or texts.
_PLACES = ("segments", "wave", "account", "respondent", "parties")
LEVELS = (*_PLACES, "channel", "funnel", "problems", "advice", "event", "classes", CHOICE)


def renamed(table: Table, codebook: Codebook, faults: list[Fault]) -> Table:
    """The table with the names that study.yml has for its columns, its file's `rename:` and `wave:`
    applied; what goes wrong joins `faults`.
    """
    if (spec := table.spec) is None:
        return table
    # What a file's `rename:` gives is no name that stands in the file.
    given = {*spec.rename.values()}
    names = [*spec.rename, *(name for name in _declared(codebook) if name not in given)]
    table = found(table, names, faults)
    faults += [
        table.fault(
            "rename: no such column",
            None,
            old,
            fix=meant([old], table.frame, cutoff=CUTOFF) or HEADER,
        )
        for old in spec.rename
        if old not in table.frame
    ]
    table = table.renamed(spec.rename)
    twice = table.frame.columns.duplicated()
    faults += [
        table.fault("rename gives two columns this name", None, name, fix="rename them apart")
        for name in table.frame.columns[twice].unique()
    ]
    frame = table.frame.loc[:, ~twice]
    if spec.wave is not None:
        frame = frame.copy(deep=False)
        frame[codebook.wave] = spec.wave
    return replace(table, frame=frame)


def _declared(codebook: Codebook) -> dict[str, str]:
    """Every column that study.yml names, as it names it, with the key."""
    named = dict.fromkeys(codebook.recode, "recode") | dict(columns_of_rows(codebook))
    return named | {use.column: use.words for use in uses(codebook)}


def found(table: Table, names: list[str], faults: list[Fault]) -> Table:
    """The table whose columns are called as study.yml calls them: by the header, by the words of
    the question, or by the position (`#5`).
    """
    there, by_words, meant = {*table.frame.columns}, defaultdict(dict), {}
    for column in table.columns:
        for words in (column.name, column.header, column.text, f"#{column.position}"):
            by_words[folded(words)][column.position] = column
    for name in names:
        if name in there or not (called := [*by_words.get(folded(name), {}).values()]):
            continue
        column, *more = called
        if more:
            places = ", ".join(f"#{one.position}" for one in called[:MANY_PLACES])
            places += " …" if len(called) > MANY_PLACES else ""
            problem = said("this header stands over several columns: {places}", places=places)
            fix = said("name one by its position: {place!r}", place=f"#{column.position}")
            faults.append(Fault(problem, table.file, name, (1,), fix=fix))
        elif column.name in meant or column.name in names:
            other = meant.get(column.name, column.name)
            problem = said("{one!r} and {other!r} name one column", one=name, other=other)
            faults.append(Fault(problem, table.file, name, (1,), fix="use one name for it"))
        else:
            meant[column.name] = name
            faults += _of_several(table, column, name)
    return table.renamed(meant)


def _of_several(table: Table, column: Column, name: str) -> list[Fault]:
    """A warning where a question's words name the first of its columns only."""
    question = column.header + JOINT
    others = [one.name for one in table.columns if one.name.startswith(question)]
    if folded(name) != folded(column.header) or column.name == name or len(others) < 2:
        return []
    problem = said(
        "this question has {count} columns; {first!r} is taken",
        count=len(others),
        first=column.name,
    )
    fix = said("name the column that is meant: {names}", names=", ".join(others[:5]))
    return [Fault(problem, table.file, name, (1,), fix=fix, severity="warning")]


def unknown_columns(
    codebook: Codebook, tables: list[Table], said_of: Iterable[str] = ()
) -> list[Fault]:
    """A declared column must be in every file if the rows cannot be placed without it, and in one
    file at least if it is a question. `said_of`: columns of which a fault has been told.
    """
    needed = {*placing(codebook).values(), *dict(columns_of_rows(codebook))}
    declared, faults = _declared(codebook), []
    for column in said_of:
        declared.pop(column, None)
    for column, key in declared.items():
        lacking = [table for table in tables if column not in table.frame]
        if column in needed or len(lacking) == len(tables):
            problem, role = (
                said("no such column (declared by {key})", key=key),
                key.rpartition(", ")[2],
            )
            for table in lacking:
                fix = HEADER
                if {part.strip() for part in column.split("|")} <= {*table.frame.columns}:
                    fix = said("write {columns} for their mean", columns=column.replace(" | ", "|"))
                elif len(faults) < SUGGESTED:
                    # A column that is declared has its own meaning and is not the one looked for.
                    free = table.frame.columns.difference([*declared], sort=False)
                    fix = meant([column], free, role, CUTOFF) or HEADER
                faults.append(table.fault(problem, None, column, fix=fix))
    return faults


def levelled(table: Table, codebook: Codebook, faults: list[Fault]) -> Table:
    """The columns that split, identify or select respondents in one form: a number that a frame
    made a float is whole again, a day loses its midnight, levels that differ in case and blanks
    only are one, with a notice that joins `faults`. Numbers that the codebook itself writes with a
    decimal stay.
    """
    named = defaultdict(list, {use.column: [] for use in uses(codebook) if use.role in LEVELS})
    for _key, column, answers in (*answers_of_files(codebook), *answers_of_study(codebook)):
        named[column] += answers
    if codebook.parties:
        named[codebook.parties.column].append(codebook.parties.own)
    frame = table.frame.copy(deep=False)
    for column in frame.columns.intersection([*named]):
        if column not in (codebook.respondent, *codebook.personal_data):
            frame[column] = _one_form(table, column, named[column], faults)
        levels = frame[column].dropna().unique()
        forms = whole_numbers(levels) if not whole_numbers(named[column]) else {}
        forms |= {
            text: plain(text.strip())
            for text in levels
            if "00:00" in text and MIDNIGHT.fullmatch(text.strip())
        }
        if forms:
            frame[column] = frame[column].replace(forms)
    return replace(table, frame=frame)


def _one_form(table: Table, column: str, declared: list[str], faults: list[Fault]) -> pd.Series:
    """Levels that differ in case and kinds of blanks only as one: as it is declared, else as most
    write it.
    """
    cells = table.frame[column]
    counts = cells.fillna("").astype(str).value_counts()
    forms: dict[str, list[str]] = {}
    for level in counts.index:
        if level.strip():
            forms.setdefault(folded(level), []).append(level)
    one, told = {}, []
    for form, written in forms.items():
        known = [level for level in declared if folded(level) == form]
        if len({*known}) > 1:
            continue  # the codebook itself tells them apart
        first = known[0] if known else written[0].strip()
        one |= {level: first for level in written if level != first}
        told += [level for level in written if level.strip() != first]
    if told:
        problem = "levels that differ in case or blanks only are taken for one"
        fix = "declare each under recode: if they are two"
        value = ", ".join(told[:3])
        faults.append(table.warning(problem, cells.isin(told), column, value, fix))
    return cells.replace(one) if one else cells


def filtered(table: Table, rule: Filter) -> Table:
    """The rows that an `include:` rule keeps; all of them where its column is not there."""
    if rule.column not in table.frame:
        return table
    return replace(table, frame=table.frame[meets(table, rule)])


def meets(table: Table, rule: Filter) -> np.ndarray:
    """Of which rows a rule holds; of all where its column is not there."""
    if rule.column not in table.frame:
        return np.ones(len(table.frame), dtype=bool)
    places, cells = pd.factorize(table.frame[rule.column].fillna("").astype(str))
    marks = table.marks_of(rule.column)
    return np.array([_holds(cell.strip(), rule, marks) for cell in cells], dtype=bool)[places]


def _holds(cell: str, rule: Filter, marks: tuple[str, str]) -> bool:
    if rule.allowed is not None:
        return cell in rule.allowed
    if rule.excluded is not None:
        return cell not in rule.excluded
    if rule.holds is not None:
        return folded(rule.holds) in map(folded, parts_of(cell, (rule.holds,)))
    if rule.days:
        value, (low, high) = day_of(cell, "ymd"), rule.days
    else:
        value, low, high = parse_number(cell, *marks), rule.at_least, rule.at_most
        value = None if math.isnan(value) else value
    return value is not None and (low is None or low <= value) and (high is None or value <= high)


def recoded(table: Table, codebook: Codebook) -> Table:
    """The answers that `recode:` names replaced by what it gives for them, the levels of segments
    by their nets; of a question of several answers, those that are none are blank.
    """
    frame = table.frame.copy(deep=False)
    nets = {
        column: {level: net for net, levels in segment.nets.items() for level in levels}
        for column, segment in codebook.levelled.items()
    }
    for column, codes in (*codebook.recode.items(), *nets.items()):
        if codes and column in frame:
            frame[column] = frame[column].astype(str).str.strip().map(codes).fillna(frame[column])
    of_file = {column.name: column.missing for column in table.columns}
    for question in codebook.multiple_response:
        for column in frame.columns.intersection(question.questions[CHOICE]):
            words = ("", *codebook.no_answer_words, *question.no_answer, *of_file.get(column, ()))
            none, cells = {*map(folded, words)}, frame[column]
            blank = {cell: "" for cell in cells.unique() if folded(str(cell)) in none}
            frame[column] = cells.replace(blank)
    return replace(table, frame=frame)
