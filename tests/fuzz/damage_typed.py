"""What befalls the files of statistics programs and Parquet: types, labels, counts that lie."""

from __future__ import annotations

import datetime
import io
import json
import random
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from tests.fuzz import sound
from tests.fuzz.kinds import add, on_bytes

DAY = datetime.date(2026, 3, 1)


def packed(table: pa.Table, **settings) -> bytes:
    held = io.BytesIO()
    parquet.write_table(table, held, **settings)
    return held.getvalue()


def _table() -> pa.Table:
    return pa.Table.from_pandas(sound.frame())


def _with(column: str, cells: Callable[[int], pa.Array]) -> Callable[[], bytes]:
    def make() -> bytes:
        table = _table()
        place = table.column_names.index(column)
        return packed(table.set_column(place, column, cells(len(table))))

    return make


def _q1(change: Callable[[list], object], kind: pa.DataType | None = None) -> Callable[[], bytes]:
    ratings = _table()["q1"].to_pylist()
    return _with("q1", lambda n: pa.array(change(ratings), kind))


def _evil(meta: bytes) -> Callable[[], bytes]:
    return lambda: packed(_table().replace_schema_metadata({b"pandas": meta}))


def _meta(**keys) -> Callable[[], bytes]:
    held = json.loads(_table().schema.metadata[b"pandas"])
    return _evil(json.dumps(held | keys).encode())


PARQUET: dict[str, Callable[[], bytes]] = {
    "ratings as texts": _q1(lambda cells: [str(int(c)) for c in cells]),
    "ratings as decimals": _q1(lambda cells: [int(c) for c in cells], pa.decimal128(5, 2)),
    "ratings as bytes": _q1(lambda cells: [str(int(c)).encode() for c in cells]),
    "ratings as half floats": _q1(lambda cells: cells, pa.float16()),
    "ratings as times": _q1(lambda cells: [datetime.time(int(c)) for c in cells]),
    "ratings as days": _q1(lambda cells: [DAY] * len(cells)),
    "ratings as lengths of time": _q1(lambda cells: [int(c) for c in cells], pa.duration("s")),
    "ratings as truths": _q1(lambda cells: [c > 3 for c in cells]),
    "ratings as categories": _with(
        "q1", lambda n: _table()["q1"].combine_chunks().dictionary_encode()
    ),
    "ratings as lists": _q1(lambda cells: [[c] for c in cells]),
    "ratings as records": _q1(lambda cells: [{"a": c} for c in cells]),
    "ratings as maps": _q1(
        lambda cells: [[("a", c)] for c in cells], pa.map_(pa.string(), pa.int64())
    ),
    "ratings of no type": _with("q1", lambda n: pa.nulls(n)),
    "an error": _q1(lambda cells: ["#N/A", *(str(int(c)) for c in cells[1:])]),
    "70": _q1(lambda cells: [70, *cells[1:]]),
    "half a point": _q1(lambda cells: [4.5, *cells[1:]], pa.float64()),
    "without an end": _q1(lambda cells: [float("inf"), *cells[1:]], pa.float64()),
    "2 to the 63rd": _q1(lambda cells: [2**63 - 1, *(int(c) for c in cells[1:])]),
    "noise behind the point": _q1(lambda cells: [c + 1e-12 for c in cells], pa.float64()),
    "a text of 200,000 letters": _q1(
        lambda cells: ["x" * 200_000, *(str(int(c)) for c in cells[1:])]
    ),
    "letters that are none": _with(
        "comment",
        lambda n: pa.Array.from_buffers(
            pa.string(),
            1,
            [None, pa.py_buffer(struct.pack("<ii", 0, 2)), pa.py_buffer(b"\xff\xfe")],
        ).take(pa.array([0] * n)),
    ),
    "a column twice": lambda: packed(_table().append_column("q1", _table()["q2"])),
    "no column": lambda: packed(pa.table({})),
    "no row": lambda: packed(_table().slice(0, 0)),
    "a column lost": lambda: packed(_table().drop_columns(["q1"])),
    "a blank name": lambda: packed(_table().rename_columns(["", *sound.HEADER[1:]])),
    "a name with a tab": lambda: packed(_table().rename_columns(["id\t", *sound.HEADER[1:]])),
    "a NUL in a name": lambda: packed(_table().rename_columns([*sound.HEADER[:7], "a\0b"])),
    "ids as labels of rows": lambda: packed(pa.Table.from_pandas(sound.frame().set_index("id"))),
    "labels of rows of two levels": lambda: packed(
        pa.Table.from_pandas(sound.frame().set_index(["id", "q1"]))
    ),
    "columns of two levels": lambda: packed(
        pa.Table.from_pandas(pd.concat({"a": sound.frame()}, axis=1))
    ),
    "row groups of one": lambda: packed(_table(), row_group_size=1),
    "packed by brotli": lambda: packed(_table(), compression="brotli"),
    "the second format": lambda: packed(_table(), data_page_version="2.0"),
    "a notice that is no JSON": _evil(b"{"),
    "a notice that is a list": _evil(b"[]"),
    "a notice of an index that is none": _meta(index_columns=["nowhere"]),
    "a notice of a range without end": _meta(
        index_columns=[{"kind": "range", "name": None, "start": 0, "stop": 1 << 60, "step": 1}]
    ),
    "a notice of types that are none": _meta(
        columns=[
            {
                "name": "q1",
                "field_name": "q1",
                "pandas_type": "x",
                "numpy_type": "zz",
                "metadata": None,
            }
        ]
    ),
    "a notice that is deep": _evil(b"[" * 5000),
    "a notice of a zone that is none": _meta(
        columns=[
            {
                "name": "q1",
                "field_name": "q1",
                "pandas_type": "datetimetz",
                "numpy_type": "datetime64[ns]",
                "metadata": {"timezone": "Mars"},
            }
        ]
    ),
}
for what, make in PARQUET.items():
    change = lambda rng, data, make=make: make()  # noqa: E731
    is_whole = "notice" in what or what in ("no column", "no row", "columns of two levels")
    add(f"parquet: {what}", "parquet", on_bytes("r.parquet", change), whole=is_whole)


