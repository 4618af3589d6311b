"""A file that is damaged, or made to do harm, costs seconds and one fault: what it declares is held
against limits before it is read, and what it holds while it is.

Each case, the larger ones at two to ten times their size here, took more than 5 s of the processor
or 1 GiB, or hung, before there were limits.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

import cxlab as cx
from cxlab.study import sizes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are Linux's")

GIB, CPU_SECONDS = 2**30, 10  # twice the 5 s of a machine at rest: others may be at work beside
STUDY = """\
schema: 1
client: Hostile
respondent: id
responses: {{file: {file}}}
scales: {{agree7: {{min: 1, max: 7}}}}
touchpoints: {{delivery: {{experience: q1}}, support: {{experience: q2}}}}
outcomes: {{recommend: {{kind: nps, column: nps}}}}
"""
HEADER = ["id", "nps", "q1", "q2"]
CSV = "id,nps,q1,q2\n" + "".join(f"{i},{i % 11},{1 + i % 7},{1 + i % 5}\n" for i in range(40))


def study(folder: Path, file: str = "r.csv", data: str | bytes = CSV, more: str = "") -> Path:
    (folder / "study.yml").write_text(STUDY.format(file=file) + more, encoding="utf-8")
    (folder / file).write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def workbook(**edits: Callable[[str], str]) -> bytes:
    """A sound workbook, one of whose parts (`sheet1`, `sharedStrings`, `styles`) is edited."""
    plain, edited = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(plain) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(CSV.splitlines()):
            cells = line.split(",")
            sheet.write_row(number, 0, [int(c) if c.isdigit() else c for c in cells])
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(edited, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            edit = edits.get(Path(name).stem, str)
            target.writestr(name, edit(source.read(name).decode()))
    return edited.getvalue()


def into(end: str, more: str) -> Callable[[str], str]:
    return lambda part: part.replace(end, more + end)


def columnar(columns: dict[str, pa.Array], times: int = 1, **settings: object) -> bytes:
    held = io.BytesIO()
    some = {name: pa.array([4] * 200) for name in HEADER[1:]}
    table = pa.table({"id": [str(i) for i in range(200)], **some, **columns})
    table = pa.concat_tables([table] * times)
    parquet.write_table(table, held, compression="zstd", **settings)
    return held.getvalue()


def many_groups() -> bytes:
    held, table = io.BytesIO(), pa.table({f"c{i}": [1] for i in range(60)})
    with parquet.ParquetWriter(held, table.schema) as writer:
        for _ in range(1000):
            writer.write_table(table)
    return held.getvalue()


def measured(call: Callable[[], object]) -> object:
    """What `call` gives, in a process that may take 10 s of the processor and 1 GiB more."""
    heard, told = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(heard)
        held = int(Path("/proc/self/statm").read_text().split()[5]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_DATA, (held + GIB, held + GIB))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        try:
            os.write(told, json.dumps(call()).encode()[:60_000])
        finally:
            os._exit(0)
    os.close(told)
    with os.fdopen(heard, "rb") as pipe:
        said = pipe.read()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "it took too long"
    return json.loads(said)


def faults_of(folder: Path) -> list[dict]:
    found = cx.check_study(folder)
    return found[found["severity"] == "error"].astype(str).to_dict("records")


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)
)
SHEET, STRINGS = "</sheetData>", "</sst>"
ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1 if i else str()};" * 20}">' for i in range(8))
    + "]><worksheet"
)

# By name: the file, its bytes (made when asked for), and what is said of it.
FILES: dict[str, tuple[str, Callable[[], str | bytes], str]] = {
    "csv: cells": ("r.csv", lambda: CSV + ("," * 900 + "\n") * 5000, "4,000,000 are read"),
    "csv: blank lines": ("r.csv", lambda: CSV + "\n" * 4_200_000, "cells or more"),
    "csv: columns": ("r.csv", lambda: CSV + "1," * 200_000, "line 42 holds 200,001 columns"),
    "csv: a line": ("r.csv", lambda: CSV + "é" * 4_000_000, "line 42 holds 4,000,000 characters"),
    "csv: a cell": ("r.csv", lambda: CSV + "a" * 900_000 + "\n", "field larger than field limit"),
    "csv: bytes": ("r.csv", lambda: CSV + "7" * 101_000_000, "bytes or more"),
    "xlsx: one row": (
        "r.xlsx",
        lambda: workbook(sheet1=into(SHEET, "<row>" + "<c/>" * 7_000_000 + "</row>")),
        "tags or more",
    ),
    "xlsx: rows": (
        "r.xlsx",
        lambda: workbook(sheet1=into(SHEET, "<row/>" * 7_000_000)),
        "tags or more",
    ),
    "xlsx: unpacked": (
        "r.xlsx",
        lambda: workbook(sheet1=into(SHEET, f"<!--{'a' * 110_000_000}-->")),
        "unpacked, it holds 110,0",
    ),
    "xlsx: strings": (
        "r.xlsx",
        lambda: workbook(sharedStrings=into(STRINGS, "<si><t>a</t></si>" * 2_000_000)),
        "tags or more",
    ),
    "xlsx: a string": (
        "r.xlsx",
        lambda: workbook(sharedStrings=into(STRINGS, f"<si><t>{'a' * 9_000_000}</t></si>")),
        "a cell holds",
    ),
    "xlsx: styles": (
        "r.xlsx",
        lambda: workbook(styles=into("</cellXfs>", "<xf/>" * 7_000_000)),
        "tags or more",
    ),
    "xlsx: entities": (
        "r.xlsx",
        lambda: workbook(sheet1=lambda part: part.replace("<worksheet", ENTITIES)),
        "it declares a document type",
    ),
    "xlsx: a far cell": (
        "r.xlsx",
        lambda: workbook(
            sheet1=into(SHEET, '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
        ),
        "rows with 5 cells under a header of 4",
    ),
    "xlsx: a far header": (
        "r.xlsx",
        lambda: workbook(
            sheet1=lambda part: part.replace(
                "</row>", '<c r="XFD1" t="str"><v>last</v></c></row>', 1
            ).replace(
                SHEET,
                "".join(f"<row r='{r}'><c><v>1</v></c></row>" for r in range(50, 9999)) + SHEET,
            )
        ),
        "cells or more",
    ),
    "xlsx: a far sheet": (
        "r.xlsx",
        lambda: workbook(sheet1=lambda part: part.replace('ref="A1:D41"', 'ref="A1:XFD1048576"')),
        "",
    ),
    "xlsx: formulas": (
        "r.xlsx",
        lambda: workbook(
            sheet1=into(
                SHEET, "".join(f"<row r='{r}'><c><f>A1</f></c></row>" for r in range(50, 60_000))
            )
        ),
        "a formula without a stored result",
    ),
    "parquet: rows": ("r.parquet", lambda: columnar({}, times=6_000), "4,800,000 cells"),
    "parquet: unpacked": (
        "r.parquet",
        lambda: columnar({"c": pa.array(["x" * 700_000] * 200)}, use_dictionary=False),
        "unpacked, it holds 140,0",
    ),
    "parquet: a cell": (
        "r.parquet",
        lambda: columnar({"c": pa.array(["x" * 700_000] * 200)}),
        "a cell holds 700,000 characters",
    ),
    "parquet: lists": (
        "r.parquet",
        lambda: columnar({"c": pa.array([[1] * 25_000] * 200)}),
        "5,000,800 cells",
    ),
    "parquet: columns": (
        "r.parquet",
        lambda: columnar({f"c{i}": pa.array([1] * 200) for i in range(10_001)}),
        "10,005 columns",
    ),
    "parquet: groups": ("r.parquet", many_groups, "60,000 column chunks"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_would_cost_too_much_is_refused_in_time(tmp_path, name):
    """Protects the machine, and the other clients of a batch, from one file; what is said names it
    and what to do.
    """
    file, data, said = FILES[name]
    study(tmp_path, file, data())
    faults = measured(lambda: faults_of(tmp_path))
    assert len(faults) == bool(said), faults
    for fault in faults:
        assert said in fault["problem"] and fault["file"] == file and fault["fix"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("".join(f"unknown{i}: 1\n" for i in range(9_000)), "more keys are wrong"),
        ("".join(f"unknown{i}: 1\n" for i in range(20_000)), "keys and values or more"),
        (f"title: {{en: {'a' * 3_000_000}}}\n", "bytes of YAML or more"),
        (LAUGHS, "keys and values or more"),
        (f"a: {'[' * 100_000}{']' * 100_000}\n", "stand more than 50 deep"),
        (f"a: {'{a: ' * 5000}1{'}' * 5000}\n", "stand more than 50 deep"),
        ("a: &a [*a]\n", "the anchor a stands inside itself"),
        ("a: &a {b: {c: *a}}\n", "the anchor a stands inside itself"),
    ],
)
@pytest.mark.parametrize("file", ["study.yml", "brand.yml"])
def test_keys_that_would_cost_too_much_are_refused_in_time(tmp_path, file, more, said):
    """Protects from declarations that repeat themselves, or that nobody has written by hand."""
    if file == "study.yml":
        study(tmp_path, more=more)
    else:
        study(tmp_path, more="report: {brand: brand.yml}\n")
        (tmp_path / file).write_text(more)
    faults = measured(lambda: faults_of(tmp_path))
    assert faults and {fault["file"] for fault in faults} == {file} and len(faults) < 120
    assert said in "".join(fault["problem"] for fault in faults)


def test_aliases_that_a_person_writes_are_read(tmp_path):
    study(tmp_path, more="fieldwork: &dates {start: 2026-03-01, end: 2026-03-28}\n")
    assert faults_of(tmp_path) == []


@pytest.mark.parametrize("file", ["study.yml", "r.csv", "r.parquet", "r.xlsx", "brand.yml"])
def test_a_pipe_or_a_device_is_no_file(tmp_path, file):
    """Protects the batch, which would wait for ever for the end of a pipe."""
    study(tmp_path, file if file.startswith("r.") else "r.csv", more="report: {brand: brand.yml}\n")
    (tmp_path / file).unlink(missing_ok=True)
    os.mkfifo(tmp_path / file)
    assert any(
        file in fault["file"] + fault["value"] for fault in measured(lambda: faults_of(tmp_path))
    )


def test_one_number_raises_every_limit(tmp_path, monkeypatch):
    """Protects a large study: what is said names the number that lets it in."""
    study(tmp_path, data=CSV + "".join(f"{i},5,4,4\n" for i in range(40, 4000)))
    with pytest.raises(cx.StudyError, match=r"--file-limit \d+ \(file_mb=\d+ in Python\)"):
        cx.read_study(tmp_path, file_mb=0.2)
    assert len(cx.check_study(tmp_path, file_mb=0.2)) == 1
    assert cx.read_study(tmp_path, file_mb=1).n == 4000
    monkeypatch.setenv(sizes.CHOSEN, "0.2")  # as in a process of a report
    with pytest.raises(cx.StudyError, match="cells or more; at most 8,000 are read"):
        cx.read_study(tmp_path)
    assert cx.read_study(tmp_path, file_mb=1).n == 4000
    for wrong in (0, -1, "1", True, float("inf"), float("nan")):
        with pytest.raises(cx.ModelError, match="file_mb"):
            cx.read_study(tmp_path, file_mb=wrong)
