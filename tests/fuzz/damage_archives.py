"""What befalls archives, old sheets and pages: bombs, locks, sums that do not fit."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable

from tests.fuzz import sound
from tests.fuzz.damage_sheets import SHEET, on_part, parts_of, sub
from tests.fuzz.kinds import Damage, add, on_bytes, on_text


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
    "in an archive in an archive": lambda rng, data: sound.zipped(
        {"a.zip": sound.zipped({"r.xlsx": data})}
    ),
    "a part twice": lambda rng, data: _twice(data),
    "70,000 parts": lambda rng, data: sound.zipped(
        parts_of(data) | {f"x/{i}": b"" for i in range(20_000)}
    ),
    "stored, not packed": lambda rng, data: sound.zipped(parts_of(data), zipfile.ZIP_STORED),
    "packed by LZMA": lambda rng, data: sound.zipped(parts_of(data), zipfile.ZIP_LZMA),
    "a program before it": lambda rng, data: b"MZ" + bytes(500) + data,
    "in capitals": lambda rng, data: sound.zipped(
        {k.upper(): v for k, v in parts_of(data).items()}
    ),
}


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
    "an unknown method": lambda data: _flag(
        _flag(sound.made("zip"), b"PK\1\2", 10, 97), b"PK\3\4", 8, 97
    ),
    "a wrong sum": lambda data: _flag(_flag(sound.made("zip"), b"PK\1\2", 16, 7), b"PK\3\4", 14, 7),
}
for what, pack in ZIPS.items():
    change = lambda rng, _, pack=pack: pack(sound.made("csv"))  # noqa: E731
    add(f"zip: {what}", "zip", on_bytes("r.zip", change), whole=True)

CONTENT = "content.xml"
ODS = {
    "a cell repeated without end": sub(
        "<table:table-cell office",
        '<table:table-cell table:number-columns-repeated="1000000000" office',
        1,
        CONTENT,
    ),
    "a blank repeated to the end": sub(
        "</table:table-row>",
        '<table:table-cell table:number-columns-repeated="16376"/></table:table-row>',
        0,
        CONTENT,
    ),
    "a row repeated without end": sub(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="1048576">', 0, CONTENT
    ),
    "blank rows to the end": sub(
        "</table:table>",
        '<table:table-row table:number-rows-repeated="1048515"><table:table-cell/>'
        "</table:table-row></table:table>",
        0,
        CONTENT,
    ),
    "entities": sub(r"\?>", '?><!DOCTYPE a [<!ENTITY b "cccccccccc">]>', 1, CONTENT),
    "no table": sub("<table:table .*</table:table>", "", 1, CONTENT),
    "the content cut off": on_part(
        CONTENT, lambda rng, text: text[: rng.randrange(400, len(text))]
    ),
    "an error": sub('"float" office:value="4"><text:p>4', '"string"><text:p>#N/A', 3, CONTENT),
    "numbers by words": sub('office:value="4"', 'office:value="x"', 1, CONTENT),
    "a decimal": sub('office:value="4"><text:p>4', 'office:value="4.5"><text:p>4,5', 1, CONTENT),
}
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
    "a table in a cell": lambda rng, text: text.replace(
        "<td>4</td>", "<td><table><tr><td>4</td></tr></table></td>", 1
    ),
    "no table": lambda rng, text: re.sub("</?t(able|r|d)>", " ", text),
    "100,000 tables": lambda rng, text: text + "<table>" * 100_000,
    "entities": lambda rng, text: text.replace("<td>4</td>", "<td>&#52;</td>"),
    "an entity that is none": lambda rng, text: text.replace(
        "<td>4</td>", "<td>&#x110000;&bogus;</td>", 1
    ),
    "a comment not closed": lambda rng, text: text[:2000] + "<!--" + text[2000:],
    "a marked section": lambda rng, text: text[:2000] + "<![if gte mso 9]><![bogus[" + text[2000:],
    "capitals": lambda rng, text: re.sub("</?t[a-z]+>", lambda m: m[0].upper(), text),
    "an error": lambda rng, text: text.replace("<td>4</td>", "<td>#N/A</td>", 1),
    "a cell more": lambda rng, text: text.replace("<td>4</td>", "<td>4</td><td>4</td>", 1),
}
for what, change in HTML.items():
    add(
        f"html: {what}", "html", on_text("r.html", change), whole=what in ("no table", "two tables")
    )

XLS = {
    "a size without end": lambda data: data.replace(
        struct.pack("<II", 0, 61), struct.pack("<II", 0, 1 << 31)
    ),
    "a string longer than its record": lambda data: data.replace(
        struct.pack("<HB", 8, 1), struct.pack("<HB", 9999, 1), 3
    ),
    "a record longer than the file": lambda data: data.replace(b"\x04\x02", b"\x04\x02\xff\xff", 1),
    "a table of sectors in a circle": lambda data: (
        data[:512] + struct.pack("<128I", *[1] * 128) + data[1024:]
    ),
    "a table of sectors of zeros": lambda data: data[:512] + bytes(512) + data[1024:],
    "a first sector out of range": lambda data: data[:48] + b"\xff\xff\xff\x0f" + data[52:],
    "many tables of sectors": lambda data: data[:44] + b"\xff\xff\xff\x7f" + data[48:],
    "large sectors": lambda data: data[:30] + b"\x1f\x00" + data[32:],
    "locked": lambda data: data.replace(b"\x85\x00", b"\x2f\x00", 1),
    "no stream": lambda data: data.replace(
        "Workbook".encode("utf-16-le"), "Elsewhere".encode("utf-16-le")[:16]
    ),
    "a cell in the last corner": lambda data: data.replace(
        struct.pack("<HHHHHHd", 0x203, 14, 5, 0, 0, 0, 0)[:6],
        struct.pack("<HHH", 0x203, 14, 65535),
        1,
    ),
}
for what, pack in XLS.items():
    change = lambda rng, data, pack=pack: pack(data)  # noqa: E731
    add(f"xls: {what}", "xls", on_bytes("r.xls", change), whole=True)