def _patched(data: bytes, place: int, form: str, *values) -> bytes:
    held = bytearray(data)
    struct.pack_into(form, held, place, *values)
    return bytes(held)


def _record(data: bytes, kind: int, sub: int | None = None) -> int:
    """Where the first record of a kind begins in a .sav file."""
    mark = struct.pack("<i", kind) + (b"" if sub is None else struct.pack("<i", sub))
    return max(data.find(mark, 170), 176)


INTS = {"without end": 2**31 - 1, "below zero": -1, "zero": 0, "a million": 1_000_000}
# 64: the layout; 68: cells a row; 72: packed or not; 76: the weight; 80: rows.
PLACES = {"layout": 64, "row": 68, "packing": 72, "weight": 76, "count of rows": 80}
for place, at in PLACES.items():
    for what, number in INTS.items():
        change = lambda rng, data, at=at, n=number: _patched(data, at, "<i", n)  # noqa: E731
        add(f"sav header: {place} {what}", "sav", on_bytes("r.sav", change), whole=True)


def _frame(change: Callable[[pd.DataFrame], object], **settings) -> Callable[[], bytes]:
    def make() -> bytes:
        table = sound.frame()
        table = change(table) if change else table
        with tempfile.TemporaryDirectory() as folder:
            return sound.as_sav(Path(folder), table, **settings)

    return make


