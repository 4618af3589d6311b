"""Does expectation matter once the experience is known? Every claim about it must pass this test.

On bounded scales the outcome bends in the experience alone, and a gap takes that bend up: squares
of the experience are not enough to hold it where most customers expect the most (29–100 of 100
studies without an effect of expectation then showed one, tests/calibration/claims.py).
"""

from contextlib import suppress
from functools import lru_cache

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.describe.reliability import experience_alphas
from cxlab.models.design import chosen_touchpoints, ratings_of
from cxlab.models.gap.fit_gap import GapDesign, gap_design
from cxlab.stats.inference import holm, hotelling
from cxlab.stats.linear import residuals_on, unit_sums
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study

# Forms that hold no expectation.
EXPERIENCE_ONLY = ("intercept", "P", "P+P^2", "P+P^2+P^3")
ASKS = ("expectation", "experience")
# A mean for each rating of a 1–7 scale, and a curve as flexible on any other.
CURVE_DEGREE = 6
CLAIM_LEVEL = 0.05


def experience_curve(design: GapDesign) -> pd.DataFrame:
    """Orthogonal powers of the experience (n × up to 6), as many as its repeated ratings can carry;
    then the mean experience at the study's other touchpoints, its square and its product with the
    experience here.
    """
    p = design.x["experience"].to_numpy()
    _, counts = np.unique(p, return_counts=True)
    degree = max(np.sum(counts > 1), len(counts) // 2) - 1
    scaled = 2 * (p - p.min()) / np.ptp(p) - 1
    degree = int(np.clip(degree, 1, CURVE_DEGREE))
    powers = np.linalg.qr(np.polynomial.legendre.legvander(scaled, degree))[0][:, 1:]
    columns = {f"curve{i}": power for i, power in enumerate(powers.T, 1)}
    others = scaled_experience(design.study).drop(columns=touchpoints_of(design))
    elsewhere = others.reindex(design.x.index).mean(axis=1)
    r = (elsewhere - elsewhere.mean()).fillna(0.0).to_numpy()
    if np.ptp(r) > 0:
        columns |= {"elsewhere": r, "elsewhere^2": r * r, "elsewhere:experience": r * scaled}
    return pd.DataFrame(columns, design.x.index)


@lru_cache(maxsize=2)
def scaled_experience(study: Study) -> pd.DataFrame:
    """The experience at each touchpoint that asks it (rows × touchpoints), scales from 0 to 1."""
    asked = study.touchpoints
    each = {}
    for name in asked.loc[asked["experience"], "touchpoint"]:
        scale = study.scale_of(name)
        each[name] = (study.rating(name) - scale.min) / (scale.max - scale.min)
    return pd.DataFrame(each)


def touchpoints_of(design: GapDesign) -> list[str]:
    """The touchpoints whose ratings a gap design averages."""
    if design.name == ALL_TOUCHPOINTS:
        return chosen_touchpoints(design.study, None, *ASKS)
    return design.name.split("+")


def expectation_p_value(design: GapDesign) -> float:
    """p of the hypothesis that the outcome is a function of the experience alone.

    A row's score is w·r·x̃: r its residual on the curve of the experience, x̃ what the curve leaves
    of E, E² and EP, w its weight; with accounts, scores are summed by account. Their mean is tested
    by Hotelling's T² (1931), whatever the spread of the answers.
    """
    x, w = design.x, design.sample.w
    held = np.column_stack([np.ones(len(x)), experience_curve(design)])
    e, p = (x[role] - x[role].mean() for role in ASKS)
    left = residuals_on(held, np.column_stack([e, e * e, e * p, design.y]), w)
    scores = left[:, :-1] * left[:, -1:] * w[:, None]
    spare = 1 - held.shape[1] / len(x)
    return hotelling(unit_sums(scores, design.clusters), spare)


def p_expectation(design: GapDesign) -> float:
    """`expectation_p_value` of a design, adjusted in one family with the mean of all touchpoints
    and each touchpoint of its study.

    Holm's (1979) procedure with weights: the mean, of which a report speaks, weighs as much as all
    others together. A touchpoint whose model is refused is no test.
    """
    p_values = _p_values(design.study, design.outcome)
    if design.name not in p_values:
        p_values = p_values | {design.name: expectation_p_value(design)}
    names = list(p_values)
    weights = [max(len(names) - 1, 1) if name == ALL_TOUCHPOINTS else 1 for name in names]
    return float(holm(list(p_values.values()), weights)[names.index(design.name)])


# A report asks for the same family at each of its gap models.
@lru_cache(maxsize=2)
def _p_values(study: Study, outcome: str) -> dict[str, float]:
    names, p_values = chosen_touchpoints(study, None, *ASKS), {}
    for chosen in [None, *names] if len(names) > 1 else names:
        with suppress(ModelError):
            design = gap_design(study, chosen, outcome)
            p_values[design.name] = expectation_p_value(design)
    return p_values


def experience_reliability(design: GapDesign) -> float:
    """Reliability (0–1) of the experience: as declared, else Cronbach's alpha of its questions; NaN
    where it is not known of every touchpoint.

    Of a mean of touchpoints by Mosier's (1943, Psychometrika 8:161) formula: 1 − the variance of
    the errors of measurement over that of the mean.
    """
    names, alphas = touchpoints_of(design), experience_alphas(design.study)
    known = pd.Series(
        {name: design.study.declared(name).reliability or alphas.get(name) for name in names},
        dtype=float,
    )
    e, p = (ratings_of(design.study, names, role).loc[design.x.index] for role in ASKS)
    used = p.where(e.notna() & p.notna())
    error = used.notna() * (p.var() * (1 - known))
    size = error.sum(axis=1, skipna=False) / used.notna().sum(axis=1) ** 2
    return float(1 - size.mean(skipna=False) / design.ratings["experience"].var())
