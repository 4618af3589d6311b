"""Survey exports in, as the text that stands in them.

pandas guesses: half of `4,5` is lost, a client called "NA" becomes missing, `007` becomes 7, an
extra comma on every row shifts all columns by one. So a file is read as text, its shape is checked,
and only the codebook decides what a cell means.
"""

import csv
import hashlib
import io
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.errors import Fault, StudyError
from cxlab.study.codebook.schema import Responses

HEADER_ROW = 1


@dataclass(frozen=True)
class Table:
    """Answers as text: `frame` has one row a respondent, labelled by its row number in the file
    (header = 1). A table without `spec` is a frame of the caller's, with labels of its own.
    """

    file: str
    frame: pd.DataFrame
    sha256: str = ""
    decimal: str = "."
    thousands: str = ""
    spec: Responses | None = None


def read_table(spec: Responses, folder: Path, key: str = "responses") -> Table:
    """Read the file declared under `key`. Raises StudyError with every fault of shape: unreadable,
    ragged, headers missing or twice.
    """
    path = Path(folder) / spec.file
    if not path.is_file():
        fix = f"check the file's name under {key}"
        raise StudyError(Fault("this file is declared but is not there", path.name, fix=fix))
    try:
        return _read(spec, path)
    except StudyError as error:
        if key == "responses":
            raise
        # That table has a fixed form, so what helps a file of answers would mislead here.
        fix = f"the table under {key} is a CSV in UTF-8 with commas"
        raise StudyError(
            replace(fault, fix=fix) if "declare" in fault.fix else fault for fault in error.faults
        ) from None


def _read(spec: Responses, path: Path) -> Table:
    kind = spec.reader or {".xlsx": "xlsx", ".parquet": "parquet"}.get(path.suffix.lower(), "csv")
    if kind == "parquet":
        frame = _read_parquet(path)
    else:
        frame = _rectangle((_read_xlsx if kind == "xlsx" else _read_csv)(path, spec), path.name)
    marks = (spec.decimal, spec.thousands) if kind == "csv" else (".", "")
    return Table(path.name, frame, hashlib.sha256(path.read_bytes()).hexdigest(), *marks, spec)


def _read_csv(path: Path, spec: Responses) -> list[list[str]]:
    name, data = path.name, path.read_bytes()
    if data.startswith(b"PK\x03\x04"):
        fix = "declare `reader: xlsx`, or save it as CSV"
        raise StudyError(Fault("this is a spreadsheet, not a CSV", name, fix=fix))
    is_utf8 = spec.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    try:
        text = data.decode("utf-8-sig" if is_utf8 else spec.encoding)
    except LookupError:
        fix = "use utf-8, cp1252, latin-1, cp949 …"
        raise StudyError(Fault("no such encoding", name, value=spec.encoding, fix=fix)) from None
    except UnicodeDecodeError as error:
        rows = (data[: error.start].count(b"\n") + 1,)
        fix = "declare `encoding:` under responses, for example cp1252 for a file saved by Excel"
        problem = f"the bytes are not {spec.encoding}"
        raise StudyError(Fault(problem, name, rows=rows, fix=fix)) from None
    csv.field_size_limit(1_000_000)
    lines = io.StringIO(text, newline="")
    try:
        return list(csv.reader(lines, delimiter=spec.separator, strict=True))
    except (csv.Error, TypeError) as error:
        fix = "look for an unclosed quote"
        raise StudyError(Fault(f"not readable as CSV ({error})", name, fix=fix)) from None


