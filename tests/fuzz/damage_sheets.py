"""What befalls workbooks, old sheets, pages and archives: parts of XML lost or turned, bombs."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable

from tests.fuzz import sound
from tests.fuzz.kinds import Damage, add, on_bytes, on_text

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


def _sub(pattern: str, new: str, count: int = 0, part: str = SHEET) -> Damage:
    return on_part(part, lambda rng, text: re.sub(pattern, new, text, count=count))


def _moved(rows: int) -> Damage:
    def edit(rng: random.Random, text: str) -> str:
        return re.sub(r'r="([A-Z]*)(\d+)"', lambda m: f'r="{m[1]}{int(m[2]) + rows}"', text)

    return on_part(SHEET, edit)


def _put(rng: random.Random, rows: list[str], row: str) -> None:
    rows.insert(rng.randrange(2, len(rows)), row)


SHEETS = {
    "no places at all": _sub(r' r="[A-Z]*\d+"', ""),
    "rows without numbers": _sub(r'<row r="\d+"', "<row"),
    "three blank rows above": _moved(3),
    "rows out of order": _rows(lambda rng, rows: rows.insert(3, rows.pop(rng.randrange(10, 50)))),
    "a row twice": _rows(lambda rng, rows: _put(rng, rows, rows[7])),
    "a row number without end": _sub(r'<row r="40"', '<row r="1e400"'),
    "a row number by a word": _sub(r'<row r="40"', '<row r="x"'),
    "a row far away": _rows(
        lambda rng, rows: rows.append('<row r="1048576"><c r="A1048576"><v>1</v></c></row>')
    ),
    "a row beyond the last": _rows(
        lambda rng, rows: rows.append('<row r="1048577"><c r="A1048577"><v>1</v></c></row>')
    ),
    "hidden rows": _sub(r'<row r="(1\d)"', r'<row r="\1" hidden="1"'),
    "a hidden column": _sub("<sheetData>", '<cols><col min="4" max="4" hidden="1"/></cols><sheetData>'),
    "a filter": _sub("</sheetData>", '</sheetData><autoFilter ref="A1:H61"/>'),
    "merged answers": _sub("</sheetData>", '</sheetData><mergeCells><mergeCell ref="D3:D6"/></mergeCells>'),
    "a merged header": _sub("</sheetData>", '</sheetData><mergeCells><mergeCell ref="D1:F1"/></mergeCells>'),
    "a merge that is none": _sub("</sheetData>", '</sheetData><mergeCells><mergeCell ref="D:??"/></mergeCells>'),
    "an error in the header": _sub('<c r="D1" t="s"><v>3</v></c>', '<c r="D1" t="e"><v>#REF!</v></c>'),
    "a total by formula": _rows(lambda rng, rows: rows.append(
        '<row r="62"><c r="A62" t="str"><v>Total</v></c><c r="D62"><f>SUM(D2:D61)</f><v>240</v></c></row>')),
    "a total never reckoned": _rows(lambda rng, rows: rows.append(
        '<row r="62"><c r="D62"><f>SUM(D2:D61)</f></c></row>')),
    "wide rows": _rows(lambda rng, rows: rows.append(
        '<row r="62">' + "".join(f'<c r="{c}62"><v>1</v></c>' for c in ("A", "AA", "ZZ", "XFD")) + "</row>")),
    "no sheetData": _sub("<sheetData>.*</sheetData>", ""),
    "no answers": _rows(lambda rng, rows: rows.__delitem__(slice(1, None))),
    "another root": _sub("worksheet", "chartsheet"),
    "prefixed elements": on_part(SHEET, lambda rng, text: re.sub(
        r"<(/?)([a-z])", r"<\1x:\2", text.replace("xmlns=", "xmlns:x=").replace("<?xml", "<?XML")
        ).replace("<?XML", "<?xml")),
    "a document type": on_part(SHEET, lambda rng, text: text.replace(
        "<worksheet", '<!DOCTYPE a [<!ENTITY b "c">]><worksheet', 1)),
    "UTF-16": on_parts(lambda rng, parts: parts.update({SHEET: parts[SHEET].decode().replace(
        "UTF-8", "UTF-16").encode("utf-16")})),
    "an unknown encoding": _sub("UTF-8", "x-none", 1),
    "strings: fewer": on_part(STRINGS, lambda rng, text: text[:text.rindex("<si>")] + "</sst>"),
    "strings: none": on_part(STRINGS, lambda rng, text: "<sst/>"),
    "strings: spoken": _sub("</t></si>", "</t><rPh sb='0' eb='1'><t>kana</t></rPh></si>", 0, STRINGS),
    "styles: a format that is none": _sub("<cellXfs", "<x/><cellXfs", 1, STYLES),
    "styles: numbers by words": _sub('numFmtId="0"', 'numFmtId="x"', 0, STYLES),
    "styles: all are dates": _sub('(<cellXfs.*?)numFmtId="0"', r'\1numFmtId="14"', 1, STYLES),
    "styles: all are percents": _sub('(<cellXfs.*?)numFmtId="0"', r'\1numFmtId="9"', 1, STYLES),
    "book: dates of 1904": _sub("<workbookPr", '<workbookPr date1904="1"', 1, BOOK),
    "book: no sheet": _sub("<sheets>.*</sheets>", "<sheets/>", 1, BOOK),
    "book: a sheet without a name": _sub(' name="Answers"', "", 1, BOOK),
    "book: a sheet without an id": _sub(' r:id="rId1"', "", 1, BOOK),
    "book: a name of 10,000 letters": _sub("Answers", "A" * 10_000, 1, BOOK),
    "book: a hidden sheet": _sub('name="Answers"', 'name="Answers" state="veryHidden"', 1, BOOK),
    "book: two sheets, one part": _sub("</sheets>", '<sheet name="B" sheetId="2" r:id="rId1"/></sheets>', 1, BOOK),
    "relations: to nowhere": _sub("sheet1.xml", "sheet9.xml", 1, "xl/_rels/workbook.xml.rels"),
    "relations: out of the archive": _sub("worksheets/sheet1.xml", "../../../etc/passwd", 1, "xl/_rels/workbook.xml.rels"),
    "relations: without a type": _sub(' Type="[^"]*"', "", 1, "xl/_rels/workbook.xml.rels"),
    "relations: without a target": _sub(' Target="[^"]*"', "", 1, "_rels/.rels"),
    "relations: in a circle": _sub("xl/workbook.xml", "_rels/.rels", 1, "_rels/.rels"),
}  # fmt: skip
for what, damage in SHEETS.items():
    is_whole = ":" in what or what in ("no sheetData", "another root", "a document type", "no answers",
        "UTF-16", "an unknown encoding")  # fmt: skip
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


def _flag(data: bytes, mark: bytes, place: int, value: int) -> bytes:
    """Every entry's record with 16 bits at a place set."""
    held, at = bytearray(data), data.find(mark)
    while at >= 0:
        struct.pack_into("<H", held, at + place, value)
        at = data.find(mark, at + 4)
    return bytes(held)


