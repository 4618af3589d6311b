"""What befalls the header, the separators, line ends and letters of delimited text."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from functools import partial

from tests.fuzz.damage_csv import RATING, Rows, a_cell, on_rows
from tests.fuzz.kinds import Damage, add, on_bytes, on_text


def _header(change: Callable[[str], str], column: int = RATING) -> Damage:
    def edit(rng: random.Random, rows: Rows) -> None:
        rows[0][column] = change(rows[0][column])

    return on_rows(edit)


HEADERS = {
    "blank": lambda name: "",
    "another": lambda name: "quest_1",
    "in capitals": str.upper,
    "with blanks": lambda name: f" {name} ",
    "with a tab": lambda name: f"{name}\t",
    "with a tab inside": lambda name: "q\t1",
    "of another column": lambda name: "q2",
    "with a line break": lambda name: f"{name}\n",
    "of 100,000 letters": lambda name: "q" * 100_000,
    "of 900 letters": lambda name: "q" * 900,
    "with a zero-width blank": lambda name: f"{name}\u200b",
    "with a byte-order mark": lambda name: f"\ufeff{name}",
    "a number": lambda name: "1",
    "with a NUL": lambda name: f"{name}\0",
    "with a no-break blank": lambda name: f"{name}\u00a0",
    "another letter, looking alike": lambda name: "ԛ1",
    "with a comma": lambda name: "q,1",
    "the words of a format": lambda name: "{q1!r}",
    "a formula": lambda name: "=q1",
}
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
    "two rows joined": on_text(
        "r.csv", lambda rng, text: text[:300] + text[300:].replace("\n", "", 1)
    ),
    "carriage returns alone": on_text("r.csv", lambda rng, text: text.replace("\n", "\r")),
    "mixed line ends": on_text(
        "r.csv",
        lambda rng, text: "".join(
            c if c != "\n" else rng.choice(("\n", "\r\n", "\r")) for c in text
        ),
    ),
    "doubled line ends": on_text("r.csv", lambda rng, text: text.replace("\n", "\r\r\n")),
    "no line end": on_text("r.csv", lambda rng, text: text.rstrip("\n")),
    "Unicode line ends": on_text("r.csv", lambda rng, text: text.replace("\n", "\u2028")),
    "a form feed": on_text("r.csv", lambda rng, text: _broken(rng, text, "\f")),
    "a mark of DOS's end": on_text("r.csv", lambda rng, text: text + "\x1a"),
    "a byte-order mark": on_text("r.csv", lambda rng, text: "\ufeff" + text),
    "two byte-order marks": on_text("r.csv", lambda rng, text: "\ufeff\ufeff" + text),
    "a byte-order mark in the middle": on_text(
        "r.csv", lambda rng, text: _broken(rng, text, "\ufeff")
    ),
    "sep= above": on_text("r.csv", lambda rng, text: "sep=,\n" + text),
    "a wrong sep= above": on_text("r.csv", lambda rng, text: "sep=;\n" + text),
    "blank lines between": on_text("r.csv", lambda rng, text: text.replace("\n", "\n\n")),
    "commas behind": on_text("r.csv", lambda rng, text: text + ",,,,,,,\n" * 3000),
    "NUL between letters": on_text("r.csv", lambda rng, text: "\0".join(text)),
}


def _one_line(rng: random.Random, text: str, old: str, new: str, count: int = -1) -> str:
    lines = text.split("\n")
    place = rng.randrange(1, len(lines) - 1)
    lines[place] = lines[place].replace(old, new, count)
    return "\n".join(lines)


for what, damage in TEXTS.items():
    add(f"csv text: {what}", "csv", damage)

ENCODINGS = (
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-8-sig",
    "cp1252",
    "mac_roman",
    "cp850",
    "utf-7",
    "cp037",
    "shift_jis",
    "gb18030",
)


def in_letters(rng, text, encoding):
    return text.decode().encode(encoding, "replace")


for encoding in ENCODINGS:
    change = on_bytes("r.csv", partial(in_letters, encoding=encoding))
    why = "letters that an encoding lacks are question marks" if encoding == "shift_jis" else ""
    add(f"csv letters: {encoding}", "csv", change, whole=True, unknowable=why)
LETTERS = {
    "half UTF-8, half cp1252": lambda rng, data: (
        data[:1300] + data[1300:].decode("utf-8", "ignore").encode("cp1252")
    ),
    "UTF-8 twice": lambda rng, data: data.decode().encode().decode("latin-1").encode(),
    "a byte that is none": lambda rng, data: data[:900] + b"\xff" + data[900:],
    "a letter cut in two": lambda rng, data: data.replace("ã".encode(), b"\xc3", 1),
    "accents lost": lambda rng, data: data.replace("ã".encode(), b"?"),
}
for what, change in LETTERS.items():
    why = "letters that another program lost are other words" if "lost" in what else ""
    add(f"csv letters: {what}", "csv", on_bytes("r.csv", change), unknowable=why)
