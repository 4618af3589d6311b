"""The questionnaire beside an export: what a survey tool knows of its questions and does not write
into the file of answers. Qualtrics' QSF, LimeSurvey's syntax files for R and SPSS, forms; else a
codebook.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cxlab.errors import Fault, StudyError, said
from cxlab.study.codebook.normal import plain
from cxlab.study.exports.codebook_sheet import of_codebook
from cxlab.study.exports.forms import Part, form_of, parsed
from cxlab.study.exports.headers import folded
from cxlab.study.exports.table import Table

# Questions whose choices are rows, each with a column of its own.
_OF_ROWS = ("Matrix", "Slider", "CS", "TE")
SHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv", ".txt")
_TAG = re.compile(r"<[^>]*>")


class Asked(NamedTuple):
    """A question: its words, those of its codes, and its name where a file may lack it. Of a QSF
    file also its id, with those of the row and choice that the column is of; code and word of each
    choice by its id, of one that is ticked by ""; the conditions on which it is shown.
    """

    text: str
    labels: Mapping[str, str] = {}
    place: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, str]] = {}
    shown_if: tuple[Mapping, ...] = ()
    name: str = ""


def with_questionnaire(table: Table, path: Path, sheets: Sequence[str] = ()) -> Table:
    """The table with the words that the questionnaire at `path` has for its columns and codes; of a
    workbook, in some of its sheets.

    Raises StudyError where the file is no questionnaire, or is about none of the columns.
    """
    suffix = path.suffix.lower()
    if read := {".qsf": of_qsf, ".r": _of_r, ".sps": _of_spss}.get(suffix):
        asked = parsed(path, lambda text: of_columns(table, read(text)))
    elif parts := form_of(path):
        asked = of_columns(table, of_form(parts))
    elif suffix in SHEETS:
        asked = {name: Asked(*held) for name, held in of_codebook(table, path, sheets).items()}
    else:
        fix = (
            "name Qualtrics' .qsf, LimeSurvey's .lss, .R or .sps, an XLSForm, or a codebook"
            " (.xlsx, .csv)"
        )
        raise StudyError(Fault("this is no questionnaire", path.name, fix=fix))
    columns, names = [], {}
    for column in table.columns:
        if found := asked.get(column.name):
            is_named = column.header.strip() or not found.name or found.name in names.values()
            names[column.name] = column.name if is_named else found.name
            # Where a file has no question beside its header, the header stands for it.
            text = found.text if column.text == column.header else column.text
            labels = {**found.labels, **column.labels}
            column = replace(column, text=text or found.text or column.text, labels=labels)
        columns.append(column)
    if not asked:
        problem = said("it asks none of the columns of {file}", file=table.file)
        raise StudyError(Fault(problem, path.name, fix="name the questionnaire of this export"))
    return replace(table, columns=tuple(columns)).renamed(names)


def of_columns(table: Table, asked: Iterable[tuple[str, Asked]]) -> dict[str, Asked]:
    """What each column asks, by its name, as far as its header, name or position tells."""
    told, found = dict(asked), {}
    # A position tells only where the file holds as many columns as are asked.
    is_whole = len(table.columns) == sum(one.startswith("#") for one in told)
    for column in table.columns:
        # Qualtrics puts the number of its turn before a question that is asked in a loop;
        # LimeSurvey calls Q1[SQ001] Q1_SQ001 there too.
        turn = re.sub(r"^\d+_", "", column.header)
        name = re.sub(r"\[(\w+)\]", r"_\1", column.header)
        places = (turn, *[f"#{column.position}"] * is_whole, name, column.name, column.header)
        for place in map(folded, places):
            found |= {column.name: told[place]} if place in told else {}
    return found


def of_form(parts: Iterable[Part]) -> Iterator[tuple[str, Asked]]:
    """Columns by their names in lower case, or their words where these stand once."""
    parts = [*parts]
    times = Counter(folded(name) for part in parts for name in {*part.names, part.text})
    for part in parts:
        for name in {*part.names, part.text} - {""}:
            if times[folded(name)] == 1:
                yield folded(name), Asked(part.text, part.labels, (part.names[0],))


def unmarked(markup: Any) -> str:
    """Words without their HTML."""
    return " ".join(html.unescape(_TAG.sub(" ", str(markup or ""))).split())


def listed(held: Any) -> dict[str, Any]:
    """Choices by their id; Qualtrics writes a list where ids are 0, 1, 2 …"""
    if isinstance(held, list):
        return {str(i): one for i, one in enumerate(held)}
    return dict(held or {})


def of_qsf(text: str) -> Iterator[tuple[str, Asked]]:
    """Columns by their names in lower case, of the questions of a QSF file."""
    for element in json.loads(text)["SurveyElements"]:
        if element["Element"] == "SQ":
            yield from _of_question(element["Payload"], str(element.get("PrimaryAttribute")))


def _of_question(held: dict, key: str) -> Iterator[tuple[str, Asked]]:
    tag, question = held["DataExportTag"], unmarked(held.get("QuestionText"))
    choices, answers = listed(held.get("Choices")), listed(held.get("Answers"))
    codes = {key: plain(code) for key, code in listed(held.get("RecodeValues")).items()}
    tags = listed(held.get("ChoiceDataExportTags") or {})
    ways = (str(held.get("SubSelector")), str(held.get("Selector")))
    several = ways[0] == "MultipleAnswer" or ways[1].startswith("MA")
    if held["QuestionType"] == "SBS":
        for place, one in listed(held.get("AdditionalQuestions")).items():
            part = {**one, **{name: held.get(name) for name in ("Choices", "DisplayLogic")}}
            part["DataExportTag"] = f"{tag}#{place}"
            part["QuestionText"] = f"{question} {unmarked(one.get('QuestionText'))}"
            yield from _of_question(part, f"{key}#{place}")
        return
    rows = choices if held["QuestionType"] in _OF_ROWS and choices else {"": {}}
    points = {
        one: (codes.get(one, one), unmarked(point.get("Display")))
        for one, point in (answers if rows is choices else choices).items()
    }
    for row, one in rows.items():
        words = f"{question} {unmarked(one.get('Display'))}".strip()
        place, stem = ((key, row), f"{tag}_{tags.get(row) or row}") if row else ((key,), tag)
        logic = (held.get("DisplayLogic"), held.get("InPageDisplayLogic"), one.get("DisplayLogic"))
        labels, shown_if = {} if several else dict(points.values()), tuple(filter(None, logic))
        for name in filter(None, (stem, tags.get(row))):
            yield folded(name), Asked(words, labels, place, points, shown_if)
        # Files of before 2017 number choices, others name them by their codes.
        for at in (0, 1) if several else ():
            for choice, (code, word) in points.items():
                ticked = (*place, choice), {"": ("1", word)}, shown_if
                name = f"{stem}_{(choice, code)[at]}"
                yield folded(name), Asked(f"{words} {word}", {"1": word}, *ticked)


_STRING = r'"((?:[^"\\]|\\.|"")*)"'


def _text(quoted: str) -> str:
    return unmarked(re.sub(r'\\(.)|""', lambda m: m[1] or '"', quoted))


def _of_r(text: str) -> Iterator[tuple[str, Asked]]:
    """Columns by position and by name, of LimeSurvey's syntax file for R."""
    names = dict(re.findall(rf"names\(data\)\[(\d+)\]\s*<-\s*{_STRING}", text))
    asked = dict(re.findall(rf"variable\.labels\[(\d+)\]\s*<-\s*{_STRING}", text))
    levels = {}
    listed = rf"{_STRING}(?:\s*,\s*{_STRING})*"
    factor = rf"<-\s*factor\(data\[,\s*(\d+)\]\s*,\s*levels=c\((.*?)\)\s*,\s*labels=c\(({listed})\)"
    for place, codes, labels, *_ in re.findall(factor, text):
        words = [_text(word) for word in re.findall(_STRING, labels)]
        numbers = [one.strip().strip('"') for one in codes.split(",")]
        levels[place] = dict(zip(numbers, words, strict=False))
    yield from _by_place(names, asked, levels)


