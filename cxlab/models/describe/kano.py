"""Kano's questionnaire: must-be, one-dimensional and attractive features.

Two questions a feature, "if it is there" and "if it is not", give a class to each respondent (Kano
et al. 1984). The most frequent class is reported only together with how clearly it leads (Fong
1996).
"""

import numpy as np
import pandas as pd

from cxlab.models.estimator import estimator
from cxlab.study.codebook.schema import kano_classes
from cxlab.study.sample import by_touchpoint
from cxlab.study.study import Study

KINDS = tuple(kano_classes())
M, O, A, I = range(4)  # noqa: E741  the classes' letters since Kano et al. (1984)
# Rows: if it is there; columns: if it is not; a class by its place in KINDS.
TABLE = np.empty((5, 5), int)
for place, pairs in enumerate(kano_classes().values()):
    TABLE[tuple(np.transpose(pairs) - 1)] = place
FONG = 1.65  # 10 % two-sided


@estimator("kano")
def kano(study: Study, *, conf_level: float = 0.95) -> pd.DataFrame:
    """Kano's classes by touchpoint: counts, the leading class, and CS+ / CS−.

    Parameters
    ----------
    study : Study
        A study with touchpoints that ask a functional and a dysfunctional question.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        `touchpoint must_be one_dimensional attractive indifferent reverse questionable class
        second clear better better_low better_high worse worse_low worse_high n`: counts of
        respondents by class, the two most frequent classes, whether the first clearly leads, and
        `better` (CS+, 0–1) and `worse` (CS−, −1–0), weighted where the study is, with Wilson
        intervals.

    Raises
    ------
    ModelError
        No touchpoint asks both questions, or nobody answered both.

    Notes
    -----
    `clear`: |a − b| ≥ 1.65·√((a + b)(2n − a − b)/2n) (Fong 1996); it is a test of counts, and False
    with weights. `better` = (A + O)/(A + O + M + I), `worse` = −(O + M)/(A + O + M + I) (Berger et
    al. 1993).
    """
    rows = []
    for part in by_touchpoint(study, "functional", "dysfunctional"):
        pair = part.answers.astype(int).to_numpy()
        kinds = TABLE[pair[:, 0] - 1, pair[:, 1] - 1]
        counts = np.bincount(kinds, minlength=6)
        first, second = np.argsort(-counts, kind="stable")[:2]
        total, both = part.sample.n, counts[first] + counts[second]
        needed = FONG * np.sqrt(both * (2 * total - both) / (2 * total))
        row = {
            "touchpoint": part.about["touchpoint"],
            **dict(zip(KINDS, counts, strict=True)),
            "class": KINDS[first],
            "second": KINDS[second],
            "clear": bool(study.weights is None and counts[first] - counts[second] >= needed),
        }
        # The coefficients are shares of the classes that speak of satisfaction.
        speaks = kinds <= I
        for name, wanted, sign in (("better", (A, O), 1), ("worse", (O, M), -1)):
            numbers = dict.fromkeys(("estimate", "conf_low", "conf_high"), np.nan)
            if speaks.any():
                hit = np.isin(kinds[speaks], wanted)
                numbers = part.sample.at(speaks).share(hit, conf_level)
            low, high = sorted((sign * numbers["conf_low"], sign * numbers["conf_high"]))
            row |= {name: sign * numbers["estimate"], f"{name}_low": low, f"{name}_high": high}
        rows.append(row | {"n": total})
    return pd.DataFrame(rows)
