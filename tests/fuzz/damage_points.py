"""What befalls the table of touchpoints."""

from __future__ import annotations

import random

from tests.fuzz import sound
from tests.fuzz.damage_csv import Rows, on_rows
from tests.fuzz.kinds import add, on_bytes, on_text

POINTS = "touchpoints.csv"


def point(column: int, value: str, row: int = 2):
    def change(rng: random.Random, rows: Rows) -> None:
        rows[row][column] = value

    return on_rows(change, POINTS)


def header(column: int, value: str):
    return point(column, value, 0)


TABLES = {
    "an id twice": point(0, "delivery"),
    "an id blank": point(0, ""),
    "an id with a blank": point(0, "our support"),
    "an id with an accent": point(0, "saída"),
    "an id that is a number": point(0, "7"),
    "an id that is reserved": point(0, "region"),
    "an id of the outcome": point(0, "recommend"),
    "an id of 300 letters": point(0, "s" * 300),
    "a stage that is not there": point(1, "using"),
    "a column that is not there": point(4, "q22"),
    "no column": point(4, ""),
    "a column for two touchpoints": point(4, "q1"),
    "a column that is the outcome": point(4, "nps"),
    "a column that is the id": point(4, "id"),
    "several columns": point(4, "q2|q3"),
    "a column twice in one": point(4, "q2|q2"),
    "columns by commas": point(4, "q2,q3"),
    "an empty part": point(4, "q2||q3"),
    "a scale that is not there": point(5, "agree5"),
    "no scale": point(5, ""),
    "a label of 5,000 letters": point(2, "x" * 5000),
    "a label with marks": point(2, "<script>alert(1)</script>"),
    "a label twice": point(2, "Delivery"),
    "a label with a line break": point(2, "Sup\nport"),
    "a NUL": point(2, "a\0b"),
    "an error by Excel": point(4, "#REF!"),
    "a formula": point(2, "=1+1"),
    "a header that is unknown": header(2, "colour"),
    "a header misspelt": header(4, "experiense"),
    "a header of the field": header(4, "perception"),
    "a header twice": header(3, "label_en"),
    "a header blank": header(2, ""),
    "a header in capitals": header(0, "TOUCHPOINT"),
    "a header with a blank": header(0, " touchpoint "),
    "no id column": on_rows(lambda rng, rows: [row[1:] for row in rows], POINTS),
    "no experience column": on_rows(lambda rng, rows: [row[:4] + row[5:] for row in rows], POINTS),
    "the header alone": on_rows(lambda rng, rows: rows[:1], POINTS),
    "no header": on_rows(lambda rng, rows: rows[1:], POINTS),
    "a cell more": on_rows(lambda rng, rows: rows[2].append("x"), POINTS),
    "a cell less": on_rows(lambda rng, rows: rows[2].pop() and None, POINTS),
    "a row twice": on_rows(lambda rng, rows: [*rows, rows[1]], POINTS),
    "a row of blanks": on_rows(lambda rng, rows: [*rows, [""] * 6], POINTS),
    "a total row": on_rows(lambda rng, rows: [*rows, ["Total", "", "", "", "3", ""]], POINTS),
    "a title above": on_rows(lambda rng, rows: [["Our journey"], *rows], POINTS),
    "two rows of header": on_rows(
        lambda rng, rows: [rows[0], ["id", "", "", "", "col", ""], *rows[1:]], POINTS
    ),
    "10,000 rows": on_rows(
        lambda rng, rows: [*rows, *([f"t{i}", *rows[1][1:]] for i in range(10_000))], POINTS
    ),
    "semicolons": on_text(POINTS, lambda rng, text: text.replace(",", ";")),
    "tabs": on_text(POINTS, lambda rng, text: text.replace(",", "\t")),
    "carriage returns": on_text(POINTS, lambda rng, text: text.replace("\n", "\r")),
    "a byte-order mark": on_text(POINTS, lambda rng, text: "\ufeff" + text),
    "a quote": on_text(POINTS, lambda rng, text: text.replace("Support", '"Support')),
    "NUL between": on_text(POINTS, lambda rng, text: "\0".join(text)),
    "empty": on_bytes(POINTS, lambda rng, data: b""),
    "a workbook": on_bytes(POINTS, lambda rng, data: sound.made("xlsx")),
    "a PDF": on_bytes(POINTS, lambda rng, data: b"%PDF-1.7\n"),
    "a page": on_bytes(POINTS, lambda rng, data: sound.made("html")),
    "the answers": on_bytes(POINTS, lambda rng, data: sound.made("csv")),
    "random bytes": on_bytes(POINTS, lambda rng, data: rng.randbytes(500)),
}
# A column that the answers lack is said of the answers, with the touchpoint that names it.
LACKED = {
    "a column that is not there",
    "an error by Excel",
    "columns by commas",
    "a total row",
    "two rows of header",
}
WHOLES = {
    "empty",
    "a workbook",
    "a PDF",
    "a page",
    "random bytes",
    "no id column",
    "the header alone",
    "no experience column",
    "10,000 rows",
    "the answers",
    "NUL between",
    "a quote",
}
OWN = {
    "several columns": "two columns may be meant as one rating",
    "a column twice in one": "",
    "a label with marks": "a label may hold any letters",
    "a label of 5,000 letters": "a label may be as long as it is",
    "a label twice": "two touchpoints may be called the same",
    "a label with a line break": "a label may hold any letters",
    "a formula": "a label may hold any letters",
    "a NUL": "",
    "no scale": "a study with one scale need not name it",
    "a header blank": "",
    "an id of 300 letters": "an id may be long",
}
for what, damage in TABLES.items():
    file = "r.csv" if what in LACKED else POINTS
    add(f"touchpoints: {what}", "csv", damage, file, what in WHOLES, OWN.get(what, ""))
