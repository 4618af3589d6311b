"""The columns of a file of answers: renamed as declared, looked for, filtered by, and recoded."""

from dataclasses import replace

import pandas as pd

from cxlab.errors import Fault
from cxlab.study.codebook.roles import nearest
from cxlab.study.codebook.schema import Codebook, Filter, Touchpoint
from cxlab.study.read.files import Table


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
        frame = frame.assign(**{codebook.wave or "wave": spec.wave})
    return replace(table, frame=frame)


def _nearest(name: str, columns: pd.Index, role: str = "") -> str:
    # Headers mostly differ in case and in blanks at their ends.
    folded = {str(column).strip().casefold(): str(column) for column in columns}
    close = nearest(name.strip().casefold(), folded, role)
    return f"did you mean {close!r}?" if close else "check the file's header"


def _declared_columns(codebook: Codebook) -> dict[str, str]:
    """Every column that the codebook names, with the key that names it."""
    named = {}
    for item in codebook.items:
        kind = type(item).__name__.lower()
        for role, columns in item.questions.items():
            asked = f", {role}" if isinstance(item, Touchpoint) else ""
            named |= dict.fromkeys(columns, f"{kind} {item.id}{asked}")
        if getattr(item, "channel", None):
            named[item.channel] = f"touchpoint {item.id}, channel"
    named |= {comment.column: f"comments, {name}" for name, comment in codebook.comments.items()}
    named |= dict.fromkeys(codebook.segments, "segments")
    named |= dict.fromkeys(codebook.personal_data, "personal_data")
    named |= {rule.column: "include" for rule in codebook.include}
    named |= dict.fromkeys(codebook.recode, "recode")
    return named | {column: key for key, column in _placing(codebook).items()}


def _placing(codebook: Codebook) -> dict[str, str]:
    """The columns without which a row cannot be placed, by the key that names them."""
    keys = {key: getattr(codebook, key) for key in ("respondent", "wave", "account", "weight")}
    return {key: getattr(named, "column", named) for key, named in keys.items() if named}


def unknown_columns(codebook: Codebook, tables: list[Table]) -> list[Fault]:
    """A declared column must be in every file if the rows cannot be placed without it, and in one
    file at least if it is a question.
    """
    placing = {*_placing(codebook).values(), *(rule.column for rule in codebook.include)}
    faults, declared = [], _declared_columns(codebook)
    for column, key in declared.items():
        lacking = [table for table in tables if column not in table.frame]
        if column in placing or len(lacking) == len(tables):
            problem, role = f"no such column (declared by {key})", key.rpartition(", ")[2]
            for table in lacking:
                # A column that is declared has its own meaning and is not the one looked for.
                free = table.frame.columns.difference([*declared], sort=False)
                fix = _nearest(column, free, role)
                faults.append(Fault(problem, table.file, column, fix=fix))
    return faults


def filtered(table: Table, rule: Filter) -> Table:
    """The rows that an `include:` rule keeps; all of them where its column is not there."""
    if rule.column not in table.frame:
        return table
    cells = table.frame[rule.column].fillna("").str.strip()
    kept = cells.isin(rule.allowed) if rule.allowed is not None else ~cells.isin(rule.excluded)
    return replace(table, frame=table.frame[kept])


def recoded(table: Table, codebook: Codebook) -> Table:
    """The answers that `recode:` names replaced by what it gives for them."""
    frame = table.frame
    changed = {
        column: frame[column].astype(str).str.strip().map(codes).fillna(frame[column])
        for column, codes in codebook.recode.items()
        if column in frame
    }
    return replace(table, frame=frame.assign(**changed))
