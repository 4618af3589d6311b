"""Where customers look for advice, and what goes with each source."""

import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.models.marks import outcome_of, with_and_without
from cxlab.study.study import Study

ADVICE = "advice"


@estimator("advice")
def advice(
    study: Study,
    outcome: str | None = None,
    *,
    step: str | None = None,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """The share that used each source of advice, and the outcome of those who did against those who
    did not.

    Parameters
    ----------
    study : Study
        A study that declares `advice:`. Where its funnel has a step `ask`, of those who reached it.
    outcome : str, optional
        Id of the outcome that may go with a source; the report's, or the first, unless given.
    step : str, optional
        In place of an outcome, a step of the funnel ("act": do more of them buy?); act where there
        is no outcome.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a source: `outcome metric group level used used_low used_high figure figure_against
        estimate std_error statistic p_value conf_low conf_high p_holm n_before n n_against`. `used`
        is the share (0–1) of the `n_before` who told their sources; `figure` the NPS, the share or
        the mean of the `n` who used it, `figure_against` of the `n_against` who did not, `estimate`
        the difference; `p_holm` is adjusted over the sources.

    Raises
    ------
    NotAskedError
        No advice is declared, or nothing that could go with it.
    ModelError
        Nobody told a source; an unknown outcome or step, or both.

    Notes
    -----
    Wilson (1927); differences as in `differences`; Holm (1979). The step: Kotler, Kartajaya &
    Setiawan (2017), Marketing 4.0. Checked against statsmodels and SciPy. A difference is no effect
    of the advice: those who ask friends are others than those who ask nobody.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame = pd.DataFrame({"f": [1] * 40 + [0] * 60, "nps": [9, 10, 9, 5] * 10 + [9, 4] * 30})
    >>> recommend = {"recommend": {"kind": "nps", "column": "nps"}}
    >>> study = cx.Study.from_frame(frame, {}, recommend, advice={"friends": "f"})
    >>> cx.journey.advice(study)[["level", "used", "estimate"]].values.tolist()
    [['friends', 0.4, 50.0]]
    """
    if not study.codebook.advice:
        raise NotAskedError(
            "this study declares no sources of advice; declare the column of each under advice:"
        )
    steps, used = study.codebook.funnel, study.advice
    if step is None and outcome is None:
        outcome = study.codebook.main_outcome
        step = "act" if outcome is None and "act" in steps else None
    if step is not None and (outcome is not None or step not in steps):
        raise ModelError(
            "step={step}: give one step of the funnel in place of an outcome; it has: {known}",
            step=step,
            known=", ".join(steps) or "none",
        )
    if step is None and outcome is None:
        raise NotAskedError(
            "this study has neither an outcome nor a step that advice could be associated with"
        )
    if used.isna().all(axis=None):
        raise ModelError("nobody told where he looked for advice")
    metric, answers = ("step_share", study.funnel[step]) if step else outcome_of(study, outcome)
    about = {"outcome": step or outcome, "metric": metric, "group": ADVICE}
    return with_and_without(study, used, about, answers, conf_level)
