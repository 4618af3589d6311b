"""Files whose columns have types and, from statistics programs, labels and codes that are no
answers: SPSS, Stata, Parquet.
"""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlab.data_files import read_data
from cxlab.errors import Fault, StudyError
from cxlab.extras import needed
from cxlab.study import sizes
from cxlab.study.codebook.normal import bare, plain
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.headers import JOINT, folded
from cxlab.study.exports.table import Column, Table

FIRST_ROW = 2  # of answers, below the header
_NESTED = "a column holds lists or records instead of answers"
ONE_A_CELL = "write one answer a cell"
_REASONS = read_data("study.exports", "reasons.yml")


def reason_of(label: str) -> str:
    """Why a code with this label is no rating: not_used, not_asked or no_answer.

    >>> reason_of("Nunca usei"), reason_of("Refused")
    ('not_used', 'no_answer')
    """
    words = bare(folded(label))
    for reason, known in _REASONS.items():
        if any(one in words for one in known):
            return reason
    return "no_answer"


def read_statistics(data: bytes, spec: Responses, name: str, kind: str) -> Table:
    """The answers of an SPSS or Stata file with its labels; codes stay codes."""
    with needed():
        import pyreadstat

    read: Callable = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta}[kind]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"file.{kind}")
        file.write_bytes(data)
        _, held = read(file, metadataonly=True)
        columns = max(len(held.column_names), 1)
        sizes.check(columns, "columns", name)
        # Of a packed file a byte may hold eight cells, and more is not in it.
        rows = held.number_rows if held.number_rows and held.number_rows > 0 else 0
        sizes.check(rows * columns, "cells", name)
        frame, held = read(file, user_missing=True, encoding=spec.encoding)
    text = text_frame(frame, name, ONE_A_CELL, spec.decimal or ".")
    described = tuple(_described(column, i, text, held) for i, column in enumerate(text, 1))
    text = text.set_axis(pd.RangeIndex(len(text)) + FIRST_ROW)
    if text.empty:
        raise StudyError(Fault("there is no answer in it", name, fix="export the answers again"))
    tool = {"sav": "spss", "dta": "stata"}[kind]
    return Table(name, text, spec=spec, tool=tool, columns=described)


def _described(name: str, position: int, text: pd.DataFrame, held: Any) -> Column:
    """What the file says of a column: its question, the words of its codes, and which are none."""
    labels = {plain(k): str(v) for k, v in held.variable_value_labels.get(name, {}).items()}
    codes = {plain(one) for one in held.missing_user_values.get(name, ())}
    ranges = held.missing_ranges.get(name, ())
    if ranges:
        codes |= {cell for cell in text[name].unique() if _within(cell, ranges)}
        codes |= {code for code in labels if _within(code, ranges)}
    missing = {code: reason_of(labels.get(code, "")) for code in sorted(codes)}
    question = held.column_names_to_labels.get(name) or ""
    for key, one in held.mr_sets.items():  # multiple-response sets: columns of one question
        if name in one["variable_list"]:
            question = f"{one['label'] or key}{JOINT}{question or name}"
    measure = held.variable_measure.get(name, "")
    measure = "" if measure == "unknown" else measure
    return Column(name, position, name, question, labels, missing, measure)


def _within(cell: str, ranges: list[dict]) -> bool:
    for one in ranges:
        low, high = one["lo"], one["hi"]
        if isinstance(low, str):
            if cell.strip() == low.strip():
                return True
            continue
        try:
            if low <= float(cell) <= high:
                return True
        except ValueError:
            continue
    return False