def _bomb(part: str) -> Callable[[random.Random, bytes], bytes]:
    def edit(rng: random.Random, data: bytes) -> bytes:
        return sound.zipped(parts_of(data) | {part: bytes(300_000_000)})

    return edit


def _lying_bomb(rng: random.Random, data: bytes) -> bytes:
    """Entries that say that they unpack to nothing much, and unpack to 300 MB."""
    whole = _bomb(SHEET)(rng, data)
    size, said = struct.pack("<I", 300_000_000), struct.pack("<I", 4000)
    return whole.replace(size, said)


ARCHIVES = {
    "locked": lambda rng, data: _flag(_flag(data, b"PK\1\2", 8, 1), b"PK\3\4", 6, 1),
    "an unknown method": lambda rng, data: _flag(_flag(data, b"PK\1\2", 10, 97), b"PK\3\4", 8, 97),
    "wrong sums": lambda rng, data: _flag(_flag(data, b"PK\1\2", 16, 7), b"PK\3\4", 14, 7),
    "names that are no letters": lambda rng, data: data.replace(b"xl/", b"\xff\xfe/"),
    "a bomb": _bomb("xl/media/bomb.bin"),
    "a bomb for a sheet": _bomb(SHEET),
    "a bomb that lies": _lying_bomb,
    "in another archive": lambda rng, data: sound.zipped({"r.xlsx": data}),
    "in an archive in an archive": lambda rng, data: sound.zipped({"a.zip": sound.zipped({"r.xlsx": data})}),
    "a part twice": lambda rng, data: _twice(data),
    "70,000 parts": lambda rng, data: sound.zipped(parts_of(data) | {f"x/{i}": b"" for i in range(20_000)}),
    "stored, not packed": lambda rng, data: sound.zipped(parts_of(data), zipfile.ZIP_STORED),
    "packed by LZMA": lambda rng, data: sound.zipped(parts_of(data), zipfile.ZIP_LZMA),
    "a program before it": lambda rng, data: b"MZ" + bytes(500) + data,
    "in capitals": lambda rng, data: sound.zipped({k.upper(): v for k, v in parts_of(data).items()}),
}  # fmt: skip


