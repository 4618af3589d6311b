"""A workbook is read as a spreadsheet shows it, and a damaged one is one fault with the file and
what to do.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from openpyxl.chart import BarChart
from pyarrow import parquet

import cxlab as cx
from tests.study.read.test_sizes import CSV, HEADER, SHEET, into, study, workbook


def read(folder: Path, data: bytes) -> pd.DataFrame:
    return cx.read_study(study(folder, "r.xlsx", data)).responses


def fault_of(folder: Path) -> dict:
    (fault,) = cx.check_study(folder).to_dict("records")
    assert fault["severity"] == "error" and fault["fix"]
    return fault


def test_cells_are_read_as_a_spreadsheet_shows_them(tmp_path):
    """Protects dates, times, truths, errors, formulas with their results and texts of every kind,
    against the library that has long read them.
    """
    book = openpyxl.Workbook()
    book.active.append([*HEADER, "more"])
    cells = [
        datetime.date(2026, 3, 1),
        datetime.datetime(2026, 3, 1, 12, 30),
        datetime.time(8, 15),
        True,
        4.5,
        1e-7,
        123456789012,
        " a < b & c ",
        "São\nPaulo",
    ]
    for number, cell in enumerate(cells):
        book.active.append([number, 5, 4, 4, cell])
    book.active["E3"].number_format = "dd/mm/yyyy hh:mm"
    book.save(held := io.BytesIO())
    assert read(tmp_path, held.getvalue())["more"].tolist() == [
        "2026-03-01",
        "2026-03-01T12:30:00",
        "08:15:00",
        "1",
        "4.5",
        "1e-07",
        "123456789012",
        " a < b & c ",
        "São\nPaulo",
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="D2" t="inlineStr"><is><t>a_x0041_b</t></is></c>', "aAb"),
        ('<c r="D2" t="inlineStr"><is><t>a_x005F_x0041_b</t></is></c>', "a_x0041_b"),
        ('<c r="D2" t="inlineStr"><is><r><t>two </t></r><r><t>runs</t></r></is></c>', "two runs"),
        ('<c r="D2" t="inlineStr"><is><t>東</t><rPh><t>ひがし</t></rPh></is></c>', "東"),
        ('<c r="D2" t="str"><f>A2&amp;"x"</f><v>0x</v></c>', "0x"),
        ('<c r="D2" t="str"><f>""</f><v></v></c>', ""),
        ('<c r="D2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c r="D2" t="b"><v>0</v></c>', "0"),
        ('<c r="D2" t="d"><v>2026-03-01T00:00:00</v></c>', "2026-03-01"),
        ("<c><v>7.0</v></c>", "7"),
        ('<c r="D2"><v>1e400</v></c>', "1e400"),
    ],
)
def test_a_cell_of_each_kind(tmp_path, cell, text):
    """Protects what programs other than Excel write."""
    data = workbook(sheet1=lambda part: part.replace('<c r="D2"><v>1</v></c>', cell))
    study(tmp_path, "r.xlsx", data)
    keys = tmp_path / "study.yml"
    keys.write_text(keys.read_text().replace(", support: {experience: q2}", ""))
    assert cx.read_study(tmp_path).responses["q2"].iloc[0] == text


def test_prefixes_blank_rows_and_other_epochs_change_nothing(tmp_path):
    """Protects from a parser that knows one program's way of writing only."""
    plain = read(tmp_path, workbook())
    data = workbook(
        sheet1=lambda part: (
            part.replace("<", "<x:")
            .replace("<x:/", "</x:")
            .replace("<x:?", "<?")
            .replace("xmlns=", "xmlns:x=")
        )
    )
    pd.testing.assert_frame_equal(read(tmp_path, data), plain)
    data = workbook(sheet1=lambda part: part.replace("<sheetData>", '<sheetData><row r="0"/>'))
    assert "row 0" in fault_of(study(tmp_path, "r.xlsx", data))["problem"]

    book = openpyxl.Workbook()
    for line in ["", *CSV.splitlines()]:  # a title's row, left blank
        book.active.append([int(c) if c.isdigit() else c for c in line.split(",")])
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(held := io.BytesIO())
    pd.testing.assert_frame_equal(read(tmp_path, held.getvalue()), plain)


