"""Questionnaires with their logic in expressions: XLSForm of Kobo and ODK (a workbook with sheets
`survey` and `choices`), LimeSurvey's structure as .lss and as tabbed text.
"""

from __future__ import annotations

import csv
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


class Part(NamedTuple):
    """A question: the names that its column may have, its words, those of its codes, and the
    expressions behind which it is asked, the outer ones first. `several`: of which several answers
    may be given; `names[0]` is that of expressions.
    """

    names: tuple[str, ...]
    text: str
    labels: Mapping[str, str]
    asked_if: tuple[str, ...]
    several: bool = False


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
    except (ValueError, TypeError, KeyError, AttributeError, ElementTree.ParseError) as error:
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
        kind, name = (
            re.sub(r"\s+|_(?=group|repeat)", " ", row.get("type", "").strip()),
            row.get("name", ""),
        )
        if kind in ("begin group", "begin repeat"):
            outer.append((name, row.get("relevant", "")))
        elif kind in ("end group", "end repeat"):
            outer = outer[:-1]
        elif name:
            whole = "/".join([*(one for one, _ in outer if one), name])
            asked_if = [*(held for _, held in outer), row.get("relevant", "")]
            listed = words.get(kind.split(" ")[1]) if " " in kind else None
            several = kind.startswith(("select_multiple", "select multiple"))
            names, text = (name, whole, _label(row)), _label(row)
            yield Part(names, text, listed or {}, tuple(filter(None, asked_if)), several)


def _label(row: Mapping[str, str]) -> str:
    """The words in the first of the languages."""
    return next((row[key] for key in row if key.split("::")[0] == "label" and row[key]), "")


def _rows(path: Path, sheet: str) -> Rows:
    table = read_table(Responses(file=path.name, sheet=sheet, header_rows=1, skip_rows=0), path)
    names = [unaccented(one.header) for one in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.frame.fillna("").to_numpy()]


def _of_structure(text: str) -> list[Part]:
    """LimeSurvey's tabbed text: groups, questions, subquestions and answers below each other."""
    group, question = "", None
    held: list[Part] = []
    rows = [*csv.DictReader(text.splitlines(), delimiter="\t")]
    if not rows or not {"class", "relevance"} <= rows[0].keys():
        return held
    for row in rows:
        kind, name = row["class"], row.get("name") or ""
        text, relevance = _words(row.get("text")), _relevance(row["relevance"])
        if kind == "G":
            group = relevance
        elif kind == "Q":
            question = Part((name,), text, {}, tuple(filter(None, (group, relevance))))
            held.append(question._replace(labels={}))
        elif kind == "SQ" and question:
            held.append(_below(question, name, text, relevance))
        elif kind == "A" and question:
            for one in held:
                if one.names[0].split("_")[0] == question.names[0]:
                    one.labels[name] = text
    return held


def _below(question: Part, name: str, text: str, relevance: str) -> Part:
    whole = f"{question.names[0]}_{name}"
    asked_if = (*question.asked_if, *filter(None, [relevance]))
    return Part((whole,), f"{question.text} [{text}]", {}, asked_if)


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
    parts: dict[str, Part] = {}
    for row in (*tables.get("questions", ()), *tables.get("subquestions", ())):
        key, outer = row["qid"], parts.get(row.get("parent_qid", "0"))
        text = _words(row.get("question") or words.get(key, ""))
        relevance = _relevance(row.get("relevance"))
        if key in parts:
            continue
        if outer:
            parts[key] = _below(outer, row["title"], text, relevance)._replace(labels=outer.labels)
        else:
            # Older expressions name a question by the ids of survey, group and question.
            names = row["title"], f"{row.get('sid')}X{row['gid']}X{key}"
            asked_if = filter(None, (groups.get(row["gid"], ""), relevance))
            parts[key] = Part(names, text, labels[key], tuple(asked_if))
    return [*parts.values()]


def _words(markup: str | None) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", markup or "").split())


def _relevance(text: str | None) -> str:
    return "" if folded(text or "1") in ("", "1") else text
