"""Spreadsheets: .xlsx by our own stream reader, .xls and .ods by calamine in a process of its own,
and the HTML pages that panels export under the name .xls.
"""

import functools
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from statistics import median_high

from cxlab.errors import Fault, StudyError, said
from cxlab.extras import require
from cxlab.study import sizes
from cxlab.study.codebook.normal import plain
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.encodings import decoded
from cxlab.study.exports.grid import Rows, is_summary, table_of
from cxlab.study.exports.headers import LOOKED_AT
from cxlab.study.exports.table import Table
from cxlab.study.read.workbook import Workbook

SAVE = "open it in a spreadsheet and save it again as .xlsx"
_CHILD = Path(__file__).with_name("calamine_child.py")
_CHILD_WAIT = 120  # seconds


def read_xlsx(data: bytes, spec: Responses, name: str) -> Table:
    """The answers in a sheet of a workbook."""
    book = Workbook(data, name)
    decimal = spec.decimal or "."
    # Microsoft Forms keeps a sheet of its own that nobody sees.
    seen = [one for one in book.sheets if one not in book.hidden]
    sheets = [*book.sheets] if spec.sheet or not seen else seen
    sheet = _chosen(sheets, spec.sheet, name, lambda one: book.sheet(one, decimal).rows)
    held = book.sheet(sheet, decimal)
    rows, merged = held.rows, [(row, a - 1, b - 1) for row, a, b in held.merged]
    width = _width(rows, held.merged)
    sizes.check(len(rows) * width, "cells", name)
    full = {}
    for number, row in rows.items():
        # Spreadsheets drop empty cells at a row's end; a filled cell beyond the header is a fault.
        cells = [row.pop(column, "") for column in range(1, width + 1)] + [*row.values()]
        if any(map(str.strip, cells)):
            full[number] = cells
    table = table_of(full, spec.model_copy(update={"sheet": sheet}), name, merged)
    return replace(table, notices=(*table.notices, *_truths(table, held.truths)))


def _truths(table: Table, truths: dict[int, list[int]]) -> Iterator[Fault]:
    """Warnings of columns in which TRUE or FALSE stands among other answers, where it would be
    read as 1 or 0.
    """
    for column in (column for column in table.columns if column.position in truths):
        cells = table.frame[column.name]
        rows = [row for row in truths[column.position] if row in cells.index]
        if rows and cells.drop(rows).ne("").any():
            problem = "TRUE or FALSE stands among other answers; it is read as 1 or 0"
            fix = "correct it: somebody may have typed a formula"
            value = cells[rows[0]]
            yield Fault(problem, table.file, column.name, tuple(rows), value, fix, "warning")


def _width(rows: dict[int, dict[int, str]], merged: list[tuple[int, int, int]]) -> int:
    """The columns of a sheet: as far as its header reaches, or most of its rows where that is one
    of several. Where questions leave cells empty, what they ask it of stands in the second row.
    """
    looked = dict(list(rows.items())[:LOOKED_AT]) or {1: {1: ""}}
    usual = median_high(max(row) for row in looked.values())
    # Titles above the header reach less far.
    first = next((number for number, row in looked.items() if max(row) > usual / 2))
    below = [row for number, row in looked.items() if number >= first]
    has_gaps = len(below[0]) < max(below[0])
    reach = max(map(max, below[: 1 + has_gaps]))
    return max(reach, usual, *(end for row, _, end in merged if row == first), 1)


