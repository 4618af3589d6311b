"""Splits that are combined: respondents by wave and plan at once are a split like any other, named
by both and with levels of both.
"""

from itertools import product
from typing import Any

import pandas as pd

from cxlab.glossary import CROSS


def crossed(by: Any) -> Any:
    """One name for a split, of several (a list of names) their combination: "wave × plan"."""
    listed = isinstance(by, (list, tuple)) and by and all(isinstance(one, str) for one in by)
    return CROSS.join(dict.fromkeys(by)) if listed else by


def is_crossed(by: Any) -> bool:
    return isinstance(by, str) and CROSS in by


def crossed_groups(study: Any, by: str) -> pd.Series:
    """The combination that each respondent belongs to, None where one of them is unknown."""
    first, *others = map(study.group, by.split(CROSS))
    return first.str.cat(others, sep=CROSS).rename(by)


def crossed_levels(study: Any, by: str) -> list[str]:
    """The combinations that there are, in the order of the first split, then of the others."""
    there = set(study.group(by).dropna())
    each = product(*map(study.levels, by.split(CROSS)))
    return [level for level in map(CROSS.join, each) if level in there]
