"""The questionnaire beside an export: what a survey tool knows of its questions and does not write
into the file of answers. Qualtrics' QSF, LimeSurvey's syntax files for R and SPSS.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cxlab.errors import Fault, StudyError, said
from cxlab.study import sizes
from cxlab.study.codebook.normal import plain
from cxlab.study.exports.encodings import decoded
from cxlab.study.exports.headers import folded
from cxlab.study.exports.table import Table

_TAG = re.compile(r"<[^>]*>")


class Asked(NamedTuple):
    """A question: its words, and those of its codes."""

    text: str
    labels: Mapping[str, str] = {}


def with_questionnaire(table: Table, path: Path) -> Table:
    """The table with the words that the questionnaire at `path` has for its columns and codes.

    Raises StudyError where the file is no questionnaire, or is about none of the columns.
    """
    sizes.check(path.stat().st_size, "bytes", path.name)
    text, _, _ = decoded(path.read_bytes(), path.name, None)
    read = {".qsf": _of_qsf, ".r": _of_r, ".sps": _of_spss}.get(path.suffix.lower())
    if read is None:
        fix = "name Qualtrics' .qsf, or LimeSurvey's syntax file for R (.R) or SPSS (.sps)"
        raise StudyError(Fault("this is no questionnaire", path.name, fix=fix))
    try:
        asked = dict(read(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        problem = said("not readable as a questionnaire ({error})", error=str(error)[:200])
        raise StudyError(Fault(problem, path.name, fix="export it again")) from None
    columns, met = [], 0
    for column in table.columns:
        places = (column.header, column.name, f"#{column.position}")
        found = next((asked[folded(one)] for one in places if folded(one) in asked), None)
        met += found is not None
        if found:
            held = {"text": column.text or found.text, "labels": {**found.labels, **column.labels}}
            column = replace(column, **held)
        columns.append(column)
    if not met:
        problem = said("it asks none of the columns of {file}", file=table.file)
        raise StudyError(Fault(problem, path.name, fix="name the questionnaire of this export"))
    return replace(table, columns=tuple(columns))


def _words(markup: Any) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", str(markup or ""))).split())


def _listed(held: Any) -> dict[str, Any]:
    """Choices by their id; Qualtrics writes a list where ids are 0, 1, 2 …"""
    if isinstance(held, list):
        return {str(i): one for i, one in enumerate(held)}
    return dict(held or {})


def _of_qsf(text: str) -> Iterator[tuple[str, Asked]]:
    """Columns by their names in lower case, of the questions of a QSF file."""
    for element in json.loads(text)["SurveyElements"]:
        if element["Element"] == "SQ":
            yield from _of_question(element["Payload"])


def _of_question(held: dict) -> Iterator[tuple[str, Asked]]:
    tag, question = held["DataExportTag"], _words(held.get("QuestionText"))
    choices, answers = _listed(held.get("Choices")), _listed(held.get("Answers"))
    codes = {key: plain(code) for key, code in _listed(held.get("RecodeValues")).items()}
    tags = _listed(held.get("ChoiceDataExportTags") or {})
    ways = (str(held.get("SubSelector")), str(held.get("Selector")))
    several = ways[0] == "MultipleAnswer" or ways[1].startswith("MA")
    if held["QuestionType"] == "SBS":
        for place, one in _listed(held.get("AdditionalQuestions")).items():
            part = {**one, "DataExportTag": f"{tag}#{place}", "Choices": held.get("Choices")}
            part["QuestionText"] = f"{question} {_words(one.get('QuestionText'))}"
            yield from _of_question(part)
        return
    if held["QuestionType"] != "Matrix":
        labels = {codes.get(key, key): _words(one.get("Display")) for key, one in choices.items()}
        if not several:
            yield folded(tag), Asked(question, labels)
        # Files of before 2017 number choices, others name them by their codes.
        for code, word in (*zip(choices, labels.values(), strict=True), *labels.items()):
            if several:
                yield folded(f"{tag}_{code}"), Asked(f"{question} {word}", {"1": word})
        return
    points = {codes.get(key, key): _words(one.get("Display")) for key, one in answers.items()}
    for key, row in choices.items():
        name, words = f"{tag}_{tags.get(key) or key}", f"{question} {_words(row.get('Display'))}"
        if tags.get(key):
            yield folded(tags[key]), Asked(words, points)
        if not several:
            yield folded(name), Asked(words, points)
        for code, point in points.items() if several else ():
            yield folded(f"{name}_{code}"), Asked(f"{words} {point}", {"1": point})


_STRING = r'"((?:[^"\\]|\\.|"")*)"'


def _text(quoted: str) -> str:
    return _words(re.sub(r'\\(.)|""', lambda m: m[1] or '"', quoted))


def _of_r(text: str) -> Iterator[tuple[str, Asked]]:
    """Columns by position and by name, of LimeSurvey's syntax file for R."""
    names = dict(re.findall(rf"names\(data\)\[(\d+)\]\s*<-\s*{_STRING}", text))
    asked = dict(re.findall(rf"variable\.labels\[(\d+)\]\s*<-\s*{_STRING}", text))
    levels = {}
    pattern = r"data\[,\s*(\d+)\]\s*<-\s*factor\(.*?levels=c\((.*?)\)\s*,\s*labels=c\((.*?)\)\)"
    for place, codes, labels in re.findall(pattern, text, re.DOTALL):
        words = [_text(word) for word in re.findall(_STRING, labels)]
        numbers = [one.strip().strip('"') for one in codes.split(",")]
        levels[place] = dict(zip(numbers, words, strict=False))
    yield from _by_place(names, asked, levels)


def _of_spss(text: str) -> Iterator[tuple[str, Asked]]:
    """Columns by position and by name, of LimeSurvey's syntax file for SPSS."""
    text = text.replace("'", '"') if '"' not in text else text
    rename = r"RENAME VARIABLES?\s*\(\s*V(\d+)\s*=\s*([^\s)]+)"
    names = dict(re.findall(rename, text, re.IGNORECASE))
    asked = dict(re.findall(rf"VARIABLE LABELS\s+V(\d+)\s+{_STRING}", text, re.IGNORECASE))
    levels, values = {}, r"VALUE LABELS\s+V(\d+)\s(.*?)\.\s*(?:\n|$)"
    for place, held in re.findall(values, text, re.DOTALL | re.IGNORECASE):
        pairs = re.findall(rf'(?:"([^"]*)"|(-?\d+))\s+{_STRING}', held)
        levels[place] = {code or number: _text(word) for code, number, word in pairs}
    yield from _by_place(names, asked, levels)


def _by_place(names: dict, asked: dict, levels: dict) -> Iterator[tuple[str, Asked]]:
    for place in {**names, **asked, **levels}:
        question = Asked(_text(asked.get(place, "")), levels.get(place, {}))
        yield f"#{place}", question
        if place in names:
            yield folded(_text(names[place])), question
