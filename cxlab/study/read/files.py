"""Survey exports in, as the text that stands in them.

pandas guesses: half of `4,5` is lost, a client called "NA" becomes missing, `007` becomes 7, an
extra comma on every row shifts all columns by one. So a file is read as text, its shape is checked,
and only the codebook decides what a cell means.
"""

import csv
import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from cxlab.errors import Fault, StudyError
from cxlab.study import sizes
from cxlab.study.codebook.normal import plain, repeated
from cxlab.study.codebook.schema import Responses
from cxlab.study.read.workbook import SAVE, Workbook

HEADER_ROW = 1
_NESTED = "a column holds lists or records instead of answers"
_ONE_A_CELL = "write one answer a cell"


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


def read_table(spec: Responses, path: Path, key: str = "responses") -> Table:
    """Read the file at `path`, declared under `key`. Raises StudyError with every fault of shape:
    unreadable, ragged, headers missing or twice.
    """
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
    read, name, fix = _READERS[kind]
    sizes.check(path.stat().st_size, "bytes", path.name)
    try:
        frame = read(path, spec)
    except StudyError:
        raise
    except MemoryError:
        problem, fix = "it needs more memory than there is", "give it more, or leave columns out"
        raise StudyError(Fault(problem, path.name, fix=fix)) from None
    except Exception as error:  # a damaged file makes a library raise anything
        said = str(error).partition("\n")[0][:200] or type(error).__name__
        raise StudyError(Fault(f"not readable as {name} ({said})", path.name, fix=fix)) from None
    marks = (spec.decimal, spec.thousands) if kind == "csv" else (".", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Table(path.name, frame, digest, *marks, spec)


def _read_csv(path: Path, spec: Responses) -> pd.DataFrame:
    name, data = path.name, path.read_bytes()
    if data.startswith(b"PK\3\4"):
        fix = "declare `reader: xlsx`, or save it as CSV"
        raise StudyError(Fault("this is a spreadsheet, not a CSV", name, fix=fix))
    is_utf8 = spec.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    encoding = "utf-8-sig" if is_utf8 else spec.encoding
    csv.field_size_limit(sizes.most("characters"))
    cells, rows, most = 0, {}, sizes.most("cells")
    try:
        data.decode(encoding)  # as a whole, so that it is known where it fails
        with path.open(encoding=encoding, newline="") as file:
            lines = csv.reader(_lines(file, name, spec), delimiter=spec.separator, strict=True)
            for number, row in enumerate(lines, HEADER_ROW):
                cells += len(row) or 1
                if cells > most:
                    sizes.check(cells, "cells", name)
                # Excel leaves rows of separators behind the last answer; a row without a single
                # answer is no respondent's.
                if any(map(str.strip, row)):
                    rows[number] = row
    except LookupError:
        fix = "use utf-8, cp1252, latin-1, cp949 …"
        raise StudyError(Fault("no such encoding", name, value=spec.encoding, fix=fix)) from None
    except UnicodeDecodeError as error:
        fix = "declare `encoding:` under responses, for example cp1252 for a file saved by Excel"
        problem, lines = f"the bytes are not {spec.encoding}", error.object[: error.start]
        at = (lines.count(b"\n") + HEADER_ROW,)
        raise StudyError(Fault(problem, name, rows=at, fix=fix)) from None
    except (csv.Error, TypeError) as error:
        fix = "look for an unclosed quote"
        raise StudyError(Fault(f"not readable as CSV ({error})", name, fix=fix)) from None
    return _rectangle(rows, name)


def _lines(file: TextIO, name: str, spec: Responses) -> Iterator[str]:
    """The lines of a CSV, none longer or of more cells than may be read."""
    longest, most = sizes.most("characters of a line"), sizes.most("columns")
    for number, line in enumerate(iter(partial(file.readline, longest + 1), ""), HEADER_ROW):
        if len(line) > most:
            where = f"line {number}"
            sizes.check(len(line), "characters of a line", name, where)
            sizes.check(line.count(spec.separator) + 1, "columns", name, where)
        yield unicodedata.normalize("NFC", line)


def _read_xlsx(path: Path, spec: Responses) -> pd.DataFrame:
    book = Workbook(path)
    names = [*book.sheets]
    shown = f"one of {', '.join(names[:10])}"
    if spec.sheet is not None and spec.sheet not in names:
        raise StudyError(Fault("no such sheet", path.name, value=spec.sheet, fix=shown))
    if spec.sheet is None and len(names) != 1:
        problem = "the workbook has several sheets and none is named"
        fix = f"declare `sheet:` under responses, {shown}"
        if not names:
            problem, fix = "the workbook has no sheet of cells", "export the answers again"
        raise StudyError(Fault(problem, path.name, fix=fix))
    rows = book.rows(spec.sheet or names[0])
    width = max(next(iter(rows.values()), {0: ""}))  # of the header
    sizes.check(len(rows) * width, "cells", path.name)
    for number, row in rows.items():
        # Spreadsheets drop empty cells at a row's end; a filled cell beyond the header is a fault.
        rows[number] = [row.pop(column, "") for column in range(1, width + 1)] + [*row.values()]
    return _rectangle({n: row for n, row in rows.items() if any(map(str.strip, row))}, path.name)


def _read_parquet(path: Path, spec: Responses) -> pd.DataFrame:
    from pyarrow import compute, parquet, types

    name, file = path.name, parquet.ParquetFile(path)
    held, schema = file.metadata, file.schema_arrow
    columns, groups = range(held.num_columns), range(held.num_row_groups)
    sizes.check(len(columns), "columns", name)
    sizes.check(len(columns) * len(groups), "column chunks", name)
    chunks = [held.row_group(group).column(one) for group in groups for one in columns]
    unpacked = sum(chunk.total_uncompressed_size for chunk in chunks)
    sizes.check(unpacked, "bytes", name, "unpacked, it")
    values = sum(chunk.num_values for chunk in chunks)
    sizes.check(max(values, held.num_rows * len(columns)), "cells", name)
    faults = [*_headers_twice(schema.names, name)]
    if any(types.is_nested(field.type) for field in schema):
        faults.append(Fault(_NESTED, name, fix=_ONE_A_CELL))
    if faults:
        raise StudyError(faults)
    # A text that stands a million times is one text, as in the file.
    texts = [one.name for one in schema if str(one.type) in ("string", "large_string")]
    table = parquet.ParquetFile(path, read_dictionary=texts).read(use_threads=False)
    pieces = [piece.dictionary for one in texts for piece in table[one].chunks]
    longest = [compute.max(compute.utf8_length(piece)).as_py() or 0 for piece in pieces]
    sizes.check(max(longest, default=0), "characters", name, "a cell")
    try:
        frame = table.to_pandas()
    except Exception:
        raise ValueError("what pandas noted of its columns does not fit them") from None
    if any(frame.index.names):
        frame = frame.reset_index()  # ids by which a frame was labelled
    text = text_frame(frame, name, _ONE_A_CELL)
    return text.set_axis(pd.RangeIndex(len(text)) + HEADER_ROW + 1)


# By kind of file: what reads it, its name, and what to do where it cannot be read.
_READERS = {
    "csv": (_read_csv, "CSV", "write the file again"),
    "xlsx": (_read_xlsx, "XLSX", f"{SAVE}, without a password"),
    "parquet": (_read_parquet, "Parquet", "write the file again"),
}


def _rectangle(rows: dict[int, list[str]], name: str) -> pd.DataFrame:
    """Rows of equal length under a sound header, by their number; anything else would put answers
    under the wrong question.
    """
    again = "export the answers again"
    if not rows:
        raise StudyError(Fault("the file is empty", name, fix=f"{again}, with a header row"))
    header = rows.pop(next(iter(rows)))
    empty = Fault("there is no answer below the header", name, fix=again)
    faults = [] if rows else [empty]
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|,"):
        fix = "declare `separator:` under responses"
        faults.append(Fault("only one column was found", name, value=header[0][:60], fix=fix))
    faults += _headers_twice(filter(str.strip, header), name, HEADER_ROW)
    ragged = {number: len(row) for number, row in rows.items() if len(row) != len(header)}
    if ragged:
        lengths = sorted(set(ragged.values()))
        shown = ", ".join(map(str, lengths[:5])) + (" …" if len(lengths) > 5 else "")
        problem = f"rows with {shown} cells under a header of {len(header)}"
        fix = "look for a separator inside an unquoted answer, or a cut-off row"
        faults.append(Fault(problem, name, rows=tuple(ragged), fix=fix))
    if faults:
        raise StudyError(faults)
    frame = pd.DataFrame(rows.values(), list(rows), header, dtype=object)
    return frame.loc[:, (frame.columns.str.strip() != "") | frame.ne("").any().to_numpy()]


def _headers_twice(headers: Iterable[str], name: str, *rows: int) -> Iterator[Fault]:
    for header in repeated(headers):
        fix = "give each column its own name"
        yield Fault("this header stands twice", name, "", rows, header, fix)


def text_frame(frame: pd.DataFrame, name: str, fix: str) -> pd.DataFrame:
    """Typed columns as the text a CSV would hold: 4.0 is `4`, missing is an empty cell. Raises
    StudyError where a cell of the file `name` holds no single answer.
    """
    try:
        columns = {plain(column): _text_column(frame[column]) for column in frame}
    except TypeError:
        raise StudyError(Fault(_NESTED, name, fix=fix)) from None
    return pd.DataFrame(columns, index=frame.index, dtype=object)


def _text_column(column: pd.Series) -> np.ndarray:
    # Ratings repeat: only the distinct values are turned into text.
    codes, values = pd.factorize(column, use_na_sentinel=True)
    return np.array([*map(plain, values), ""], dtype=object)[codes]
