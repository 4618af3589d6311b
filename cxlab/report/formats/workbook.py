"""Every table behind the report as a workbook: native numbers, one sheet a table, and no text that
a spreadsheet could take for a formula.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlab.report.formats.archive import write_fixed
from cxlab.show.words import format_words, text

if TYPE_CHECKING:
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


def tables(parts: Sequence[Mapping]) -> list[Mapping]:
    """Every table of the report once, in the order met: shown ones, the headline figures, those
    that figures were drawn from, and those that sentences were made from, unless another table
    tells all of it.
    """
    met: dict[str, Mapping] = {}
    for part in parts:
        held = (
            part.get("data")
            if part["kind"] == "figure"
            else part
            if part["kind"] in ("table", "cards")
            else None
        )
        if held and held["rows"]:
            met.setdefault(repr((held.get("behind"), held["columns"], held["rows"])), held)
    found = list(met.values())
    kept = [one for one in found if not one.get("behind")]
    # The fullest first, so that of two that tell the same the longer one stays.
    for one in sorted(
        (one for one in found if one.get("behind")), key=lambda one: -sum(map(len, one["rows"]))
    ):
        if not any(_within(one, other) for other in kept):
            kept.append(one)
    return [one for one in found if any(one is other for other in kept)]


def _within(table: Mapping, other: Mapping) -> bool:
    """Whether every row of a table stands in another, which may have more rows and more columns; a
    note may be worded otherwise.
    """
    names = [column["name"] for column in table["columns"] if column["name"] != "note"]
    if not set(names) <= {column["name"] for column in other["columns"]}:
        return False
    there = set(_cells(other, names))
    return all(row in there for row in _cells(table, names))


def _cells(table: Mapping, names: Sequence[str]) -> list[str]:
    places = {column["name"]: place for place, column in enumerate(table["columns"])}
    return [
        repr([(values[places[name]], kinds[places[name]]) for name in names])
        for values, kinds in zip(table["rows"], table["kinds"], strict=True)
    ]


def write_workbook(
    parts: Sequence[Mapping], path: Path, language: str, brand: Brand, min_cell: int
) -> None:
    """Write the workbook: a sheet of contents, then one sheet a table."""
    from openpyxl import Workbook

    words = format_words.words(language)
    cover = next(
        (part for part in parts if part["kind"] == "cover"),
        {"client": "", "title": "", "facts": [], "simulated": []},
    )
    book = Workbook()
    first = book.active
    first.title = _sheet_name(words["contents"], set())
    taken = {first.title.casefold()}
    listed = []
    for number, table in enumerate(tables(parts), 1):
        sheet = book.create_sheet(_sheet_name(f"{number} {table['title']}", taken))
        taken.add(sheet.title.casefold())
        _fill(sheet, table, cover, words, language, brand, min_cell)
        listed.append((sheet.title, table["title"], len(table["rows"]), hidden(table)))
    _contents(first, cover, listed, words, language, brand, min_cell)
    book.properties.creator = text.short(brand.name or "cxlab", LONGEST)
    book.properties.title = text.short(f"{cover['client']} · {cover['title']}".strip(" ·"), LONGEST)
    book.properties.language = language
    held = io.BytesIO()
    book.save(held)
    write_fixed(held.getvalue(), path)


def hidden(table: Mapping) -> int:
    """How many cells of a table are suppressed."""
    return sum(kind == "hidden" for kinds in table["kinds"] for kind in kinds)


def _sheet_name(title: str, taken: set[str]) -> str:
    """At most 31 characters, none of []:*?/\\', and unlike any other name."""
    name = " ".join(_BAD_IN_NAME.sub(" ", text.visible(title)).split())[:31].strip() or "-"
    number = 2
    while name.casefold() in taken:
        tail = f" ({number})"
        name, number = name[: 31 - len(tail)] + tail, number + 1
    return name


