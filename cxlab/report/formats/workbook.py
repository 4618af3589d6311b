"""Every table behind the report as a workbook: the answer on its first sheet, then the contents,
then one sheet a table. Numbers are numbers, and no text could be taken for a formula.
"""

import datetime
import io
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.image import Image

from cxlab.data_files import read_data
from cxlab.report.formats.archive import DAY, write_fixed
from cxlab.report.formats.tables import cover_of, hidden, rows_of, summary_of, tables
from cxlab.show.words import format_words, text
from cxlab.study.codebook.brand import Brand, Logo

_LOOK = read_data("report.formats", "workbook.yml")
_NUMBERS, _STYLES = _LOOK["numbers"], _LOOK["numbers"] | _LOOK["styles"]
Lines = Sequence[Sequence[tuple[Any, str]]]  # of a sheet: cells, each a value and its style
# Of a sheet's name; `_x0041_` would be read as an A.
_BAD_IN_NAME = re.compile(r"[\[\]:*?/\\']|_(?=x[0-9a-fA-F]{4}_)")
# A bracket or a quotation mark that a cut leaves open.
_OPENED = re.compile(r"\s[(“][^)”]*$")
LOGO_HEIGHT = 48  # pixels
# of what a file says of itself, and of a sheet's whole footer with its codes: with more Excel calls
# the file broken
LONGEST = 255
LONGEST_CELL = 32_767


def write_workbook(
    parts: Sequence[Mapping], path: Path, language: str, brand: Brand, min_cell: int
) -> None:
    """Write the workbook: the bottom line, the contents, then one sheet a table."""
    book = _Book(cover_of(parts), language, brand, min_cell)
    book.open(summary_of(parts))
    for number, table in enumerate(tables(parts), 1):
        book.add(number, table)
    book.save(path)


