"""The sheets of a workbook as text, read as a stream.

A workbook is an archive of XML that may unpack to a thousand times its size. A library that builds
an object for each element, and a row for each row number, has spent the memory before it can be
told to stop (530 kB took 1.5 GiB). So the parts are parsed here as they come, and counted; what a
number format means is openpyxl's knowledge.
"""

import functools
import io
import math
import posixpath
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601
from openpyxl.utils.escape import unescape

from cxlab.errors import Fault, StudyError
from cxlab.study import sizes
from cxlab.study.codebook.normal import plain

ROWS, COLUMNS = 1_048_576, 16_384  # of a sheet, in every program
LONGEST_FORMAT = 255  # of a number, in every program
SAVE = "open it in a spreadsheet and save it again as .xlsx"

Attributes = dict[str, str]
Handler = Callable[..., None]


class Workbook:
    """The parts of a workbook. `sheets`: where each stands, by its name; `hidden`: those of them
    that nobody sees. Damaged parts raise whatever their parsers do.
    """

    def __init__(self, data: bytes, file: str) -> None:
        self.file, self.sheets, self.hidden, self._tags = file, {}, set(), 0
        sizes.check(data.count(b"PK\1\2"), "parts", self.file)
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        # Of an entry no more is ever unpacked than it declares.
        unpacked = sum(entry.file_size for entry in self._archive.infolist())
        sizes.check(unpacked, "bytes", self.file, "unpacked, it")
        self._epoch = WINDOWS_EPOCH
        (self._book,) = self._related("", "officeDocument").values()
        # A chart on a sheet of its own is none of them.
        tables = self._related(self._book, "worksheet")

        def start(tag: str, attributes: Attributes) -> None:
            if tag == "sheet":
                (number,) = (value for key, value in attributes.items() if key.endswith(":id"))
                if number in tables:
                    self.sheets[attributes["name"]] = tables[number]
                    if attributes.get("state", "visible") != "visible":
                        self.hidden.add(attributes["name"])
            elif tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self._epoch = MAC_EPOCH

        self._parse(self._book, start)

    def sheet(self, sheet: str, decimal: str = ".") -> "Sheet":
        """What stands in a sheet, numbers written with this decimal mark. Raises StudyError where a
        formula has no stored result.
        """
        reader = Sheet(self.file, self._dates(), self._epoch, decimal)
        strings = self._related(self._book, "sharedStrings").values()
        for part in (*strings, self.sheets[sheet]):
            try:
                self._parse(part, reader.start, reader.end, reader.text)
            except (ValueError, IndexError, KeyError, OverflowError) as error:
                if isinstance(error, StudyError) or not reader.place:
                    raise
                raise ValueError(f"{error}, at cell {reader.place}") from None
        if lost := reader.lost:
            problem, first = "a formula without a stored result", next(iter(lost.values()))
            raise StudyError(Fault(problem, self.file, "", tuple(lost), f"={first}", SAVE))
        return reader

    def _dates(self) -> dict[str, bool]:
        """The styles of dates, by number, and whether it is a length of time instead."""
        codes, styles, section = dict(BUILTIN_FORMATS), [], ""

        def start(tag: str, attributes: Attributes) -> None:
            nonlocal section
            if tag == "numFmt":
                codes[int(attributes["numFmtId"])] = attributes["formatCode"][:LONGEST_FORMAT]
            elif tag == "xf" and section == "cellXfs":
                styles.append(int(attributes.get("numFmtId", 0)))
            elif tag.startswith("cell"):
                section = tag

        for part in self._related(self._book, "styles").values():
            self._parse(part, start)
        kinds = {one: codes.get(one, "") for one in set(styles)}
        kinds = {one: is_timedelta_format(c) for one, c in kinds.items() if is_date_format(c)}
        return {str(style): kinds[one] for style, one in enumerate(styles) if one in kinds}

    def _related(self, part: str, kind: str) -> dict[str, str]:
        """The parts of one kind that `part` names, by the id that it has for them."""
        folder, found = posixpath.dirname(part), {}

        def start(tag: str, attributes: Attributes) -> None:
            if tag == "Relationship" and posixpath.basename(attributes["Type"]) == kind:
                target = posixpath.join("/", folder, attributes["Target"])
                found[attributes["Id"]] = posixpath.normpath(target)[1:]

        self._parse(posixpath.join(folder, "_rels", f"{posixpath.basename(part)}.rels"), start)
        return found

    def _parse(
        self, part: str, start: Handler, end: Handler | None = None, text: Handler | None = None
    ) -> None:
        """Call these for each element of a part, by its name without a prefix, and for its text."""
        data, parser = self._archive.read(part), expat.ParserCreate()
        self._tags += data.count(b"<")
        sizes.check(self._tags, "tags", self.file)

        def refuse(*_: Any) -> None:
            raise ValueError("it declares a document type")

        parser.buffer_text, parser.StartDoctypeDeclHandler = True, refuse
        if _PREFIXED.match(data):  # a call for each element, which few workbooks need
            bare = functools.cache(lambda name: name.rpartition(":")[2])
            parser.StartElementHandler = lambda name, attributes: start(bare(name), attributes)
            parser.EndElementHandler = end and (lambda name: end(bare(name)))
        else:
            parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = text
        parser.Parse(data, True)


