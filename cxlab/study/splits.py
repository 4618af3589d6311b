"""Splits that are combined: respondents by wave and plan at once are a split like any other, named
by both and with levels of both.
"""

from itertools import product
from typing import Any

import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.glossary import CROSS
from cxlab.study.codebook.schema import PROBLEM
from cxlab.study.steps import problem_levels

NO_SPLIT = "by={by!r}: this study declares no such split; it has: {known}"


def crossed(by: Any) -> Any:
    """One name for a split, of several (a list of names) their combination: "wave × plan"."""
    listed = isinstance(by, (list, tuple)) and by and all(isinstance(one, str) for one in by)
    return CROSS.join(dict.fromkeys(by)) if listed else by


def is_crossed(by: Any) -> bool:
    return isinstance(by, str) and CROSS in by


def grouped(study: Any, by: str) -> pd.Series:
    """The variable that a single split is made of. Raises ModelError for a name that is none."""
    book = study.codebook
    if by == PROBLEM and book.problems:
        return problem_levels(study)
    named = {key: getattr(book, key) for key in ("wave", "account") if getattr(book, key)}
    if (column := named.get(by, by)) in {*named.values(), *book.segments}:
        return study.column(column)
    known = ", ".join(book.splits) or "none"
    if by in ("wave", PROBLEM):
        raise NotAskedError(NO_SPLIT, by=by, known=known)
    raise ModelError(NO_SPLIT, by=by, known=known)


def crossed_groups(study: Any, by: str) -> pd.Series:
    """The combination that each respondent belongs to, None where one of them is unknown."""
    first, *others = map(study.group, by.split(CROSS))
    return first.str.cat(others, sep=CROSS).rename(by)


def crossed_levels(study: Any, by: str) -> list[str]:
    """The combinations that there are, in the order of the first split, then of the others."""
    there = set(study.group(by).dropna())
    each = product(*map(study.levels, by.split(CROSS)))
    return [level for level in map(CROSS.join, each) if level in there]
