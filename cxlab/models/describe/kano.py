"""Kano's questionnaire: must-be, one-dimensional and attractive features.

Two questions a feature, "if it is there" and "if it is not", give a class to each respondent (Kano
et al. 1984). The most frequent class is reported only together with how clearly it leads (Fong
1996).
"""

import numpy as np
import pandas as pd

from cxlab.stats.inference import named_interval
from cxlab.study.codebook.schema import kano_classes
from cxlab.study.sample import Sample, by_touchpoint
from cxlab.study.study import Study

KINDS = tuple(kano_classes())
M, O, A, I = range(4)  # noqa: E741  the classes' letters since Kano et al. (1984)
# Rows: if it is there; columns: if it is not; a class by its place in KINDS.
TABLE = np.empty((5, 5), int)
for place, pairs in enumerate(kano_classes().values()):
    TABLE[tuple(np.transpose(pairs) - 1)] = place
FONG = 1.65  # 10 % two-sided


def kano(study: Study, conf_level: float = 0.95) -> pd.DataFrame:
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
        rows.append(
            {
                "touchpoint": part.about["touchpoint"],
                **dict(zip(KINDS, counts, strict=True)),
                "class": KINDS[first],
                "second": KINDS[second],
                "clear": bool(study.weights is None and counts[first] - counts[second] >= needed),
                **_coefficients(kinds, part.sample, conf_level),
                "n": total,
            }
        )
    return pd.DataFrame(rows)


def _coefficients(kinds: np.ndarray, sample: Sample, conf_level: float) -> dict[str, float]:
    """CS+ and CS− with their intervals, among the classes that speak of satisfaction."""
    speaks = kinds <= I
    if not speaks.any():
        names = ("better", "better_low", "better_high", "worse", "worse_low", "worse_high")
        return dict.fromkeys(names, np.nan)
    kinds, sample = kinds[speaks], sample.at(speaks)
    better = sample.share(np.isin(kinds, (A, O)), conf_level)
    worse = sample.share(np.isin(kinds, (O, M)), conf_level)
    negative = {
        "estimate": -worse["estimate"],
        "conf_low": -worse["conf_high"],
        "conf_high": -worse["conf_low"],
    }
    return named_interval("better", better) | named_interval("worse", negative)
