"""Files whose rows are not respondents, and columns of dates: one row an answer, questions that are
asked again for each brand, days written as their country writes them.
"""

import datetime
from dataclasses import replace

import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.normal import day_of
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Column, Table
from cxlab.study.read.columns import HEADER, found

_PARTS = {"half": ("H", 6), "quarter": ("Q", 3)}


def one_row_each(table: Table, codebook: Codebook, faults: list[Fault]) -> Table:
    """The table with one row a respondent, or a respondent and thing of a loop, as its file's
    `long:` and `loop:` declare; what goes wrong joins `faults`.
    """
    if table.spec is not None and table.spec.long:
        table = _wide(table, codebook.respondent, faults)
    if table.spec is not None and table.spec.loop:
        table = _looped(table, faults)
    return table


def _wide(table: Table, respondent: str | None, faults: list[Fault]) -> Table:
    """One row a respondent of one row an answer; what does not vary within a respondent stays."""
    long, frame = table.spec.long, table.frame
    needed = [column for column in (long.question, long.answer) if column not in frame]
    if respondent not in frame:
        needed.append(respondent or "respondent")
    if needed:
        fix = "long: names the columns of question and answer, `respondent:` that of the person"
        problem = "no such column (declared by long)"
        faults += [table.fault(problem, None, column, fix=fix) for column in needed]
        return table
    person, question = frame[respondent].str.strip(), frame[long.question].str.strip()
    by_answer = frame[long.answer].groupby([person, question], sort=False)
    twice = (by_answer.transform("nunique") > 1) & (question != "")
    if twice.any():
        problem, fix = "a respondent gave one question two answers", "keep one of them"
        value = question[twice].iloc[0]
        faults.append(table.fault(problem, twice, long.question, value, fix))
    answers = by_answer.first().unstack().fillna("")
    by_person = frame.groupby(person, sort=False)
    rest = frame.columns.drop([long.question, long.answer])
    kept = by_person[[c for c in rest if (by_person[c].nunique() <= 1).all()]].first()
    wide = kept.join(answers[[c for c in answers if c and c not in kept]]).astype(object)
    columns = tuple(Column(name, place, name, name) for place, name in enumerate(wide, 1))
    wide.index = frame.index[(~person.duplicated()).to_numpy()]
    return replace(table, frame=wide, columns=columns)


def _looped(table: Table, faults: list[Fault]) -> Table:
    """One row for each thing of a loop that a respondent answered anything about."""
    loop = table.spec.loop
    of_loop = [old for names in loop.rows.values() for old in names]
    table = found(table, of_loop, faults)
    frame = table.frame
    if lost := [old for old in of_loop if old not in frame]:
        problem = "no such column (declared by loop)"
        faults += [table.fault(problem, None, old, fix=HEADER) for old in lost]
        return table
    beside, parts = frame.drop(columns=of_loop), []
    for thing, names in loop.rows.items():
        asked = frame[[*names]]
        some = asked.ne("").any(axis=1)
        part = beside[some].join(asked[some].rename(columns=names))
        parts.append(part.assign(**{loop.column: thing}))
    whole = pd.concat(parts).fillna("")
    columns = tuple(one for one in table.columns if one.name not in of_loop)
    return replace(table, frame=whole.sort_index(kind="stable"), columns=columns)


def dated(table: Table, codebook: Codebook, faults: list[Fault]) -> Table:
    """The table with its declared dates as YYYY-MM-DD, and the waves that are made of them."""
    frame, rule = table.frame.copy(deep=False), codebook.wave_of
    of_wave = {rule.column: "ymd"} if rule else {}
    for column, order in (of_wave | codebook.dates).items():
        if column not in frame:
            continue
        cells = frame[column]
        days = {cell: day_of(cell, order) for cell in cells.unique()}
        if wrong := [cell for cell, day in days.items() if day is None and cell.strip()]:
            problem = said("not a date in the order {order}", order=order)
            fix = said(
                "declare its order: `dates: {{{column}: dmy}}`, or ymd or mdy", column=column
            )
            shown = ", ".join(wrong[:3])
            faults.append(table.fault(problem, cells.isin(wrong), column, shown, fix))
        if column in codebook.dates:
            frame[column] = cells.map({cell: f"{day or ''}" for cell, day in days.items()})
        if column in of_wave:
            named = {cell: _wave(day, rule.by) if day else "" for cell, day in days.items()}
            frame[codebook.wave] = cells.map(named)
    return replace(table, frame=frame)


def _wave(day: datetime.date, by: str) -> str:
    if by == "year":
        return f"{day.year}"
    if by == "month":
        return f"{day:%Y-%m}"
    letter, months = _PARTS[by]
    return f"{day.year}-{letter}{(day.month - 1) // months + 1}"
