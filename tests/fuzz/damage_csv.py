"""What befalls delimited text: its cells, rows, header, letters."""

from __future__ import annotations

import csv
import io
import random
import unicodedata
from collections.abc import Callable

from tests.fuzz import sound
from tests.fuzz.kinds import Damage, add, on_text

Rows = list[list[str]]
RATING = sound.HEADER.index("q1")


def on_rows(change: Callable[[random.Random, Rows], Rows | None], file: str = "r.csv") -> Damage:
    """Damage to the rows of a CSV, the header the first of them."""

    def edit(rng: random.Random, text: str) -> str:
        rows = list(csv.reader(io.StringIO(text)))
        return sound.as_csv(change(rng, rows) or rows).decode("utf-8", "surrogatepass")

    return on_text(file, edit)


def some(rng: random.Random, rows: Rows) -> list[str]:
    """A row of answers whose rating is one."""
    return rng.choice([row for row in rows[1:] if row[RATING].isdigit()])


def a_cell(value: str, column: int = RATING) -> Damage:
    def change(rng: random.Random, rows: Rows) -> None:
        row = some(rng, rows)
        row[column] = value.replace("{old}", row[column])

    return on_rows(change)


CELLS = {
    "#N/A": "#N/A",
    "#DIV/0!": "#DIV/0!",
    "#REF!": "#REF!",
    "#VALUE!": "#VALUE!",
    "NULL": "NULL",
    "nan": "nan",
    "1e999": "1e999",
    "inf": "inf",
    "-inf": "-inf",
    "hexadecimal": "0x5",
    "an underscore": "1_0",
    "minus one": "-1",
    "ninety-nine": "99",
    "seventy": "70",
    "zero": "0",
    "half a point": "4.5",
    "a decimal comma": "4,5",
    "two answers": "4;5",
    "a date": "2026-03-04",
    "a day and month": "04/mar",
    "true": "TRUE",
    "words": "very good",
    "stars": "★★★★",
    "percent": "80%",
    "money": "R$ 5",
    "a fraction": "4/7",
    "a Roman number": "IV",
    "an Arabic digit": "\u0665",
    "a fullwidth digit": "\uff15",
    "a superscript": "⁵",
    "Unicode minus": "−4",
    "a formula": "=A1+1",
    "a very long number": "4" * 400,
    "a very long text": "ab " * 30_000,
    "a control sign": "4\x07",
    "a NUL": "4\x00",
    "a replacement sign": "\ufffd",
    "a lone surrogate": "\ud800",
    "HTML": "<b>4</b>",
    "a braces format": "{0.__class__}",
    "a percent format": "%s%n",
    "a question mark": "?",
}
SAME = {
    "4.0 for 4": "{old}.0",
    "a blank behind": "{old} ",
    "a blank before": " {old}",
    "a no-break blank behind": "{old}\u00a0",
    "a leading zero": "0{old}",
    "a plus": "+{old}",
    "an exponent": "{old}e0",
    "a line break behind": "{old}\n",
    "a tab behind": "{old}\t",
    "a zero-width blank": "{old}\u200b",
    "a right-to-left mark": "\u200f{old}",
}
for what, value in (CELLS | SAME).items():
    add(f"csv cell: {what}", "csv", a_cell(value))
add("csv cell: outcome eleven", "csv", a_cell("11", 2))
add("csv cell: outcome by a word", "csv", a_cell("promoter", 2))
add("csv cell: id blank", "csv", a_cell("", 0))
add("csv cell: region in capitals", "csv", a_cell(sound.REGIONS[0].upper(), 6))
add(
    "csv cell: another valid rating",
    "csv",
    on_rows(lambda rng, rows: some(rng, rows).__setitem__(RATING, str(rng.randint(1, 7)))),
    unknowable="a valid rating in place of another: nothing in the file tells it",
)
add(
    "csv cell: rating lost",
    "csv",
    a_cell(""),
    unknowable="a blank is allowed: who did not answer leaves one",
)
add(
    "csv cell: another region",
    "csv",
    a_cell(sound.REGIONS[1], 6),
    unknowable="a valid level in place of another",
)


def _row(change: Callable[[random.Random, list[str]], object]) -> Damage:
    return on_rows(lambda rng, rows: change(rng, some(rng, rows)) and None)


def _inserted(*lines: list[str], at: int | None = None) -> Damage:
    def change(rng: random.Random, rows: Rows) -> None:
        place = rng.randrange(1, len(rows)) if at is None else at if at >= 0 else len(rows)
        rows[place:place] = [list(line) for line in lines]

    return on_rows(change)


def _column(change: Callable[[random.Random, list[str]], list[str]], column: int) -> Damage:
    """Damage to the answers of one column."""

    def edit(rng: random.Random, rows: Rows) -> None:
        cells = change(rng, [row[column] for row in rows[1:]])
        for row, cell in zip(rows[1:], cells, strict=True):
            row[column] = cell

    return on_rows(edit)


