"""Every table behind the report as a workbook: native numbers, one sheet a table, and no text that
a spreadsheet could take for a formula.
"""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.drawing.fill import Blip
from openpyxl.drawing.geometry import PresetGeometry2D
from openpyxl.drawing.image import Image
from openpyxl.drawing.picture import PictureFrame
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.units import pixels_to_EMU
from openpyxl.worksheet.hyperlink import Hyperlink

from cxlab.report.formats.archive import write_fixed
from cxlab.report.formats.tables import cover_of, hidden, tables
from cxlab.show.words import format_words, text
from cxlab.study.codebook.brand import Brand

FORMATS = {
    "int": "#,##0",
    "number": "0.00",
    "share": "0.0%",
    "percent": "0.0%",
    "points": "0.0",
    "pvalue": "0.000",
}
SOFT, RULE = "FF5B6672", "FFD9DEE4"
_BAD_IN_NAME = re.compile(r"[\[\]:*?/\\']")
LOGO_HEIGHT = 48  # pixels
# of what a file says of itself, and of a sheet's whole footer with its codes: with more Excel calls
# the file broken
LONGEST = 255


def write_workbook(
    parts: Sequence[Mapping], path: Path, language: str, brand: Brand, min_cell: int
) -> None:
    """Write the workbook: a sheet of contents, then one sheet a table."""
    book = _Book(cover_of(parts), language, brand, min_cell)
    for table in tables(parts):
        book.add(table)
    book.save(path)


