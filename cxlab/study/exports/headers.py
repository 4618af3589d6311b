"""From the rows of a file to columns with names of their own: which rows are headers, whose tool
wrote them, and what each column asks.

Survey tools write one to three header rows and leave, or merge, the header of a question's second
column; a reader that takes the second header row for a respondent counts one too many.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from cxlab.data_files import read_data
from cxlab.errors import Fault, StudyError, said
from cxlab.study.codebook.normal import bare
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.table import Column

_KNOWN = read_data("study.exports", "tools.yml")
_IMPORT_ID = re.compile(r"""\s*\{\s*['"]+ImportId['"]+\s*:""")
_NUMBER = re.compile(r"\s*[-+]?\d+([.,]\d+)?\s*%?\s*")
_CODE_AND_TEXT = re.compile(r"([\w[\]#]+)\. (.*)", re.DOTALL)  # as LimeSurvey joins them
_CODE = re.compile(r"[^\W\d_][\w.]{0,23}")  # the name of a variable
_PATTERN = re.compile(r"(?<!\w)(\w+?)x{2,}(\w*) ?[=:] ?([^;]+)")
_DIGIT = re.compile(r"\d")
MOST_HEADERS = 3
_MOST_TITLES = 10
JOINT = " | "  # between a question and the row or choice of it that a column is about
LOOKED_AT = 200  # rows by which header rows are told


class Head(NamedTuple):
    """What stands above the answers. `rows`: numbers of the header rows; `skipped`: of those before
    them.
    """

    columns: tuple[Column, ...]
    rows: tuple[int, ...]
    skipped: tuple[int, ...]
    tool: str
    notices: tuple[Fault, ...]


def folded(text: str) -> str:
    """Words without regard to case, kinds of blanks and line breaks."""
    return " ".join(text.split()).casefold()


def unaccented(text: object) -> str:
    """Words as `folded`, without accents too.

    >>> unaccented(" Não  usei ")
    'nao usei'
    """
    return folded(bare(str(text)))


def head_of(
    rows: Mapping[int, Sequence[str]],
    spec: Responses,
    name: str,
    merged: Iterable[tuple[int, int, int]] = (),
) -> Head:
    """The header of a file by its first filled rows. `merged`: cells of a sheet that are one, as
    row, first and last column.

    Raises StudyError where more rows are declared than there are.
    """
    numbers, notices = list(rows), []
    skipped = [n for n in numbers if n <= (spec.skip_rows or -1)]
    numbers = numbers[len(skipped) :]
    if spec.skip_rows is None:
        titles = _titles([rows[n] for n in numbers])
        if titles:
            problem = said(
                "rows above the header hold a title ({title!r})", title=_first(rows[numbers[0]])
            )
            fix = said("declare `skip_rows: {count}` if that is right", count=numbers[titles] - 1)
            notices.append(
                Fault(problem, name, rows=tuple(numbers[:titles]), fix=fix, severity="warning")
            )
        skipped, numbers = skipped + numbers[:titles], numbers[titles:]
    cells = [list(rows[n]) for n in numbers]
    spans = [
        (first, last)
        for row, first, last in merged
        if numbers and row == numbers[0] and last > first
    ]
    tool = _tool(cells[0]) if cells else ""
    count = spec.header_rows or _header_rows(cells, bool(spans), tool)
    if count > len(cells) or not cells:
        problem = "the file is empty" if not cells else "there is no answer below the header"
        fix = "export the answers again, with a header row"
        raise StudyError(Fault(problem, name, fix=fix))
    if count > 1 and any(map(_IMPORT_ID.match, cells[count - 1])):
        tool = "qualtrics"
    elif tool == "" and count == 2 and {folded(c) for c in cells[1]} & {*_KNOWN["fillers"]}:
        tool = "surveymonkey"
    note = "; ".join(cell.strip() for n in skipped for cell in rows[n] if cell.strip())
    columns = _columns(cells[:count], tool, spans)
    columns = tuple(replace(_of_pattern(one, note), note=note) for one in columns)
    return Head(columns, tuple(numbers[:count]), tuple(skipped), tool, tuple(notices))


def _of_pattern(column: Column, note: str) -> Column:
    """A column with the question that a note above the header gives for all names of a form:
    "E_xxx_exp = what you experienced".
    """
    for before, after, text in _PATTERN.findall(note if not column.text.count(" ") else ""):
        form = rf"{re.escape(before)}(\w+?){re.escape(after)}"
        if found := re.fullmatch(form, column.header):
            return replace(column, text=JOINT.join([text.strip(), found[1].replace("_", " ")]))
    return column


def _first(row: Sequence[str]) -> str:
    return next((cell.strip() for cell in row if cell.strip()), "")[:60]


def _titles(rows: list[Sequence[str]]) -> int:
    """How many rows stand above the header: of one filled cell each (a title, a date, a note), or
    of a word and its value at their start, where all rows below fill more.
    """
    lengths = [len(row) for row in rows[:LOOKED_AT]]
    wide = Counter(lengths).most_common(1)[0][0] if rows else 0
    above = lengths.index(wide) if wide > 3 else 0
    is_table = lengths.count(wide) > len(lengths) - _MOST_TITLES
    if above and is_table and max(lengths[:above]) <= wide / 2:
        return above  # lines of a text file above the table
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:LOOKED_AT]]
    usual = Counter(filled[1:]).most_common(1)[0][0] if len(filled) > 4 else 0

    def is_title(number: int, row: Sequence[str]) -> bool:
        is_valued = any(map(_NUMBER.fullmatch, row))  # Total responses: 189
        is_told = number == 2 and bool(row[0].strip())
        return number < 2 or number < usual / 3 and (is_told or is_valued)

    each = enumerate(zip(filled, rows, strict=False))
    count = next((i for i, held in each if not is_title(*held)), 0)
    # The first row of a header may name two blocks alone.
    enough = usual >= 3 and max(filled[count : count + 2], default=0) >= 3 and count < _MOST_TITLES
    return count if enough and len(filled) - count > 2 else 0