def _twice(data: bytes) -> bytes:
    held = io.BytesIO(data)
    with zipfile.ZipFile(held, "a") as archive:
        archive.writestr(SHEET, b"<worksheet/>")
    return held.getvalue()


for what, change in ARCHIVES.items():
    add(f"xlsx archive: {what}", "xlsx", on_bytes("r.xlsx", change), whole=True)
    if "sheet" not in what and "lies" not in what and "twice" not in what:
        add(f"ods archive: {what}", "ods", on_bytes("r.ods", change), whole=True)
ZIPS = {
    "two files": lambda data: sound.zipped({"a.csv": data, "b.csv": data}),
    "no file": lambda data: sound.zipped({}),
    "a folder alone": lambda data: sound.zipped({"answers/": b""}),
    "a zip in it": lambda data: sound.zipped({"a.zip": sound.zipped({"a.csv": data})}),
    "a name that climbs": lambda data: sound.zipped({"../../../tmp/a.csv": data}),
    "what a Mac adds": lambda data: sound.zipped({"a.csv": data, "__MACOSX/._a.csv": b"\0"}),
    "a file in a folder": lambda data: sound.zipped({"export/a.csv": data}),
    "a bomb": lambda data: sound.zipped({"a.csv": data + b"\n" * 400_000_000}),
    "a workbook in it": lambda data: sound.zipped({"a.xlsx": sound.made("xlsx")}),
    "a PDF in it": lambda data: sound.zipped({"a.pdf": b"%PDF-1.7"}),
    "a .sav in it": lambda data: sound.zipped({"a.sav": sound.made("sav")}),
    "packed by bzip2": lambda data: sound.zipped({"a.csv": data}, zipfile.ZIP_BZIP2),
    "locked": lambda data: _flag(_flag(sound.made("zip"), b"PK\1\2", 8, 1), b"PK\3\4", 6, 1),
    "an unknown method": lambda data: _flag(_flag(sound.made("zip"), b"PK\1\2", 10, 97), b"PK\3\4", 8, 97),
    "a wrong sum": lambda data: _flag(_flag(sound.made("zip"), b"PK\1\2", 16, 7), b"PK\3\4", 14, 7),
}  # fmt: skip
for what, pack in ZIPS.items():
    change = lambda rng, _, pack=pack: pack(sound.made("csv"))  # noqa: E731
    add(f"zip: {what}", "zip", on_bytes("r.zip", change), whole=True)

CONTENT = "content.xml"
ODS = {
    "a cell repeated without end": _sub("<table:table-cell office", '<table:table-cell table:number-columns-repeated="1000000000" office', 1, CONTENT),
    "a blank repeated to the end": _sub("</table:table-row>", '<table:table-cell table:number-columns-repeated="16376"/></table:table-row>', 0, CONTENT),
    "a row repeated without end": _sub("<table:table-row>", '<table:table-row table:number-rows-repeated="1048576">', 0, CONTENT),
    "blank rows to the end": _sub("</table:table>", '<table:table-row table:number-rows-repeated="1048515"><table:table-cell/></table:table-row></table:table>', 0, CONTENT),
    "entities": _sub(r"\?>", '?><!DOCTYPE a [<!ENTITY b "cccccccccc">]>', 1, CONTENT),
    "no table": _sub("<table:table .*</table:table>", "", 1, CONTENT),
    "the content cut off": on_part(CONTENT, lambda rng, text: text[: rng.randrange(400, len(text))]),
    "an error": _sub('"float" office:value="4"><text:p>4', '"string"><text:p>#N/A', 3, CONTENT),
    "numbers by words": _sub('office:value="4"', 'office:value="x"', 1, CONTENT),
    "a decimal": _sub('office:value="4"><text:p>4', 'office:value="4.5"><text:p>4,5', 1, CONTENT),
}  # fmt: skip
for what, damage in ODS.items():
    edited = lambda rng, folder, damage=damage: _as_ods(damage, rng, folder)  # noqa: E731
    add(
        f"ods: {what}",
        "ods",
        edited,
        whole="repeated" in what
        or what in ("entities", "the content cut off", "no table", "numbers by words"),
    )


