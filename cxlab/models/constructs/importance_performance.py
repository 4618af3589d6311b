"""Which construct counts for much and is lived badly: total effects beside indices of 0–100."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.constructs.fit_constructs import ConstructFit
from cxlab.models.estimator import estimator
from cxlab.result import by_bags
from cxlab.stats.inference import holm
from cxlab.stats.path_model import Paths, indices

# How the weights of standardised items become those of answers.
INDEX_WEIGHTS = ("divided", "plain")


@estimator("importance_performance")
def importance_performance(
    fit: ConstructFit,
    target: str | None = None,
    *,
    index_weights: str = "divided",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Importance and performance of everything that leads to a construct (IPMA).

    Parameters
    ----------
    fit : ConstructFit
        What `fit_constructs` gives.
    target : str, optional
        What is to be explained; the model's last construct unless given.
    index_weights : {"divided", "plain"}
        Whether weights of standardised questions are divided by their standard deviations before
        they weigh the answers (ACSI, SmartPLS: the index is then the score itself), or not (plspm).
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a construct that leads to the target, on any way: `construct leads_to estimate
        std_error statistic p_value conf_low conf_high index index_low index_high p_holm priority
        clear n`.
        `index` is the weighted mean of its questions on 0–100, `estimate` the total effect in
        points of the target's index per point of this one. `priority` is `fix_first` (effect above
        and index below the means of the rows), `keep_up`, `watch` or `maintain`; it is `clear`
        where the intervals of both differences (by t, Bonferroni over the rows) leave out 0.

    Raises
    ------
    ModelError
        The target is none of the model's, or nothing leads to it; a question has a negative
        weight, by which an index would be no mean.

    Notes
    -----
    Fornell et al. (1996), J. Marketing 60:7; Ringle & Sarstedt (2016), Ind. Manag. Data Syst.
    116:1865. Effects have intervals by t, indices percentiles of the fit's bootstrap, in which
    means, spreads and weights are drawn anew.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(400, seed=1, design="insurance")
    >>> found = importance_performance(cx.constructs.fit_constructs(study, n_boot=200))
    >>> found.sort_values("estimate")["construct"].iloc[-1]
    'content'
    """
    names = fit.constructs
    target = names[-1] if target is None else target
    if index_weights not in INDEX_WEIGHTS:
        raise ModelError(
            "index_weights={given!r}: it is one of {known}",
            given=index_weights,
            known=", ".join(INDEX_WEIGHTS),
        )
    explained = [one for one in names if one in fit.model]
    if target not in explained:
        raise ModelError(
            "target={target!r}: nothing leads to it in this model; give one of {known}",
            target=target,
            known=", ".join(explained),
        )
    if len(wrong := fit.weights.query("weight < 0")):
        raise ModelError(
            "{item} weighs negatively in {construct}, so that its index would be no mean of answers"
            " between 0 and 100; reverse the scale of the question, or leave it out",
            **wrong.iloc[0][["item", "construct"]],
        )
    end, (least, most) = names.index(target), fit.scales.T
    at = np.flatnonzero(fit.solution.total[0][:, end])

    def indexed(found: Paths) -> tuple[np.ndarray, np.ndarray]:
        return indices(found, least, most, index_weights == "divided")

    def effect(found: Paths) -> np.ndarray:
        spread = indexed(found)[1]
        return found.total[:, at, end] * spread[:, [end]] / spread[:, at]

    def level(found: Paths) -> np.ndarray:
        return indexed(found)[0][:, at]

    frame = pd.DataFrame({"construct": np.array(names)[at], "leads_to": target})
    ends = "index", "index_low", "index_high"
    frame = frame.assign(
        **fit.inference(effect, conf_level), **fit.intervals(level, conf_level, *ends)
    )
    frame["p_holm"] = holm(frame["p_value"])
    strict = 1 - (1 - conf_level) / (2 * len(at))
    sides = [fit.inference(_beyond(of), strict) for of in (effect, level)]
    more, better = (side["estimate"] >= 0 for side in sides)
    frame["priority"] = np.select(
        [more & ~better, more, ~better], ["fix_first", "keep_up", "watch"], "maintain"
    )
    clear = [(side["conf_low"] > 0) | (side["conf_high"] < 0) for side in sides]
    return by_bags(frame.assign(clear=clear[0] & clear[1], n=fit.n), fit.bags)


def _beyond(of: Callable[[Paths], np.ndarray]) -> Callable[[Paths], np.ndarray]:
    """What each has beyond the mean of all."""
    return lambda found: of(found) - of(found).mean(axis=1, keepdims=True)