def _tool(header: Sequence[str]) -> str:
    there = [folded(cell) for cell in header]
    points = {}
    for tool, looks in _KNOWN["tools"].items():
        known = {*looks["headers"]}
        found = len(known & {*(there[:1] if looks.get("first") else there)})
        if found >= looks["least"]:
            points[tool] = found - looks["least"]
    if sum(re.fullmatch(r"v\d+", cell) is not None for cell in there) >= 5:
        return "qualtrics"  # its files of before 2017
    return max(points, key=points.get) if points else ""


def _header_rows(cells: list[list[str]], is_merged: bool, tool: str) -> int:
    """How many header rows there are."""
    for place, row in enumerate(cells[1:MOST_HEADERS], 1):
        if sum(map(bool, map(_IMPORT_ID.match, row))) > sum(map(bool, row)) / 2:
            return place + 1
    if len(cells) < 2:
        return 1
    first, second, body = cells[0], cells[1], cells[2:LOOKED_AT]
    if tool == "qualtrics":
        titles = sum(folded(cell) in _KNOWN["qualtrics_titles"] for cell in second)
        return 2 if titles >= 3 else 1
    count = 2 if _is_second(first, second, body, is_merged) else 1
    if count == 1 or len(cells) < MOST_HEADERS:
        return count + _are_codes(cells[: count + 1])
    third = cells[2]
    return count + (_are_codes(cells[:3]) or _are_questions(second, third, cells[3:LOOKED_AT]))


def _are_codes(head: list[list[str]]) -> bool:
    """Whether the last of some header rows holds the names of variables, below a row of questions:
    a short word in each column, no two alike.
    """
    if len(head) < 2:
        return False
    above, names = ([cell.strip() for cell in row if cell.strip()] for row in head[-2:])
    asked = sum(" " in cell for cell in above)
    is_whole = min(len(above), len({*names})) >= max(5, 0.9 * len(head[-1]))
    return is_whole and asked > len(above) / 4 and all(map(_CODE.fullmatch, names))


def _is_second(first: list[str], second: list[str], body: list[list[str]], is_merged: bool) -> bool:
    """Whether the second row goes on with the header: it says what the first leaves open, and is
    silent where the answers are not.
    """
    words = [folded(cell) for cell in second]
    nameless = [i for i, cell in enumerate(first) if not cell.strip() and i < len(second)]
    filled = [i for i in nameless if second[i].strip()]
    fillers = sum(word in _KNOWN["fillers"] for word in words)
    others = sum(word in _KNOWN["others"] for word in words)
    if fillers >= 1 and (fillers + others >= 2 or filled):
        # "Response" may be an answer too, but not one that nobody gives again.
        again = sum(folded(cell) in _KNOWN["fillers"] for row in body for cell in row)
        return fillers > again
    if _are_questions(first, second, body):
        return True
    if not filled or len(filled) < 0.8 * len(nameless):
        return False
    if is_merged:
        return True
    named = [i for i, cell in enumerate(second[: len(first)]) if first[i].strip()]
    silent = [i for i in named if not second[i].strip() and _share(body, i, str.strip) > 0.8]
    # A respondent's row holds the numbers, days and addresses that others hold.
    numbered = [
        i for i in named if _share(body, i, _DIGIT.search) > 0.5 * _share(body, i, str.strip)
    ]
    is_answered = 2 * sum(bool(_DIGIT.search(second[i])) for i in numbered) > len(numbered)
    numbers = any(_NUMBER.fullmatch(second[i]) for i in filled)
    return bool(silent) and len(filled) >= 2 and not is_answered and not numbers


