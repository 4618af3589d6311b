"""What every file of answers becomes, whatever its format and the tool that wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partialmethod
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlab.errors import Fault
from cxlab.study.codebook.row_keys import Responses
from cxlab.study.codebook.scale import Scale


class Condition(NamedTuple):
    """Whom a questionnaire asks: in its own words, and by the keys of a filter of study.yml, None
    where no filter says it. With `is_end` it asks others nothing more at all.
    """

    words: str
    rule: Mapping[str, Any] | None = None
    is_end: bool = False


@dataclass(frozen=True)
class Column:
    """What a file says of one of its columns, besides the answers.

    Attributes
    ----------
    name : str
        As `frame` and study.yml call it; no two columns have one.
    position : int
        In the file, from 1.
    header : str
        What stands in the first header row; "" where nothing does.
    text : str
        The question in words, "" where the file has a header alone.
    labels : mapping of str to str
        Words by the code that stands in the cells (SPSS, Stata, QSF).
    missing : mapping of str to str
        Codes that the file itself says are no answers, and why: no_answer, not_used or not_asked.
    measure : str
        nominal, ordinal or scale where the file says so.
    note : str
        What stands above the header, which is said of all columns.
    asked_if : tuple of Condition
        What the questionnaire asks it behind, as one; and the ends of it that come before.
    """

    name: str
    position: int
    header: str = ""
    text: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    measure: str = ""
    note: str = ""
    asked_if: tuple[Condition, ...] = ()


def row_numbers(index: pd.Index, where: np.ndarray | pd.Series) -> tuple[int, ...]:
    """The numbers in their file of the rows where `where` is true; of a frame that is labelled
    otherwise, their positions.
    """
    positions = np.flatnonzero(where)
    return tuple(
        int(label if pd.api.types.is_integer(label) else position)
        for label, position in zip(index[positions], positions, strict=True)
    )


@dataclass(frozen=True)
class Table:
    """Answers as text: `frame` has one row a respondent, labelled by its row number in the file
    (header = 1). A table without `spec` is a frame of the caller's, with labels of its own.

    `kind` is the format, by its bytes, `tool` the survey tool that wrote it ("" where unknown);
    `spec` says how the file was read, with everything that was told from its bytes filled in.
    """

    file: str
    frame: pd.DataFrame
    sha256: str = ""
    decimal: str = "."
    thousands: str = ""
    spec: Responses | None = None
    kind: str = ""
    tool: str = ""
    columns: tuple[Column, ...] = ()
    notices: tuple[Fault, ...] = ()

    def scale(self, scale: Scale, named: Mapping[str, Scale]) -> Scale:
        """The same scale with the codes and labels that it has in this file."""
        own = self.spec.scales if self.spec else {}
        mine = (own[name] for name, one in named.items() if name in own and one == scale)
        return next(mine, scale)

    def marks_of(self, column: str) -> tuple[str, str]:
        """The decimal and thousands marks of a column."""
        own = self.spec.marks.get(column) if self.spec else None
        return (own, "") if own else (self.decimal, self.thousands)

    def renamed(self, names: Mapping[str, str]) -> Table:
        """The same table with other names for some of its columns."""
        columns = tuple(replace(one, name=names.get(one.name, one.name)) for one in self.columns)
        return replace(self, frame=self.frame.rename(columns=names), columns=columns)

    def fault(
        self,
        problem: str,
        where: np.ndarray | pd.Series | None = None,
        column: str = "",
        value: str = "",
        fix: str = "",
        severity: str = "error",
    ) -> Fault:
        """A fault of the rows where `where` is true."""
        rows = () if where is None else row_numbers(self.frame.index, where)
        return Fault(problem, self.file, column, rows, value, fix, severity)

    warning = partialmethod(fault, severity="warning")


def by_file(
    tables: Sequence[Table], cells: np.ndarray | pd.Series
) -> Iterator[tuple[Table, np.ndarray]]:
    """Each table with its part of what all of them hold, one below the other."""
    ends = np.cumsum([len(table.frame) for table in tables])[:-1]
    return zip(tables, np.split(np.asarray(cells), ends), strict=True)


def positioned(fault: Fault, tables: Iterable[Table]) -> Fault:
    """The fault with where its column stands in its file, whatever study.yml calls it."""
    for table in tables:
        if table.spec and fault.column and fault.file in ("", table.file):
            names = {new: old for old, new in table.spec.rename.items()}
            header = names.get(fault.column, fault.column)
            for column in table.columns:
                if header in (column.name, column.header, column.text, f"#{column.position}"):
                    return replace(fault, position=column.position)
    return fault
