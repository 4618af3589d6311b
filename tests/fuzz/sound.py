"""The sound study that is damaged: in each format the same answers, touchpoints and keys.

All is made by code from one seed, so that no file need be kept and every run can be made again.
"""

from __future__ import annotations

import csv
import functools
import gzip
import io
import json
import random
import struct
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
import pyreadstat
import xlsxwriter

import cxlab as cx

STUDY = """\
schema: 1
client: Fuzz
title: {{en: Satisfaction 2026}}
respondent: id
responses: {{file: {file}}}
scales:
  agree7: {{min: 1, max: 7, not_used: [8], no_answer: [9]}}
stages: [{{stage: buy}}, {{stage: use}}]
touchpoints: touchpoints.csv
outcomes:
  recommend: {{kind: nps, column: nps}}
segments:
  region: {{label: Region}}
include:
  - {{column: status, in: [Complete]}}
"""
TOUCHPOINTS = """\
touchpoint,stage,label_en,label_pt,experience,scale
delivery,buy,Delivery,Entrega,q1,agree7
support,use,Support,Atendimento,q2,agree7
shop,buy,Shop,Loja física,q3,agree7
"""
HEADER = ["id", "status", "nps", "q1", "q2", "q3", "region", "comment"]
REGIONS = ("São Paulo", "Minas Gerais", "Ceará")
WORDS = ("bom", "ótimo, rápido", "não sei", 'a "promessa"', "atenção", "")
FORMATS = ("csv", "xlsx", "parquet", "sav", "xls", "ods", "html", "zip")


@functools.cache
def answers() -> tuple[tuple[str, ...], ...]:
    """The header and 60 respondents, whose loyalty follows their ratings."""
    rng = random.Random(7)
    rows = [tuple(HEADER)]
    for number in range(60):
        liking = rng.randint(1, 7)
        ratings = [min(7, max(1, liking + rng.choice((-1, 0, 0, 1)))) for _ in range(3)]
        ratings[2] = 8 if number % 13 == 5 else ratings[2]
        cells = [1000 + number * 3, "Complete", min(10, liking + rng.randint(1, 3)), *ratings]
        blank = "" if number % 17 == 4 else str(cells[4])
        texts = [*map(str, cells[:4]), blank, str(cells[5])]
        rows.append((*texts, REGIONS[number % 3], WORDS[number % 6]))
    return tuple(rows)


def as_csv(rows) -> bytes:
    held = io.StringIO(newline="")
    csv.writer(held, lineterminator="\n").writerows(rows)
    return held.getvalue().encode("utf-8", "surrogatepass")


def frame() -> pd.DataFrame:
    """The answers with numbers as numbers, as a statistics program has them."""
    header, *rows = answers()
    table = pd.DataFrame(rows, columns=[*header])
    for column in ("nps", "q1", "q2", "q3"):
        table[column] = pd.to_numeric(table[column])
    return table


def typed(rows) -> list[list]:
    """Rows as a spreadsheet holds them: numbers are numbers."""
    return [[int(cell) if cell.isdigit() else cell for cell in row] for row in rows]


def as_xlsx() -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held) as book:
        sheet = book.add_worksheet("Answers")
        book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(typed(answers())):
            for column, cell in enumerate(row):
                if cell != "":
                    sheet.write(number, column, cell)
    return held.getvalue()


def as_parquet() -> bytes:
    held = io.BytesIO()
    frame().to_parquet(held)
    return held.getvalue()


def as_sav(folder: Path, table: pd.DataFrame | None = None, **settings) -> bytes:
    file = folder / "made.sav"
    pyreadstat.write_sav(frame() if table is None else table, file, **settings)
    data = file.read_bytes()
    file.unlink()
    return data