def read_parquet(data: bytes, spec: Responses, name: str) -> Table:
    """The answers of a Parquet file, columns of any type but records."""
    from pyarrow import BufferReader, compute, default_memory_pool, list_, parquet, string, types

    # Where a file holds checksums of its pages, a bit that fell over is known.
    file = parquet.ParquetFile(BufferReader(data), page_checksum_verification=True)
    held, schema = file.metadata, file.schema_arrow
    columns, groups = range(held.num_columns), range(held.num_row_groups)
    sizes.check(len(columns), "columns", name)
    sizes.check(len(columns) * len(groups), "column chunks", name)
    chunks = [held.row_group(group).column(one) for group in groups for one in columns]
    unpacked = sum(chunk.total_uncompressed_size for chunk in chunks)
    sizes.check(unpacked, "bytes", name, "unpacked, it")
    values = sum(chunk.num_values for chunk in chunks)
    sizes.check(max(values, held.num_rows * len(columns)), "cells", name)
    faults = []
    if twice := sorted({one for one in schema.names if schema.names.count(one) > 1}):
        problem, fix = "this header stands twice", "give each column its own name"
        faults += [Fault(problem, name, value=header, fix=fix) for header in twice]
    listed = [one for one in schema if types.is_list(one.type) or types.is_large_list(one.type)]
    listed = [one.name for one in listed if not types.is_nested(one.type.value_type)]
    if any(types.is_nested(one.type) and one.name not in listed for one in schema):
        faults.append(Fault(_NESTED, name, fix=ONE_A_CELL))
    if faults:
        raise StudyError(faults)
    # A text that stands a million times is one text, as in the file.
    texts = [one.name for one in schema if str(one.type) in ("string", "large_string")]
    file = parquet.ParquetFile(
        BufferReader(data), read_dictionary=texts, page_checksum_verification=True
    )
    table = file.read(use_threads=False)
    for one in listed:  # several answers to one question, as other files write them in a cell
        joined = compute.binary_join(table[one].cast(list_(string())), "; ")
        table = table.set_column(table.schema.get_field_index(one), one, joined)
    pieces = [piece.dictionary for one in texts for piece in table[one].chunks]
    if lost := [one for one in texts if not all(map(_is_text, table[one].chunks))]:
        problem, fix = "its letters are no UTF-8", "export the answers again"
        raise StudyError([Fault(problem, name, one, fix=fix) for one in lost])
    longest = [compute.max(compute.utf8_length(piece)).as_py() or 0 for piece in pieces]
    sizes.check(max(longest, default=0), "characters", name, "a cell")
    try:
        # Each column on its own, and given up as soon as it has been taken over.
        frame = table.to_pandas(split_blocks=True, self_destruct=True)
        del table, pieces
    except Exception:
        raise ValueError("what pandas noted of its columns does not fit them") from None
    if any(frame.index.names):
        frame = frame.reset_index()  # ids by which a frame was labelled
    index, names = frame.index, [*frame]
    columns = ((column, frame.pop(column)) for column in names)
    text = _text_of(columns, index, name, ONE_A_CELL, spec.decimal or ".")
    default_memory_pool().release_unused()
    if text.empty:
        raise StudyError(Fault("there is no answer in it", name, fix="export the answers again"))
    described = tuple(Column(one, place, one, one) for place, one in enumerate(text, 1))
    text = text.set_axis(pd.RangeIndex(len(text)) + FIRST_ROW)
    return Table(name, text, spec=spec, columns=described)


def _is_text(piece: Any) -> bool:
    try:
        piece.dictionary.validate(full=True)
    except ValueError:
        return False
    return True


def text_frame(frame: pd.DataFrame, name: str, fix: str, decimal: str = ".") -> pd.DataFrame:
    """Typed columns as the text a CSV would hold: 4.0 is `4`, missing is an empty cell. Raises
    StudyError where a cell of the file `name` holds no single answer.
    """
    return _text_of(((column, frame[column]) for column in frame), frame.index, name, fix, decimal)


def _text_of(
    columns: Iterable[tuple[object, pd.Series]], index: pd.Index, name: str, fix: str, decimal: str
) -> pd.DataFrame:
    """As `text_frame`, of columns that come one by one and may be given up then."""
    try:
        texts = {plain(header): _text_column(column, decimal) for header, column in columns}
    except TypeError:
        raise StudyError(Fault(_NESTED, name, fix=fix)) from None
    return pd.DataFrame(texts, index=index, dtype=object, copy=False)


def _text_column(column: pd.Series, decimal: str) -> np.ndarray:
    # Ratings repeat: only the distinct values are turned into text.
    codes, values = pd.factorize(column, use_na_sentinel=True)
    if pd.api.types.is_integer_dtype(values.dtype):
        words = list(map(str, values.tolist()))
    elif pd.api.types.is_float_dtype(values.dtype):
        texts = (str(int(v)) if v.is_integer() else repr(v) for v in values.tolist())
        words = [text.replace(".", decimal) for text in texts]
    else:
        words = [_text(value, decimal) for value in values]
    return np.array([*words, ""], dtype=object)[codes]


def _text(value: object, decimal: str) -> str:
    text = plain(value)
    return text.replace(".", decimal) if isinstance(value, (float, np.floating)) else text
