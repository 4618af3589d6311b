"""Codebooks as agencies send them: a sheet, or a file, with the name of a column of the export in
each row, its question, and the words of its codes beside it, below it, or in one cell.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from cxlab.data_files import read_data
from cxlab.study.codebook.normal import number_of
from cxlab.study.codebook.row_keys import Responses
from cxlab.study.exports.headers import JOINT, unaccented
from cxlab.study.exports.table import Table
from cxlab.study.read.files import read_table

WORDS = read_data("study.exports", "codebooks.yml")
LEAST = 2  # columns of the export that it names
# A code with the sign after it and what is before it: "1 = Poor; 2 = Fair", "1 - Poor, 2 - Fair",
# "(1) Poor (2) Fair", a line each. In 18-24 and 10:30 there is none.
_HEAD = re.compile(
    r"(?<![^\s;,|/(])(?<!\d,)\(?(?P<code>[-−]?\d{1,4}|[A-Z]{1,4}(?=\s*=))\s*"
    r"(?P<sign>[=)]|[:–—-](?!\d))"
)
_AFTER = re.compile(r"\(\s*([-−]?\d{1,4})\s*\)")  # Poor (1), Fair (2)
# 1 Very poor | 2 Poor; 1 Very poor … 10 Excellent
_SPELLED = re.compile(r"(^|[|;\n]|…|\.\.\.)\s*(-?\d{1,4})\s+(?=[^\W\d])")
_DATAMAP = re.compile(r"\[(?P<name>\w+?(?P<row>r\d+)?(?:c\d+)?)\]:\s*(?P<text>.*)", re.DOTALL)
_MARKS = " \t\r\n\xa0;,|/"
_SIGNS = {"=": "=", ")": ")", ":": ":"}  # else a dash
Grid = Sequence[Sequence[str]]


class Entry(NamedTuple):
    """What a codebook says of one name: its texts, the outer one first, and the words of its
    codes.
    """

    texts: list[str]
    labels: dict[str, str]


def of_codebook(table: Table, path: Path, sheets: Sequence[str]) -> dict[str, tuple[str, dict]]:
    """By the name of each column that the codebook at `path` is about, its question and the words
    of its codes. Raises StudyError where it cannot be read.
    """
    names = {_plain(one.header or one.name): one.name for one in table.columns}
    entries: dict[str, Entry] = {}
    for sheet in sheets or [None]:
        spec = Responses(file=path.name, sheet=sheet, header_rows=1, skip_rows=0)
        held = read_table(spec, path)
        grid = [[one.header for one in held.columns], *held.frame.fillna("").to_numpy().tolist()]
        for name, found in _entries(grid, names).items():
            was = entries.setdefault(name, Entry([], {}))
            was.texts.extend(found.texts)
            was.labels.update(found.labels)
    if len(entries.keys() & names) < LEAST:
        return {}
    return {names[name]: _asked(name, entries) for name in names if _held(name, entries)}


def with_legend(table: Table, path: Path, sheets: Sequence[str]) -> Table:
    """The table with the codes that other sheets explain for all its columns, a code a row and its
    words beside it.
    """
    told = []
    for sheet in sheets:
        held = read_table(Responses(file=path.name, sheet=sheet, header_rows=1, skip_rows=0), path)
        rows = [[cell for cell in row if cell.strip()] for row in held.frame.fillna("").to_numpy()]
        told += [f"{row[0]} = {row[1]}" for row in rows if len(row) == 2 and len(row[0]) < 6]
        told += [row[0] for row in rows if len(row) == 1 and "=" in row[0]]
    notes = [replace(one, note="; ".join(filter(None, [one.note, *told]))) for one in table.columns]
    return replace(table, columns=tuple(notes))


def is_codebook_name(name: str) -> bool:
    """Whether a file or sheet is called so that it may be a codebook."""
    return any(word in unaccented(name) for word in WORDS["names"])


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "_", unaccented(text)).strip("_")


def _held(name: str, entries: Mapping[str, Entry]) -> list[Entry]:
    """What is said of the question of which the column is a part, and of the column itself."""
    return [entries[stem] for stem in _stems(name) if stem in entries]


def _stems(name: str) -> list[str]:
    """Q5 and Q5_1 of Q5_1."""
    parts = name.split("_")
    return ["_".join(parts[:n]) for n in range(1, len(parts) + 1)]


def _asked(name: str, entries: Mapping[str, Entry]) -> tuple[str, dict[str, str]]:
    held = _held(name, entries)
    texts = dict.fromkeys(text for one in held for text in one.texts)
    labels = {code: word for one in held for code, word in one.labels.items()}
    return JOINT.join(text for text in texts if text), labels


def _entries(grid: Grid, names: Mapping[str, str]) -> dict[str, Entry]:
    """What each row says, by the name that stands in it or above."""
    grid = _of_datamap(grid)
    columns = [*zip(*grid, strict=True)]
    hits = [len({_plain(cell) for cell in column} & names.keys()) for column in columns]
    if not hits or max(hits) < LEAST:
        return {}
    key = hits.index(max(hits))
    known = {stem for name in names for stem in _stems(name)}
    first = next(n for n, row in enumerate(grid) if _plain(row[key]) in known)
    above = [n for n in range(first) if _filled(grid[n]) > 1]
    head = grid[above[-1]] if above else [""] * len(columns)
    first = above[-1] + 1 if above else first
    roles = _roles([unaccented(cell) for cell in head], grid[first:], key)
    found: dict[str, Entry] = defaultdict(lambda: Entry([], {}))
    section, name = "", ""
    # A section that stands once is that of all rows below it.
    cells = {n: [row[n] for row in grid[first:] if row[n]] for n in roles["section"]}
    merged = {n for n, held in cells.items() if len({*held}) == len(held)}
    outer: dict[int, str] = {}
    for row in grid[first:]:
        if _filled(row) == 1 and _plain(only := max(row, key=len)) not in names:
            pairs = _pairs(only)
            pairs = pairs if len(pairs) > 1 or not row[key] else {}
            if not pairs:
                # A question that the export lacks may stand here, with its codes below it.
                section, name = only, _plain(row[key]) or name
            found[name].labels.update(pairs)
            continue
        name = _plain(row[key]) or name
        entry = found[name]
        outer |= {n: row[n] for n in roles["section"] if row[n] or n not in merged}
        if row[key]:
            texts = [section, *(outer.get(n, "") for n in roles["section"])]
            entry.texts.extend([*texts, *(row[n] for n in roles["text"])])
        for n in roles["values"]:
            entry.labels.update(_pairs(row[n]))
        for n in roles["code"]:
            code, word = row[n], row[n + 1 : n + 2]
            if code and word and word[0] and math.isnan(number_of(word[0])):
                entry.labels[code] = word[0]
        for n in roles["each"]:
            if row[n]:
                entry.labels[head[n]] = row[n]
    return found


def _of_datamap(grid: Grid) -> Grid:
    """The datamap of Decipher (Forsta) as a codebook of a row a name or code: "[Q5r1]: Speed - How
    important is each of these?" above a row a code. Any other codebook as it is.
    """
    heads = [_DATAMAP.fullmatch(row[0].strip()) for row in grid]
    if sum(map(bool, heads)) < LEAST:
        return grid
    found = [["name", "question", "code", "label"]]
    for row, head in zip(grid, heads, strict=True):
        if head:
            item, _, stem = head["text"].partition(" - ") if head["row"] else ("", "", head["text"])
            found.append([head["name"], JOINT.join(filter(None, [stem, item])), "", ""])
        elif not row[0].strip():
            found.append(["", "", *row[1:3]])
    return found


def _pairs(cell: str) -> dict[str, str]:
    """The words of the codes that a cell lists, with one sign after the codes and one mark between
    the pairs, so that a number with another in a word (Mais de 2 - até 5) is no code.
    """
    spelled = _SPELLED.sub(r"|\2 = ", cell)
    cell = spelled if spelled.count("|") > 1 + cell.startswith("|") and "=" not in cell else cell
    heads = _heads(cell)
    before, *rest = _AFTER.split(cell.strip())
    if before and len(rest) > 2 and not rest[-1] and all(one["sign"] == ")" for one in heads):
        found = dict(zip(rest[::2], [before, *rest[1::2]], strict=False))
    else:
        # After the last pair, a note may follow; in the others a word may go on in the next line.
        mark = re.search(r"[;|\n]", _mark(cell, heads[1])) if heads[1:] else None
        ends = [*(one.start() for one in heads[1:]), None]
        last = re.compile(re.escape(mark[0]) if mark else r"[;|\n]")
        found = {
            head["code"]: cell[head.end() : end] for head, end in zip(heads, ends, strict=False)
        }
        for head in heads[-1:]:
            found[head["code"]] = last.split(found[head["code"]].strip(_MARKS))[0]
    # Without a letter, dashes and colons are of ranges and times.
    is_plain = not heads or heads[0]["sign"] in "=)"
    if not is_plain and not re.search(r"[^\W\d_]", "".join(found.values())):
        return {}
    words = {
        code.replace("−", "-"): " ".join(word.strip(_MARKS).split()) for code, word in found.items()
    }
    return {code: word if "(" in word else word.rstrip(")") for code, word in words.items() if word}


def _mark(cell: str, head: re.Match) -> str:
    before = cell[max(head.start() - 20, 0) : head.start()]
    return before[len(before.rstrip(_MARKS)) :]


def _heads(cell: str) -> list[re.Match]:
    """The codes of a cell that are those of its pairs: with the sign of the one at its start, else
    with the plainest, and after the mark that is first between two of them.
    """
    every = [*_HEAD.finditer(cell)]
    signs = [_SIGNS.get(one["sign"], "-") for one in every]
    if not every:
        return []
    is_start = not cell[: every[0].start("code")].strip(" (\n")
    sign = signs[0] if is_start else min(signs, key="=):-".index)
    heads = [one for one, of in zip(every, signs, strict=True) if of == sign]
    marks = [re.sub(r"[^;|\n,/]", "", _mark(cell, one)) for one in heads[1:]]
    first = next((mark[0] for mark in marks if mark), "")
    last = {one["code"]: n for n, one in enumerate(heads)}
    found, codes = heads[:1], {heads[0]["code"]}
    for n, (head, mark) in enumerate(zip(heads[1:], marks, strict=True), 1):
        is_next = sign == "=" or re.search(rf"[;|\n{first}]", mark)
        if not first and not is_next:
            # In iPhone 12 - 64GB there is no code where the next one comes after it.
            wanted = str(int(found[-1]["code"].replace("−", "-")) + 1)
            is_next = head["code"] == wanted or last.get(wanted, 0) < n
        if is_next and head["code"] not in codes:
            found.append(head)
            codes.add(head["code"])
    return found


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _roles(head: Sequence[str], rows: Grid, key: int) -> dict[str, list[int]]:
    """Which columns hold questions, what several questions stand under, lists of codes with their
    words, single codes with the word to their right, and the words of one code each.
    """
    found: dict[str, list[int]] = defaultdict(list)
    lengths: Counter[int] = Counter()
    for n, column in enumerate(zip(*rows, strict=True)):
        cells = [cell for cell in column if cell.strip()]
        if n == key or not cells or n - 1 in found["code"]:
            continue
        numbers = sum(number_of(cell) == number_of(cell) for cell in cells)
        if sum(len(_pairs(cell)) > 1 for cell in cells) > 0.3 * len(cells):
            found["values"].append(n)
        elif head[n].isdigit() and not numbers:
            found["each"].append(n)
        elif numbers > 0.7 * len(cells):
            # A position, a width: one a row, without a word beside it.
            is_code = _is_called("code", head[n]) or len(cells) > len({row[key] for row in rows})
            found["code"] += [n] * is_code
        elif _is_called("section", head[n]):
            found["section"].append(n)
        elif _is_called("text", head[n]):
            found["text"].append(n)
        else:
            lengths[n] = sum(map(len, cells))
    for n in found["values"][:]:
        # A question may tell the words of its ends, beside a list of the codes.
        if len(found["values"]) > 1 and _is_called("text", head[n]):
            found["values"].remove(n)
            found["text"].append(n)
    if not found["text"] and lengths:
        found["text"] = [lengths.most_common(1)[0][0]]
    return found


def _is_called(role: str, head: str) -> bool:
    return head.startswith(tuple(WORDS[role]))
