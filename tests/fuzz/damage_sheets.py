"""What befalls workbooks, old sheets, pages and archives: parts of XML lost or turned, bombs."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable

from tests.fuzz import sound
from tests.fuzz.kinds import Damage, add, on_bytes

SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
STRINGS, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def on_parts(change: Callable[[random.Random, dict[str, bytes]], object], form="xlsx") -> Damage:
    """Damage to the parts of an archive, which is packed again as it should be."""

    def edit(rng: random.Random, data: bytes) -> bytes:
        parts = parts_of(data)
        change(rng, parts)
        return sound.zipped(parts)

    return on_bytes(f"r.{form}", edit)


def on_part(part: str, change: Callable[[random.Random, str], str], form: str = "xlsx") -> Damage:
    def edit(rng: random.Random, parts: dict[str, bytes]) -> None:
        parts[part] = change(rng, parts[part].decode()).encode("utf-8", "surrogatepass")

    return on_parts(edit, form)


CELL = re.compile(r'<c r="(D\d+)"><v>(\d)</v></c>')  # a rating, q1


def a_cell(xml: str) -> Damage:
    """Another element for a rating; `{r}` is its place, `{v}` its number."""

    def change(rng: random.Random, text: str) -> str:
        found = rng.choice([*CELL.finditer(text)])
        return text[: found.start()] + xml.format(r=found[1], v=found[2]) + text[found.end() :]

    return on_part(SHEET, change)


CELLS = {
    "an error": '<c r="{r}" t="e"><v>#N/A</v></c>',
    "a division by zero": '<c r="{r}" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    "a formula never reckoned": '<c r="{r}"><f>A1+1</f></c>',
    "a formula reckoned": '<c r="{r}"><f>2+2</f><v>{v}</v></c>',
    "a formula that gave a text": '<c r="{r}" t="str"><f>T(1)</f><v>good</v></c>',
    "a formula that gave nothing": '<c r="{r}" t="str"><f>""</f><v></v></c>',
    "a truth": '<c r="{r}" t="b"><v>1</v></c>',
    "a date": '<c r="{r}" s="1"><v>46082</v></c>',
    "a date in words of ISO": '<c r="{r}" t="d"><v>2026-03-01</v></c>',
    "a number as text": '<c r="{r}" t="str"><v>{v}</v></c>',
    "a number as text in place": '<c r="{r}" t="inlineStr"><is><t>{v}</t></is></c>',
    "a rich text": '<c r="{r}" t="inlineStr"><is><r><t>{v}</t></r><r><t> </t></r></is></c>',
    "a number as text with a comma": '<c r="{r}" t="str"><v>{v},5</v></c>',
    "a number with noise": '<c r="{r}"><v>{v}.000000000000001</v></c>',
    "a number with an exponent": '<c r="{r}"><v>{v}E0</v></c>',
    "no number": '<c r="{r}"><v>four</v></c>',
    "not a number": '<c r="{r}"><v>NaN</v></c>',
    "without an end": '<c r="{r}"><v>1e999</v></c>',
    "an empty value": '<c r="{r}"><v></v></c>',
    "a string out of range": '<c r="{r}" t="s"><v>99999</v></c>',
    "a string below zero": '<c r="{r}" t="s"><v>-1</v></c>',
    "a string by a word": '<c r="{r}" t="s"><v>x</v></c>',
    "an unknown type": '<c r="{r}" t="zz"><v>{v}</v></c>',
    "an unknown style": '<c r="{r}" s="999"><v>{v}</v></c>',
    "a style by a word": '<c r="{r}" s="x"><v>{v}</v></c>',
    "no place": "<c><v>{v}</v></c>",
    "a place that is none": '<c r="??"><v>{v}</v></c>',
    "a place in row 0": '<c r="D0"><v>{v}</v></c>',
    "a place in another row": '<c r="D9999"><v>{v}</v></c>',
    "a place in the last column": '<c r="{r}"><v>{v}</v></c><c r="XFD5"><v>1</v></c>',
    "a place beyond the last column": '<c r="ZZZZ1"><v>{v}</v></c>',
    "the same place twice": '<c r="{r}"><v>{v}</v></c><c r="{r}"><v>1</v></c>',
    "elements not closed": '<c r="{r}"><v>{v}',
    "a sign that XML forbids": '<c r="{r}" t="str"><v>\x01</v></c>',
    "an escaped sign": '<c r="{r}" t="str"><v>_x0007_</v></c>',
    "an entity": '<c r="{r}" t="str"><v>&nbsp;</v></c>',
    "blanks": '<c r="{r}" t="str"><v> {v} </v></c>',
    "70": '<c r="{r}"><v>70</v></c>',
}
for what, xml in CELLS.items():
    why = (
        "the sheet shows a blank"
        if what in ("a formula that gave nothing", "an empty value")
        else ""
    )
    is_whole = "not closed" in what or "XML" in what or what == "an entity"
    add(f"xlsx cell: {what}", "xlsx", a_cell(xml), whole=is_whole, unknowable=why)


def _rows(change: Callable[[random.Random, list[str]], object]) -> Damage:
    def edit(rng: random.Random, text: str) -> str:
        start, end = text.index("<sheetData>") + 11, text.index("</sheetData>")
        rows = text[start:end].replace("</row>", "</row>\n").splitlines()
        change(rng, rows)
        return text[:start] + "".join(rows) + text[end:]

    return on_part(SHEET, edit)


def sub(pattern: str, new: str, count: int = 0, part: str = SHEET) -> Damage:
    return on_part(part, lambda rng, text: re.sub(pattern, new, text, count=count))


def _moved(rows: int) -> Damage:
    def edit(rng: random.Random, text: str) -> str:
        return re.sub(r'r="([A-Z]*)(\d+)"', lambda m: f'r="{m[1]}{int(m[2]) + rows}"', text)

    return on_part(SHEET, edit)


def _put(rng: random.Random, rows: list[str], row: str) -> None:
    rows.insert(rng.randrange(2, len(rows)), row)


SHEETS = {
    "no places at all": sub(r' r="[A-Z]*\d+"', ""),
    "rows without numbers": sub(r'<row r="\d+"', "<row"),
    "three blank rows above": _moved(3),
    "rows out of order": _rows(lambda rng, rows: rows.insert(3, rows.pop(rng.randrange(10, 50)))),
    "a row twice": _rows(lambda rng, rows: _put(rng, rows, rows[7])),
    "a row number without end": sub(r'<row r="40"', '<row r="1e400"'),
    "a row number by a word": sub(r'<row r="40"', '<row r="x"'),
    "a row far away": _rows(
        lambda rng, rows: rows.append('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')
    ),
    "a row beyond the last": _rows(
        lambda rng, rows: rows.append('<row r="1048577"><c r="A1048577"><v>1</v></c></row>')
    ),
    "hidden rows": sub(r'<row r="(1\d)"', r'<row r="\1" hidden="1"'),
    "a hidden column": sub(
        "<sheetData>", '<cols><col min="4" max="4" hidden="1"/></cols><sheetData>'
    ),
    "a filter": sub("</sheetData>", '</sheetData><autoFilter ref="A1:H61"/>'),
    "merged answers": sub(
        "</sheetData>", '</sheetData><mergeCells><mergeCell ref="D3:D6"/></mergeCells>'
    ),
    "a merged header": sub(
        "</sheetData>", '</sheetData><mergeCells><mergeCell ref="D1:F1"/></mergeCells>'
    ),
    "a merge that is none": sub(
        "</sheetData>", '</sheetData><mergeCells><mergeCell ref="D:??"/></mergeCells>'
    ),
    "an error in the header": sub(
        '<c r="D1" t="s"><v>3</v></c>', '<c r="D1" t="e"><v>#REF!</v></c>'
    ),
    "a total by formula": _rows(
        lambda rng, rows: rows.append(
            '<row r="62"><c r="A62" t="str"><v>Total</v></c>'
            '<c r="D62"><f>SUM(D2:D61)</f><v>240</v></c></row>'
        )
    ),
    "a total never reckoned": _rows(
        lambda rng, rows: rows.append('<row r="62"><c r="D62"><f>SUM(D2:D61)</f></c></row>')
    ),
    "wide rows": _rows(
        lambda rng, rows: rows.append(
            '<row r="62">'
            + "".join(f'<c r="{c}62"><v>1</v></c>' for c in ("A", "AA", "ZZ", "XFD"))
            + "</row>"
        )
    ),
    "no sheetData": sub("<sheetData>.*</sheetData>", ""),
    "no answers": _rows(lambda rng, rows: rows.__delitem__(slice(1, None))),
    "another root": sub("worksheet", "chartsheet"),
    "prefixed elements": on_part(
        SHEET,
        lambda rng, text: re.sub(
            r"<(/?)([a-z])",
            r"<\1x:\2",
            text.replace("xmlns=", "xmlns:x=").replace("<?xml", "<?XML"),
        ).replace("<?XML", "<?xml"),
    ),
    "a document type": on_part(
        SHEET,
        lambda rng, text: text.replace("<worksheet", '<!DOCTYPE a [<!ENTITY b "c">]><worksheet', 1),
    ),
    "UTF-16": on_parts(
        lambda rng, parts: parts.update(
            {SHEET: parts[SHEET].decode().replace("UTF-8", "UTF-16").encode("utf-16")}
        )
    ),
    "an unknown encoding": sub("UTF-8", "x-none", 1),
    "strings: fewer": on_part(STRINGS, lambda rng, text: text[: text.rindex("<si>")] + "</sst>"),
    "strings: none": on_part(STRINGS, lambda rng, text: "<sst/>"),
    "strings: spoken": sub(
        "</t></si>", "</t><rPh sb='0' eb='1'><t>kana</t></rPh></si>", 0, STRINGS
    ),
    "styles: a format that is none": sub("<cellXfs", "<x/><cellXfs", 1, STYLES),
    "styles: numbers by words": sub('numFmtId="0"', 'numFmtId="x"', 0, STYLES),
    "styles: all are dates": sub('(<cellXfs.*?)numFmtId="0"', r'\1numFmtId="14"', 1, STYLES),
    "styles: all are percents": sub('(<cellXfs.*?)numFmtId="0"', r'\1numFmtId="9"', 1, STYLES),
    "book: dates of 1904": sub("<workbookPr", '<workbookPr date1904="1"', 1, BOOK),
    "book: no sheet": sub("<sheets>.*</sheets>", "<sheets/>", 1, BOOK),
    "book: a sheet without a name": sub(' name="Answers"', "", 1, BOOK),
    "book: a sheet without an id": sub(' r:id="rId1"', "", 1, BOOK),
    "book: a name of 10,000 letters": sub("Answers", "A" * 10_000, 1, BOOK),
    "book: a hidden sheet": sub('name="Answers"', 'name="Answers" state="veryHidden"', 1, BOOK),
    "book: two sheets, one part": sub(
        "</sheets>", '<sheet name="B" sheetId="2" r:id="rId1"/></sheets>', 1, BOOK
    ),
    "relations: to nowhere": sub("sheet1.xml", "sheet9.xml", 1, "xl/_rels/workbook.xml.rels"),
    "relations: out of the archive": sub(
        "worksheets/sheet1.xml", "../../../etc/passwd", 1, "xl/_rels/workbook.xml.rels"
    ),
    "relations: without a type": sub(' Type="[^"]*"', "", 1, "xl/_rels/workbook.xml.rels"),
    "relations: without a target": sub(' Target="[^"]*"', "", 1, "_rels/.rels"),
    "relations: in a circle": sub("xl/workbook.xml", "_rels/.rels", 1, "_rels/.rels"),
}
for what, damage in SHEETS.items():
    is_whole = ":" in what or what in (
        "no sheetData",
        "another root",
        "a document type",
        "no answers",
        "UTF-16",
        "an unknown encoding",
    )
    add(f"xlsx sheet: {what}", "xlsx", damage, whole=is_whole)
for part in (
    SHEET,
    BOOK,
    STRINGS,
    STYLES,
    "_rels/.rels",
    "xl/_rels/workbook.xml.rels",
    "[Content_Types].xml",
):
    add(
        f"xlsx part lost: {part}",
        "xlsx",
        on_parts(lambda rng, parts, part=part: parts.pop(part)),
        whole=True,
    )
    cut = lambda rng, text: text[: rng.randrange(1, len(text))]  # noqa: E731
    add(f"xlsx part cut off: {part}", "xlsx", on_part(part, cut), whole=True)
