"""Every table behind the report as a workbook: native numbers, one sheet a table, and no text that
a spreadsheet could take for a formula.
"""

import datetime
import io
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.image import Image

from cxlab.report.formats.archive import DAY, write_fixed
from cxlab.report.formats.tables import cover_of, hidden, rows_of, tables
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
SOFT, RULE = "#5B6672", {"bottom": 1, "bottom_color": "#D9DEE4"}
# Text stays text, whatever it looks like.
_AS_IS = {f"strings_to_{kind}": False for kind in ("formulas", "numbers", "urls")}
_BAD_IN_NAME = re.compile(r"[\[\]:*?/\\']")
LOGO_HEIGHT = 48  # pixels
# of what a file says of itself, and of a sheet's whole footer with its codes: with more Excel calls
# the file broken
LONGEST = 255
LONGEST_CELL = 32_767


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
        main, family = brand.colours.main, brand.fonts.text or "Calibri"
        self.plain = {"font_name": family, "font_size": 10}
        self.styles = {
            "title": {"font_name": brand.fonts.head or family, "font_size": 16, "font_color": main},
            "client": {"font_size": 11, "bold": True, "font_color": main},
            "soft": {"font_size": 9, "font_color": SOFT},
            "head": {"bold": True, "font_color": "white", "bg_color": main, "valign": "vcenter"},
            "link": {"font_color": main, "underline": 1},
            "hidden": {"italic": True, "font_color": SOFT, "align": "right"},
            **{kind: {"num_format": shown} for kind, shown in FORMATS.items()},
        }
        self.written = io.BytesIO()
        self.book = Workbook(self.written, {"in_memory": True, **_AS_IS})
        self.first = self._sheet(self.words["contents"])
        self.listed = []  # name of a sheet, and what is said of it

    def add(self, table: Mapping) -> None:
        """One sheet: the table's title, whose it is, what is suppressed, then the table."""
        sheet = self._sheet(f"{len(self.listed) + 1} {table['title']}")
        blank, rows = hidden(table), rows_of(table)
        self.listed.append((sheet.name, table["title"], len(rows), blank))
        self._put(sheet, 0, 0, table["title"], "title")
        self._put(sheet, 1, 0, self.title, "soft")
        self._put(sheet, 2, 0, self.note if blank else self.words["nothing_hidden"], "soft")
        if any(v is None and kind not in ("hidden", "text") for row in rows for v, kind in row):
            self._put(sheet, 3, 0, self.words["empty"], "soft")
        labels = _heads(table["columns"])
        for column, (label, *cells) in enumerate(zip(labels, *rows, strict=True)):
            is_number = any(kind in FORMATS or kind == "hidden" for _, kind in cells)
            side = "right" if is_number else "left"
            self._put(sheet, 5, column, label, "head", align=side, text_wrap=True)
            for row, (value, kind) in enumerate(cells, 6):
                if kind == "hidden":
                    value = self.words["suppressed"]
                elif isinstance(value, bool):
                    value = self.words["yes" if value else "no"]
                self._put(sheet, row, column, value, kind, **RULE)
            longest = max([len(label) * 0.8, *(len(v) for v, _ in cells if isinstance(v, str))])
            sheet.set_column(column, column, min(max(longest + 2, 11), 60))
        sheet.set_row(5, 30)
        sheet.freeze_panes(6, 1)

    def save(self, path: Path) -> None:
        """Write the contents and the file, the same bytes for the same report."""
        self._contents()
        self.book.set_properties(
            {
                "author": text.short(self.brand.name or "cxlab", LONGEST),
                "title": text.short(self.title, LONGEST),
                "created": datetime.datetime(*DAY),
            }
        )
        self.book.close()
        write_fixed(self.written, path)

    def _contents(self) -> None:
        sheet, words, cover, logo = self.first, self.words, self.cover, self.brand.logo
        row = 0
        if logo is not None and logo.kind == "png":
            self._logo()
            row = 1
        elif self.brand.name:
            self._put(sheet, 0, 0, self.brand.name, "soft")
            row = 1
        for place, (value, style) in enumerate(
            (
                (cover["client"], "client"),
                (cover["title"], "title"),
                (" · ".join(cover["facts"]), "soft"),
                (" ".join(cover["simulated"]), "soft"),
                (f"{words['every_table']}. {self.note}", "soft"),
            ),
            row,
        ):
            self._put(sheet, place, 0, value, style)
        widths = {"sheet": 36, "table": 70, "rows": 10, "suppressed_cells": 18}
        for column, (head, width) in enumerate(widths.items()):
            self._put(sheet, row + 6, column, words[head], "client")
            sheet.set_column(column, column, width)
        for place, (name, *values) in enumerate(self.listed, row + 7):
            sheet.write_url(place, 0, f"internal:'{name}'!A1", self._style("link"), name)
            for column, value in enumerate(values, 1):
                self._put(sheet, place, column, value)

    def _put(
        self, sheet: Any, row: int, column: int, value: Any, style: str = "", **more: Any
    ) -> None:
        """Write one cell; what looks like a formula is none where it is typed over either."""
        if isinstance(value, str):
            value = text.visible(value)[:LONGEST_CELL]
            if re.match(r"\s*[=+\-@\t\r]", value):
                more["quote_prefix"] = True
        sheet.write(row, column, value, self._style(style, **more))

    def _style(self, name: str, **more: Any) -> Any:
        return self.book.add_format({**self.plain, **self.styles.get(name, {}), **more})

    def _logo(self) -> None:
        logo = self.brand.logo
        picture, size = Image(io.BytesIO(logo.bytes)), LOGO_HEIGHT / logo.height / 96
        shown = {
            "x_scale": size * picture.x_dpi,
            "y_scale": size * picture.y_dpi,
            "description": text.visible(self.brand.name) or "Logo",
        }
        self.first.insert_image(0, 0, picture, shown)
        self.first.set_row(0, LOGO_HEIGHT * 0.75 + 6)

    def _sheet(self, title: str) -> Any:
        """A sheet that prints on one page's width, with its number."""
        sheet = self.book.add_worksheet(_sheet_name(title, self.book.sheetnames))
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        right = "&R" + self.words["page"].format(page="&P", pages="&N")
        said, room = self.brand.footer or self.cover["client"], LONGEST - len("&L" + right)
        # An ampersand is written twice.
        cuts = (text.short(said, most).replace("&", "&&") for most in range(room, 0, -1))
        sheet.set_footer("&L" + next(cut for cut in cuts if len(cut) <= room) + right)
        return sheet


def _sheet_name(title: str, taken: Collection[str]) -> str:
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