def as_xls() -> bytes:
    """A BIFF8 stream in a compound file, as short as calamine takes it."""

    def record(number: int, body: bytes) -> bytes:
        return struct.pack("<HH", number, len(body)) + body

    def cell(row: int, column: int, value: object) -> bytes:
        if isinstance(value, int):
            return record(0x203, struct.pack("<HHHd", row, column, 0, value))
        text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
        return record(0x204, struct.pack("<HHH", row, column, 0) + text)

    rows = typed(answers())
    cells = b"".join(
        cell(r, c, value)
        for r, row in enumerate(rows)
        for c, value in enumerate(row)
        if value != ""
    )
    name = b"Answers"
    begin = struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 1996, 0x41, 6)
    start = record(0x809, begin)
    extent = record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, len(HEADER), 0))
    sheet = record(0x809, begin[:2] + struct.pack("<H", 0x10) + begin[4:]) + extent + cells
    place = len(start) + 4 + 8 + len(name) + 4
    held = struct.pack("<IBBBB", place, 0, 0, len(name), 0) + name
    stream = start + record(0x85, held) + record(0x0A, b"") + sheet + record(0x0A, b"")
    return _compound(stream.ljust(4096, b"\0"))


def _compound(stream: bytes) -> bytes:
    """A compound file (OLE2) that holds one stream, called Workbook."""
    size, free, end = 512, 0xFFFFFFFF, 0xFFFFFFFE
    sectors = -(-len(stream) // size)
    chain = [0xFFFFFFFD, end, *range(3, sectors + 2), end]  # its table, the folder, the stream
    table = struct.pack(f"<{size // 4}I", *chain, *[free] * (size // 4 - len(chain)))

    def entry(name: str, kind: int, child: int, start: int, length: int) -> bytes:
        raw = (name + "\0").encode("utf-16-le")
        links = struct.pack("<HBBIII", len(raw), kind, 1, free, free, child)
        return raw.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, length)

    folder = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 2, len(stream))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0
    )
    head += struct.pack("<I", 0) + struct.pack("<108I", *[free] * 108)
    return head + table + folder.ljust(size, b"\0") + stream.ljust(sectors * size, b"\0")


CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="Answers">{rows}</table:table>
</office:spreadsheet></office:body></office:document-content>"""


def as_ods() -> bytes:
    def cell(value: object) -> str:
        if value == "":
            return "<table:table-cell/>"
        kind = f'float" office:value="{value}' if isinstance(value, int) else "string"
        words = escape(str(value))
        text = f"<text:p>{words}</text:p>"
        return f'<table:table-cell office:value-type="{kind}">{text}</table:table-cell>'

    rows = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in typed(answers())
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": CONTENT.format(rows=rows).encode(),
            "META-INF/manifest.xml": b"<?xml version='1.0'?><manifest/>",
        }
    )


def as_html() -> bytes:
    lines = (
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in answers()
    )
    return f"<html><meta charset=utf-8><table>\n{chr(10).join(lines)}\n</table></html>".encode()


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, method)
    return held.getvalue()


@functools.cache
def made(kind: str) -> bytes:
    """The answers in a format."""
    if kind in ("csv", "zip"):
        text = as_csv(answers())
        return text if kind == "csv" else zipped({"answers.csv": text})
    if kind == "sav":
        with tempfile.TemporaryDirectory() as folder:
            return as_sav(Path(folder))
    return {
        "xlsx": as_xlsx,
        "parquet": as_parquet,
        "xls": as_xls,
        "ods": as_ods,
        "html": as_html,
        "gz": lambda: gzip.compress(made("csv"), mtime=0),
    }[kind]()


def write(folder: Path, kind: str = "csv") -> Path:
    """The sound study in a folder, its answers in a format; the file of answers."""
    file = folder / f"r.{kind}"
    file.write_bytes(made(kind))
    (folder / "study.yml").write_text(STUDY.format(file=file.name), encoding="utf-8")
    (folder / "touchpoints.csv").write_text(TOUCHPOINTS, encoding="utf-8")
    return file


def numbers(study: cx.Study) -> str:
    """What a report rests on, in no order of rows: whoever shuffles them changes nothing."""
    values = study._answers.values
    rated = {str(key): [None if v != v else v for v in cells] for key, cells in values.items()}
    table = pd.DataFrame(rated, dtype=object)
    table.insert(0, "region", study.column("region").fillna("").tolist())
    table.insert(0, "id", study.column("id").fillna("").tolist())
    rows = sorted(table.to_numpy().tolist(), key=str)
    return json.dumps([sorted(rated), rows, study.labels("en"), study.labels("pt-BR")])
