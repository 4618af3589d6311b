"""Whom a questionnaire asks what: display logic, skips and branches of a QSF file, expressions of a
form, as far as one filter of study.yml can say them. The rest stays in the questionnaire's own
words, for a person to decide.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from cxlab.data_files import read_data
from cxlab.study.codebook.normal import number_of, plain
from cxlab.study.exports.forms import Part, form_of, parsed
from cxlab.study.exports.headers import folded
from cxlab.study.exports.logic import Rule, compared, one_of, rule_of
from cxlab.study.exports.questionnaire import (
    Asked,
    listed,
    of_columns,
    of_form,
    of_qsf,
    unmarked,
)
from cxlab.study.exports.table import Condition, Table

_LOGIC = read_data("study.exports", "tools.yml")["logic"]


def with_routing(table: Table, path: Path) -> Table:
    """The table whose columns know what the QSF file or the form at `path` asks them behind; no
    other questionnaire tells it. Raises StudyError where the file cannot be read.
    """
    if path.suffix.lower() == ".qsf":
        return parsed(path, lambda text: _routed(table, _Survey(table, text).before()))
    return _routed(table, _before(table, form_of(path)))


def _before(table: Table, parts: Sequence[Part]) -> dict[str, list[Condition]]:
    """The expressions of a form before each column."""
    asked = of_columns(table, of_form(parts))
    columns = {one.place[0]: name for name, one in asked.items()}
    known = {name: part for part in parts for name in part.names}

    def column_of(name: str) -> str | None:
        part = known.get(name)
        return columns.get(part.names[0]) if part else None

    def value_of(column: str, name: str, code: str) -> tuple[str, bool, bool]:
        part, cells = known[name], {*table.frame[column].str.strip()}
        words = (code, part.labels.get(code, code), *_LOGIC["words"].get(code, ()))
        listed = table.frame[column].str.contains(words[1], regex=False, na=False).any()
        held = next((word for word in words if word in cells), words[bool(listed)])
        is_whole = part.is_whole and not any(number_of(one) % 1 > 0 for one in part.labels)
        return held, part.several, is_whole

    return {
        columns[part.names[0]]: [
            Condition(text, rule_of(text, column_of, value_of)) for text in part.asked_if
        ]
        for part in parts
        if part.names[0] in columns
    }


def _routed(table: Table, before: Mapping[str, Sequence[Condition]]) -> Table:
    """The table whose columns know what they stand behind, as one; and the ends of the
    questionnaire.
    """
    found = []
    for column in table.columns:
        held = before.get(column.name, [])
        # Who gave an answer was asked: what that question stands behind goes without saying.
        given = [one.rule["column"] for one in held if one.rule and "not_in" not in one.rule]
        known = [*chain(*(before.get(one, ()) for one in given))]
        every = [one for one in held if not one.is_end]
        asked = [one for one in every if one not in known] or every
        words = "; ".join(dict.fromkeys(one.words for one in asked))
        whole = [Condition(words, one_of([one.rule for one in asked], "not_in"))]
        ends = [one for one in held if one.is_end]
        found.append(replace(column, asked_if=(*whole[: len(asked)], *ends)))
    return replace(table, columns=tuple(found))


def _parts(held: Any) -> list[Mapping]:
    return [one for one in listed(held).values() if isinstance(one, Mapping)]


def _told(one: Mapping) -> str:
    """An expression in the questionnaire's words."""
    return unmarked(one.get("Description") or f"{one.get('LeftOperand')} {one.get('Operator')}")


