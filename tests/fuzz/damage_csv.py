"""What befalls delimited text: its cells, rows, header, letters."""

from __future__ import annotations

import csv
import io
import random
import unicodedata
from collections.abc import Callable

from tests.fuzz import sound
from tests.fuzz.kinds import Damage, add, on_bytes, on_text

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
    "#N/A": "#N/A", "#DIV/0!": "#DIV/0!", "#REF!": "#REF!", "#VALUE!": "#VALUE!", "NULL": "NULL",
    "nan": "nan", "1e999": "1e999", "inf": "inf", "-inf": "-inf", "hexadecimal": "0x5",
    "an underscore": "1_0", "minus one": "-1", "ninety-nine": "99", "seventy": "70", "zero": "0",
    "half a point": "4.5", "a decimal comma": "4,5", "two answers": "4;5", "a date": "2026-03-04",
    "a day and month": "04/mar", "true": "TRUE", "words": "very good", "stars": "★★★★",
    "percent": "80%", "money": "R$ 5", "a fraction": "4/7", "a Roman number": "IV",
    "an Arabic digit": "\u0665", "a fullwidth digit": "\uff15", "a superscript": "⁵",
    "Unicode minus": "−4", "a formula": "=A1+1", "a very long number": "4" * 400,
    "a very long text": "ab " * 30_000, "a control sign": "4\x07", "a NUL": "4\x00",
    "a replacement sign": "\ufffd", "a lone surrogate": "\ud800", "HTML": "<b>4</b>",
    "a braces format": "{0.__class__}", "a percent format": "%s%n", "a question mark": "?",
}  # fmt: skip
SAME = {
    "4.0 for 4": "{old}.0", "a blank behind": "{old} ", "a blank before": " {old}",
    "a no-break blank behind": "{old}\u00a0", "a leading zero": "0{old}", "a plus": "+{old}",
    "an exponent": "{old}e0", "a line break behind": "{old}\n", "a tab behind": "{old}\t",
    "a zero-width blank": "{old}\u200b", "a right-to-left mark": "\u200f{old}",
}  # fmt: skip
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
    "rows lost": on_rows(lambda rng, rows: [row for row in rows if rng.random() > 0.05 or row[0] == "id"]),
    "two headers exchanged": on_rows(_swapped),
    "answers of two respondents exchanged": on_rows(
        lambda rng, rows: _exchanged(rng, rows)
    ),
}  # fmt: skip


def _exchanged(rng: random.Random, rows: Rows) -> None:
    one, other = rng.sample(rows[1:], 2)
    one[2:6], other[2:6] = other[2:6], one[2:6]


for what, damage in ROWS.items():
    add(f"csv rows: {what}", "csv", damage)
for what, damage in LOST.items():
    why = "the answers are all valid; only a count, a sum or the sign against loyalty would tell"
    add(f"csv rows: {what}", "csv", damage, unknowable=why)


def _header(change: Callable[[str], str], column: int = RATING) -> Damage:
    def edit(rng: random.Random, rows: Rows) -> None:
        rows[0][column] = change(rows[0][column])

    return on_rows(edit)


HEADERS = {
    "blank": lambda name: "", "another": lambda name: "quest_1", "in capitals": str.upper,
    "with blanks": lambda name: f" {name} ", "with a tab": lambda name: f"{name}\t",
    "with a tab inside": lambda name: "q\t1", "of another column": lambda name: "q2",
    "with a line break": lambda name: f"{name}\n", "of 100,000 letters": lambda name: "q" * 100_000,
    "of 900 letters": lambda name: "q" * 900, "with a zero-width blank": lambda name: f"{name}\u200b",
    "with a byte-order mark": lambda name: f"\ufeff{name}", "a number": lambda name: "1",
    "with a NUL": lambda name: f"{name}\0", "with a no-break blank": lambda name: f"{name}\u00a0",
    "another letter, looking alike": lambda name: "ԛ1", "with a comma": lambda name: "q,1",
    "the words of a format": lambda name: "{q1!r}", "a formula": lambda name: "=q1",
}  # fmt: skip
for what, change in HEADERS.items():
    add(f"csv header: {what}", "csv", _header(change))
WHOLE_HEADERS = {
    "missing": lambda rng, rows: rows[1:],
    "of blanks": lambda rng, rows: [[""] * len(rows[0]), *rows[1:]],
    "of numbers": lambda rng, rows: [[str(i) for i in range(len(rows[0]))], *rows[1:]],
    "one cell short": lambda rng, rows: [rows[0][:-1], *rows[1:]],
    "one cell longer": lambda rng, rows: [[*rows[0], "more"], *rows[1:]],
    "alone": lambda rng, rows: rows[:1],
    "with 20,000 columns": lambda rng, rows: [[*row, *["x"] * 20_000] for row in rows],
    "in another order": lambda rng, rows: [[*reversed(row)] for row in rows],
    "with a column lost": lambda rng, rows: [row[:RATING] + row[RATING + 1 :] for row in rows],
    "all one name": lambda rng, rows: [["q"] * len(rows[0]), *rows[1:]],
}
for what, change in WHOLE_HEADERS.items():
    add(f"csv header: {what}", "csv", on_rows(change))