def _put(sheet: Any, row: int, column: int, value: Any, **style: Any) -> Any:
    """Write one cell. Text stays text: what begins with = + - @ or looks like an error is never a
    formula, here or where it is typed over.
    """
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = value = text.visible(value)
        cell.data_type = "s"
        if re.match(r"\s*[=+\-@\t\r]", value):
            cell.quotePrefix = True
    else:
        cell.value = value
    for name, given in style.items():
        setattr(cell, name, given)
    return cell


def _fonts(brand: Brand) -> dict[str, Any]:
    from openpyxl.styles import Font

    family, head = brand.fonts.text or "Calibri", brand.fonts.head or brand.fonts.text or "Calibri"
    main = _argb(brand.colours.main)
    return {
        "plain": Font(name=family, size=10),
        "title": Font(name=head, size=16, color=main),
        "client": Font(name=family, size=11, bold=True, color=main),
        "soft": Font(name=family, size=9, color=SOFT),
        "head": Font(name=family, size=10, bold=True, color="FFFFFFFF"),
        "link": Font(name=family, size=10, color=main, underline="single"),
        "hidden": Font(name=family, size=10, italic=True, color=SOFT),
    }


def _argb(colour: str) -> str:
    return "FF" + colour[1:].upper()


def _fill(
    sheet: Any,
    table: Mapping,
    cover: Mapping,
    words: Mapping,
    language: str,
    brand: Brand,
    min_cell: int,
) -> None:
    from openpyxl.styles import Alignment, Border, PatternFill, Side
    from openpyxl.utils import get_column_letter

    fonts = _fonts(brand)
    _put(sheet, 1, 1, table["title"], font=fonts["title"])
    _put(sheet, 2, 1, f"{cover['client']} · {cover['title']}".strip(" ·"), font=fonts["soft"])
    note = (
        format_words.suppressed_note(language, min_cell)
        if hidden(table)
        else words["nothing_hidden"]
    )
    _put(sheet, 3, 1, note, font=fonts["soft"])
    if any(
        value is None and kind not in ("hidden", "text")
        for values, kinds in zip(table["rows"], table["kinds"], strict=True)
        for value, kind in zip(values, kinds, strict=True)
    ):
        _put(sheet, 4, 1, words["empty"], font=fonts["soft"])
    rule = Border(bottom=Side(style="thin", color=RULE))
    fill = PatternFill(
        "solid", start_color=_argb(brand.colours.main), end_color=_argb(brand.colours.main)
    )
    labels = _heads(table["columns"])
    for column, label in enumerate(labels, 1):
        right = any(
            kinds[column - 1] in FORMATS or kinds[column - 1] == "hidden"
            for kinds in table["kinds"]
        )
        _put(
            sheet,
            6,
            column,
            label,
            font=fonts["head"],
            fill=fill,
            alignment=Alignment(
                horizontal="right" if right else "left", vertical="center", wrap_text=True
            ),
        )
    for row, (values, kinds) in enumerate(zip(table["rows"], table["kinds"], strict=True), 7):
        for column, (value, kind) in enumerate(zip(values, kinds, strict=True), 1):
            style = {"font": fonts["plain"], "border": rule}
            if kind == "hidden":
                value, style["font"], style["alignment"] = (
                    words["suppressed"],
                    fonts["hidden"],
                    Alignment(horizontal="right"),
                )
            elif isinstance(value, bool):
                value = words["yes"] if value else words["no"]
            elif kind in FORMATS:
                style["number_format"] = FORMATS[kind]
            _put(sheet, row, column, value, **style)
    for column, label in enumerate(labels, 1):
        longest = max(
            [
                len(label) * 0.8,
                *(
                    len(str(values[column - 1]))
                    for values in table["rows"]
                    if isinstance(values[column - 1], str)
                ),
            ]
        )
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, 11), 60)
    sheet.row_dimensions[6].height = 30
    sheet.freeze_panes = sheet.cell(7, 2)
    _page(sheet, cover, words, brand)


