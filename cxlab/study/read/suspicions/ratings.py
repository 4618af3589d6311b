"""Ratings that are not what is declared: an NPS that was not asked on 0 to 10, whose classes are
defined on no other scale; a 0 beside the answers 1 to 5; and weights that leave a result to few.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.normal import number_of
from cxlab.study.exports.headers import unaccented
from cxlab.study.exports.table import Table
from cxlab.study.read.cells import trimmed
from cxlab.study.read.suspicions.evidence import (
    CHANCE,
    WORDS,
    Seen,
    counted,
    numbers_in,
)

# The largest share of answers on 0 to 10 that one would still believe to lie at or below an answer.
BELIEVED = {1: 0.15, 2: 0.2, 3: 0.25, 4: 0.35, 5: 0.5, 6: 0.6, 7: 0.7}
NEIGHBOURS, ENDS = 0.85, 0.5  # of two answers, side by side or apart
LEAST = 5
MANY = 200  # answers, none of which is at the end of a scale of few points
MOST_CODE = 3  # of a group; 9 and 10 beside another such question are answers
MISSED_ZEROS = 4  # that none of them was given has by chance a probability of 2 %
ELSEWHERE = "ask 0 to 10, name the column that holds 0 to 10, or declare `kind: score`"
LONGEST = 7  # a scale of 0 to 10 has its 0 by right
FEW_ZEROS, ENOUGH = 0.005, 20
# A weight of this share of the sum, that is so many times the mean, dominates; so do few weights
# where the sample counts as less than this share of it.
SHARE, TIMES, EFFICIENCY = 0.05, 6, 0.25


def doubtful_nps(seen: Seen) -> Iterator[Fault]:
    """Each NPS question by what its answers show."""
    for outcome in seen.codebook.outcomes:
        values = seen.answers.values[outcome.id, "outcome"]
        there = values[~np.isnan(values)]
        if outcome.kind != "nps" or len(outcome.columns) > 1 or len(there) < LEAST:
            continue
        (column,) = outcome.columns
        if (where := values % 1 > 0).any():
            problem = "decimals in an NPS question: 8.5 is neither a passive nor a promoter"
            yield seen.warning(problem, where, column, f"{values[where][0]:g}", ELSEWHERE)
        elif problem := _range(there):
            counts = pd.Series(there).astype(int).value_counts().sort_index()
            shown = ", ".join(f"{answer} ({n})" for answer, n in counts.items())
            yield seen.warning(problem, where, column, shown, ELSEWHERE)


def _range(values: np.ndarray) -> str:
    """Why these whole answers were hardly given on 0 to 10; "" where they may have been."""
    n, low, high = len(values), int(values.min()), int(values.max())
    distinct, believed = len(np.unique(values)), BELIEVED.get(high, 1)
    template = "all {n} answers to an NPS question are {low} to {high}: was it asked on 0 to 10?"
    if distinct == 2:
        believed = min(believed, NEIGHBOURS if high - low == 1 else ENDS)
        template = "all {n} answers to an NPS question are {low} or {high}: was it a yes or no?"
    elif (low, high) == (1, 3):
        template = "all {n} answers to an NPS question are 1 to 3: are they groups, or smileys?"
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


def nps_groups(seen: Seen) -> Iterator[Fault]:
    """NPS columns that hold the group of each respondent, with the column that it was made from:
    the number that came out would be wrong for sure.
    """
    asked = [one.columns[0] for one in seen.codebook.outcomes if one.kind == "nps"]
    for column, table in product(asked, seen.tables):
        if column not in table.frame or table.frame[column].iloc[:1000].nunique() > 4:
            continue
        cells = trimmed(table.frame[column])
        levels = {*map(unaccented, cells.unique())} - {""}
        words = len(levels) > 1 and levels <= {*WORDS["nps_groups"]}
        if not words and np.isin(numbers_in(cells, table), range(MOST_CODE + 1, 11)).any():
            continue
        sources = [one for one in seen.unused(table) if _made_from(table, one, cells)]
        if words or sources:
            problem = (
                "this is the NPS group of each respondent (detractor, passive or promoter), not"
                " the answer on 0 to 10"
            )
            named = said("name the column of the question: {columns}", columns=", ".join(sources))
            fix = named if sources else "export the question itself, answered on 0 to 10"
            yield table.fault(problem, None, column, counted(cells[cells != ""]), fix)


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


def doubtful_zeros(seen: Seen) -> Iterator[Fault]:
    """Zeros that are declared a rating and are few, or declared no answer and go with the lowest
    outcome.
    """
    codebook, answers, main = seen.codebook, seen.answers, seen.codebook.main_outcome
    outcome = answers.values.get((main, "outcome"))
    on_zero: dict[float, dict[str, np.ndarray]] = defaultdict(dict)
    for item in codebook.items:
        for role, (column, *more) in item.questions.items():
            scale, values = codebook.scale_of(item, role), answers.values[item.id, role]
            if more or item.id == main:
                continue
            declared = map(number_of, (*scale.not_used, *scale.no_answer))
            if scale.min == 0 and 2 < scale.max <= LONGEST:
                on_zero[scale.max][column] = values
            elif scale.min == 1 and outcome is not None and 0 in declared:
                zeros = trimmed(answers.text[column]).eq("0").to_numpy()
                if problem := _low(outcome[zeros], outcome[values <= 2]):
                    fix = "if it is, declare `min: 0` and take the 0 out of the missing codes"
                    yield seen.warning(problem, column=column, fix=fix)
    for most, by_column in on_zero.items():
        yield from _few(seen, pd.DataFrame(by_column), most)


def unused_ends(seen: Seen) -> Iterator[Fault]:
    """Scales of few points whose end nobody of very many answered: it was hardly asked."""
    on: dict[tuple[float, float], dict[str, np.ndarray]] = defaultdict(dict)
    for item in seen.codebook.items:
        for role, (column, *more) in item.questions.items():
            scale = seen.codebook.scale_of(item, role)
            if not more and scale.whole and 1 < scale.max - scale.min <= LONGEST:
                on[scale.min, scale.max][column] = seen.answers.values[item.id, role]
    for (least, most), by_column in on.items():
        values = pd.DataFrame(by_column)
        n, low, high = int(values.count().sum()), values.min().min(), values.max().max()
        if n >= MANY and (high < most or low > least == 0):
            problem = said(
                "all {n} answers on the scale {least:g}–{most:g} are {low:g} to {high:g}: was it"
                " asked so?",
                n=n,
                least=least,
                most=most,
                low=low,
                high=high,
            )
            columns = ", ".join([*by_column][:3]) + " …" * (len(by_column) > 3)
            fix = "declare the `min` and `max` that were asked"
            yield seen.warning(problem, column=columns, fix=fix)


def _few(seen: Seen, values: pd.DataFrame, most: float) -> Iterator[Fault]:
    """Zeros on a scale where they are rarer than the answer beside them lets expect."""
    is_zero = values == 0
    zeros, ones = is_zero.sum().sum(), (values == 1).sum().sum()
    n = int(values.count().sum())
    few = 0 < zeros <= max(FEW_ZEROS * n, 2) and (ones >= 3 * zeros or ones == 0)
    # Answers thin out towards the lowest; a heap beyond the thin end is no answer.
    heap = zeros > 3 * ((values > 0) & (values <= 2)).sum().sum()
    if n >= ENOUGH and zeros and (few or heap):
        problem = said(
            "0 stands {zeros} times among {n} answers of 1 to {most:g}: is it the lowest"
            " answer, or none?",
            zeros=zeros,
            n=n,
            most=most,
        )
        columns = ", ".join(values.columns[is_zero.any()])
        fix = "if it is none, declare `min: 1` and the 0 under no_answer or not_used"
        yield seen.warning(problem, is_zero.any(axis=1), columns, "0", fix)


def _low(zeros: np.ndarray, lowest: np.ndarray) -> str:
    """What is said of zeros of the unhappiest: those that mean no answer say nothing of the
    outcome.
    """
    zeros, lowest = (outcome[~np.isnan(outcome)] for outcome in (zeros, lowest))
    if min(len(zeros), len(lowest)) < ENOUGH:
        return ""
    if zeros.mean() - lowest.mean() >= -3 * np.hypot(
        *(pd.Series(one).sem() for one in (zeros, lowest))
    ):
        return ""
    return said(
        "0 is declared as no answer, and its {n} respondents give a lower outcome than"
        " those who answered 1 or 2: is it the lowest answer?",
        n=len(zeros),
    )


def dominating_weights(seen: Seen) -> Iterator[Fault]:
    """The largest weight where it dominates, with the effective sample (Kish 1965, §11.7)."""
    if seen.answers.weights is None:
        return
    weights = seen.answers.weights.to_numpy()
    n, largest = len(weights), weights.max()
    share, effective = largest / weights.sum(), weights.sum() ** 2 / (weights**2).sum()
    if n > 1 and (share > max(SHARE, TIMES / n) or effective < EFFICIENCY * n):
        problem = said(
            "one weight is {share:.0%} of the sum of {n} weights, which count as"
            " {effective:.1f} equal ones (Kish)",
            share=share,
            n=n,
            effective=effective,
        )
        fix = "check it for a typing error, or trim the weights"
        column = seen.codebook.weight.column
        yield seen.warning(problem, weights == largest, column, f"{largest:g}", fix)
