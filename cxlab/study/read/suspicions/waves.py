"""A wave in which a question is not what it was: asked on another scale, turned round, or with its
answers under another question's header.
"""

from collections.abc import Iterator
from itertools import chain, combinations, pairwise

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.read.cells import trimmed
from cxlab.study.read.suspicions.evidence import Seen, certain_r

LEAST, MOST_ROWS, MOST_QUESTIONS = 30, 20_000, 40
# Two questions that changed places: how much worse the difference between waves must be as it
# stands than with the two exchanged, in units of chance, and at least how bad.
WORSE, BAD = 3.0, 4.0
# The ends of usual scales: a wave that stops there was asked on one.
ENDS = (3, 4, 5, 7, 10)
UNLIKELY = 1e-6
# A correlation with the outcome of this size counts as a direction.
SIGN = 0.15
Waves = dict[str, pd.DataFrame]  # the ratings of each by column, or every so many rows of them


def changed_questions(seen: Seen) -> Iterator[Fault]:
    """What one wave, or file, says against the others."""
    codebook, answers, files = seen.codebook, seen.answers, seen.tables
    names = np.repeat([table.file for table in files], [len(table.frame) for table in files])
    if codebook.wave:
        names = trimmed(answers.text[codebook.wave]).to_numpy()
    asked = {
        columns[0]: (item.id, role)
        for item in codebook.items
        for role, columns in item.questions.items()
        if len(columns) == 1
    }
    held = {column: answers.values[key] for column, key in asked.items()}
    ratings = pd.DataFrame(held, index=range(len(names)))
    waves = {
        name: frame.iloc[:: len(frame) // MOST_ROWS + 1]
        for name, frame in ratings.groupby(names, sort=False)
        if name and len(frame) >= LEAST
    }
    if len(waves) < 2:
        return
    for column in ratings:
        by_wave = {name: one[column].dropna() for name, one in waves.items()}
        if problem := _scales(by_wave):
            fix = "compare waves asked on one scale only; a file of its own may be recoded before"
            yield seen.warning(problem, column=column, fix=fix)
    turned = _turned(waves, asked, (codebook.main_outcome, "outcome"))
    for (before, earlier), (wave, later) in pairwise(waves.items()):
        for one, other in _exchanged(later, earlier, waves):
            turned[wave] = [column for column in turned[wave] if column not in (one, other)]
            problem = said(
                "in wave {wave} the answers look exchanged between {one} and {other}, against"
                " wave {before}",
                wave=wave,
                one=one,
                other=other,
                before=before,
            )
            fix = "compare the questionnaires; exchange them by `rename:` of that file"
            yield seen.warning(problem, column=f"{one}, {other}", fix=fix)
    for wave, columns in turned.items():
        if columns:
            problem = said(
                "in wave {wave} its sign against the outcome is the opposite of that in the others",
                wave=wave,
            )
            fix = "check whether the scale was reversed in that wave, or columns were swapped"
            yield seen.warning(problem, column=", ".join(columns), fix=fix)


def _scales(by_wave: dict[str, pd.Series]) -> str:
    """What is said of a wave whose answers stop where a shorter scale ends."""
    highest = {name: one.max() for name, one in by_wave.items() if len(one) >= LEAST}
    short, long = (end(highest, key=highest.get, default="") for end in (min, max))
    end = highest.get(short)
    if end not in ENDS or (by_wave[long] <= end).mean() ** len(by_wave[short]) >= UNLIKELY:
        return ""
    return said(
        "answers lie on {low:g} to {high:g} in wave {one}, and on {least:g} to {most:g} in"
        " wave {other}: did the scale change?",
        low=by_wave[short].min(),
        high=end,
        one=short,
        least=by_wave[long].min(),
        most=highest[long],
        other=long,
    )


def _turned(
    waves: Waves, asked: dict[str, tuple[str, str]], outcome: tuple[str, str]
) -> dict[str, list[str]]:
    """The ratings of each wave that go with the outcome in the other direction than in most waves;
    where half of them differ, than they are meant to.
    """
    main = next((column for column, key in asked.items() if key == outcome), None)
    if main is None:
        return {name: [] for name in waves}
    signs = pd.DataFrame({name: _signs(frame, main) for name, frame in waves.items()})
    signs = signs.loc[[asked[column][1] != "outcome" for column in signs.index]]
    meant = pd.Series({column: -1 if asked[column][1] == "effort" else 1 for column in signs.index})
    total = np.sign(signs.sum(axis=1))
    against = signs.eq(-total.where(total != 0, meant), axis=0)
    against = against[(signs != 0).sum(axis=1) > 1]
    return {name: [*against.index[against[name]]] for name in waves}


def _signs(ratings: pd.DataFrame, outcome: str) -> pd.Series:
    """The direction of each correlation with the outcome, 0 where it has none that is certain."""
    r = pd.Series({one: certain_r(ratings[one], ratings[outcome], LEAST)[0] for one in ratings})
    return np.sign(r).where(r.abs() > SIGN, 0)


def _exchanged(later: pd.DataFrame, earlier: pd.DataFrame, waves: Waves) -> list[tuple[str, str]]:
    """The pairs of questions that explain a change best by having changed places, none in two: by
    their means and by what they go with.
    """
    asked = [
        column
        for column in later
        if all(one[column].count() >= LEAST and one[column].nunique() > 1 for one in waves.values())
    ][:MOST_QUESTIONS]
    if len(asked) < 2:
        return []
    apart = _apart(later[asked], earlier[asked])
    scores = {}
    for i, j in combinations(range(len(asked)), 2):
        as_it_is, swapped = apart[i, i] + apart[j, j], apart[i, j] + apart[j, i]
        if as_it_is > max(2 * BAD, WORSE * swapped):
            scores[asked[i], asked[j]] = as_it_is / swapped
    found: list[tuple[str, str]] = []
    for pair in sorted(scores, key=scores.get, reverse=True):
        if not {*pair} & {*chain(*found)}:
            found.append(pair)
    return found


def _apart(later: pd.DataFrame, earlier: pd.DataFrame) -> np.ndarray:
    """How far each question of a wave is from each of an earlier one, in units of chance: the mean
    square of the differences of their means and of their correlations (Fisher's z).
    """
    pair = (later, earlier)
    means, errors, n = (
        [np.array(getattr(one, name)()) for one in pair] for name in ("mean", "sem", "count")
    )
    mean = np.subtract.outer(*means) / np.hypot.outer(*errors)
    r = [one.corr(min_periods=LEAST).fillna(0).clip(-0.99, 0.99).to_numpy() for one in pair]
    z = [np.where(np.eye(len(one)), np.nan, np.arctanh(one)) for one in r]
    each = np.sqrt(np.add.outer(1 / n[0], 1 / n[1]))[:, :, None]
    other = (z[0][:, None] - z[1][None]) / each
    return np.nanmean(np.concatenate([mean[:, :, None], other], axis=2) ** 2, axis=2)
