"""Questionnaires with their logic in expressions: XLSForm of Kobo and ODK (a workbook with sheets
`survey` and `choices`), LimeSurvey's structure as .lss and as tabbed text.
"""

from __future__ import annotations

import csv
import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from cxlab.errors import Fault, StudyError, said
from cxlab.study import sizes
from cxlab.study.codebook.row_keys import Responses
from cxlab.study.exports.encodings import decoded
from cxlab.study.exports.headers import folded, unaccented
from cxlab.study.read.files import read_table

Rows = list[Mapping[str, str]]
_LISTED = re.compile(r"(?:select[_ ](one|multiple)(?:_from_file)?|rank) (\S+)")
_RELEVANT = ("relevant", "relevance", "bind::relevant", "bind:relevant")
# LimeSurvey's types whose answers are text, dates, files or several numbers, or of any number.
_NOT_WHOLE = {*"KNQSTUD|*X;:"}


class Part(NamedTuple):
    """A question: the names that its column may have, its words, those of its codes, and the
    expressions behind which it is asked, the outer ones first. `several`: of which several answers
    may be given; `is_whole`: whose answers are whole numbers, where they are numbers, as far as its
    kind tells. `names[0]` is that of expressions.
    """

    names: tuple[str, ...]
    text: str
    labels: Mapping[str, str]
    asked_if: tuple[str, ...]
    several: bool = False
    is_whole: bool = False


def form_of(path: Path) -> list[Part]:
    """The questions of the form at `path`; none where it is no form."""
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm", ".xls"):
        return [*_of_xlsform(path)]
    if suffix not in (".lss", ".txt", ".tsv"):
        return []
    return parsed(path, _of_lss if suffix == ".lss" else _of_structure)


def parsed(path: Path, read: Callable[[str], Any]) -> Any:
    """What `read` makes of the text of a questionnaire. Raises StudyError where it cannot."""
    sizes.check(path.stat().st_size, "bytes", path.name)
    text, _, _ = decoded(path.read_bytes(), path.name, None)
    try:
        return read(text)
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        csv.Error,
        ElementTree.ParseError,
    ) as error:
        problem = said("not readable as a questionnaire ({error})", error=str(error)[:200])
        raise StudyError(Fault(problem, path.name, fix="export it again")) from None


def _of_xlsform(path: Path) -> Iterator[Part]:
    try:
        survey, choices = (_rows(path, sheet) for sheet in ("survey", "choices"))
    except StudyError:
        return
    words: dict[str, dict[str, str]] = defaultdict(dict)
    for row in choices:
        words[row.get("list_name") or row.get("list name", "")][row.get("name", "")] = _label(row)
    outer: list[tuple[str, str]] = []
    for row in survey:
        kind, name = " ".join(row.get("type", "").split()), row.get("name", "")
        kind = re.sub(r"^(begin|end)_", r"\1 ", kind)
        relevant = next((row[key] for key in _RELEVANT if row.get(key)), "")
        if kind in ("begin group", "begin repeat"):
            outer.append((name, relevant))
        elif kind in ("end group", "end repeat"):
            outer = outer[:-1]
        elif name:
            whole = "/".join([*(one for one, _ in outer if one), name])
            asked_if = [*(held for _, held in outer), relevant]
            listed = _LISTED.match(kind)
            labels = words.get(listed[2], {}) if listed else {}
            several = bool(listed) and listed[1] != "one"
            is_whole = kind in ("integer", "int") or bool(listed)
            behind = tuple(filter(None, asked_if))
            yield Part((name, whole), _label(row), labels, behind, several, is_whole)


def _label(row: Mapping[str, str]) -> str:
    """The words in the first of the languages."""
    return next((row[key] for key in row if key.split(":")[0].strip() == "label" and row[key]), "")


def _rows(path: Path, sheet: str) -> Rows:
    table = read_table(Responses(file=path.name, sheet=sheet, header_rows=1, skip_rows=0), path)
    names = [unaccented(one.header) for one in table.columns]
    rows = table.frame.fillna("").to_numpy()
    return [dict(zip(names, map(str.strip, row), strict=True)) for row in rows]