SAV: dict[str, Callable[[bytes], bytes]] = {
    "a bias of NaN": lambda data: _patched(data, 84, "<d", float("nan")),
    "big-endian": lambda data: _patched(data, 64, ">i", 2),
    "a variable's type without end": lambda data: _patched(data, 180, "<i", 2**31 - 1),
    "a variable's type below zero": lambda data: _patched(data, 180, "<i", -5),
    "missing values without end": lambda data: _patched(data, 188, "<i", 2**30),
    "a label without end": lambda data: _patched(data, _record(data, 2) + 32, "<i", 2**31 - 1),
    "a record that is none": lambda data: _patched(data, 176, "<i", 12345),
    "an extension without end": lambda data: _patched(
        data, _record(data, 7) + 8, "<ii", 2**31 - 1, 2**31 - 1
    ),
    "an extension below zero": lambda data: _patched(data, _record(data, 7) + 8, "<ii", -1, -1),
    "an extension of a size that overflows": lambda data: _patched(
        data, _record(data, 7) + 8, "<ii", 2**16, 2**16
    ),
    "an encoding that is none": lambda data: data.replace(b"UTF-8", b"NONE8"),
    "an encoding of one byte": lambda data: data.replace(b"UTF-8", b"UTF-7"),
    "letters that are none": lambda data: data.replace("ã".encode(), b"\xff\xfe"),
    "letters cut in two": lambda data: data.replace("ã".encode(), b"\xc3 "),
    "the end of the dictionary lost": lambda data: data.replace(
        struct.pack("<ii", 999, 0), struct.pack("<ii", 998, 0)
    ),
    "cut off behind the dictionary": lambda data: data[: data.find(struct.pack("<ii", 999, 0)) + 8],
    "cut off in the header": lambda data: data[:100],
    "a name of blanks": lambda data: data.replace(b"NPS     ", b"        ").replace(
        b"nps     ", b"        "
    ),
    "names twice": lambda data: data.replace(b"q2", b"q1").replace(b"Q2", b"Q1"),
    "names with signs": lambda data: data.replace(b"q2", b"q\x01").replace(b"Q2", b"Q\x01"),
}
for what, pack in SAV.items():
    change = lambda rng, data, pack=pack: pack(data)  # noqa: E731
    add(f"sav: {what}", "sav", on_bytes("r.sav", change), whole=True)

CODES = {1.0: "Very bad", 4.0: "So so", 7.0: "Very good", 8.0: "Never used"}
FRAMES: dict[str, Callable[[], bytes]] = {
    "labels": _frame(None, variable_value_labels={"q1": CODES}),
    "labels the other way": _frame(
        None, variable_value_labels={"q1": {1: "Very good", 7: "Very bad"}}
    ),
    "a label for two codes": _frame(None, variable_value_labels={"q1": {4: "Good", 5: "Good"}}),
    "a label of 2,000 letters": _frame(None, variable_value_labels={"q1": {4: "x" * 2000}}),
    "missing values": _frame(None, missing_ranges={"q3": [8]}),
    "a missing range without end": _frame(None, missing_ranges={"q3": [{"lo": 8, "hi": 1e300}]}),
    "missing values that are ratings": _frame(None, missing_ranges={"q1": [4]}),
    "ratings as texts": _frame(lambda table: table.assign(q1=table["q1"].astype(int).astype(str))),
    "ratings as days": _frame(lambda table: table.assign(q1=DAY)),
    "half a point": _frame(lambda table: table.assign(q1=[4.5, *table["q1"][1:]])),
    "70": _frame(lambda table: table.assign(q1=[70, *table["q1"][1:]])),
    "packed": _frame(None, compress=True),
    "a .zsav": _frame(None, row_compress=False),
    "long names": _frame(lambda table: table.assign(**{f"v{'x' * 50}{i}": 1 for i in range(20)})),
    "texts of 30,000 letters": _frame(lambda table: table.assign(comment="x" * 30_000)),
}
for what, make in FRAMES.items():
    change = lambda rng, data, make=make: make()  # noqa: E731
    why = "the file itself says that the code is no answer" if "that are ratings" in what else ""
    add(f"sav frame: {what}", "sav", on_bytes("r.sav", change), unknowable=why)


def _cells(rng: random.Random, data: bytes) -> bytes:
    """Numbers that no rating is, in the packed cells."""
    start = data.find(struct.pack("<ii", 999, 0)) + 8
    held = bytearray(data)
    for _ in range(5):
        held[rng.randrange(start, len(held))] = rng.choice((251, 252, 253, 255))
    return bytes(held)


add("sav: cells of other codes", "sav", on_bytes("r.sav", _cells), whole=True, unknowable="no sum")