def _are_questions(first: list[str], second: list[str], body: list[list[str]]) -> bool:
    """Whether the second row holds questions below short names: many texts, much longer than both
    the name and any answer in the first rows; or words wherever the answers are numbers, which
    no answer is.
    """
    numeric = [i for i in range(len(second)) if _share(body, i, _NUMBER.fullmatch) > 0.5]
    words = {i: second[i] for i in numeric if second[i].strip()}
    if len(body) > 4 and len(words) > 4 and not any(map(_NUMBER.match, words.values())):
        again = sum(any(row[i : i + 1] == [word] for row in body) for i, word in words.items())
        if not again and len({*words.values()}) > 1:
            return True
    asked = 0
    for i, (name, text) in enumerate(zip(first, second, strict=False)):
        answers = max((len(row[i]) for row in body if i < len(row)), default=0)
        asked += len(text) > max(30, 2 * len(name), 1.2 * answers) and " " not in name.strip()
    return len(body) > 4 and asked >= max(5, 0.4 * sum(map(bool, map(str.strip, second))))


def _share(body: list[list[str]], column: int, holds: Callable[[str], object]) -> float:
    """The share of the cells of a column of which something holds."""
    cells = [row[column] for row in body if column < len(row)]
    return sum(bool(holds(cell)) for cell in cells) / max(len(cells), 1)


def _columns(head: list[list[str]], tool: str, spans: list[tuple[int, int]]) -> tuple[Column, ...]:
    """The columns by their header rows, each with a name of its own."""
    width = max(map(len, head))
    first, *more = ([*row, *[""] * (width - len(row))] for row in head)
    if _are_codes(head):
        *more, codes = more
        texts, _ = _by_question(first, more, spans)
        first, names = codes, [cell.strip() for cell in codes]
    elif tool == "qualtrics":
        names = [cell.strip() and cell for cell in first]
        texts = more[0] if more else [""] * width
    else:
        names, texts = _by_question(first, more, spans)
    counts = Counter(name for name in names if name)
    columns = []
    parts = [_CODE_AND_TEXT.fullmatch(header) for header in first]
    if tool == "limesurvey" and all(parts):
        first, texts = zip(*(part.groups() for part in parts), strict=True)
    for position, (name, header, text) in enumerate(zip(names, first, texts, strict=True), 1):
        own = name if name and counts[name] == 1 else f"{name} #{position}".strip()
        columns.append(Column(own, position, header, text, missing=said_by_tool(tool, "missing")))
    return tuple(columns)


def _by_question(
    first: list[str], more: list[list[str]], spans: list[tuple[int, int]]
) -> tuple[list[str], list[str]]:
    """Names and texts of columns, of which one without a header belongs to the question on its
    left.
    """
    names, texts, question = [], [], ""
    covered = {column for start, end in spans for column in range(start, end + 1)}
    for place, header in enumerate(first):
        if header.strip():
            question = header
        elif spans and place not in covered:
            question = ""
        below = [row[place].strip() for row in more]
        below = [cell for cell in below if cell and folded(cell) not in _KNOWN["fillers"]]
        if not more:
            names.append(header.strip() and header)
            texts.append(header if header.strip() else question)
            continue
        if not header.strip() and not any(row[place].strip() for row in more):
            names.append("")
            texts.append(question)
            continue
        parts = [part for part in (question, *below) if part]
        names.append(JOINT.join(parts))
        texts.append(" ".join(parts))
    return names, texts


def said_by_tool(tool: str, kind: str) -> dict:
    """What a tool's files mean by themselves: `missing` codes, or rows to `set_apart`."""
    return _KNOWN[kind].get(tool, {})