def _as_ods(damage: Damage, rng: random.Random, folder) -> None:
    """`on_part` is of r.xlsx."""
    (folder / "r.ods").rename(folder / "r.xlsx")
    damage(rng, folder)
    (folder / "r.xlsx").rename(folder / "r.ods")


HTML = {
    "elements not closed": lambda rng, text: re.sub("</t[dr]>", "", text),
    "a colspan without end": lambda rng, text: text.replace("<td>", '<td colspan="999999999">', 3),
    "a colspan by a word": lambda rng, text: text.replace("<td>", '<td colspan="x">', 3),
    "a rowspan": lambda rng, text: text.replace("<td>4</td>", '<td rowspan="2">4</td>', 1),
    "scripts": lambda rng, text: text.replace("<table>", "<script>alert('<td>1')</script><table>"),
    "two tables": lambda rng, text: text + text,
    "a table in a cell": lambda rng, text: text.replace("<td>4</td>", "<td><table><tr><td>4</td></tr></table></td>", 1),
    "no table": lambda rng, text: re.sub("</?t(able|r|d)>", " ", text),
    "100,000 tables": lambda rng, text: text + "<table>" * 100_000,
    "entities": lambda rng, text: text.replace("<td>4</td>", "<td>&#52;</td>"),
    "an entity that is none": lambda rng, text: text.replace("<td>4</td>", "<td>&#x110000;&bogus;</td>", 1),
    "a comment not closed": lambda rng, text: text[:2000] + "<!--" + text[2000:],
    "a marked section": lambda rng, text: text[:2000] + "<![if gte mso 9]><![bogus[" + text[2000:],
    "capitals": lambda rng, text: re.sub("</?t[a-z]+>", lambda m: m[0].upper(), text),
    "an error": lambda rng, text: text.replace("<td>4</td>", "<td>#N/A</td>", 1),
    "a cell more": lambda rng, text: text.replace("<td>4</td>", "<td>4</td><td>4</td>", 1),
}  # fmt: skip
for what, change in HTML.items():
    add(
        f"html: {what}", "html", on_text("r.html", change), whole=what in ("no table", "two tables")
    )

XLS = {
    "a size without end": lambda data: data.replace(struct.pack("<II", 0, 61), struct.pack("<II", 0, 1 << 31)),
    "a string longer than its record": lambda data: data.replace(struct.pack("<HB", 8, 1), struct.pack("<HB", 9999, 1), 3),
    "a record longer than the file": lambda data: data.replace(b"\x04\x02", b"\x04\x02\xff\xff", 1),
    "a table of sectors in a circle": lambda data: data[:512] + struct.pack("<128I", *[1] * 128) + data[1024:],
    "a table of sectors of zeros": lambda data: data[:512] + bytes(512) + data[1024:],
    "a first sector out of range": lambda data: data[:48] + b"\xff\xff\xff\x0f" + data[52:],
    "many tables of sectors": lambda data: data[:44] + b"\xff\xff\xff\x7f" + data[48:],
    "large sectors": lambda data: data[:30] + b"\x1f\x00" + data[32:],
    "locked": lambda data: data.replace(b"\x85\x00", b"\x2f\x00", 1),
    "no stream": lambda data: data.replace("Workbook".encode("utf-16-le"), "Elsewhere".encode("utf-16-le")[:16]),
    "a cell in the last corner": lambda data: data.replace(struct.pack("<HHHHHHd", 0x203, 14, 5, 0, 0, 0, 0)[:6], struct.pack("<HHH", 0x203, 14, 65535), 1),
}  # fmt: skip
for what, pack in XLS.items():
    change = lambda rng, data, pack=pack: pack(data)  # noqa: E731
    add(f"xls: {what}", "xls", on_bytes("r.xls", change), whole=True)