# A code and its word, in which LimeSurvey writes quotes as they are.
_PAIR = re.compile(
    r"""(?:"([^"\n]*)"|(-?\d+))\s+"(.*?)"(?=\s*$|\s+(?:"[^"\n]*"|-?\d+)\s+")""", re.MULTILINE
)


def _of_spss(text: str) -> Iterator[tuple[str, Asked]]:
    """Columns by position and by name, of LimeSurvey's syntax file for SPSS."""
    text = text.replace("'", '"') if '"' not in text else text
    text = re.sub(r'"\s*\+\s*"', "", text)  # long words go on in the next line
    rename = r"RENAME VARIABLES?\s*\(\s*V(\d+)\s*=\s*([^\s)]+)"
    names = dict(re.findall(rename, text, re.IGNORECASE))
    asked = dict(re.findall(rf"VARIABLE LABELS\s+V(\d+)\s+{_STRING}", text, re.IGNORECASE))
    levels, values = {}, r"VALUE LABELS\s+V(\d+)\s(.*?)\.\s*(?:\n|$)"
    for place, held in re.findall(values, text, re.DOTALL | re.IGNORECASE):
        levels[place] = {code or number: _text(word) for code, number, word in _PAIR.findall(held)}
    yield from _by_place(names, asked, levels)


def _by_place(names: dict, asked: dict, levels: dict) -> Iterator[tuple[str, Asked]]:
    for place in {**names, **asked, **levels}:
        name = _text(names.get(place, ""))
        question = Asked(_text(asked.get(place, "")), levels.get(place, {}), name=name)
        yield f"#{place}", question
        if name:
            yield folded(name), question