def _heads(columns: Sequence[Mapping]) -> list[str]:
    """Headings; where two columns are called alike (two lower ends), each says which one it is."""
    labels = [column["label"] for column in columns]
    return [
        f"{label} ({column['name']})" if labels.count(label) > 1 else label
        for label, column in zip(labels, columns, strict=True)
    ]


def _contents(
    sheet: Any,
    cover: Mapping,
    listed: Sequence[tuple],
    words: Mapping,
    language: str,
    brand: Brand,
    min_cell: int,
) -> None:
    from openpyxl.worksheet.hyperlink import Hyperlink

    fonts = _fonts(brand)
    row = 1
    if brand.logo is not None and brand.logo.kind == "png":
        row = _logo(sheet, brand)
    elif brand.name:
        _put(sheet, row, 1, brand.name, font=fonts["soft"])
        row += 1
    _put(sheet, row, 1, cover["client"], font=fonts["client"])
    _put(sheet, row + 1, 1, cover["title"], font=fonts["title"])
    _put(sheet, row + 2, 1, " · ".join(cover["facts"]), font=fonts["soft"])
    _put(sheet, row + 3, 1, " ".join(cover["simulated"]), font=fonts["soft"])
    _put(
        sheet,
        row + 4,
        1,
        words["every_table"] + ". " + format_words.suppressed_note(language, min_cell),
        font=fonts["soft"],
    )
    for column, head in enumerate(
        (words["sheet"], words["table"], words["rows"], words["suppressed_cells"]), 1
    ):
        _put(sheet, row + 6, column, head, font=fonts["client"])
    for place, (name, title, rows, blank) in enumerate(listed, row + 7):
        cell = _put(sheet, place, 1, name, font=fonts["link"])
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{name}'!A1")
        for column, value in enumerate((title, rows, blank), 2):
            _put(sheet, place, column, value, font=fonts["plain"])
    for column, width in zip("ABCD", (36, 70, 10, 18), strict=True):
        sheet.column_dimensions[column].width = width
    _page(sheet, cover, words, brand)


def _logo(sheet: Any, brand: Brand) -> int:
    from openpyxl.drawing.fill import Blip
    from openpyxl.drawing.geometry import PresetGeometry2D
    from openpyxl.drawing.image import Image
    from openpyxl.drawing.picture import PictureFrame
    from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
    from openpyxl.drawing.xdr import XDRPositiveSize2D
    from openpyxl.utils.units import pixels_to_EMU

    logo = brand.logo
    picture = Image(io.BytesIO(logo.bytes))
    wide = round(logo.width * LOGO_HEIGHT / logo.height)
    # A frame of our own, because the library's says "Picture" to whoever cannot see it.
    frame = PictureFrame()
    frame.nvPicPr.cNvPr.id, frame.nvPicPr.cNvPr.name, frame.nvPicPr.cNvPr.descr = (
        1,
        "Logo",
        text.visible(brand.name) or "Logo",
    )
    frame.blipFill.blip, frame.spPr.prstGeom = Blip(cstate="print"), PresetGeometry2D(prst="rect")
    picture.anchor = OneCellAnchor(
        _from=AnchorMarker(),
        ext=XDRPositiveSize2D(pixels_to_EMU(wide), pixels_to_EMU(LOGO_HEIGHT)),
        pic=frame,
    )
    sheet.add_image(picture)
    sheet.row_dimensions[1].height = LOGO_HEIGHT * 0.75 + 6
    return 2


def _page(sheet: Any, cover: Mapping, words: Mapping, brand: Brand) -> None:
    """How the sheet prints: on one page's width, with its number."""
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = (
        "landscape",
        9,
        0,
    )
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.right.text = words["page"].format(page="&P", pages="&N")
    said = brand.footer or cover["client"]
    room = LONGEST - len("&L&R" + sheet.oddFooter.right.text)
    # An ampersand is written twice.
    cuts = (text.short(said, most).replace("&", "&&") for most in range(room, 0, -1))
    sheet.oddFooter.left.text = next(cut for cut in cuts if len(cut) <= room)
