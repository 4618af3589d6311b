"""The same touchpoint as it is seen of us and of competitors, or by customers and by staff."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.stats.inference import holm
from cxlab.study.sample import Sample, asked, contrast
from cxlab.study.study import Study

PARTY = "party"
COLUMNS = (
    *("touchpoint", "stage", "group", "level", "against", "figure", "figure_against", "estimate"),
    *("std_error", "p_value", "conf_low", "conf_high", "p_holm", "paired", "n", "n_against"),
)


@estimator("compare_parties")
def compare_parties(
    study: Study, *, touchpoints: str | Iterable[str] | None = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """The experience of the own party against that of every other, at each touchpoint.

    Where respondents rate several brands (a row a brand, with the respondent's id), each is
    compared with himself. Where the parties are other people (staff and customers), they are
    independent groups.

    Parameters
    ----------
    study : Study
        A study that declares `parties:`, about whose own party all other estimators speak.
    touchpoints : str or iterable of str, optional
        These alone; all unless given.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row another party and touchpoint: `touchpoint stage group level against figure
        figure_against estimate std_error p_value conf_low conf_high p_holm paired n n_against`.
        `figure` is the mean of the own party (`level`), `figure_against` of the other (`against`),
        `estimate` the first less the second, scale points. Where they are `paired`, both are means
        of the `n` who rated both, and the difference is that within respondents. `p_holm` is
        adjusted over all touchpoints and parties.

    Raises
    ------
    NotAskedError
        No parties are declared, or no touchpoint asks the experience.
    ModelError
        No touchpoint was rated of two parties.

    Notes
    -----
    Student's paired t, with weights and accounts as any mean; of other people Welch's test; Holm
    (1979). Checked against SciPy. Who rates two brands knows both, and is no sample of the
    customers of either.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame = pd.DataFrame({"id": [1, 2, 3] * 2, "brand": ["us"] * 3 + ["them"] * 3})
    >>> frame["q"] = [6, 7, 5, 4, 6, 5]
    >>> scales, parties = {"s": {"min": 1, "max": 7}}, {"column": "brand", "own": "us"}
    >>> keys = {"scales": scales, "respondent": "id", "parties": parties}
    >>> study = cx.Study.from_frame(frame, {"delivery": "q"}, **keys)
    >>> cx.journey.compare_parties(study)[["against", "estimate", "paired", "n"]].values.tolist()
    [['them', 1.0, True, 3]]
    """
    parties = study.codebook.parties
    if parties is None:
        raise NotAskedError(
            "this study declares no parties; declare the column that tells whom a row rates, or who"
            " rates, and your own among them, under parties:"
        )
    names = [touchpoints] if isinstance(touchpoints, str) else touchpoints
    points = asked(study, "experience")
    for name in names or ():
        study.rating(name)  # refuses one that there is not
    points = points if names is None else points[points["touchpoint"].isin([*names])]
    every = study.of_all_parties
    party, whole = every.column(parties.column), Sample.of(every, every.index)
    points, rows = points[["touchpoint", "stage"]].to_dict("records"), []
    too = {one["touchpoint"]: study.rated_too(one["touchpoint"]) for one in points}
    for other in sorted({*party.dropna()} - {parties.own}):
        for point in points:
            touchpoint = point["touchpoint"]
            if other in too[touchpoint]:
                row = _paired(study, touchpoint, too[touchpoint][other], conf_level)
            else:
                rating = every.rating(touchpoint)
                sides = [
                    (rating.notna() & (party == name)).to_numpy() for name in (parties.own, other)
                ]
                row = _independent(rating.to_numpy(), sides, whole, conf_level)
            if row:
                about = {"group": PARTY, "level": parties.own, "against": other}
                rows.append(point | about | row)
    if not rows:
        raise ModelError("no touchpoint was rated of the own party and of another")
    frame = pd.DataFrame(rows)
    return frame.assign(p_holm=holm(frame["p_value"]))[[*COLUMNS]]


def _paired(study: Study, touchpoint: str, other: pd.Series, conf_level: float) -> dict[str, Any]:
    """The mean difference of who rated both."""
    own = study.rating(touchpoint)
    both = (own - other).dropna()
    if both.empty:
        return {}
    sample = Sample.of(study, both.index)
    row = {"figure": sample.told(own[both.index]), "figure_against": sample.told(other[both.index])}
    row |= sample.mean(both, conf_level) | {"p_value": sample.p_value(both)}
    return row | {"paired": True, "n": sample.n, "n_against": sample.n}


def _independent(
    y: np.ndarray, sides: list[np.ndarray], whole: Sample, conf_level: float
) -> dict[str, Any]:
    (own, mine), (other, theirs) = ((y[at], whole.at(at)) for at in sides)
    if not (mine.n and theirs.n):
        return {}
    row = contrast((other, theirs), (own, mine), "mean", conf_level)
    row |= {"figure": mine.told(own), "figure_against": theirs.told(other)}
    return row | {"paired": False, "n": mine.n, "n_against": theirs.n}