class _Book:
    def __init__(self, cover: Mapping, language: str, brand: Brand, min_cell: int) -> None:
        self.cover, self.language, self.brand = cover, language, brand
        self.words = format_words.words(language)
        self.note = format_words.suppressed_note(language, min_cell)
        self.title = f"{cover['client']} · {cover['title']}".strip(" ·")
        self.colour = "FF" + brand.colours.main[1:].upper()
        family = brand.fonts.text or "Calibri"
        head = brand.fonts.head or family
        self.fonts = {
            "plain": Font(name=family, size=10),
            "title": Font(name=head, size=16, color=self.colour),
            "client": Font(name=family, size=11, bold=True, color=self.colour),
            "soft": Font(name=family, size=9, color=SOFT),
            "head": Font(name=family, size=10, bold=True, color="FFFFFFFF"),
            "link": Font(name=family, size=10, color=self.colour, underline="single"),
            "hidden": Font(name=family, size=10, italic=True, color=SOFT),
        }
        self.book = Workbook()
        self.first = self.book.active
        self.first.title = _sheet_name(self.words["contents"], ())
        self.listed: list[tuple[str, Sequence]] = []  # name of a sheet, and what is said of it

    def add(self, table: Mapping) -> None:
        """One sheet: the table's title, whose it is, what is suppressed, then the table."""
        name = _sheet_name(f"{len(self.listed) + 1} {table['title']}", self.book.sheetnames)
        sheet = self.book.create_sheet(name)
        blank = hidden(table)
        self.listed.append((name, (table["title"], len(table["rows"]), blank)))
        self._put(sheet, 1, 1, table["title"], "title")
        self._put(sheet, 2, 1, self.title, "soft")
        self._put(sheet, 3, 1, self.note if blank else self.words["nothing_hidden"], "soft")
        rows = [
            list(zip(values, kinds, strict=True))
            for values, kinds in zip(table["rows"], table["kinds"], strict=True)
        ]
        if any(v is None and kind not in ("hidden", "text") for row in rows for v, kind in row):
            self._put(sheet, 4, 1, self.words["empty"], "soft")
        rule = Border(bottom=Side(style="thin", color=RULE))
        fill = PatternFill("solid", start_color=self.colour, end_color=self.colour)
        for column, (label, cells) in enumerate(
            zip(_heads(table["columns"]), zip(*rows, strict=True), strict=True), 1
        ):
            is_number = any(kind in FORMATS or kind == "hidden" for _, kind in cells)
            side = "right" if is_number else "left"
            aligned = Alignment(horizontal=side, vertical="center", wrap_text=True)
            self._put(sheet, 6, column, label, "head", fill=fill, alignment=aligned)
            longest = max([len(label) * 0.8, *(len(v) for v, _ in cells if isinstance(v, str))])
            width = min(max(longest + 2, 11), 60)
            sheet.column_dimensions[get_column_letter(column)].width = width
        for row, cells in enumerate(rows, 7):
            for column, (value, kind) in enumerate(cells, 1):
                if kind == "hidden":
                    side = Alignment(horizontal="right")
                    said = self.words["suppressed"]
                    self._put(sheet, row, column, said, "hidden", border=rule, alignment=side)
                    continue
                if isinstance(value, bool):
                    value = self.words["yes" if value else "no"]
                cell = self._put(sheet, row, column, value, "plain", border=rule)
                if kind in FORMATS:
                    cell.number_format = FORMATS[kind]
        sheet.row_dimensions[6].height = 30
        sheet.freeze_panes = sheet.cell(7, 2)
        self._lay_out(sheet)

    def save(self, path: Path) -> None:
        """Write the contents and the file, the same bytes for the same report."""
        self._contents()
        held = self.book.properties
        held.creator = text.short(self.brand.name or "cxlab", LONGEST)
        held.title = text.short(self.title, LONGEST)
        held.language = self.language
        written = io.BytesIO()
        self.book.save(written)
        write_fixed(written.getvalue(), path)

    def _contents(self) -> None:
        sheet, words, row = self.first, self.words, 1
        if self.brand.logo is not None and self.brand.logo.kind == "png":
            self._logo()
            row = 2
        elif self.brand.name:
            self._put(sheet, 1, 1, self.brand.name, "soft")
            row = 2
        for place, (value, font) in enumerate(
            (
                (self.cover["client"], "client"),
                (self.cover["title"], "title"),
                (" · ".join(self.cover["facts"]), "soft"),
                (" ".join(self.cover["simulated"]), "soft"),
                (f"{words['every_table']}. {self.note}", "soft"),
            ),
            row,
        ):
            self._put(sheet, place, 1, value, font)
        for column, head in enumerate(("sheet", "table", "rows", "suppressed_cells"), 1):
            self._put(sheet, row + 6, column, words[head], "client")
        for place, (name, values) in enumerate(self.listed, row + 7):
            cell = self._put(sheet, place, 1, name, "link")
            cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{name}'!A1")
            for column, value in enumerate(values, 2):
                self._put(sheet, place, column, value, "plain")
        for column, width in zip("ABCD", (36, 70, 10, 18), strict=True):
            sheet.column_dimensions[column].width = width
        self._lay_out(sheet)

    def _put(self, sheet: Any, row: int, column: int, value: Any, font: str, **style: Any) -> Any:
        """Write one cell. Text stays text: what begins with = + - @ or looks like an error is never
        a formula, here or where it is typed over.
        """
        cell = sheet.cell(row, column)
        if isinstance(value, str):
            cell.value = value = text.visible(value)
            cell.data_type = "s"
            cell.quotePrefix = bool(re.match(r"\s*[=+\-@\t\r]", value))
        else:
            cell.value = value
        for name, given in {"font": self.fonts[font], **style}.items():
            setattr(cell, name, given)
        return cell

    def _logo(self) -> None:
        logo = self.brand.logo
        picture = Image(io.BytesIO(logo.bytes))
        wide = round(logo.width * LOGO_HEIGHT / logo.height)
        # A frame of our own, because the library's says "Picture" to a screen reader.
        frame = PictureFrame()
        shown = frame.nvPicPr.cNvPr
        shown.id, shown.name, shown.descr = 1, "Logo", text.visible(self.brand.name) or "Logo"
        frame.blipFill.blip = Blip(cstate="print")
        frame.spPr.prstGeom = PresetGeometry2D(prst="rect")
        size = XDRPositiveSize2D(pixels_to_EMU(wide), pixels_to_EMU(LOGO_HEIGHT))
        picture.anchor = OneCellAnchor(_from=AnchorMarker(), ext=size, pic=frame)
        self.first.add_image(picture)
        self.first.row_dimensions[1].height = LOGO_HEIGHT * 0.75 + 6

    def _lay_out(self, sheet: Any) -> None:
        """How the sheet prints: on one page's width, with its number."""
        sheet.sheet_view.showGridLines = False
        setup, footer = sheet.page_setup, sheet.oddFooter
        setup.orientation, setup.paperSize, setup.fitToHeight = "landscape", 9, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        footer.right.text = self.words["page"].format(page="&P", pages="&N")
        said = self.brand.footer or self.cover["client"]
        room = LONGEST - len("&L&R" + footer.right.text)
        # An ampersand is written twice.
        cuts = (text.short(said, most).replace("&", "&&") for most in range(room, 0, -1))
        footer.left.text = next(cut for cut in cuts if len(cut) <= room)


def _sheet_name(title: str, taken: Sequence[str]) -> str:
    """At most 31 characters, none of []:*?/\\', and unlike any other name."""
    name = " ".join(_BAD_IN_NAME.sub(" ", text.visible(title)).split())[:31].strip() or "-"
    number, others = 2, {one.casefold() for one in taken}
    while name.casefold() in others:
        tail = f" ({number})"
        name, number = name[: 31 - len(tail)] + tail, number + 1
    return name


def _heads(columns: Sequence[Mapping]) -> list[str]:
    """Headings; where two columns are called alike (two lower ends), each says which one it is."""
    labels = [column["label"] for column in columns]
    return [
        f"{label} ({column['name']})" if labels.count(label) > 1 else label
        for label, column in zip(labels, columns, strict=True)
    ]