def _swapped(rng: random.Random, rows: Rows) -> None:
    rows[0][3], rows[0][4] = rows[0][4], rows[0][3]


def _shuffled(rng: random.Random, rows: Rows) -> Rows:
    body = rows[1:]
    rng.shuffle(body)
    return [rows[0], *body]


def _shifted(rng: random.Random, row: list[str]) -> None:
    row[RATING:] = [*row[RATING + 1 :], ""]


def _reversed(rng: random.Random, cells: list[str]) -> list[str]:
    return [str(8 - int(cell)) if cell in "1234567" and cell else cell for cell in cells]


ROWS = {
    "a cell more": _row(lambda rng, row: row.append("1")),
    "a cell more in the middle": _row(lambda rng, row: row.insert(RATING, "1")),
    "a cell less": _row(lambda rng, row: row.pop()),
    "cells shifted left": _row(_shifted),
    "an empty cell behind every row": on_rows(lambda rng, rows: [[*row, ""] for row in rows]),
    "a row of blanks": _inserted([""] * 8),
    "a total row": _inserted(["Total", "Complete", "400", "300", "280", "250", "", ""], at=-1),
    "a row of means": _inserted(["Média", "Complete", "7", "4", "4", "5", "", ""], at=-1),
    "a row of counts without a name": _inserted(["", "Complete", "60", "60", "56", "55", "", ""]),
    "a note behind": _inserted(["Source: panel 2026"], at=-1),
    "a title above": _inserted(["Answers of March"], at=0),
    "three lines above": _inserted(["Answers"], ["March"], [""], at=0),
    "a comment above": _inserted(["# exported 2026-03-01"], at=0),
    "the header again": _inserted(sound.HEADER),
    "a second header of words": _inserted(
        ["Number", "State", "Would you recommend?", "Delivery", "Support", "Shop", "", ""], at=1
    ),
    "a respondent twice": on_rows(lambda rng, rows: [*rows, some(rng, rows)]),
    "the file behind itself": on_text("r.csv", lambda rng, text: text + text),
    "rows shuffled": on_rows(_shuffled),
    "every id one": _column(lambda rng, cells: ["1"] * len(cells), 0),
    "ids by Excel": _column(lambda rng, cells: ["1.00E+03"] * len(cells), 0),
    "a column blank": _column(lambda rng, cells: [""] * len(cells), RATING),
    "a column constant": _column(lambda rng, cells: ["4"] * len(cells), RATING),
    "a column of words": _column(lambda rng, cells: ["agree"] * len(cells), RATING),
    "a column of dates": _column(lambda rng, cells: [f"0{c or 1}/03/2026" for c in cells], RATING),
    "a scale of 0 to 6": _column(
        lambda rng, cells: [str(int(c) - 1) if c else c for c in cells], RATING
    ),
    "a scale of 10 to 70": _column(lambda rng, cells: [f"{c}0" if c else c for c in cells], RATING),
    "a decimal lost, 4.5 as 45": _column(
        lambda rng, cells: ["45" if i % 9 == 3 else c for i, c in enumerate(cells)], RATING
    ),
    "outcome in groups": _column(
        lambda rng, cells: [("1", "2", "3")[(int(c) > 6) + (int(c) > 8)] for c in cells], 2
    ),
    "outcome of 1 to 5": _column(lambda rng, cells: [str(1 + int(c) // 3) for c in cells], 2),
    "a column reversed": _column(_reversed, RATING),
    "states in another language": _column(lambda rng, cells: ["Completo"] * len(cells), 1),
    "regions decomposed": _column(
        lambda rng, cells: [unicodedata.normalize("NFD", cell) for cell in cells], 6
    ),
    "a conflict of versions": on_text(
        "r.csv", lambda rng, text: text.replace("\n10", "\n<<<<<<< HEAD\n10", 3)
    ),
}
LOST = {
    "rows lost": on_rows(
        lambda rng, rows: [row for row in rows if rng.random() > 0.05 or row[0] == "id"]
    ),
    "two headers exchanged": on_rows(_swapped),
    "answers of two respondents exchanged": on_rows(lambda rng, rows: _exchanged(rng, rows)),
}


def _exchanged(rng: random.Random, rows: Rows) -> None:
    one, other = rng.sample(rows[1:], 2)
    one[2:6], other[2:6] = other[2:6], one[2:6]


for what, damage in ROWS.items():
    add(f"csv rows: {what}", "csv", damage)
for what, damage in LOST.items():
    why = "the answers are all valid; only a count, a sum or the sign against loyalty would tell"
    add(f"csv rows: {what}", "csv", damage, unknowable=why)
