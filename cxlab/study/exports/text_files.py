"""CSV and its kin: delimited text, of any encoding, separator and number of header rows.

The csv module finds what is wrong and where. A large sound file is parsed by Arrow, column by
column, after the same checks; whatever it stumbles over is left to the csv module to name.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import pandas as pd

from cxlab.errors import Fault, StudyError, said
from cxlab.study import sizes
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.encodings import decoded
from cxlab.study.exports.grid import Rows, framed, refuse_summary, table_of
from cxlab.study.exports.headers import LOOKED_AT, head_of
from cxlab.study.exports.table import Table

SEPARATORS = ",;\t|"
MANY_TEXTS = 1000  # in a column of ratings there are fewer
LARGE = 4_000_000  # characters from which Arrow reads it
# A quote that neither opens nor closes a cell, which Arrow and the csv module read differently.
_SEEN = bytes([9, 10, 13, *range(32, 127)])
_ODD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffd\u200b\u200e\u200f\u202a-\u202e\u2060]"
)
# A first line whose cells stand in single quotes.
_CELL = r"(?:'(?:[^'\r\n]|'')*'|[^',;\t|\r\n]*)"
_SINGLE = re.compile(rf"'(?:[^'\r\n]|'')*'([,;\t|]){_CELL}(?:\1{_CELL})*\s*?(?:[\r\n]|$)")
_STRAY = re.compile(r'[^,;\t|\n\r"]"[^,;\t|\n\r"]')


def read_text_file(data: bytes, spec: Responses, name: str) -> Table:
    """The answers in a delimited text file."""
    text, encoding, notices = decoded(data, name, spec.encoding)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    text = text.removeprefix("\ufeff")
    notices = [*notices, *_odd_signs(text, name)]
    quote = "'" if _SINGLE.match(text) else '"'
    separator = spec.separator or _separator(text)
    spec = spec.model_copy(update={"separator": separator, "encoding": encoding})
    table = _by_arrow(text, spec, name) if len(text) > LARGE and quote == '"' else None
    if table is None:
        rows = _rows(text, spec, name, quote=quote)
        tool = ""
        if quote == "'" and rows and rows[first := min(rows)][0].isdigit():
            # What LimeSurvey writes for SPSS begins with the first respondent.
            rows, tool = {0: [""] * len(rows[first]), **rows}, "limesurvey"
            spec = spec.model_copy(update={"header_rows": 1, "skip_rows": 0})
        table = table_of(rows, spec, name)
        table = replace(table, tool=table.tool or tool)
        notices += _lone_quotes(rows, text, separator, name) if '"' in text else ()
    return replace(table, notices=(*notices, *table.notices))


def _odd_signs(text: str, name: str) -> Iterator[Fault]:
    """A warning of signs that nobody sees or types: they make two levels of one, or stand where a
    letter was lost.
    """
    if text.isascii() and not text.encode("ascii").translate(None, _SEEN):
        return
    if found := [*islice(_ODD.finditer(text), 1000)]:
        numbers = [text.count("\n", 0, one.start()) + 1 for one in found[:5]]
        signs = ", ".join(f"U+{ord(sign):04X}" for sign in sorted({one[0] for one in found})[:5])
        problem = said(
            "signs that nobody sees, or that stand for lost letters: {signs}", signs=signs
        )
        rows = tuple(dict.fromkeys(numbers))
        start = max(0, found[0].start() - 10)
        value = repr(text[start : found[0].end() + 10])[1:-1]
        fix = "take them out, or export the answers again"
        yield Fault(problem, name, rows=rows, value=value, fix=fix, severity="warning")


def _lone_quotes(rows: Rows, text: str, separator: str, name: str) -> Iterator[Fault]:
    """A warning of quotes inside cells that none encloses: text was lost or put in there."""
    ends = (separator, "\n", "\r")
    found = {}
    for number, row in rows.items():
        for cell in row:
            if cell.count('"') % 2 and any(f"{a}{cell}{b}" in text for a in ends[:2] for b in ends):
                found.setdefault(number, cell)
    if found:
        problem, value = (
            "a quote inside an answer that no quotes enclose",
            next(iter(found.values())),
        )
        fix = "look whether a separator or a letter was lost there"
        rows_ = tuple(found)
        yield Fault(problem, name, rows=rows_, value=value[:60], fix=fix, severity="warning")


def is_table(data: bytes) -> bool:
    """Whether bytes may be delimited text: letters, in lines of several cells."""
    start = data[:4000]
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")) and start[1:2] != b"\0":
        return False
    lines = [line for line in start.splitlines()[:-1] if line.strip()]
    return (
        any(all(mark in line for line in lines) for mark in (b",", b";", b"\t", b"|"))
        and len(lines) > 1
    )


def _separator(text: str) -> str:
    """The separator of the first lines: the one that most often stands equally often in them."""
    start = text[:200_000]
    start = start[: start.rfind("\n")] if "\n" in start and len(text) > len(start) else start
    if not start.strip():
        return ","
    if declared := re.match(r"sep=(.)\r?\n", start):
        return declared[1]
    points = {}
    for separator in SEPARATORS:
        try:
            lines = csv.reader(start.splitlines(keepends=True), delimiter=separator)
            widths = Counter(len(row) for row in islice(lines, LOOKED_AT) if row)
        except csv.Error:
            continue
        width, count = max(widths.items(), key=lambda one: (one[1], one[0]), default=(1, 0))
        if width > 1:
            points[separator] = (count / sum(widths.values()) > 0.8, width)
    return max(points, key=points.get) if points else ","


def _rows(
    text: str, spec: Responses, name: str, most: int = 0, quote: str = '"'
) -> dict[int, list[str]]:
    """Filled rows by their number, at `most` so many, all for 0."""
    csv.field_size_limit(sizes.most("characters"))
    cells, rows, limit, separator = 0, {}, sizes.most("cells"), spec.separator
    number = 0
    start = 1 if re.match(r"sep=.\r?\n", text[:10]) else 0
    try:
        lines = _lines(text, name, separator)
        lines = csv.reader(lines, delimiter=separator, quotechar=quote, strict=True)
        for number, row in enumerate(lines, 1):
            cells += len(row) or 1
            if cells > limit:
                sizes.check(cells, "cells", name)
            # Excel leaves rows of separators behind the last answer; a row without a single
            # answer is no respondent's.
            if number > start and any(map(str.strip, row)):
                rows[number] = row
                if len(rows) == most:
                    break
    except (csv.Error, TypeError) as error:
        fix = "look for an unclosed quote"
        problem = said("not readable as CSV ({error})", error=error)
        raise StudyError(Fault(problem, name, rows=(number + 1,), fix=fix)) from None
    return rows


def _lines(text: str, name: str, separator: str) -> Iterator[str]:
    """The lines of a CSV, none longer or of more cells than may be read."""
    most, start, number = sizes.most("columns"), 0, 0
    while start < len(text):
        # As the csv module counts them: \n, \r\n or \r.
        end = _END.search(text, start)
        line = text[start : end.end()] if end else text[start:]
        start, number = start + len(line), number + 1
        if len(line) > most:
            where = said("line {number}", number=number)
            sizes.check(len(line), "characters of a line", name, where)
            sizes.check(line.count(separator) + 1, "columns", name, where)
        yield line


_END = re.compile(r"\r\n|\n|\r")


def _by_arrow(text: str, spec: Responses, name: str) -> Table | None:
    """The table of a large file, or None where the csv module must look at it."""
    from pyarrow import (
        BufferReader,
        csv as arrow,
        default_memory_pool,
        dictionary,
        int32,
        py_buffer,
        string,
    )

    separator = spec.separator
    if "\0" in text or "\r" in text and re.search(r"\r\r|\n\r", text):
        return None
    if '"' in text and ("\n\n" in text or _STRAY.search(text)):
        return None
    lines = text.count("\n") + (not text.endswith("\n"))
    first = _rows(text, spec, name, LOOKED_AT)
    refuse_summary(first, name)
    head = head_of(first, spec, name)
    below = list(first)[len(head.rows) + len(head.skipped) :]
    before = max(head.rows)
    if not below or before != len(head.rows) + len(head.skipped):
        return None
    width = len(head.columns)
    sizes.check(width * lines, "cells", name)
    data = text.encode("utf-8")
    start = len(text[: _after(text, separator, before)].encode("utf-8"))
    names = [str(i) for i in range(width)]
    kinds = dict.fromkeys(names, dictionary(int32(), string()))
    try:
        read = arrow.read_csv(
            BufferReader(py_buffer(data).slice(start)),
            arrow.ReadOptions(use_threads=False, column_names=names, block_size=1 << 24),
            arrow.ParseOptions(delimiter=separator, newlines_in_values=b'"' in data),
            arrow.ConvertOptions(
                check_utf8=False,
                column_types=kinds,
                strings_can_be_null=False,
                null_values=[],
            ),
        )
    except Exception:  # rows of another length, an open quote: the csv module says where
        return None
    if '"' not in text and len(read) != lines - before:
        return None  # a blank line, which has a number of its own
    del data
    columns, longest, filled = {}, sizes.most("characters"), np.zeros(len(read), dtype=bool)
    rows = pd.RangeIndex(before + 1, before + 1 + len(read))
    for place, column in enumerate(names):
        cells = read[column].unify_dictionaries().combine_chunks()
        read = read.drop_columns([column])  # given up as soon as it has been taken over
        words = np.array([*cells.dictionary.to_pylist(), ""], dtype=object)
        if max(map(len, words)) > longest:
            return None
        places = cells.indices.to_numpy(zero_copy_only=False)
        columns[place] = words[places]
        if len(words) < MANY_TEXTS and not filled.all():
            filled |= np.array([word.strip() != "" for word in words])[places]
    for cells in columns.values():
        left = np.flatnonzero(~filled)
        filled[left] = [cell.strip() != "" for cell in cells[left]]
    default_memory_pool().release_unused()
    frame = pd.DataFrame(columns, index=rows, dtype=object, copy=False)
    return framed(frame if filled.all() else frame[filled], head, spec, name)


def _after(text: str, separator: str, rows: int) -> int:
    """Where in the text the row after the first `rows` begins."""
    taken = 0

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in _lines(text, "", separator):
            taken += len(line)
            yield line

    for _ in zip(range(rows), csv.reader(lines(), delimiter=separator, strict=True), strict=False):
        pass
    return taken
