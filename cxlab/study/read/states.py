"""How far respondents came, by the column in which a survey tool says so: previews and tests are no
respondents, and whether a partial interview counts must be said, not guessed.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from cxlab.errors import Fault, said
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.headers import folded, said_by_tool
from cxlab.study.exports.table import Table
from cxlab.study.read.notices import answers_nowhere

Step = tuple[str, Callable[[Table], Table]]


def states_kept(codebook: Codebook, tables: list[Table], faults: list[Fault]) -> Iterator[Step]:
    """The steps that leave rows out by their state, with a name for the flow: as `status:`
    declares, else the rows that the tool itself marks as no respondent's.
    """
    if status := codebook.status:
        known = {folded(state) for state in (*status.complete, *status.partial)}
        faults += _elsewhere(codebook, tables, known)
        yield "eligible", partial(_where, column=status.column, states=known)
        if status.use == "complete" and status.partial:
            complete = {*map(folded, status.complete)}
            yield "complete", partial(_where, column=status.column, states=complete)
        return
    named = {rule.column for rule in codebook.include}
    left_out = {}
    for table in tables:
        column, states = _apart(table, named)
        if not states:
            continue
        is_apart = _is_in(table, column, states)
        problem = said("{count} rows are no respondents' and are left out", count=is_apart.sum())
        if is_apart.all():  # as in a trial run: nobody would be left
            problem = "every row is marked as a preview or a test; they are kept"
        else:
            left_out[table.file] = column, states
        value = ", ".join(table.frame[column][is_apart].unique())
        fix = "declare `status:` to say what each state means"
        faults.append(table.warning(problem, is_apart, column, value, fix))
    if left_out:
        none = "", set()
        yield "set_apart", lambda table: _where(table, *left_out.get(table.file, none), False)


def _apart(table: Table, named: set[str]) -> tuple[str, set[str]]:
    """The column in which the tool marks rows that are no respondent's, and the marks there."""
    known = said_by_tool(table.tool, "set_apart")
    for column in table.columns:
        is_status = {folded(column.header), folded(column.text)} & {*known.get("columns", ())}
        if is_status and column.name in table.frame and column.name not in named:
            there = {folded(cell) for cell in table.frame[column.name].unique()}
            return column.name, there & {*known["states"]}
    return "", set()


def _elsewhere(codebook: Codebook, tables: list[Table], known: set[str]) -> Iterator[Fault]:
    """States of the column that `status:` names and does not list, and those that stand nowhere."""
    status, there = codebook.status, set()
    for table in (table for table in tables if status.column in table.frame):
        cells = table.frame[status.column].fillna("").astype(str)
        there |= {*cells.map(folded)}
        other = ~_is_in(table, status.column, known)
        if other.any():
            counts = cells[other].value_counts()
            states = ", ".join(f"{state or '–'}: {count}" for state, count in counts.items())
            problem = said("rows of other states are left out ({states})", states=states)
            fix = "list the state under complete: or partial: if they are respondents"
            yield table.warning(problem, other, status.column, fix=fix)
    lost = [state for state in (*status.complete, *status.partial) if folded(state) not in there]
    frames = [table.frame for table in tables]
    yield from answers_nowhere(codebook, [("status", status.column, lost)], frames)


def _is_in(table: Table, column: str, states: set[str]):
    return table.frame[column].fillna("").astype(str).map(folded).isin(states)


def _where(table: Table, column: str, states: set[str], is_wanted: bool = True) -> Table:
    if column not in table.frame:
        return table
    return replace(table, frame=table.frame[_is_in(table, column, states) == is_wanted])
