"""What the fuzz of tests/fuzz found, each kind once with its words: a damaged file is refused or
warned of with file, place and what to do.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import cxlab as cx
from cxlab.study.read.cells import number_in
from cxlab.study.read.distinct import distinct
from tests.study.read.test_sizes import CSV, study, workbook

TABLE = "touchpoint,stage,experience,scale\nshop,buy,q1,agree7\nweb,use,q2,agree7\n"


def zipped(**parts: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("_", "."), data)
    return held.getvalue()


def faults(folder: Path) -> pd.DataFrame:
    return cx.check_study(folder)


def first(folder: Path) -> dict:
    return faults(folder).iloc[0].to_dict()


# ---- archives and the disk


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (zipped(a_csv=CSV.encode()).replace(b"a.csv", b"b.csv", 1), "not readable as Zip"),
        (zipped(a_zip=zipped(b_csv=CSV.encode())), "an archive inside an archive is not read"),
        (zipped(a_pdf=b"%PDF-1.7"), "this is a PDF, not a file of answers"),
        (zipped(a_csv=CSV.encode(), b_csv=b""), "the archive holds 2 files"),
    ],
)
def test_an_archive_that_cannot_be_unpacked_is_one_fault(tmp_path, data, said):
    """Protects from errors of zipfile, which came through as they were."""
    fault = first(study(tmp_path, "r.zip", data))
    assert said in fault["problem"] and fault["file"].startswith("r.zip") and fault["fix"]


def test_a_file_that_the_disk_does_not_give_is_one_fault(tmp_path, monkeypatch):
    real = Path.read_bytes

    def refuse(self: Path) -> bytes:
        if self.name == "r.csv":
            raise PermissionError(13, "Permission denied")
        return real(self)

    study(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    fault = first(tmp_path)
    assert fault["problem"] == "the disk does not give it (Permission denied)"
    assert fault["file"] == "r.csv" and "permissions" in fault["fix"]


# ---- letters


@pytest.mark.parametrize(
    ("old", "new", "said", "rows"),
    [
        ("5,5,6,1", "5,5,6,1\f", "signs that nobody sees", "7"),
        ("id,nps", "id\u200b,nps", "signs that nobody sees", "1"),
        ("5,5,6,1", "5,5,\ufffd6,1", "signs that nobody sees, or that stand for lost", "7"),
        ("5,5,6,1\n", '5,5,6,1"\n', "a quote inside an answer that no quotes enclose", "7"),
        (
            "id,nps,q1,q2\n",
            "id,nps,q1,São\n".encode().decode("latin-1"),
            "letters were lost",
            "",
        ),
        ("id,nps,q1,q2\n", "id,nps,q1,S+AOM-o\n", "letters were lost: utf-7", "1"),
    ],
)
def test_letters_that_nobody_typed_are_said(tmp_path, old, new, said, rows):
    """Protects levels, which such a sign makes two of, and ids."""
    assert old in CSV
    found = faults(study(tmp_path, data=CSV.replace(old, new, 1)))
    found = found[found["problem"].str.startswith(said)]
    assert len(found) == 1 and rows in found["rows"].iloc[0] and found["file"].iloc[0] == "r.csv"


def test_inches_in_a_comment_are_no_damage(tmp_path):
    text = CSV.replace("\n", ",size\n", 1).replace("1\n", '1,"15"" screen"\n', 1)
    lines = [line if line.count(",") == 4 else f"{line}," for line in text.splitlines()]
    assert not faults(study(tmp_path, data="\n".join(lines))).problem.str.contains("quote").any()


def test_a_long_comment_where_a_rating_was_asked_costs_nothing():
    """Protects from a pattern whose time grew with the third power of the text."""
    assert np.isnan(number_in("ab " * 30_000))


# ---- workbooks, pages, Parquet


def rated(xml: str) -> bytes:
    """A workbook with another element for the rating q1 of row 5."""
    return workbook(sheet1=lambda part: part.replace('<c r="C5"><v>4</v></c>', xml))


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        ('<c r="C5"><v>4</v></c><c r="C5"><v>1</v></c>', "this cell stands twice, at cell C5"),
        ('<c r="C5" t="s"><v>99999</v></c>', "there is no string 99999, at cell C5"),
        ('<c r="C5" t="b"><v>1</v></c>', "TRUE or FALSE stands among other answers"),
    ],
)
def test_a_cell_of_a_workbook_that_is_none_has_its_place(tmp_path, xml, said):
    fault = first(study(tmp_path, "r.xlsx", rated(xml)))
    assert said in fault["problem"]
    assert "C5" in fault["problem"] or (fault["column"], fault["rows"]) == ("q1", "5")


def page(*, rows: list[str], end: str = "</table>") -> str:
    return f"<html><table>{''.join(f'<tr>{row}' for row in rows)}{end}</html>"


CELLS = [["".join(f"<td>{c}" for c in line.split(","))] for line in CSV.splitlines()]
CELLS = [cells for (cells,) in CELLS]


def test_a_page_without_end_tags_is_read(tmp_path):
    assert cx.read_study(study(tmp_path, "r.html", page(rows=CELLS))).n == 40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (page(rows=[*CELLS[:9], CELLS[9] + "<td>1"]), "rows with 5 cells under a header of 4"),
        (page(rows=CELLS, end=""), "the page ends inside its table"),
        (
            page(rows=[*CELLS[:9], "<!--", *CELLS[9:]]),
            "the page ends inside its table or a comment",
        ),
    ],
)
def test_a_page_that_lost_something_is_said(tmp_path, text, said):
    fault = first(study(tmp_path, "r.html", text))
    assert fault["problem"].startswith(said) and fault["rows"]


def test_letters_of_parquet_that_are_none_name_their_column(tmp_path):
    offsets, letters = pa.py_buffer(np.int32([0, 2])), pa.py_buffer(b"\xff\xfe")
    bad = pa.Array.from_buffers(pa.string(), 1, [None, offsets, letters])
    parquet.write_table(pa.table({"id": ["1"], "nps": [9], "q1": [4], "q2": bad}), tmp_path / "r")
    fault = first(study(tmp_path, "r.parquet", (tmp_path / "r").read_bytes()))
    assert (fault["problem"], fault["column"]) == ("its letters are no UTF-8", "q2")


# ---- keys and the table of touchpoints


def in_a_table(folder: Path, table: str) -> Path:
    study(folder)
    text = (folder / "study.yml").read_text()
    points = next(line for line in text.splitlines() if line.startswith("touchpoints"))
    stages = "stages: [{stage: buy}, {stage: use}]"
    (folder / "study.yml").write_text(text.replace(points, f"touchpoints: t.csv\n{stages}"))
    (folder / "t.csv").write_text(table)
    return folder


def test_a_sound_table_has_no_fault(tmp_path):
    assert len(faults(in_a_table(tmp_path, TABLE))) == 0


@pytest.mark.parametrize(
    ("old", "new", "column", "rows"),
    [
        ("web,", "shop,", "", "2, 3"),
        ("web,", "our web,", "touchpoint", "3"),
        ("web,", ",", "touchpoint", "3"),
        ("use", "using", "", "3"),
        ("q2,agree7", ",agree7", "", "3"),
        ("q2,agree7", "q1,agree7", "", "2, 3"),
        ("q2,agree7", "q2,agree5", "", "3"),
        ("experience", "experiense", "experiense", "2, 3"),
        ("touchpoint,", "id,", "touchpoint", "2, 3"),
    ],
)
def test_a_fault_of_the_table_of_touchpoints_is_said_of_it(tmp_path, old, new, column, rows):
    """Protects from being sent to study.yml, where nothing of it stands."""
    found = faults(in_a_table(tmp_path, TABLE.replace(old, new, 1)))
    errors = found[(found["file"] == "t.csv") & (found["column"] == column)]
    assert len(errors) == 1, found.to_string()
    assert errors["rows"].iloc[0] == rows and errors["fix"].iloc[0]


def test_every_error_of_a_key_says_what_to_do(tmp_path):
    more = (
        "report: {min_cell: 1, outcome: [a], language: xx}\nwaves: 3\nschema2: 1\nweight: {a: 1}\n"
    )
    assert (faults(study(tmp_path, more=more))["fix"] != "").all()


def test_a_sign_that_yaml_forbids_has_its_row(tmp_path):
    study(tmp_path)
    text = (tmp_path / "study.yml").read_text().replace("Hostile", "Hos\x07tile")
    (tmp_path / "study.yml").write_text(text)
    fault = first(tmp_path)
    assert (fault["problem"], fault["rows"]) == ("a sign that YAML forbids: U+0007", "2")


# ---- distinct texts


@pytest.mark.parametrize("repeats", [1, 500])
def test_distinct_texts_are_those_of_pandas(repeats):
    """Protects numbers: objects that are equal and not the same are one text."""
    again = ["".join(["1", "0"]), "10", "7", None, float("nan"), "", "7", " 7"] * repeats
    again += [str(number % 11) for number in range(1000)]
    cells = pd.Series(again, dtype=object)
    for one in (cells, cells[::-1], cells.iloc[3:], cells.astype("str")):
        places, texts = distinct(one)
        wanted, known = pd.factorize(one, use_na_sentinel=True)
        assert [*texts] == [*known] and (places == wanted).all()