def read_old(data: bytes, spec: Responses, name: str) -> Table:
    """The answers in a sheet of an .xls or .ods file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"sheet{Path(name).suffix.lower()}")
        file.write_bytes(data)
        sheets = _calamine(file, "--names", name=name)
        rows = functools.partial(_old_rows, file, name=name, decimal=spec.decimal or ".")
        sheet = _chosen(sheets, spec.sheet, name, rows)
        return table_of(rows(sheet), spec.model_copy(update={"sheet": sheet}), name)


def _old_rows(file: Path, sheet: str, name: str, decimal: str) -> Rows:
    cells = _calamine(file, sheet, str(sizes.most("cells")), name=name)
    if not isinstance(cells, list):
        sizes.check(cells["cells"], "cells", name)
    width = max(map(len, cells), default=0)
    rows = {}
    for number, row in enumerate(cells, 1):
        text = [_cell(cell, decimal) for cell in row] + [""] * (width - len(row))
        if any(map(str.strip, text)):
            rows[number] = text
    return rows


def _cell(value: object, decimal: str) -> str:
    return plain(value).replace(".", decimal) if isinstance(value, float) else plain(value)


def _calamine(file: Path, *words: str, name: str):
    """What the child process says of a file; a file that makes it fail or swell is refused."""
    require("files")
    command = [sys.executable, "-I", str(_CHILD), str(file), *words]
    said_so = "it holds too much, or is damaged"
    # Where the child cannot limit itself (Windows), this alone ends it.
    with suppress(subprocess.TimeoutExpired):
        done = subprocess.run(command, capture_output=True, timeout=_CHILD_WAIT, check=False)
        if done.returncode == 0:
            return json.loads(done.stdout)
        if done.returncode == 1:
            said_so = done.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200]
    problem = said("not readable as a spreadsheet ({error})", error=said_so)
    raise StudyError(Fault(problem, name, fix=SAVE))


def _chosen(sheets: list[str], named: str | None, name: str, rows: Callable[[str], Rows]) -> str:
    """The sheet that holds the answers: the one that is named, or the only one."""
    shown = ", ".join(sheets[:10])
    if named is not None and named not in sheets:
        fix = said("one of {sheets}", sheets=shown)
        raise StudyError(Fault("no such sheet", name, value=named, fix=fix))
    if named is not None or len(sheets) == 1:
        return named or sheets[0]
    if not sheets:
        problem, fix = "the workbook has no sheet of cells", "export the answers again"
        raise StudyError(Fault(problem, name, fix=fix))
    filled = [sheet for sheet in sheets[:10] if rows(sheet)]
    if len(filled) == 1:
        return filled[0]
    if filled and all(is_summary(_texts(rows(sheet))) for sheet in filled[:3]):
        problem = "its sheets are summaries: counts or shares of each answer, no single respondents"
        fix = "export the single responses: “all responses data”, one row a respondent"
        raise StudyError(Fault(problem, name, fix=fix))
    problem = "the workbook has several sheets and none is named"
    fix = said("declare `sheet:` under responses, one of {sheets}", sheets=shown)
    error = StudyError(Fault(problem, name, fix=fix))
    error.sheets = tuple(filled)
    raise error


def _texts(rows) -> Rows:
    return {n: [*row.values()] if isinstance(row, dict) else row for n, row in rows.items()}


class _Tables(HTMLParser):
    """The tables of a page, each a list of rows of text."""

    def __init__(self) -> None:
        super().__init__()
        self.tables, self.spans = [], []
        self._cell, self._span, self.open = None, 1, 0

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag == "table":
            self.tables.append([])
            self.spans.append([])
            self.open += 1
        elif tag == "tr" and self.tables:
            self._end()
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables:
            self._end()
            wide = dict(attrs).get("colspan") or "1"
            self._cell, self._span = [], min(int(wide), 1000) if wide.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end()
        if tag == "table":
            self.open -= 1

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self) -> None:
        if self._cell is None:
            return
        if not self.tables[-1]:
            self.tables[-1].append([])
        text, row = "".join(self._cell).strip(), self.tables[-1][-1]
        self.spans[-1].append((len(self.tables[-1]), len(row), len(row) + self._span - 1))
        row += [text, *[""] * (self._span - 1)]
        self._cell = None


def read_html(data: bytes, spec: Responses, name: str) -> Table:
    """The answers in the largest table of an HTML page."""
    text, _, notices = decoded(data, name, spec.encoding)
    page = _Tables()
    page.feed(text)
    page.close()
    both = zip(page.tables, page.spans, strict=True)
    table, spans = max(both, key=lambda held: sum(map(len, held[0])), default=([], ()))
    sizes.check(sum(map(len, table)), "cells", name)
    rows = {
        number: [plain(cell) for cell in row]
        for number, row in enumerate(table, 1)
        if any(map(str.strip, row))
    }
    # A title above the header may be one cell; a row of answers has as many as the others.
    width = Counter(map(len, rows.values())).most_common(1)[0][0] if rows else 0
    whole = next((number for number, row in rows.items() if len(row) >= width), 0)
    for number in (number for number in rows if number < whole):
        rows[number] += [""] * (width - len(rows[number]))
    if page.open > 0 or text.count("<!--") > text.count("-->"):
        problem, fix = (
            "the page ends inside its table or a comment: rows may be lost",
            "export it again",
        )
        last = (max(rows, default=1),)
        notices = [*notices, Fault(problem, name, rows=last, fix=fix, severity="warning")]
    if not rows:
        problem = "this is an HTML page without a table of answers"
        fix = "open it in a spreadsheet and save it as .xlsx"
        raise StudyError(Fault(problem, name, fix=fix))
    read = table_of(rows, spec, name, spans)
    return replace(read, notices=(*notices, *read.notices))
