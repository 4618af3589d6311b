"""Whom a questionnaire asks, as keys of a filter of study.yml: the expressions of XLSForm
(`${q1} = 'yes' and selected(${q2}, 'a')`) and of LimeSurvey (`Q1.NAOK == "Y" || Q2 > 3`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from cxlab.data_files import read_data
from cxlab.study.codebook.normal import number_of

Rule = Mapping[str, Any] | None  # the keys of a filter; None where none says it
_LOGIC = read_data("study.exports", "tools.yml")["logic"]
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*'|-?\d+(?:\.\d+)?(?![\w.]))"""
    r"""|(?P<name>\$\{[^}]+\}|[A-Za-z\d][\w.-]*)|(?P<mark>\|\||&&|[!=<>]=|[=<>!(),]))"""
)
_SAME = {"||": "or", "&&": "and", "==": "=", "eq": "=", "ne": "!="}
_SAME |= {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_TURNED = {"=": "=", "!=": "!=", ">": "<", "<": ">", ">=": "<=", "<=": ">="}
_TIGHTEST = {"at_least": max, "at_most": min}


def one_of(rules: Sequence[Rule], key: str) -> Rule:
    """Several rules as one: all hold with the key `not_in`, one of them with `in`. None too where
    nobody is within the bounds.
    """
    if None in rules or len({rule["column"] for rule in rules}) != 1:
        return None
    whole = dict(chain(*(rule.items() for rule in rules)))
    named = [rule.get(key) for rule in rules]
    if all(named):
        return whole | {key: [*dict.fromkeys(chain(*named))]}
    if key == "not_in" and whole.keys() <= {"column", *_TIGHTEST}:
        for bound in whole.keys() & _TIGHTEST.keys():
            whole[bound] = _TIGHTEST[bound](rule[bound] for rule in rules if bound in rule)
        return whole if whole.get("at_least", -math.inf) <= whole.get("at_most", math.inf) else None
    return whole if all(rule == whole for rule in rules) else None


def compared(column: str | None, operator: str, value: str, is_whole: bool) -> Rule:
    """The answers in a column compared with a value. More or less than it is a bound only of whole
    numbers (codes of a choice, an integer question): the next of them. Bounds of a filter are
    within it, so that none says it of other numbers.
    """
    key, step = _LOGIC["operators"].get(operator, ("", None))
    if not column or not key:
        return None
    if step is None:
        return {"column": column, key: [value]}
    number = number_of(value)
    if not math.isfinite(number) or step and not is_whole:
        return None
    if step:
        number = math.floor(number) + 1 if step > 0 else math.ceil(number) - 1
    return {"column": column, key: int(number) if number == int(number) else number}


class UnsaidError(ValueError):
    """What no filter says."""


class _Expression:
    """An expression that is read from the left, part by part."""

    def __init__(self, text: str, column_of: Callable, value_of: Callable) -> None:
        self.column_of, self.value_of = column_of, value_of
        self.parts: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if not found:
                raise UnsaidError
            at, kind = found.end(), found.lastgroup
            part = found[kind]
            self.parts.append((kind, _SAME.get(part.lower(), part)))
        self.parts = self.parts[::-1]

    def next_is(self, *words: str) -> bool:
        """Whether one of these comes next, which is then read."""
        is_next = (
            bool(self.parts) and self.parts[-1][0] != "text" and self.parts[-1][1].lower() in words
        )
        if is_next:
            self.parts.pop()
        return is_next

    def wanted(self, word: str) -> None:
        if not self.next_is(word):
            raise UnsaidError

    def whole(self) -> Rule:
        rules = [self.every()]
        while self.next_is("or"):
            rules.append(self.every())
        return one_of(rules, "in")

    def every(self) -> Rule:
        rules = [self.one()]
        while self.next_is("and"):
            rules.append(self.one())
        return one_of(rules, "not_in")

    def one(self) -> Rule:
        if self.next_is("not", "!"):
            self.wanted("(")  # ! before a name is about this name alone
            rule = self.whole()
            self.wanted(")")
            return _not(rule)
        if self.next_is("("):
            rule = self.whole()
            self.wanted(")")
            return rule
        if self.next_is("selected"):
            self.wanted("(")
            name = self.operand()
            self.wanted(",")
            value = self.operand()
            self.wanted(")")
            return self._compared(name, "selected", value)
        one, operator, other = self.operand(), self.parts.pop()[1], self.operand()
        if one[0] == "text":
            one, operator, other = other, _TURNED.get(operator, ""), one
        return self._compared(one, operator, other)

    def operand(self) -> tuple[str, str]:
        kind, part = self.parts.pop()
        if kind == "mark":
            raise UnsaidError
        if kind == "name":  # the ways of LimeSurvey to name the code that was answered
            return kind, re.sub(r"\.(NAOK|code)$", "", part.strip("${}"))
        if part[0] in "\"'":
            return kind, part[1:-1]
        return kind, f"{number_of(part):.15g}"  # 3.0 is 3

    def _compared(self, name: tuple[str, str], operator: str, value: tuple[str, str]) -> Rule:
        column = self.column_of(name[1])
        if name[0] != "name" or value[0] != "text" or not value[1] or not column:
            raise UnsaidError
        held, is_listed, is_whole = self.value_of(column, name[1], value[1])
        if is_listed:  # equal is what was chosen alone
            return {"column": column, "holds": held} if operator == "selected" else None
        operator = "=" if operator == "selected" else operator
        if operator not in ("=", "!=") and held != value[1]:
            raise UnsaidError  # words have no order
        return compared(column, operator, held, is_whole)


def _not(rule: Rule) -> Rule:
    turned = {"in": "not_in", "not_in": "in"}
    if rule is None or not rule.keys() & turned.keys():
        return None
    return {turned.get(key, key): held for key, held in rule.items()}


def rule_of(text: str, column_of: Callable, value_of: Callable) -> Rule:
    """An expression as a rule. `column_of` gives the column of a name, or None; `value_of`, of a
    column, a name and a code, what stands in the cells for it, whether these list several, and
    whether their numbers are whole.
    """
    try:
        expression = _Expression(text, column_of, value_of)
        rule = expression.whole()
    except (UnsaidError, IndexError, RecursionError):
        return None
    return None if expression.parts else rule
