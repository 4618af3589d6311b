"""A rectangle of text under a header, from whatever had rows and columns: CSV, sheets, HTML."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from cxlab.data_files import read_data
from cxlab.errors import Fault, StudyError, said
from cxlab.study import sizes
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.headers import Head, folded, head_of
from cxlab.study.exports.table import Column, Table

Rows = Mapping[int, Sequence[str]]  # filled rows by their number in the file, from 1
Spans = Sequence[tuple[int, int, int]]  # merged cells: row, first and last column, from 0
_AGAIN = "export the answers again"
_SUMMARY = read_data("study.exports", "summary.yml")
_AMOUNT = re.compile(r"-?\d+([.,]\d+)?\s*%?")


def table_of(rows: Rows, spec: Responses, name: str, merged: Spans = ()) -> Table:
    """The answers that rows of text hold. Raises StudyError where they are ragged, none, or tables
    of results.
    """
    if not rows:
        fix = "export the answers again, with a header row"
        raise StudyError(Fault("the file is empty", name, fix=fix))
    sizes.check(max(map(len, rows.values())), "columns", name)
    refuse_summary(rows, name)
    head = head_of(rows, spec, name, merged)
    last = head.rows[-1]
    body = {number: row for number, row in rows.items() if number > last}
    return framed(body, head, spec, name)


def framed(body: Rows | pd.DataFrame, head: Head, spec: Responses, name: str) -> Table:
    """The table of a head and what stands below it, if that is sound: anything else would put
    answers under the wrong question.
    """
    width, faults = len(head.columns), []
    sizes.check(width, "columns", name)
    if not len(body):
        faults.append(Fault("there is no answer below the header", name, fix=_AGAIN))
    (only,) = [column.header for column in head.columns] if width == 1 else [""]
    if any(mark in only for mark in ";\t|,") and len(body):
        fix = "declare `separator:` under responses"
        faults.append(Fault("only one column was found", name, value=only[:60], fix=fix))
    left_out = []
    if not isinstance(body, pd.DataFrame):
        body, left_out = _without_footer(body, width, name)
        ragged = {number: len(row) for number, row in body.items() if len(row) != width}
        if ragged:
            faults.append(_ragged(ragged, width, name))
    if faults:
        raise StudyError(faults)
    if not isinstance(body, pd.DataFrame):
        body = pd.DataFrame(body.values(), list(body), range(width), dtype=object)
    nameless = [c for c in head.columns if not c.header.strip()]
    empty = {c.name for c in nameless if not body.iloc[:, c.position - 1].ne("").any()}
    kept = tuple(column for column in head.columns if column.name not in empty)
    if len(kept) < width:
        body = body.iloc[:, [column.position - 1 for column in kept]]
    body.columns = pd.Index([column.name for column in kept], dtype=object)
    before = max(head.rows[0] - 1, 0)
    spec = spec.model_copy(update={"header_rows": len(head.rows), "skip_rows": before})
    # The questionnaire of a file without a header names its columns.
    is_named = spec.questionnaire is not None and len(nameless) == width
    notices = (
        *head.notices,
        *left_out,
        *(() if is_named else _nameless(kept, name, len(head.rows))),
    )
    return Table(name, body, spec=spec, tool=head.tool, columns=kept, notices=notices)


def _without_footer(body: Rows, width: int, name: str) -> tuple[Rows, list[Fault]]:
    """The rows without sentences of one cell below them ("Source: …"), and what is said of these. A
    row that was cut off ends in an id or a number.
    """
    numbers, last = [*body], len(body)
    while (
        last
        and len(body[numbers[last - 1]]) == 1 < width
        and (len(body[numbers[last - 1]][0].split()) > 2)
    ):
        last -= 1
    if last == len(numbers):
        return body, []
    gone = tuple(numbers[last:])
    problem = said("a sentence below the answers is left out")
    fault = Fault(problem, name, rows=gone, value=body[gone[0]][0][:60], severity="warning")
    return {number: body[number] for number in numbers[:last]}, [fault]


def _ragged(ragged: dict[int, int], width: int, name: str) -> Fault:
    lengths = sorted(set(ragged.values()))
    shown = ", ".join(map(str, lengths[:5])) + (" …" if len(lengths) > 5 else "")
    problem = said("rows with {shown} cells under a header of {width}", shown=shown, width=width)
    fix = "look for a separator inside an unquoted answer, or a cut-off row"
    return Fault(problem, name, rows=tuple(ragged), fix=fix)


def _nameless(columns: Sequence[Column], name: str, header_rows: int) -> list[Fault]:
    """What is to be said of columns that have answers and no header of their own."""
    found = [column for column in columns if column.name == f"#{column.position}"]
    if not found:
        return []
    names = ", ".join(column.name for column in found[:5]) + (" …" if len(found) > 5 else "")
    problem = said("columns without a header hold answers; they are named {names}", names=names)
    fix = "name them so in study.yml, or give them a header"
    return [Fault(problem, name, rows=(header_rows,), fix=fix, severity="warning")]


def refuse_summary(rows: Rows, name: str) -> None:
    """Raise StudyError where the rows are a table of results instead of answers."""
    if is_summary(rows):
        problem = "this is a summary: counts or shares of each answer, not one row a respondent"
        fix = "export the single responses: “all responses data”, one row a respondent"
        raise StudyError(Fault(problem, name, fix=fix))


def is_summary(rows: Rows) -> bool:
    """Whether rows are counts and shares by answer: the words of such tables stand in them, and few
    rows, or cells of percentages, beside these.
    """
    some = [[folded(cell) for cell in row] for row in list(rows.values())[:200]]
    words = Counter(cell for row in some for cell in row if cell)
    found = {*words} & {*_SUMMARY["words"]}
    strong = {*words} & {*_SUMMARY["strong"]}
    amounts = [cell for row in some[2:] for cell in row[1:] if _AMOUNT.fullmatch(cell)]
    shares = sum("%" in cell or 0 < _number(cell) < 1 for cell in amounts)
    few = len(rows) < 60
    return few and (len(strong) >= 2 or bool(strong) and bool(found) and shares >= 2)


def _number(cell: str) -> float:
    return float(cell.rstrip("% ").replace(",", "."))
