"""Kano's questionnaire: must-be, one-dimensional and attractive features.

Two questions a feature, "if it is there" and "if it is not", give a class to each respondent (Kano
et al. 1984). The most frequent class is reported only together with how clearly it leads.
"""

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.stats.sampling import estimate
from cxlab.study.codebook.roles import KANO_ROLES
from cxlab.study.codebook.schema import kano_classes
from cxlab.study.sample import Sample, by_touchpoint, table
from cxlab.study.study import Study

KINDS = tuple(kano_classes())
M, O, A, I = range(4)  # noqa: E741  the classes' letters since Kano et al. (1984)
# Rows: if it is there; columns: if it is not; a class by its place in KINDS.
ANSWERS = 5
TABLE = np.empty((ANSWERS, ANSWERS), int)
for place, pairs in enumerate(kano_classes().values()):
    TABLE[tuple(np.transpose(pairs) - 1)] = place


@estimator("kano")
def kano(study: Study, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Kano's classes by touchpoint: counts, the leading class, and CS+ / CS−.

    Parameters
    ----------
    study : Study
        A study with touchpoints that ask a functional and a dysfunctional question.
    conf_level : float
        Confidence level of the intervals and of `clear`.

    Returns
    -------
    DataFrame
        `touchpoint must_be one_dimensional attractive indifferent reverse questionable class
        second clear better better_low better_high worse worse_low worse_high n`: counts of
        respondents by class; the two most frequent classes, whether the first clearly leads, and
        `better` (CS+, 0–1) and `worse` (CS−, −1–0) with Wilson intervals, all weighted where the
        study is.

    Raises
    ------
    ModelError
        No touchpoint asks both questions, nobody answered both, one is asked by several columns,
        or the scale `kano` has not five answers.

    Notes
    -----
    The scale `kano` has five answers in the order like … dislike, from any number on; `reverse:`
    turns it. `clear`: of those in the two leading classes more than half are surely in the first
    (exact sign test; with weights or clusters on the effective number of Korn & Graubard 1998).
    Fong's (1996) criterion, |a − b| ≥ 1.65·√((a + b)(2n − a − b)/2n), takes the two counts for
    independent and finds a leader in 20 of 100 studies in which two classes are equal. `better` =
    (A + O)/(A + O + M + I), `worse` = −(O + M)/(A + O + M + I) (Berger et al. 1993).

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.kano(cx.simulate_study(900, seed=2, design="panel"))
    >>> table[["touchpoint", "class", "clear"]].head(2).values.tolist()
    [['branch', 'indifferent', True], ['app', 'one_dimensional', True]]
    """
    rows = []
    for part in by_touchpoint(study, "functional", "dysfunctional"):
        touchpoint, sample = part.about["touchpoint"], part.sample
        least = _first_answer(study, touchpoint)
        functional, dysfunctional = (part.answers.to_numpy() - least).astype(int).T
        kinds = TABLE[functional, dysfunctional]
        first, second = np.argsort(-np.bincount(kinds, sample.w, minlength=6), kind="stable")[:2]
        row = {
            "touchpoint": touchpoint,
            **dict(zip(KINDS, np.bincount(kinds, minlength=6), strict=True)),
            "class": KINDS[first],
            "second": KINDS[second],
            "clear": not sample.refusal
            and _leads(kinds == first, kinds == second, sample, conf_level),
        }
        # The coefficients are shares of the classes that speak of satisfaction.
        speaks = kinds <= I
        for name, wanted, sign in (("better", (A, O), 1), ("worse", (O, M), -1)):
            numbers = dict.fromkeys(("estimate", "conf_low", "conf_high"), np.nan)
            if speaks.any():
                hit = np.isin(kinds[speaks], wanted)
                numbers = sample.at(speaks).share(hit, conf_level)
            low, high = sorted((sign * numbers["conf_low"], sign * numbers["conf_high"]))
            row |= {name: sign * numbers["estimate"], f"{name}_low": low, f"{name}_high": high}
        rows.append((part, row | {"n": sample.n}))
    return table(rows)


def _first_answer(study: Study, touchpoint: str) -> float:
    """The number of the first of the five answers (like)."""
    point = study.declared(touchpoint)
    scale = study.codebook.scale_of(point, KANO_ROLES[0])
    several = any(len(point.questions[role]) > 1 for role in KANO_ROLES)
    if several or not scale.whole or scale.max - scale.min != ANSWERS - 1:
        raise ModelError(
            "touchpoint {touchpoint}: a Kano question is one column with five answers (1 like, 2"
            " expect, 3 neutral, 4 live with, 5 dislike), not {columns} on {min:g}–{max:g}; recode"
            " the answers into five",
            touchpoint=touchpoint,
            columns=", ".join(column for role in KANO_ROLES for column in point.questions[role]),
            min=scale.min,
            max=scale.max,
        )
    return scale.min


def _leads(first: np.ndarray, second: np.ndarray, sample: Sample, conf_level: float) -> bool:
    """Whether the first of two classes surely holds more than half of those in either."""
    shares = sample.average(first), sample.average(second)
    count = estimate(first.astype(float) - second, sample).count(conf_level)
    ours, theirs = (share * count for share in shares)
    return bool(stats.beta.ppf((1 - conf_level) / 2, ours, theirs + 1) > 0.5)