def _delimited(separator: str, **settings) -> Damage:
    def edit(rng: random.Random, rows: Rows) -> str:
        held = io.StringIO(newline="")
        csv.writer(held, delimiter=separator, **settings).writerows(rows)
        return held.getvalue()

    return on_text("r.csv", lambda rng, text: edit(rng, list(csv.reader(io.StringIO(text)))))


def _broken(rng: random.Random, text: str, what: str) -> str:
    place = rng.randrange(len(text) // 4, len(text))
    return text[:place] + what + text[place:]


TEXTS = {
    "semicolons": _delimited(";"),
    "tabs": _delimited("\t"),
    "bars": _delimited("|"),
    "all quoted": _delimited(",", quoting=csv.QUOTE_ALL),
    "quotes by a backslash": _delimited(",", doublequote=False, escapechar="\\"),
    "single quotes": _delimited(",", quotechar="'"),
    "a quote opened in a cell": a_cell('"{old}'),
    "a row of semicolons": on_text("r.csv", lambda rng, text: _one_line(rng, text, ",", ";")),
    "a quote in the middle": on_text("r.csv", lambda rng, text: _broken(rng, text, '"')),
    "a quote at a cell's start": on_text(
        "r.csv", lambda rng, text: _one_line(rng, text, ",", ',"', 1)
    ),
    "a break in a row": on_text("r.csv", lambda rng, text: _one_line(rng, text, ",", "\n", 1)),
    "two rows joined": on_text("r.csv", lambda rng, text: text[:300] + text[300:].replace("\n", "", 1)),
    "carriage returns alone": on_text("r.csv", lambda rng, text: text.replace("\n", "\r")),
    "mixed line ends": on_text(
        "r.csv", lambda rng, text: "".join(c if c != "\n" else rng.choice(("\n", "\r\n", "\r")) for c in text)
    ),
    "doubled line ends": on_text("r.csv", lambda rng, text: text.replace("\n", "\r\r\n")),
    "no line end": on_text("r.csv", lambda rng, text: text.rstrip("\n")),
    "Unicode line ends": on_text("r.csv", lambda rng, text: text.replace("\n", "\u2028")),
    "a form feed": on_text("r.csv", lambda rng, text: _broken(rng, text, "\f")),
    "a mark of DOS's end": on_text("r.csv", lambda rng, text: text + "\x1a"),
    "a byte-order mark": on_text("r.csv", lambda rng, text: "\ufeff" + text),
    "two byte-order marks": on_text("r.csv", lambda rng, text: "\ufeff\ufeff" + text),
    "a byte-order mark in the middle": on_text("r.csv", lambda rng, text: _broken(rng, text, "\ufeff")),
    "sep= above": on_text("r.csv", lambda rng, text: "sep=,\n" + text),
    "a wrong sep= above": on_text("r.csv", lambda rng, text: "sep=;\n" + text),
    "blank lines between": on_text("r.csv", lambda rng, text: text.replace("\n", "\n\n")),
    "commas behind": on_text("r.csv", lambda rng, text: text + ",,,,,,,\n" * 3000),
    "NUL between letters": on_text("r.csv", lambda rng, text: "\0".join(text)),
}  # fmt: skip


def _one_line(rng: random.Random, text: str, old: str, new: str, count: int = -1) -> str:
    lines = text.split("\n")
    place = rng.randrange(1, len(lines) - 1)
    lines[place] = lines[place].replace(old, new, count)
    return "\n".join(lines)


for what, damage in TEXTS.items():
    add(f"csv text: {what}", "csv", damage)

ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1252", "mac_roman",
    "cp850", "utf-7", "cp037", "shift_jis", "gb18030")  # fmt: skip
for encoding in ENCODINGS:
    change = lambda rng, text, encoding=encoding: text.decode().encode(encoding, "replace")  # noqa: E731
    why = "letters that an encoding lacks are question marks" if encoding == "shift_jis" else ""
    add(f"csv letters: {encoding}", "csv", on_bytes("r.csv", change), whole=True, unknowable=why)
LETTERS = {
    "half UTF-8, half cp1252": lambda rng, data: data[:1300] + data[1300:].decode("utf-8", "ignore").encode("cp1252"),
    "UTF-8 twice": lambda rng, data: data.decode().encode().decode("latin-1").encode(),
    "a byte that is none": lambda rng, data: data[:900] + b"\xff" + data[900:],
    "a letter cut in two": lambda rng, data: data.replace("ã".encode(), b"\xc3", 1),
    "accents lost": lambda rng, data: data.replace("ã".encode(), b"?"),
}  # fmt: skip
for what, change in LETTERS.items():
    why = "letters that another program lost are other words" if "lost" in what else ""
    add(f"csv letters: {what}", "csv", on_bytes("r.csv", change), unknowable=why)