def _of_structure(text: str) -> list[Part]:
    """LimeSurvey's tabbed text: groups, questions, subquestions and answers below each other."""
    group, question = "", None
    held: list[Part] = []
    rows = csv.DictReader(text.splitlines(keepends=True), delimiter="\t")
    if not {"class", "relevance"} <= {*(rows.fieldnames or ())}:
        return held
    language = None
    for row in rows:
        kind, name = row["class"], row.get("name") or ""
        # The rows come again in each other language.
        if kind == "G" and language is None:
            language = row.get("language")
        if language is not None and row.get("language") != language:
            continue
        text, relevance = _words(row.get("text")), _relevance(row["relevance"])
        if kind == "G":
            group = relevance
        elif kind == "Q":
            is_whole = _is_whole(row.get("type/scale"), row.get("num_value_int_only"))
            behind = tuple(filter(None, (group, relevance)))
            question = Part((name,), text, {}, behind, is_whole=is_whole)
            held.append(question)
        elif kind == "SQ" and question:
            held.append(_below(question, name, text, relevance))
        elif kind == "A" and question:
            question.labels.setdefault(name, text)  # those of a second scale come after
    return held


def _is_whole(kind: str | None, only: str | None) -> bool:
    return bool(kind) and (kind not in _NOT_WHOLE or (kind in "KN" and only in ("1", "Y")))


def _below(question: Part, name: str, text: str, relevance: str) -> Part:
    whole = f"{question.names[0]}_{name}"
    asked_if = (*question.asked_if, *filter(None, [relevance]))
    words = f"{question.text} [{text}]"
    return question._replace(names=(whole,), text=words, asked_if=asked_if)


def _of_lss(text: str) -> list[Part]:
    """LimeSurvey's XML: tables of rows, words in tables of their own since version 4."""
    if "<!ENTITY" in text:
        raise ValueError("it declares entities")
    root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    tables = {
        table.tag: [{cell.tag: cell.text or "" for cell in row} for row in table.iter("row")]
        for table in root
    }
    groups = {row["gid"]: _relevance(row.get("grelevance")) for row in tables.get("groups", ())}
    words = {row["qid"]: row["question"] for row in tables.get("question_l10ns", ())[::-1]}
    answers = {row["aid"]: row["answer"] for row in tables.get("answer_l10ns", ())[::-1]}
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    for row in tables.get("answers", ()):
        word = row.get("answer") or answers.get(row.get("aid", ""), "")
        labels[row["qid"]].setdefault(row["code"], _words(word))
    only = {
        row.get("qid"): row.get("value")
        for row in tables.get("question_attributes", ())
        if row.get("attribute") == "num_value_int_only"
    }
    parts: dict[str, Part] = {}
    for row in (*tables.get("questions", ()), *tables.get("subquestions", ())):
        key, outer = row["qid"], parts.get(row.get("parent_qid", "0"))
        text = _words(row.get("question") or words.get(key, ""))
        relevance = _relevance(row.get("relevance"))
        if key in parts:
            continue
        if outer:
            parts[key] = _below(outer, row["title"], text, relevance)
        else:
            # Older expressions name a question by the ids of survey, group and question.
            names = row["title"], f"{row.get('sid')}X{row['gid']}X{key}"
            asked_if = filter(None, (groups.get(row["gid"], ""), relevance))
            is_whole = _is_whole(row.get("type"), only.get(key))
            parts[key] = Part(names, text, labels[key], tuple(asked_if), is_whole=is_whole)
    return [*parts.values()]


def _words(markup: str | None) -> str:
    return " ".join(html.unescape(re.sub(r"</?[A-Za-z!][^>]*>", " ", markup or "")).split())


def _relevance(text: str | None) -> str:
    return "" if folded(text or "1") in ("", "1") else text
