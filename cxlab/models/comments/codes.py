"""How many customers say what, as people coded their comments, and what goes with saying it."""

import numpy as np
import pandas as pd

from cxlab.models.estimator import estimator
from cxlab.models.marks import COLUMNS, outcome_of, with_and_without
from cxlab.study.coding import coding_of, verdict
from cxlab.study.study import Study


@estimator("codes")
def codes(
    study: Study,
    comment: str,
    *,
    outcome: str | None = None,
    each: str = "code",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """The share of coded comments in which each code stands, and the outcome of those who wrote
    them against the others.

    Parameters
    ----------
    study : Study
    comment : str
        Id of a comment that declares `codebook:` and `codes:`.
    outcome : str, optional
        Id of the outcome; the one that the comment is about, or the report's, unless given.
    each : {"code", "touchpoint", "stage"}
        A row for each code, or for each touchpoint or stage that codes are about.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        In the order of the codebook: `outcome metric group level used used_low used_high figure
        figure_against estimate std_error statistic p_value conf_low conf_high p_holm n_before n
        n_against alpha n_coders verdict`. `used` is the share (0–1) of the `n_before` respondents
        whose comment was coded; `figure` the NPS, the share or the mean of the `n` who have the
        code and answered, `figure_against` of the `n_against` who have not; `p_holm` is adjusted
        over the rows. `verdict` is "agreed" (`alpha` from .8), "tentative" (from .667),
        "disputed", of which there is no figure, or "" where one person coded.

    Raises
    ------
    NotAskedError
        An unknown comment, or one that nobody coded.
    ModelError
        No code is about a touchpoint, where these are wanted.

    Notes
    -----
    A code counts where more than half of those who coded the comment gave it: of two coders both.
    Wilson (1927); differences as in `differences`; Holm (1979); alpha and its bounds: Krippendorff
    (2004), Content Analysis. What somebody writes of is no effect on the outcome: who is content
    writes of other things. Checked against statsmodels and SciPy.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame = pd.DataFrame({"id": range(60), "why": "x", "nps": [2, 10, 9] * 20})
    >>> given = {"respondent": range(60), "comment": "why", "coder": "ana"}
    >>> coded = pd.DataFrame({**given, "code": ["delay", "", "price"] * 20})
    >>> recommend = {"recommend": {"kind": "nps", "column": "nps"}}
    >>> why = {"why": {"column": "why", "codebook": {"delay": {}, "price": {}}}}
    >>> keys = {"comments": why, "respondent": "id", "coded": coded}
    >>> study = cx.Study.from_frame(frame, {}, recommend, **keys)
    >>> cx.comments.codes(study, "why")[["level", "used", "estimate"]].round(2).values.tolist()
    [['delay', 0.33, -200.0], ['price', 0.33, 100.0]]
    """
    coding = coding_of(study, comment, each)
    declared = study.codebook.comments[comment].about
    about = declared if declared in {*study.outcomes["outcome"]} else None
    outcome = outcome or about or study.codebook.main_outcome
    metric, answers = outcome_of(study, outcome) if outcome else ("", None)
    marks, alphas = coding.marks.reindex(study.index), coding.alphas()
    held = {"outcome": outcome, "metric": metric, "group": coding.group}
    frame = with_and_without(study, marks, held, answers, conf_level)
    frame = frame.assign(
        alpha=alphas, n_coders=coding.ratings.shape[1], verdict=[*map(verdict, alphas)]
    )
    figures = [one for one in COLUMNS if one not in ("n_before", "p_holm")]
    unsure = frame["verdict"] == "disputed"
    return frame.assign(**frame[figures].astype(float).mask(unsure)).assign(
        p_holm=np.where(unsure, np.nan, frame["p_holm"])
    )
