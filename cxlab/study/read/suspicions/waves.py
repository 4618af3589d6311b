"""A wave in which a question is not what it was: asked on another scale, turned round, or with its
answers under another question's header.
"""

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.answers import Answers
from cxlab.study.read.suspicions.evidence import trimmed, warning

LEAST, MOST_ROWS, MOST_QUESTIONS = 30, 20_000, 40
# Two questions that changed places: how much worse the difference between waves must be as it
# stands than with the two exchanged, in units of chance, and at least how bad.
WORSE, BAD = 3.0, 4.0
# The ends of usual scales: a wave that stops there was asked on one.
ENDS = (3, 4, 5, 7, 10)
UNLIKELY = 1e-6
# A correlation with the outcome of this size counts as a direction.
SIGN, CERTAIN = 0.15, 3.0
Profile = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Waves = dict[str, np.ndarray]  # the rows of each, or every so many of them


def changed_questions(codebook: Codebook, tables: list[Table], answers: Answers) -> Iterator[Fault]:
    """What one wave, or file, says against the others."""
    if codebook.wave:
        names = trimmed(answers.text[codebook.wave]).to_numpy()
    else:
        names = np.repeat([table.file for table in tables], [len(t.frame) for t in tables])
    rows = {name: np.flatnonzero(names == name) for name in pd.unique(names) if name}
    waves = {n: one[:: len(one) // MOST_ROWS + 1] for n, one in rows.items() if len(one) >= LEAST}
    if len(waves) < 2:
        return
    columns = {
        (item.id, role): named[0]
        for item in codebook.items
        for role, named in item.questions.items()
        if len(named) == 1
    }
    values = {key: answers.values[key] for key in columns}
    for key, rated in values.items():
        yield from _scales(columns[key], rated, waves)
    outcome = values.get((codebook.main_outcome, "outcome"))
    turned: dict[str, list[str]] = {}
    for key, rated in values.items() if outcome is not None else ():
        if key[1] != "outcome":
            for wave in _turned(rated, outcome, waves, -1 if key[1] == "effort" else 1):
                turned.setdefault(wave, []).append(columns[key])
    yield from _moved(columns, values, waves, turned)
    for wave, found in ((wave, found) for wave, found in turned.items() if found):
        yield warning(
            said(
                "in wave {wave} its sign against the outcome is the opposite of that in the others",
                wave=wave,
            ),
            column=", ".join(found),
            fix="check whether the scale was reversed in that wave, or columns were swapped",
        )


def _scales(column: str, rated: np.ndarray, waves: Waves) -> Iterator[Fault]:
    """A wave whose answers stop where a shorter scale ends."""
    by_wave = {name: one for name, where in waves.items() if len(one := _there(rated[where]))}
    highest = {name: one.max() for name, one in by_wave.items() if len(one) >= LEAST}
    if len(set(highest.values())) < 2:
        return
    short, long = min(highest, key=highest.get), max(highest, key=highest.get)
    n, end = len(by_wave[short]), highest[short]
    if end in ENDS and np.mean(by_wave[long] <= end) ** n < UNLIKELY:
        yield warning(
            said(
                "answers lie on {low:g} to {high:g} in wave {one}, and on {least:g} to {most:g} in"
                " wave {other}: did the scale change?",
                low=by_wave[short].min(),
                high=end,
                one=short,
                least=by_wave[long].min(),
                most=highest[long],
                other=long,
            ),
            column=column,
            fix="compare waves asked on one scale only; a file of its own may be recoded before",
        )


def _there(values: np.ndarray) -> np.ndarray:
    return values[~np.isnan(values)]


def _turned(rated: np.ndarray, outcome: np.ndarray, waves: Waves, meant: int) -> list[str]:
    """The waves in which a rating goes with the outcome in the other direction than in most; where
    half of them differ, than is `meant`.
    """
    signs = {name: _sign(rated[where], outcome[where]) for name, where in waves.items()}
    signs = {name: sign for name, sign in signs.items() if sign}
    usual = np.sign(sum(signs.values())) or meant
    return [name for name, sign in signs.items() if sign == -usual] if len(signs) > 1 else []


def _sign(rated: np.ndarray, outcome: np.ndarray) -> int:
    """The direction of a correlation, 0 where it has none that is certain."""
    both = ~np.isnan(rated) & ~np.isnan(outcome)
    one, other = rated[both], outcome[both]
    if len(one) < LEAST or not np.ptp(one) or not np.ptp(other):
        return 0
    r = np.corrcoef(one, other)[0, 1]
    certain = np.arctanh(np.clip(abs(r), 0, 0.999)) * np.sqrt(len(one) - 3) > CERTAIN
    return int(np.sign(r)) if abs(r) > SIGN and certain else 0


def _moved(
    columns: dict, values: dict, waves: Waves, turned: dict[str, list[str]]
) -> Iterator[Fault]:
    """Pairs of questions that changed places from one wave to the next, by their means and by what
    they go with; their `turned` signs are then said with it.
    """
    asked = [
        key for key, one in values.items() if all(_answered(one[rows]) for rows in waves.values())
    ]
    asked = asked[:MOST_QUESTIONS]
    profiles = [
        (name, _profile(np.column_stack([values[key][rows] for key in asked])))
        for name, rows in (waves.items() if len(asked) > 1 else ())
    ]
    for (before, earlier), (wave, later) in pairwise(profiles):
        for pair in _exchanged_pairs(later, earlier):
            one, other = (columns[asked[k]] for k in pair)
            turned[wave] = [column for column in turned.get(wave, []) if column not in (one, other)]
            yield warning(
                said(
                    "in wave {wave} the answers look exchanged between {one} and {other}, against"
                    " wave {before}",
                    wave=wave,
                    one=one,
                    other=other,
                    before=before,
                ),
                column=f"{one}, {other}",
                fix="compare the questionnaires; exchange them by `rename:` of that file",
            )


def _exchanged_pairs(later: Profile, earlier: Profile) -> list[tuple[int, int]]:
    """The pairs of questions that explain a change best by having changed places, none in two."""
    pairs = combinations(range(len(later[0])), 2)
    scores = {pair: _exchanged(later, earlier, *pair) for pair in pairs}
    found: list[tuple[int, int]] = []
    for pair in sorted(scores, key=scores.get, reverse=True):
        if scores[pair] > WORSE and not {*pair} & {k for one in found for k in one}:
            found.append(pair)
    return found


def _answered(rated: np.ndarray) -> bool:
    """Whether enough of a wave answered a question, and not all the same."""
    there = _there(rated)
    return len(there) >= LEAST and np.ptp(there) > 0


def _profile(rated: np.ndarray) -> Profile:
    """Means, standard deviations and counts of a wave's questions, and the correlations among them
    (Fisher's z).
    """
    r = pd.DataFrame(rated).corr(min_periods=LEAST).fillna(0).to_numpy()
    n = (~np.isnan(rated)).sum(axis=0)
    return (
        np.nanmean(rated, axis=0),
        np.nanstd(rated, axis=0),
        n,
        np.arctanh(np.clip(r, -0.99, 0.99)),
    )


def _exchanged(mine: Profile, other: Profile, i: int, j: int) -> float:
    """How many times as far apart two waves are as they stand than with questions i and j
    exchanged; 0 where they are not far apart.
    """
    pair, swapped = [i, j], [j, i]
    rest = np.delete(np.arange(len(mine[0])), pair)
    error = np.hypot(mine[1] / np.sqrt(mine[2]), other[1] / np.sqrt(other[2]))[pair]
    each = np.sqrt(1 / mine[2][pair] + 1 / other[2][pair])[:, None]

    def apart(order: list[int]) -> float:
        means = (mine[0][order] - other[0][pair]) / error
        alike = (mine[3][np.ix_(order, rest)] - other[3][np.ix_(pair, rest)]) / each
        return float(np.mean([*means**2, *np.ravel(alike) ** 2]))

    as_it_is = apart(pair)
    return as_it_is / apart(swapped) if as_it_is > BAD else 0.0