_column = functools.cache(column_index_from_string)
_MERGED = re.compile(r"([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)")
_PREFIXED = re.compile(rb"(?:[^<]*<[?!][^>]*>)*[^<]*<[\w.-]+:")


class Sheet:
    """Takes the strings that cells name by their number, then the cells of a sheet, each text put
    together of its pieces. `rows`: the text of filled cells by row and column, from 1; `merged`:
    row, first and last column of cells that are one; `lost`: formulas without a result, by row;
    `truths`: rows that hold TRUE or FALSE, by column; `place`: of the cell that is read.
    """

    place = ""

    def __init__(self, file: str, dates: dict[str, bool], epoch: datetime, decimal: str) -> None:
        self.rows, self.merged, self.lost, self.truths = {}, [], {}, {}
        self._file, self._longest = file, sizes.most("characters")
        self._strings, self._dates, self._epoch = [], dates, epoch
        # A sheet of ratings holds few numbers, many times.
        self._number = functools.cache(lambda raw: _number(raw).replace(".", decimal))
        self._pieces, self._takes, self._spoken = [], False, False
        self._row, self._digits, self._column, self._cells = 0, "", 0, {}
        self._cell, self._formula = {}, None

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "c":
            self._cell, self._formula = attributes, None
            self.place = attributes.get("r") or f"of row {self._digits}"
            self._pieces.clear()
        elif tag == "row":
            number = int(float(attributes.get("r", self._row + 1)))
            if not self._row < number <= ROWS:
                raise ValueError(f"row {number} stands after row {self._row}")
            self._row, self._digits, self._column, self._cells = number, str(number), 0, {}
        elif tag in ("v", "f"):
            self._takes = True
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        else:
            self._spoken |= tag == "rPh"  # how a word is pronounced is not part of the text
            self._takes = tag == "t" and not self._spoken

    def end(self, tag: str) -> None:
        self._takes = False
        if tag == "v":
            return
        if tag == "c":
            self._end_cell()
        elif tag == "f":
            self._formula = self._taken()
        elif tag == "si":
            self._strings.append(plain(unescape(self._taken())))
        elif tag == "rPh":
            self._spoken = False
        elif tag == "row" and self._cells:
            self.rows[self._row] = self._cells

    def _merge(self, cells: str) -> None:
        if place := _MERGED.fullmatch(cells):
            first, row, last, end = place.groups()
            if row == end:
                self.merged.append((int(row), _column(first), _column(last)))

    def text(self, piece: str) -> None:
        if self._takes:
            self._pieces.append(piece)

    def _taken(self) -> str:
        whole = "".join(self._pieces)
        if len(whole) > self._longest:
            sizes.check(len(whole), "characters", self._file, "a cell")
        self._pieces.clear()
        return whole

    def _end_cell(self) -> None:
        cell, digits = self._cell, self._digits
        place, kind = cell.get("r"), cell.get("t", "n")
        if place:
            self._column = _column(place.removesuffix(digits))
        else:
            self._column += 1
        if self._column > COLUMNS:
            raise ValueError(f"there is no cell {place or self._column} in row {digits}")
        if self._column in self._cells:
            raise ValueError("this cell stands twice")
        if self._pieces:
            raw = self._taken()
            is_number = kind == "n" and cell.get("s") not in self._dates
            text = self._number(raw) if is_number else self._value(raw, kind)
            if text:
                self._cells[self._column] = text
        elif self._formula is not None and kind != "str":
            self.lost.setdefault(self._row, self._formula)

    def _value(self, raw: str, kind: str) -> str:
        if kind == "n":
            return plain(from_excel(float(raw), self._epoch, self._dates[self._cell["s"]]))
        if kind == "s":
            number = int(raw)
            if not 0 <= number < len(self._strings):
                raise ValueError(f"there is no string {number}")
            return self._strings[number]
        if kind == "b":
            self.truths.setdefault(self._column, []).append(self._row)
            return plain(bool(int(raw)))
        if kind == "d":
            return plain(from_ISO8601(raw))
        # what a formula gave, an error such as #N/A, or a text that stands in the cell itself
        return plain(unescape(raw) if kind == "inlineStr" else raw)


def _number(raw: str) -> str:
    """The digits of a number as a CSV would hold them; those of none that a sheet can hold as they
    stand.
    """
    try:
        return plain(int(raw))
    except ValueError:
        number = float(raw)
    return plain(number) if math.isfinite(number) else raw
