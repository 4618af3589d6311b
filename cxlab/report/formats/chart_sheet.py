"""The workbook inside a chart of a slide: columns, and where their values stand."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name, xl_range_abs

from cxlab.report.formats.archive import DAY, fixed

NAME = "Sheet1"


class ChartSheet:
    """A sheet that grows by columns, each with a title."""

    def __init__(self) -> None:
        self.columns: list[tuple[str, Sequence[Any], Sequence[str]]] = []

    def add(self, title: str, values: Sequence[Any], formulas: Sequence[str] = ()) -> str:
        """A column of numbers, texts and blanks, its numbers as formulas where they are given;
        gives where they stand.
        """
        self.columns.append((title, values, formulas))
        return self._place(1, len(values))

    @property
    def title(self) -> str:
        """Where the title of the last column stands."""
        return self._place(0, 0)

    @property
    def next(self) -> int:
        """The number of the column that comes next."""
        return len(self.columns)

    def _place(self, first: int, last: int) -> str:
        return f"{NAME}!{xl_range_abs(first, self.next - 1, last, self.next - 1)}"

    def written(self) -> bytes:
        """The workbook, the same bytes for the same columns."""
        book = Workbook(held := io.BytesIO(), {"in_memory": True})
        book.set_properties({"created": datetime(*DAY)})
        sheet = book.add_worksheet(NAME)
        for column, (title, values, formulas) in enumerate(self.columns):
            sheet.write_string(0, column, title)
            for row, value in enumerate(values, 1):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif value is not None and formulas:
                    sheet.write_formula(row, column, formulas[row - 1], value=value)
                elif value is not None:
                    sheet.write_number(row, column, value)
        book.close()
        return fixed(held)


def cell(column: int, row: int) -> str:
    """The name of the cell of a chart's row, counted from 0, below the titles."""
    return f"{xl_col_to_name(column)}{row + 2}"