class _Survey:
    """What the columns of a table ask, and what stands before it in the flow of a QSF file."""

    def __init__(self, table: Table, text: str) -> None:
        self.asked, self.frame = of_columns(table, of_qsf(text)), table.frame
        # Of a question that is asked again and again no column is the one that is meant.
        times = Counter(asked.place for asked in self.asked.values())
        self.columns = {one.place: name for name, one in self.asked.items() if times[one.place] < 2}
        held = {one["Element"]: one["Payload"] for one in json.loads(text)["SurveyElements"]}
        self.blocks = {one.get("ID"): one for one in _parts(held.get("BL"))}
        self.ended: list[Condition] = []
        # Of each question, the conditions at every place where it stands.
        self.ways: dict[str, list[list[Condition]]] = defaultdict(list)
        self._walk(held.get("FL") or {}, [])

    def _walk(self, node: Mapping, outer: list[Condition]) -> None:
        """Follow the flow from a node."""
        kind, nodes = node.get("Type"), _parts(node.get("Flow"))
        count = int(node.get("SubSet") or len(nodes))
        block, skips = self.blocks.get(node.get("ID"), {}), {}
        looping = (block.get("Options") or {}).get("Looping", "None")
        if kind == "Branch":
            outer = [*outer, self._condition(node.get("BranchLogic"))]
        elif kind == "EndSurvey":
            self.ended += [one._replace(is_end=True) for one in outer]
        elif count < len(nodes) or looping != "None":
            outer = [*outer, Condition(f"{kind} {count}/{len(nodes)}" if nodes else "Loop & Merge")]
        for one in _parts(block.get("BlockElements")):
            key = one.get("QuestionID")
            skips.pop(key, None)
            self.ways[key].append([*outer, *self.ended, *chain(*skips.values())])
            for skip in _parts(one.get("SkipLogic")):
                rule, to = self._rule(skip) or {}, skip.get("SkipToDestination")
                rest = {"column": rule["column"], "not_in": rule["in"]} if "in" in rule else None
                condition = Condition(_told(skip), rest, to == "ENDOFSURVEY")
                (self.ended if condition.is_end else skips.setdefault(to, [])).append(condition)
        for one in nodes:
            self._walk(one, outer)

    def before(self) -> dict[str, list[Condition]]:
        """What stands before each column."""
        return {name: [*self._before(asked)] for name, asked in self.asked.items()}

    def _before(self, asked: Asked) -> Iterator[Condition]:
        ways = self.ways.get(asked.place[0].partition("#")[0], [[]])
        if len(ways) > 1 and all(ways):
            yield Condition(" / ".join(one.words for one in chain(*ways)))
        elif len(ways) == 1:
            yield from ways[0]
        yield from map(self._condition, asked.shown_if)

    def _condition(self, logic: Any) -> Condition:
        """A boolean expression; one of And and Or together has no rule."""
        each = [(one, group) for group in _parts(logic) for one in _parts(group)]
        joints = {str(one.get("Conjuction") or group.get("Type"))[:2] for one, group in each[1:]}
        rules = [self._rule(one) for one, _ in each]
        rule = one_of(rules, "in" if joints == {"Or"} else "not_in") if len(joints) < 2 else None
        return Condition(" ".join(_told(one) for one, _ in each), rule)

    def _rule(self, one: Mapping) -> Rule:
        place = str(one.get("LeftOperand") or one.get("ChoiceLocator"))
        operator = one.get("Operator") or one.get("Condition")
        value = plain(one.get("RightOperand"))
        if one.get("LogicType") == "EmbeddedField":
            names = (name for name in self.frame if folded(name) == folded(place))
            return self._compared(next(names, None), operator, value)
        key, kind, *path = *place.split("/")[2:], "", ""
        path = (key, *filter(None, path))
        if kind == "SelectableChoice":
            return self._chosen(path, operator)
        column = self.columns.get(path) if kind in _LOGIC["kinds"] else None
        return self._compared(column, operator, value)

    def _compared(self, column: str | None, operator: str, value: str) -> Rule:
        cells = self.frame[column].fillna("").unique() if column else ()
        is_whole = all(number_of(one).is_integer() or not re.search(r"\d", one) for one in cells)
        return compared(column, operator, value, is_whole)

    def _chosen(self, path: tuple[str, ...], operator: str) -> Rule:
        """A choice, or the point of a row, as the file writes it: by its code or in words."""
        column = self.columns.get(path) or self.columns.get(path[:-1])
        asked = self.asked.get(column, Asked(""))
        value, word = asked.choices.get("") or asked.choices.get(path[-1]) or ("", "")
        if word and not word.isdecimal():
            in_words = self.frame[column].str.contains(word, regex=False, na=False).any()
            value = word if in_words else value
        if asked.labels and value:
            return compared(column, operator, value, True)
        return {"column": column, "holds": value} if value and operator == "Selected" else None
