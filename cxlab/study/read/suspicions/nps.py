"""An NPS that was not asked on 0 to 10: its classes are defined on no other scale, and the number
that came out would be wrong.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.answers import Answers
from cxlab.study.read.suspicions.evidence import (
    CHANCE,
    WORDS,
    counted,
    folded,
    numbers_in,
    placed,
    trimmed,
    unused,
    warning,
)

# The largest share of answers on 0 to 10 that one would still believe to lie at or below an answer.
BELIEVED = {1: 0.15, 2: 0.2, 3: 0.25, 4: 0.35, 5: 0.5, 6: 0.6, 7: 0.7}
NEIGHBOURS, ENDS = 0.85, 0.5  # of two answers, side by side or apart
LEAST = 5
MOST_CODE = 3  # of a group; 9 and 10 beside another such question are answers
MISSED_ZEROS = 4  # that none of them was given has by chance a probability of 2 %
ELSEWHERE = "ask 0 to 10, name the column that holds 0 to 10, or declare `kind: score`"


def doubtful_nps(codebook: Codebook, tables: list[Table], answers: Answers) -> Iterator[Fault]:
    """Each NPS question by what its answers show."""
    for outcome in codebook.outcomes:
        if outcome.kind != "nps" or len(outcome.columns) > 1:
            continue
        column, values = outcome.columns[0], answers.values[outcome.id, "outcome"]
        there = values[~np.isnan(values)]
        if len(there) < LEAST:
            continue
        if (where := values % 1 > 0).any():
            file, rows = placed(tables, where)
            value = f"{values[where][0]:g}"
            problem = "decimals in an NPS question: 8.5 is neither a passive nor a promoter"
            yield warning(problem, file, column, rows, value, ELSEWHERE)
        elif problem := _range(there):
            counts = pd.Series(there).astype(int).value_counts().sort_index()
            shown = ", ".join(f"{answer} ({n})" for answer, n in counts.items())
            yield warning(problem, tables[0].file, column, (), shown, ELSEWHERE)


def _range(values: np.ndarray) -> str:
    """Why these whole answers were hardly given on 0 to 10; "" where they may have been."""
    n, low, high = len(values), int(values.min()), int(values.max())
    distinct = len(np.unique(values))
    if distinct == 2:
        believed = min(BELIEVED.get(high, 1), NEIGHBOURS if high - low == 1 else ENDS)
        template = "all {n} answers to an NPS question are {low} or {high}: was it a yes or no?"
    elif high == 3 and low == 1:
        believed = BELIEVED[high]
        template = "all {n} answers to an NPS question are 1 to 3: are they groups, or smileys?"
    else:
        believed = BELIEVED.get(high, 1)
        template = (
            "all {n} answers to an NPS question are {low} to {high}: was it asked on 0 to 10?"
        )
    if distinct > 1 and believed**n < CHANCE:
        return said(template, n=n, low=low, high=high)
    ones, twos, threes, fours = ((values == answer).sum() for answer in (1, 2, 3, 4))
    # Answers on 0 to 10 thin out from 1 to 0 no faster than from 2 to 1, or heap at 0.
    thinning = min(1, ones / max(twos, 1), (ones + twos) / max(threes + fours, 1))
    if low == 1 and high > 8 and (zeros := ones * thinning) >= MISSED_ZEROS:
        return said(
            "nobody of {n} answered 0 to an NPS question, and {ones} answered 1 (about {zeros:.0f}"
            " zeros were to be expected): was it asked on 1 to 10?",
            n=n,
            ones=ones,
            zeros=zeros,
        )
    return ""


def nps_groups(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """NPS columns that hold the group of each respondent, with the column that it was made from:
    the number that came out would be wrong for sure.
    """
    for outcome in codebook.outcomes:
        (column, *more) = outcome.columns
        for table in tables if outcome.kind == "nps" and not more else ():
            if column not in table.frame or table.frame[column].iloc[:1000].nunique() > 4:
                continue
            cells = trimmed(table.frame[column])
            levels = {folded(level) for level in cells.unique()} - {""}
            words = len(levels) > 1 and levels <= {*WORDS["nps_groups"]}
            small = numbers_in(cells, table)
            if not words and np.isin(small, range(MOST_CODE + 1, 11)).any():
                continue
            asked = [one for one in unused(codebook, table) if _made_from(table, one, cells)]
            if words or asked:
                yield Fault(
                    "this is the NPS group of each respondent (detractor, passive or promoter), not"
                    " the answer on 0 to 10",
                    table.file,
                    column,
                    value=counted(cells[cells != ""]),
                    fix=said("name the column of the question: {columns}", columns=", ".join(asked))
                    if asked
                    else "export the question itself, answered on 0 to 10",
                )


def _made_from(table: Table, column: str, groups: pd.Series) -> bool:
    """Whether a column holds answers on 0 to 10, of which these are the groups."""
    if table.frame[column].iloc[:1000].nunique() > 13:
        return False
    numbers = numbers_in(table.frame[column], table)
    both = ~np.isnan(numbers) & (groups != "").to_numpy()
    answers, groups = numbers[both], groups[both]
    if len(answers) < LEAST or not np.isin(answers, range(11)).all() or answers.max() < 9:
        return False
    # 0–6, 7–8 and 9–10 each have one word, and more than one word is there.
    classes = groups.groupby(np.digitize(answers, [7, 9])).nunique()
    return len(np.unique(answers)) > 3 and groups.nunique() > 1 and bool((classes == 1).all())