class _Book:
    def __init__(self, cover: Mapping, language: str, brand: Brand, min_cell: int) -> None:
        self.cover, self.language, self.brand = cover, language, brand
        self.words = format_words.words(language)
        self.note = format_words.suppressed_note(language, min_cell)
        self.title = f"{cover['client']} · {cover['title']}".strip(" ·")
        family = brand.fonts.text or "Calibri"
        self.brands = {"main": brand.colours.main, "head": brand.fonts.head or family}
        self.plain = {"font_name": family, "font_size": 10}
        self.written = io.BytesIO()
        self.book = Workbook(self.written, _LOOK["options"])
        self.listed = []  # name of a sheet, and what is said of it

    def open(self, summary: Sequence[Mapping]) -> None:
        """The sheet that opens the book, with what opens the report, and that of contents."""
        first = self._sheet(self.words["summary"]) if summary else None
        self.contents = self._sheet(self.words["contents"])
        if first is not None:
            self._summary(first, *summary)

    def _summary(self, sheet: Any, head: Mapping, *held: Mapping) -> None:
        """Headline figures, messages and tables one below the other; `head` names the section."""
        look = _LOOK["summary"]
        lines = [[(self.title, "client")], [(head["title"], "title")]]
        lines += [[(" ".join(self.cover["simulated"]), "soft")], []]
        for part in held:
            if part["kind"] == "text":
                lines += [*([(said, "plain")] for said in part["sentences"]), []]
                continue
            columns = part["columns"]
            at = [place for place, one in enumerate(columns) if one["name"] not in look["without"]]
            kinds = {"text": "wrapped"}
            rows = [
                [(row[place][0], kinds.get(row[place][1], row[place][1])) for place in at]
                for row in rows_of(part)
            ]
            heads = self._heads([columns[place] for place in at], rows)
            lines += [[(part["title"], "client")], heads, *rows, []]
        self._fill(sheet, lines)
        sheet.set_column(0, 0, look["first"])
        sheet.set_column(1, max(map(len, lines)), look["others"])
        for row, line in enumerate(lines):
            # No program makes room by itself for a cell that is broken into lines.
            longest = max((len(one) for one, _ in line[1:] if isinstance(one, str)), default=0)
            if longest > look["others"]:
                sheet.set_row(row, 14 * -(-longest // (look["others"] - 1)))
        self._back(sheet, len(lines))
        self.listed.append((sheet.name, head["title"], "", ""))

    def add(self, number: int, table: Mapping) -> None:
        """One sheet: the table's title, whose it is, what is suppressed, then the table."""
        sheet, words = self._sheet(f"{number} {table['title']}"), self.words
        blank, rows = hidden(table), rows_of(table)
        self.listed.append((sheet.name, table["title"], len(rows), blank))
        is_empty = any(
            value is None and kind not in ("hidden", "text") for row in rows for value, kind in row
        )
        heads = self._heads(table["columns"], rows)
        for column, ((label, _side), *cells) in enumerate(zip(heads, *rows, strict=True)):
            longest = max([len(label) * 0.8, *(len(v) for v, _ in cells if isinstance(v, str))])
            sheet.set_column(column, column, min(max(longest + 2, 11), 60))
        above = (
            (table["title"], "title"),
            (self.title, "soft"),
            (self.note if blank else words["nothing_hidden"], "soft"),
            (words["empty"] if is_empty else "", "soft"),
        )
        self._fill(sheet, [*([line] for line in above), [], heads, *rows])
        self._back(sheet, len(above))
        sheet.set_row(5, 30)
        sheet.freeze_panes(6, 1)

    def _heads(self, columns: Sequence[Mapping], rows: Lines) -> list[tuple[str, str]]:
        """Headings, each with its side. An end of an interval is headed by its estimate where two
        would be called alike.
        """
        named = {column["name"]: column["label"] for column in columns}
        labels, estimate, heads = [*named.values()], "", []
        for column, *cells in zip(columns, *rows, strict=True):
            name, label = column["name"], column["label"]
            of, _, end = name.rpartition("_")
            if column.get("place") == "estimate":
                estimate = label
            if labels.count(label) > 1 and end in ("low", "high"):
                whose = (named[one] for one in named if one == of or one.endswith(f"_{of}"))
                label = self.words[end].format(name=next(whose, estimate))
            is_number = any(kind in _NUMBERS or kind == "hidden" for _, kind in cells)
            heads.append((label, "right" if is_number else "left"))
        return heads

    def _back(self, sheet: Any, row: int) -> None:
        """A line that leads to the contents."""
        link = f"internal:'{self.contents.name}'!A1"
        sheet.write_url(row, 0, link, self._style("link"), f"← {self.contents.name}")

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
        sheet, words, cover = self.contents, self.words, self.cover
        own, theirs = self.brand.pngs
        for column, (logo, name) in enumerate(((own, self.brand.name), (theirs, cover["client"]))):
            if logo:
                self._logo(logo, name, column)
        above = (
            (cover["client"], "client"),
            (cover["title"], "title"),
            (" · ".join(cover["facts"]), "soft"),
            (" ".join(cover["simulated"]), "soft"),
            (f"{words['every_table']}. {self.note}", "soft"),
        )
        brand = [("" if own else self.brand.name, "soft")]
        widths = _LOOK["widths"]
        heads = [(words[head], "client") for head in widths]
        lines = [*([line] for line in above), [], heads]
        lines += [[(value, "plain") for value in values] for values in self.listed]
        first = bool(own or theirs or self.brand.name)
        self._fill(sheet, [brand] * first + lines)
        for column, width in enumerate(widths.values()):
            sheet.set_column(column, column, width)
        for row, (name, *_) in enumerate(self.listed, first + 7):
            sheet.write_url(row, 0, f"internal:'{name}'!A1", self._style("link"), name)

    def _fill(self, sheet: Any, lines: Lines) -> None:
        """Write a sheet's cells; what looks like a formula is none where it is typed over
        either.
        """
        for row, line in enumerate(lines):
            for column, (value, kind) in enumerate(line):
                if kind == "hidden":
                    value = self.words["suppressed"]
                elif isinstance(value, bool):
                    value = self.words["yes" if value else "no"]
                risky = False
                if isinstance(value, str):
                    value = text.visible(value)[:LONGEST_CELL]
                    risky = bool(re.match(r"\s*[=+\-@\t\r]", value))
                sheet.write(row, column, value, self._style(kind, quote_prefix=risky))

    @cache  # noqa: B019 - a book lives as long as its file is written
    def _style(self, name: str, quote_prefix: bool = False) -> Any:
        held = {**self.plain, **_STYLES.get(name, _LOOK["rule"]), "quote_prefix": quote_prefix}
        return self.book.add_format({key: self.brands.get(v, v) for key, v in held.items()})

    def _logo(self, logo: Logo, name: str, column: int) -> None:
        picture, size = Image(io.BytesIO(logo.bytes)), LOGO_HEIGHT / logo.height / 96
        shown = {
            "x_scale": size * picture.x_dpi,
            "y_scale": size * picture.y_dpi,
            "description": text.visible(name) or "Logo",
        }
        self.contents.insert_image(0, column, picture, shown)
        self.contents.set_row(0, LOGO_HEIGHT * 0.75 + 6)

    def _sheet(self, title: str) -> Any:
        """A sheet that prints on one page's width, with its number."""
        sheet = self.book.add_worksheet(sheet_name(title, self.book.sheetnames))
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


def sheet_name(title: str, taken: Collection[str]) -> str:
    """At most 31 characters, none of []:*?/\\', unlike any other name, and cut between words."""
    dashed = text.visible(title).replace(": ", " – ")
    name = " ".join(_BAD_IN_NAME.sub(" ", dashed).split()) or "-"
    number, others, tail = 2, {one.casefold() for one in taken}, ""
    while (found := _short(name, 31 - len(tail)) + tail).casefold() in others:
        tail, number = f" ({number})", number + 1
    return found


def _short(name: str, most: int) -> str:
    """The first whole words of a name, as far as they can stand alone; of a word that is too long
    its beginning.
    """
    if len(name) <= most:
        return name
    words = _OPENED.sub("", name[: most + 1].rpartition(" ")[0]).split(" ")
    while len(words) > 2 and (len(words[-1]) <= 3 and not words[-1].isupper()):
        del words[-1]
    whole = " ".join(words).rstrip(" ,;–")
    return whole if " " in whole else name[: most - 1].rstrip() + "…"
