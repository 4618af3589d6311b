"""Survey exports in, as the text that stands in them.

pandas guesses: half of `4,5` is lost, a client called "NA" becomes missing, `007` becomes 7, an
extra comma on every row shifts all columns by one. So a file is read as text, its shape is checked,
and only the codebook decides what a cell means.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.errors import Fault, StudyError
from cxlab.study.codebook.schema import Responses

HEADER_ROW = 1


@dataclass(frozen=True)
class Table:
    """A file as text: `frame` has one row a respondent, labelled by its row number in the file
    (header = 1).
    """

    file: str
    frame: pd.DataFrame
    sha256: str
    decimal: str = "."
    thousands: str = ""


def read_table(spec: Responses, folder: Path, key: str = "responses") -> Table:
    """Read the file declared under `key`. Raises StudyError with every fault of shape: unreadable,
    ragged, headers missing or twice.
    """
    path = Path(folder) / spec.file
    name = path.name
    if not path.is_file():
        raise StudyError(
            [
                Fault(
                    "this file is declared but is not there",
                    file=name,
                    fix=f"check the file's name under {key}",
                )
            ]
        )
    try:
        return _read(spec, path)
    except StudyError as error:
        if key == "responses":
            raise
        # That table has a fixed form, so what helps a file of answers would mislead here.
        fix = f"the table under {key} is a CSV in UTF-8 with commas"
        raise StudyError(
            [
                replace(fault, fix=fix if "declare" in fault.fix else fault.fix)
                for fault in error.faults
            ]
        ) from None


def _read(spec: Responses, path: Path) -> Table:
    name = path.name
    kind = spec.reader or {".xlsx": "xlsx", ".parquet": "parquet"}.get(path.suffix.lower(), "csv")
    if kind == "parquet":
        frame = _read_parquet(path)
    else:
        rows = _read_csv(path, spec) if kind == "csv" else _read_xlsx(path, spec)
        frame = _rectangle(rows, name, spec)
    marks = (spec.decimal, spec.thousands) if kind == "csv" else (".", "")
    return Table(name, frame, hashlib.sha256(path.read_bytes()).hexdigest(), *marks)


def _read_csv(path: Path, spec: Responses) -> list[list[str]]:
    encoding = (
        "utf-8-sig"
        if spec.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
        else spec.encoding
    )
    if path.read_bytes()[:4] == b"PK\x03\x04":
        raise StudyError(
            [
                Fault(
                    "this is a spreadsheet, not a CSV",
                    file=path.name,
                    fix="declare `reader: xlsx`, or save it as CSV",
                )
            ]
        )
    try:
        text = path.read_bytes().decode(encoding)
    except LookupError:
        raise StudyError(
            [
                Fault(
                    "no such encoding",
                    file=path.name,
                    value=spec.encoding,
                    fix="use utf-8, cp1252, latin-1, cp949 …",
                )
            ]
        ) from None
    except UnicodeDecodeError as error:
        row = path.read_bytes()[: error.start].count(b"\n") + 1
        fix = "declare `encoding:` under responses, for example cp1252 for a file saved by Excel"
        raise StudyError(
            [Fault(f"the bytes are not {spec.encoding}", file=path.name, rows=(row,), fix=fix)]
        ) from None
    csv.field_size_limit(1_000_000)
    try:
        return list(
            csv.reader(io.StringIO(text, newline=""), delimiter=spec.separator, strict=True)
        )
    except (csv.Error, TypeError) as error:
        raise StudyError(
            [
                Fault(
                    f"not readable as CSV ({error})",
                    file=path.name,
                    fix="look for an unclosed quote",
                )
            ]
        ) from None


def _read_xlsx(path: Path, spec: Responses) -> list[list[str]]:
    """The sheet's rows. Read as a stream, without trusting the declared size: one stray cell at
    XFD1048576 would cost gigabytes.
    """
    import zipfile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        books = [
            openpyxl.load_workbook(path, read_only=True, data_only=values)
            for values in (True, False)
        ]
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        OSError,
        ValueError,
        SyntaxError,
    ) as error:
        raise StudyError(
            [Fault(f"not readable as XLSX ({error})", file=path.name, fix="save it again as .xlsx")]
        ) from None
    if spec.sheet is not None and spec.sheet not in books[0].sheetnames:
        raise StudyError(
            [
                Fault(
                    "no such sheet",
                    file=path.name,
                    value=spec.sheet,
                    fix=f"one of {books[0].sheetnames}",
                )
            ]
        )
    if spec.sheet is None and len(books[0].sheetnames) > 1:
        fix = f"declare `sheet:` under responses, one of {books[0].sheetnames}"
        raise StudyError(
            [Fault("the workbook has several sheets and none is named", file=path.name, fix=fix)]
        )
    sheets = [book[spec.sheet] if spec.sheet else book.worksheets[0] for book in books]
    for sheet in sheets:
        sheet.reset_dimensions()
    rows, faults = [], []
    for number, (values, formulas) in enumerate(
        zip(*(sheet.iter_rows(values_only=True) for sheet in sheets), strict=True), HEADER_ROW
    ):
        lost = [
            f
            for v, f in zip(values, formulas, strict=True)
            if v is None and isinstance(f, str) and f.startswith("=")
        ]
        if lost:
            faults.append(
                Fault(
                    "a formula without a stored result",
                    path.name,
                    "",
                    (number,),
                    lost[0],
                    "open it in a spreadsheet and save it",
                )
            )
        rows.append([_as_text(value) for value in values])
    for book in books:
        book.close()
    if faults:
        raise StudyError(faults)
    while rows and not any(rows[-1]):
        rows.pop()
    width = max((i + 1 for i, cell in enumerate(rows[0]) if cell), default=0) if rows else 0
    # Spreadsheets drop empty cells at a row's end; only a filled cell beyond the header is a fault.
    return [
        row[:width] + [""] * (width - len(row)) + [cell for cell in row[width:] if cell]
        for row in rows
    ]


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow

    try:
        frame = pd.read_parquet(path)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise StudyError(
            [
                Fault(
                    f"not readable as Parquet ({error})", file=path.name, fix="write the file again"
                )
            ]
        ) from None
    try:
        text = text_frame(frame)
    except TypeError:
        raise StudyError(
            [
                Fault(
                    "a column holds lists or records instead of answers",
                    file=path.name,
                    fix="write one answer a cell",
                )
            ]
        ) from None
    text.index = pd.RangeIndex(HEADER_ROW + 1, HEADER_ROW + 1 + len(text))
    return text


def _rectangle(rows: list[list[str]], name: str, spec: Responses) -> pd.DataFrame:
    """Rows of equal length under a sound header; anything else would put answers under the wrong
    question.
    """
    # Excel leaves rows of separators behind the last answer; a row without a single answer is
    # nobody.
    rows = [
        (number, row)
        for number, row in enumerate(rows, HEADER_ROW)
        if any(cell.strip() for cell in row)
    ]
    if not rows or not any(rows[0][1]):
        raise StudyError(
            [
                Fault(
                    "the file is empty",
                    file=name,
                    fix="export the answers again, with a header row",
                )
            ]
        )
    header, body = rows[0][1], rows[1:]
    faults = (
        []
        if body
        else [
            Fault("there is no answer below the header", file=name, fix="export the answers again")
        ]
    )
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|,"):
        faults.append(
            Fault(
                "only one column was found",
                name,
                value=header[0][:60],
                fix="declare `separator:` under responses",
            )
        )
    for column in sorted({c for c in header if header.count(c) > 1 and c.strip()}):
        faults.append(
            Fault(
                "this header stands twice",
                name,
                "",
                (HEADER_ROW,),
                column,
                fix="give each column its own name",
            )
        )
    ragged = [number for number, row in body if len(row) != len(header)]
    if ragged:
        lengths = sorted({len(row) for _, row in body if len(row) != len(header)})
        problem = f"rows with {', '.join(map(str, lengths))} cells under a header of {len(header)}"
        faults.append(
            Fault(
                problem,
                name,
                rows=tuple(ragged),
                fix="look for a separator inside an unquoted answer, or a cut-off row",
            )
        )
    if faults:
        raise StudyError(faults)
    frame = pd.DataFrame(
        [row for _, row in body], columns=header, index=[number for number, _ in body], dtype=object
    )
    return frame.loc[
        :, [bool(c.strip()) or bool(frame.iloc[:, i].ne("").any()) for i, c in enumerate(header)]
    ]


def text_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Typed columns as the text a CSV would hold: 4.0 is `4`, missing is an empty cell."""
    return pd.DataFrame(
        {str(name): _text_column(frame[name]) for name in frame.columns},
        index=frame.index,
        dtype=object,
    )


def _text_column(column: pd.Series) -> np.ndarray:
    # Ratings repeat: only the distinct values are turned into text.
    codes, values = pd.factorize(column, use_na_sentinel=True)
    text = np.array([*(_as_text(value) for value in values), ""], dtype=object)
    return text[codes]


def _as_text(value: object) -> str:
    if value is None or value is pd.NaT:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return (
            ""
            if np.isnan(value)
            else f"{int(value)}"
            if float(value).is_integer()
            else repr(float(value))
        )
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
