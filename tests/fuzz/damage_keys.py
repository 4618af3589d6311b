"""What befalls what people declare: study.yml and the table of touchpoints."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import partial

from tests.fuzz.kinds import add, on_bytes, on_text

YAML = "study.yml"
NAMED = "."  # any file
MEANT = "another declaration that is sound: only its author knows that it was not meant"


def sub(old: str, new: str) -> Callable[[random.Random, str], str]:
    def change(rng: random.Random, text: str) -> str:
        assert re.search(old, text), old
        return re.sub(old, lambda m: m.expand(new) if "\\1" in new else new, text, count=1)

    return change


def more(text: str) -> Callable[[random.Random, str], str]:
    return lambda rng, held: held + text


KEYS = {
    "a tab for an indent": sub("\n  agree7", "\n\tagree7"),
    "a key twice": more("client: Other\n"),
    "an anchor in itself": more("title2: &a [*a]\n"),
    "aliases that grow": more(
        "a: &a [x, x, x, x]\n"
        + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n"
            for i in range(9)
        )
    ),
    "an alias to nothing": more("title2: *nowhere\n"),
    "a tag of Python": more("x: !!python/object/apply:os.system [id]\n"),
    "an unknown tag": sub("min: 1", "min: !int 1"),
    "a binary": sub("client: Fuzz", "client: !!binary aGVsbG8="),
    "a set": sub(r"not_used: \[8\]", "not_used: !!set {8}"),
    "a merge key": sub("min: 1,", "<<: {min: 1},"),
    "deep nesting": more("x: " + "[" * 3000 + "]" * 3000 + "\n"),
    "a very long line": more("x: " + "y" * 500_000 + "\n"),
    "two documents": more("---\nschema: 1\n"),
    "a list on top": lambda rng, text: "- " + text.replace("\n", "\n  "),
    "a text": lambda rng, text: "Please see the e-mail.",
    "JSON": lambda rng, text: '{"schema": 1, "client": "Fuzz"}',
    "comments alone": lambda rng, text: re.sub("(?m)^", "# ", text),
    "smart quotes": sub("agree7: {min", "“agree7”: {min"),
    "no-break blanks": lambda rng, text: text.replace("  ", "\u00a0\u00a0"),
    "a byte-order mark": lambda rng, text: "\ufeff" + text,
    "a control sign": sub("client: Fuzz", "client: Fu\x07zz"),
    "a NUL": sub("client: Fuzz", "client: Fu\0zz"),
    "a line separator": sub("client: Fuzz\n", "client: Fuzz\u2028"),
    "a colon in a text": sub("client: Fuzz", "client: Fuzz: Brasil"),
    "a hash in a text": sub("Region", "Region #1"),
    "a brace that is not closed": sub("no_answer: \\[9\\]}", "no_answer: [9]"),
    "a quote that is not closed": sub("client: Fuzz", 'client: "Fuzz'),
    "a percent": sub("client: Fuzz", "client: %Fuzz"),
    "an at": sub("client: Fuzz", "client: @Fuzz"),
    "a question mark": sub("client: Fuzz", "? client: Fuzz"),
    "schema 2": sub("schema: 1", "schema: 2"),
    "schema by a word": sub("schema: 1", "schema: one"),
    "schema left out": sub("schema: 1\n", ""),
    "client left out": sub("client: Fuzz\n", ""),
    "client a list": sub("client: Fuzz", "client: [Fuzz]"),
    "client nothing": sub("client: Fuzz", "client:"),
    "client a date": sub("client: Fuzz", "client: 2026-03-01"),
    "client very long": sub("client: Fuzz", "client: " + "x" * 5000),
    "outcomes left out": sub("outcomes:\n.*\n", ""),
    "outcomes a text": sub("outcomes:\n.*\n", "outcomes: nps\n"),
    "outcome of another kind": sub("kind: nps", "kind: csat9"),
    "outcome without a column": sub(", column: nps", ""),
    "outcome of a column that is not there": sub("column: nps", "column: npss"),
    "outcome is a touchpoint": sub("column: nps", "column: q1"),
    "outcome of two columns": sub("column: nps", "columns: [nps, q1]"),
    "min above max": sub("min: 1, max: 7", "min: 7, max: 1"),
    "min is max": sub("max: 7", "max: 1"),
    "min a word": sub("min: 1", "min: one"),
    "min without end": sub("min: 1", "min: -.inf"),
    "min not a number": sub("min: 1", "min: .nan"),
    "max huge": sub("max: 7", "max: 1" + "0" * 400),
    "max in base 60": sub("max: 7", "max: 0:07"),
    "max hexadecimal": sub("max: 7", "max: 0x7"),
    "max octal": sub("max: 7", "max: 07"),
    "max with an underscore": sub("max: 7", "max: 1_0"),
    "max a truth": sub("max: 7", "max: yes"),
    "max nothing": sub("max: 7", "max:"),
    "max too small": sub("max: 7", "max: 5"),
    "codes not in a list": sub(r"\[8\]", "8"),
    "codes of nothing": sub(r"\[8\]", "[]"),
    "codes nested": sub(r"\[8\]", "[[8]]"),
    "codes null": sub(r"\[8\]", "[null]"),
    "codes no": sub(r"\[8\]", "[8, no]"),
    "codes that are ratings": sub(r"\[8\]", "[8, 4]"),
    "a code twice": sub(r"no_answer: \[9\]", "no_answer: [8]"),
    "codes octal": sub(r"\[8\]", "[8, 011]"),
    "labels for one word twice": sub(r"max: 7,", "max: 7, labels: {4: good, 5: good},"),
    "labels that are a list": sub(r"max: 7,", "max: 7, labels: [good],"),
    "scale left out": sub("scales:\n.*\n", ""),
    "scale misspelt": sub("agree7: {", "agre7: {"),
    "scale's key misspelt": sub("not_used", "not_usd"),
    "reverse by a word": sub("max: 7,", "max: 7, reverse: perhaps,"),
    "file left out": sub(r"responses: \{file: (.*)\}", "responses: {separator: ','}"),
    "responses left out": sub("responses: .*\n", ""),
    "responses a list of nothing": sub("responses: .*\n", "responses: []\n"),
    "responses a text": sub("responses: .*\n", "responses: r.csv\n"),
    "file with a NUL": sub("r.csv", '"r\\\\0.csv"'),
    "file very long": sub("r.csv", "r" * 5000 + ".csv"),
    "file of blanks": sub("r.csv", "'  '"),
    "file a dot": sub("r.csv", "."),
    "file absolute": sub("r.csv", "/etc/hostname"),
    "file that climbs": sub("r.csv", "../../../../etc/hostname"),
    "file on the network": sub("r.csv", "https://example.org/r.csv"),
    "file is study.yml": sub("r.csv", "study.yml"),
    "file is the touchpoints": sub("r.csv", "touchpoints.csv"),
    "file twice": sub("responses: .*\n", "responses: [{file: r.csv}, {file: r.csv}]\n"),
    "separator a word": sub("file: r.csv", "file: r.csv, separator: comma"),
    "separator empty": sub("file: r.csv", "file: r.csv, separator: ''"),
    "separator a quote": sub("file: r.csv", "file: r.csv, separator: '\"'"),
    "separator a line end": sub("file: r.csv", 'file: r.csv, separator: "\\\\n"'),
    "separator a letter": sub("file: r.csv", "file: r.csv, separator: e"),
    "separator another": sub("file: r.csv", "file: r.csv, separator: ;"),
    "decimal a word": sub("file: r.csv", "file: r.csv, decimal: point"),
    "decimal the separator": sub("file: r.csv", "file: r.csv, decimal: ','"),
    "thousands the decimal": sub("file: r.csv", "file: r.csv, thousands: '.'"),
    "encoding none": sub("file: r.csv", "file: r.csv, encoding: utf-9"),
    "encoding no letters": sub("file: r.csv", "file: r.csv, encoding: base64"),
    "encoding rot13": sub("file: r.csv", "file: r.csv, encoding: rot13"),
    "encoding another": sub("file: r.csv", "file: r.csv, encoding: utf-16"),
    "encoding idna": sub("file: r.csv", "file: r.csv, encoding: idna"),
    "encoding with a NUL": sub("file: r.csv", 'file: r.csv, encoding: "utf\\\\0"'),
    "header rows none": sub("file: r.csv", "file: r.csv, header_rows: 0"),
    "header rows many": sub("file: r.csv", "file: r.csv, header_rows: 99999999"),
    "header rows a word": sub("file: r.csv", "file: r.csv, header_rows: two"),
    "skip rows below zero": sub("file: r.csv", "file: r.csv, skip_rows: -1"),
    "skip rows many": sub("file: r.csv", "file: r.csv, skip_rows: 100000"),
    "reader another": sub("file: r.csv", "file: r.csv, reader: xlsx"),
    "sheet of a CSV": sub("file: r.csv", "file: r.csv, sheet: Answers"),
    "rename to nothing": sub("file: r.csv", "file: r.csv, rename: {q1: }"),
    "rename two into one": sub("file: r.csv", "file: r.csv, rename: {q1: q2}"),
    "rename what is not there": sub("file: r.csv", "file: r.csv, rename: {qq: q9}"),
    "respondent that is not there": sub("respondent: id", "respondent: idd"),
    "respondent a rating": sub("respondent: id", "respondent: q1"),
    "weight a word": more("weight: region\n"),
    "weight the outcome": more("weight: nps\n"),
    "wave that is not there": more("wave: month\n"),
    "waves without a wave": more("waves: [a, b]\n"),
    "segment that is not there": sub("region: {label: Region}", "regiao: {label: Region}"),
    "segment a list": sub("\n  region: {label: Region}", " [region, region]"),
    "segment that is reserved": sub("region: {label: Region}", "wave: {label: Region}"),
    "levels that stand nowhere": sub("label: Region}", "label: Region, levels: {Acre: Acre}}"),
    "include nobody": sub(r"in: \[Complete\]", "in: [Done]"),
    "include in and not in": sub(r"in: \[Complete\]", "in: [Complete], not_in: [Complete]"),
    "include without a rule": sub(r", in: \[Complete\]", ""),
    "include octal": sub(r"in: \[Complete\]", "not_in: [01]"),
    "stage that is not there": sub(r"\{stage: use\}", "{stage: using}"),
    "stage twice": sub(r"\{stage: use\}", "{stage: buy}"),
    "stages a name that is none": sub(r"stages: .*\n", "stages: six_b\n"),
    "touchpoints a number": sub("touchpoints: touchpoints.csv", "touchpoints: 3"),
    "touchpoints a list of names": sub("touchpoints: touchpoints.csv", "touchpoints: [a, b]"),
    "touchpoints of nothing": sub("touchpoints: touchpoints.csv", "touchpoints: {}"),
    "touchpoints elsewhere": sub("touchpoints: touchpoints.csv", "touchpoints: ../t.csv"),
    "touchpoints are the answers": sub("touchpoints: touchpoints.csv", "touchpoints: r.csv"),
    "an unknown key": more("colour: red\n"),
    "a key misspelt": sub("outcomes:", "outcome:"),
    "a key in Portuguese": sub("client:", "cliente:"),
    "a key that is a number": more("1: 2\n"),
    "a key that is a list": more("? [a, b]\n: 1\n"),
    "a key that is nothing": more("~: 1\n"),
    "a brand that is not there": more("report: {brand: brand.yml}\n"),
    "min_cell a truth": more("report: {min_cell: true}\n"),
    "min_cell one": more("report: {min_cell: 1}\n"),
    "min_cell without end": more("report: {min_cell: .inf}\n"),
    "a date that is none": more("fieldwork: {start: 2026-02-30, end: 2026-03-01}\n"),
    "dates the other way": more("fieldwork: {start: 2026-03-30, end: 2026-03-01}\n"),
    "a language that is none": sub("title: {en:", "title: {xx:"),
    "confirm": more("confirm: [is nps the recommendation?]\n"),
    "5,000 touchpoints": sub(
        "touchpoints: touchpoints.csv",
        "touchpoints:\n" + "".join(f"  t{i}: q1\n" for i in range(5000)).rstrip(),
    ),
}
WHOLE = {
    "a text",
    "comments alone",
    "JSON",
    "a list on top",
    "a byte-order mark",
    "no-break blanks",
    "aliases that grow",
}
for what, change in KEYS.items():
    # Of a column that study.yml names and the answers lack, either file may be at fault.
    why = MEANT if what in ("outcomes left out", "segment a list") else ""
    add(f"yml: {what}", "csv", on_text(YAML, change), NAMED, what in WHOLE, why)


def _line(change: Callable[[random.Random, list[str], int], object]):
    def edit(rng: random.Random, text: str) -> str:
        lines = text.split("\n")
        change(rng, lines, rng.randrange(len(lines) - 1))
        return "\n".join(lines)

    return edit


def _letters(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text))
    new = rng.choice(
        [
            "",
            ":",
            "{",
            "}",
            "[",
            "]",
            "-",
            "#",
            "&",
            "*",
            "!",
            "|",
            ">",
            "'",
            '"',
            "%",
            "\t",
            "x",
            ",",
        ]
    )
    return text[:place] + new + text[place + 1 :]


RANDOM = {
    "a line lost": _line(lambda rng, lines, at: lines.pop(at)),
    "a line twice": _line(lambda rng, lines, at: lines.insert(at, lines[at])),
    "a line indented": _line(lambda rng, lines, at: lines.__setitem__(at, "  " + lines[at])),
    "a line outdented": _line(lambda rng, lines, at: lines.__setitem__(at, lines[at].lstrip())),
    "two lines exchanged": _line(lambda rng, lines, at: lines.insert(0, lines.pop(at))),
    "a letter turned": _letters,
    "cut off": lambda rng, text: text[: rng.randrange(len(text))],
    "two words exchanged": lambda rng, text: (
        lambda words, a, b: "".join(
            words[b] if i == a else words[a] if i == b else w for i, w in enumerate(words)
        )
    )((w := re.split(r"(\W+)", text)), *sorted(rng.sample(range(0, len(w), 2), 2))),
}
for what, change in RANDOM.items():
    add(f"yml text: {what}", "csv", on_text(YAML, change), file=NAMED, unknowable=MEANT, whole=True)
    add(
        f"touchpoints text: {what}",
        "csv",
        on_text("touchpoints.csv", change),
        # A word in the place of a column is looked for in the answers.
        file=NAMED if "words" in what else "touchpoints.csv",
        unknowable=MEANT,
    )


def in_letters(rng, data, encoding):
    return data.decode().replace("Fuzz", "Café").encode(encoding)


for encoding in ("utf-16", "utf-32", "cp1252", "cp037"):
    for file in (YAML, "touchpoints.csv"):
        change = on_bytes(file, partial(in_letters, encoding=encoding))
        add(f"{file} letters: {encoding}", "csv", change, file=file, whole=True)
