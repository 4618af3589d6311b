"""Kano's questionnaire: is a feature taken for granted, wanted more and more, or a delight?

Two questions a feature, "if it is there" and "if it is not", give a class to each respondent (Kano
et al. 1984). The most frequent class is reported only together with how clearly it leads (Fong
1996).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.describe.metrics import share_row
from cxlab.study.study import Study

KINDS = ("must_be", "one_dimensional", "attractive", "indifferent", "reverse", "questionable")
M, O, A, I, R, Q = range(6)  # noqa: E741  the classes' letters since Kano et al. (1984)
# Rows: if it is there; columns: if it is not (1 like, 2 expect, 3 neutral, 4 live with, 5 dislike).
TABLE = np.array(
    [[Q, A, A, A, O], [R, I, I, I, M], [R, I, I, I, M], [R, I, I, I, M], [R, R, R, R, Q]]
)
FONG = 1.65  # 10 % two-sided


def kano(study: Study, conf_level: float = 0.95) -> pd.DataFrame:
    """Counts of Kano's classes by touchpoint, the leading class, Fong's test of its lead, and CS+ /
    CS−.

    Columns `touchpoint must_be one_dimensional attractive indifferent reverse questionable class
    second clear better better_low better_high worse worse_low worse_high n`: counts of respondents;
    `class` and `second` the two most frequent; `clear` whether |a − b| ≥ 1.65·√((a+b)(2n−a−b)/2n)
    (Fong 1996); `better` = (A+O)/(A+O+M+I) (CS+) and `worse` = −(O+M)/(A+O+M+I) (CS−; Berger et al.
    1993), weighted where the study is, with Wilson intervals. With weights `clear` is False: the
    test is of counts. Raises ModelError where no touchpoint has a functional and a dysfunctional
    question.
    """
    points = study.touchpoints
    names = points.loc[points["functional"] & points["dysfunctional"], "touchpoint"]
    if names.empty:
        raise ModelError(
            "no touchpoint of this study has both questions of a Kano pair (functional,"
            " dysfunctional)"
        )
    rows = []
    for touchpoint in names:
        pair = (
            pd.DataFrame(
                {role: study.rating(touchpoint, role) for role in ("functional", "dysfunctional")}
            )
            .dropna()
            .astype(int)
        )
        if pair.empty:
            continue
        kinds = TABLE[pair["functional"] - 1, pair["dysfunctional"] - 1]
        counts = np.bincount(kinds, minlength=6)
        first, second = np.argsort(-counts, kind="stable")[:2]
        total, lead = counts.sum(), counts[first] - counts[second]
        both = counts[first] + counts[second]
        clear = study.weights is None and lead >= FONG * np.sqrt(
            both * (2 * total - both) / (2 * total)
        )
        row = {
            "touchpoint": touchpoint,
            **dict(zip(KINDS, counts, strict=True)),
            "class": KINDS[first],
            "second": KINDS[second],
            "clear": bool(clear),
        }
        rows.append(row | _coefficients(study, pair.index, kinds, conf_level) | {"n": int(total)})
    if not rows:
        raise ModelError("nobody answered both questions of a Kano pair")
    return pd.DataFrame(rows)


def _coefficients(
    study: Study, index: pd.Index, kinds: np.ndarray, conf_level: float
) -> dict[str, float]:
    sound = kinds <= I
    if not sound.any():
        return dict.fromkeys(
            ("better", "better_low", "better_high", "worse", "worse_low", "worse_high"), np.nan
        )
    weights, clusters = (
        None if column is None else column[index][sound]
        for column in (study.weights, study.clusters)
    )
    kept = kinds[sound]
    better = share_row("", np.isin(kept, (A, O)), weights, clusters, conf_level)
    worse = share_row("", np.isin(kept, (O, M)), weights, clusters, conf_level)
    return {
        "better": better["estimate"],
        "better_low": better["conf_low"],
        "better_high": better["conf_high"],
        "worse": -worse["estimate"],
        "worse_low": -worse["conf_high"],
        "worse_high": -worse["conf_low"],
    }