def _read_xlsx(path: Path, spec: Responses) -> list[list[str]]:
    """The sheet's rows. Read as a stream, without trusting the declared size: one stray cell at
    XFD1048576 would cost gigabytes.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    unreadable = (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError)
    try:
        # with the stored results, and with the formulas that they are the results of
        books = [
            openpyxl.load_workbook(path, read_only=True, data_only=stored)
            for stored in (True, False)
        ]
    except (*unreadable, SyntaxError) as error:
        fix = "save it again as .xlsx"
        raise StudyError(Fault(f"not readable as XLSX ({error})", path.name, fix=fix)) from None
    names = books[0].sheetnames
    if spec.sheet is not None and spec.sheet not in names:
        raise StudyError(Fault("no such sheet", path.name, value=spec.sheet, fix=f"one of {names}"))
    if spec.sheet is None and len(names) > 1:
        problem = "the workbook has several sheets and none is named"
        fix = f"declare `sheet:` under responses, one of {names}"
        raise StudyError(Fault(problem, path.name, fix=fix))
    sheets = [book[spec.sheet] if spec.sheet else book.worksheets[0] for book in books]
    for sheet in sheets:
        sheet.reset_dimensions()
    rows, faults = [], []
    problem, fix = "a formula without a stored result", "open it in a spreadsheet and save it"
    pairs = zip(*(sheet.iter_rows(values_only=True) for sheet in sheets), strict=True)
    for number, (values, formulas) in enumerate(pairs, HEADER_ROW):
        cells = zip(values, map(str, formulas), strict=True)
        lost = [formula for value, formula in cells if value is None and formula.startswith("=")]
        faults += [Fault(problem, path.name, "", (number,), one, fix) for one in lost[:1]]
        rows.append([*map(_as_text, values)])
    for book in books:
        book.close()
    if faults:
        raise StudyError(faults)
    width = max((i for i, cell in enumerate(rows[0], 1) if cell), default=0) if rows else 0
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
        fix = "write the file again"
        raise StudyError(Fault(f"not readable as Parquet ({error})", path.name, fix=fix)) from None
    text = text_frame(frame, path.name, "write one answer a cell")
    return text.set_axis(pd.RangeIndex(len(text)) + HEADER_ROW + 1)


def _rectangle(rows: list[list[str]], name: str) -> pd.DataFrame:
    """Rows of equal length under a sound header; anything else would put answers under the wrong
    question.
    """
    # Excel leaves rows of separators behind the last answer; a row without a single answer is no
    # respondent's.
    numbered = {
        number: row
        for number, row in enumerate(rows, HEADER_ROW)
        if any(cell.strip() for cell in row)
    }
    again = "export the answers again"
    if not numbered:
        raise StudyError(Fault("the file is empty", name, fix=f"{again}, with a header row"))
    header = numbered.pop(next(iter(numbered)))
    empty = Fault("there is no answer below the header", name, fix=again)
    faults = [] if numbered else [empty]
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|,"):
        fix = "declare `separator:` under responses"
        faults.append(Fault("only one column was found", name, value=header[0][:60], fix=fix))
    fix = "give each column its own name"
    faults += [
        Fault("this header stands twice", name, "", (HEADER_ROW,), column, fix)
        for column in sorted({c for c in header if header.count(c) > 1 and c.strip()})
    ]
    ragged = {number: len(row) for number, row in numbered.items() if len(row) != len(header)}
    if ragged:
        lengths = ", ".join(map(str, sorted(set(ragged.values()))))
        problem = f"rows with {lengths} cells under a header of {len(header)}"
        fix = "look for a separator inside an unquoted answer, or a cut-off row"
        faults.append(Fault(problem, name, rows=tuple(ragged), fix=fix))
    if faults:
        raise StudyError(faults)
    frame = pd.DataFrame(numbered.values(), list(numbered), header, dtype=object)
    return frame.loc[:, (frame.columns.str.strip() != "") | frame.ne("").any().to_numpy()]


def text_frame(frame: pd.DataFrame, name: str, fix: str) -> pd.DataFrame:
    """Typed columns as the text a CSV would hold: 4.0 is `4`, missing is an empty cell. Raises
    StudyError where a cell of the file `name` holds no single answer.
    """
    try:
        columns = {str(column): _text_column(frame[column]) for column in frame}
    except TypeError:
        problem = "a column holds lists or records instead of answers"
        raise StudyError(Fault(problem, name, fix=fix)) from None
    return pd.DataFrame(columns, index=frame.index, dtype=object)


def _text_column(column: pd.Series) -> np.ndarray:
    # Ratings repeat: only the distinct values are turned into text.
    codes, values = pd.factorize(column, use_na_sentinel=True)
    return np.array([*map(_as_text, values), ""], dtype=object)[codes]


def _as_text(value: object) -> str:
    if value is None or value is pd.NaT or value != value:
        return ""
    if isinstance(value, (float, np.floating)) and not float(value).is_integer():
        return repr(float(value))
    if isinstance(value, (bool, np.bool_, float, np.floating)):
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