def test_a_sheet_of_a_chart_is_passed_over(tmp_path):
    book = openpyxl.Workbook()
    for line in CSV.splitlines():
        book.active.append([int(c) if c.isdigit() else c for c in line.split(",")])
    book.create_chartsheet("Chart").add_chart(BarChart())
    book.save(held := io.BytesIO())
    assert len(read(tmp_path, held.getvalue())) == 40
    (tmp_path / "study.yml").write_text(
        (tmp_path / "study.yml").read_text().replace("r.xlsx}", "r.xlsx, sheet: Chart}")
    )
    fault = fault_of(tmp_path)
    assert (fault["problem"], fault["value"], fault["fix"]) == (
        "no such sheet",
        "Chart",
        "one of Sheet",
    )


def without(part: str, data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(held, "w") as target:
        for name in source.namelist():
            if name != part:
                target.writestr(name, source.read(name))
    return held.getvalue()


def encrypted(data: bytes) -> bytes:
    """Every entry says that it is encrypted."""
    found = bytearray(data)
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.find(mark)
        while at >= 0:
            found[at + offset] |= 1
            at = data.find(mark, at + 1)
    return bytes(found)


def cell(markup: str) -> bytes:
    return workbook(sheet1=into(SHEET, f'<row r="50">{markup}</row>'))


def noted(note: bytes) -> bytes:
    """A Parquet file with another note of pandas on its frame."""
    table = pa.Table.from_pandas(pd.read_csv(io.StringIO(CSV), dtype=str))
    parquet.write_table(table.replace_schema_metadata({b"pandas": note}), held := io.BytesIO())
    return held.getvalue()


@pytest.mark.parametrize(
    ("file", "data"),
    [
        ("r.xlsx", b""),
        ("r.xlsx", b"\xd0\xcf\x11\xe0 a workbook with a password"),
        ("r.xlsx", workbook()[:3000]),
        ("r.xlsx", encrypted(workbook())),
        *(
            ("r.xlsx", without(name, workbook()))
            for name in (
                "_rels/.rels",
                "xl/workbook.xml",
                "xl/_rels/workbook.xml.rels",
                "xl/worksheets/sheet1.xml",
                "xl/sharedStrings.xml",
                "xl/styles.xml",
            )
        ),
        ("r.xlsx", cell('<c r="ZZZZZ50"><v>1</v></c>')),
        ("r.xlsx", cell('<c r="XFE50"><v>1</v></c>')),
        ("r.xlsx", cell('<c r="A49"><v>1</v></c>')),
        ("r.xlsx", cell('<c r="50"><v>1</v></c>')),
        ("r.xlsx", cell('<c r="A50" t="s"><v>99999</v></c>')),
        ("r.xlsx", cell('<c r="A50" t="s"><v>-1</v></c>')),
        ("r.xlsx", cell('<c r="A50" t="s"><v>one</v></c>')),
        ("r.xlsx", cell('<c r="A50"><v>one</v></c>')),
        ("r.xlsx", cell('<c r="A50" t="new"><v>1</v></c>')),
        ("r.xlsx", cell("<c><v>1</c></v>")),
        ("r.xlsx", workbook(sheet1=into(SHEET, '<row r="3"><c><v>1</v></c></row>'))),
        ("r.xlsx", workbook(sheet1=into(SHEET, '<row r="1048577"><c><v>1</v></c></row>'))),
        ("r.xlsx", workbook(sheet1=into(SHEET, '<row r="many"><c><v>1</v></c></row>'))),
        ("r.xlsx", workbook(workbook=lambda part: part.replace("<sheet ", "<nothing "))),
        ("r.parquet", b""),
        ("r.parquet", noted(b"")[:2000]),
        ("r.parquet", noted(b"no JSON")),
        ("r.parquet", noted(b'{"index_columns": ["zz"], "columns": []}')),
        ("r.parquet", noted(b'{"index_columns": 5}')),
    ],
)
def test_a_damaged_file_is_one_fault_with_the_file_and_what_to_do(tmp_path, file, data):
    """Protects from tracebacks, and from rows that are lost without a word."""
    study(tmp_path, file, data)
    assert fault_of(tmp_path)["file"] == file
    with pytest.raises(cx.StudyError):
        cx.read_study(tmp_path)


@pytest.mark.parametrize("ids", ["0", "respondent "])
def test_parquet_keeps_an_index_that_is_a_column(tmp_path, ids):
    """Protects the respondents' ids of a frame that was labelled by them."""
    frame = pd.read_csv(io.StringIO(CSV))
    frame["id"] = [int(ids) + n if ids == "0" else f"{ids}{n}" for n in frame["id"]]
    frame.set_index("id").to_parquet(held := io.BytesIO())
    found = cx.read_study(study(tmp_path, "r.parquet", held.getvalue())).responses
    assert found["id"].tolist() == frame["id"].astype(str).tolist()
