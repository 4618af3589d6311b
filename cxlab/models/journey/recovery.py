"""How many customers had a problem, and what goes with its being resolved."""

import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.describe.metrics import METRICS, measured_by, statistic_of
from cxlab.models.estimator import estimator
from cxlab.stats.inference import holm
from cxlab.study.sample import Sample, Split, by_level, contrast, table
from cxlab.study.study import Study

PROBLEM = "problem"
NOT_DECLARED = (
    "this study declares no problems; declare who had one, and whose was resolved, under problems:"
)
PAIRS = (("resolved", "none"), ("unresolved", "none"), ("resolved", "unresolved"))
COLUMNS = (
    *("outcome", "metric", "group", "level", "against", "figure", "figure_against", "estimate"),
    *("std_error", "statistic", "p_value", "conf_low", "conf_high", "p_holm", "p_equivalent"),
    *("n", "n_against"),
)
# What each share is of.
SHARES = {"problem_share": "had", "resolved_share": "resolved"}


@estimator("problem_incidence")
def problem_incidence(study: Study, *, by: Split = None, conf_level: float = 0.95) -> pd.DataFrame:
    """The share of customers who had a problem, and of these, whose was resolved.

    Parameters
    ----------
    study : Study
        A study that declares `problems:`.
    by : str, optional
        A split of the study: "wave", "account" or a segment.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        `group level metric estimate std_error conf_low conf_high n n_eff`: `problem_share` of all
        who said whether they had a problem, and `resolved_share` of those who had one and said
        whether it was resolved; shares (0–1) with Wilson intervals. A group where nobody had a
        problem has no second row.

    Raises
    ------
    NotAskedError
        No problems are declared.
    ModelError
        Nobody answered.

    Notes
    -----
    Wilson (1927) on the effective n, as `Sample.share`; checked against statsmodels. In a driver
    model problems are held constant by `fit_loyalty(…, controls="problem")`, whose terms
    `problem[resolved]` and `problem[unresolved]` are differences from customers free of problems;
    `moderation(study, "problem")` tells whether touchpoints weigh more where there was one.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame = pd.DataFrame({"p": [1] * 30 + [2] * 70, "s": [1] * 20 + [2] * 10 + [None] * 70})
    >>> study = cx.Study.from_frame(frame, {}, problems={"had": "p", "resolved": "s"})
    >>> cx.journey.problem_incidence(study)[["metric", "estimate", "n"]].round(2).values.tolist()
    [['problem_share', 0.3, 100], ['resolved_share', 0.67, 30]]
    """
    if study.codebook.problems is None:
        raise NotAskedError(NOT_DECLARED)
    found = study.problems
    rows = [
        (
            part,
            part.about
            | {"metric": metric}
            | part.sample.share(part.answers, conf_level)
            | part.counts,
        )
        for metric, asked in SHARES.items()
        if asked in found
        for part in by_level(study, found[asked], by)
    ]
    if not rows:
        raise ModelError("nobody said whether there was a problem")
    return table(rows)


@estimator("recovery")
def recovery(
    study: Study,
    outcome: str | None = None,
    *,
    margin: float | None = None,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """An outcome of customers without a problem, with a resolved and with an unresolved one, each
    against each.

    Parameters
    ----------
    study : Study
        A study that declares `problems:` with `resolved:`.
    outcome : str, optional
        Id of the outcome; the report's, or the first, unless given.
    margin : float, optional
        The largest difference that does not matter, in NPS points, scale points, or of a yes-or-no
        outcome as a share (0–1): adds the test of equivalence.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        Three rows, `resolved` against `none` (above 0: the service recovery paradox), `unresolved`
        against `none`, `resolved` against `unresolved`: `outcome metric group level against figure
        figure_against estimate std_error statistic p_value conf_low conf_high p_holm p_equivalent n
        n_against`. `figure` is the NPS, the share of yes, or the mean of the `n` respondents in
        `level`, `figure_against` that of the `n_against` in `against`, `estimate` the difference of
        the two. `p_holm` is adjusted over the three; `p_equivalent`, only with a margin, is the
        larger p of two one-sided tests, adjusted likewise: below 5 %, the difference is smaller
        than the margin.

    Raises
    ------
    NotAskedError
        No problems, or not whether they were resolved, or no outcome.
    ModelError
        Nobody of one of the three groups answered the outcome; a margin that is not above 0.

    Notes
    -----
    Differences as in `differences` (unpooled, with accounts and weights). The paradox: McCollough &
    Bharadwaj (1992); in the meta-analysis of de Matos, Henrique & Rossi (2007), J. Serv. Res.
    10:60, it holds for satisfaction and not for repurchase or word of mouth. Equivalence:
    Schuirmann (1987), J. Pharmacokinet. Biopharm. 15:657; Holm (1979). Whose problem is resolved is
    not drawn by lot: the differences go with the recovery and are no proof of its effect. Checked
    against SciPy's Welch test and statsmodels' `ttost_ind`.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> score = {"loyalty": {"kind": "score", "column": "y", "scale": "s"}}
    >>> frame = pd.DataFrame({"y": [6, 7, 5, 6, 2, 3], "p": [2, 2, 1, 1, 1, 1]})
    >>> frame["s"] = [None, None, 1, 1, 2, 2]
    >>> asked = {"had": "p", "resolved": "s"}
    >>> scales = {"s": {"min": 1, "max": 7}}
    >>> study = cx.Study.from_frame(frame, {}, score, scales=scales, problems=asked)
    >>> cx.journey.recovery(study)[["level", "against", "estimate"]].values.tolist()
    [['resolved', 'none', -1.0], ['unresolved', 'none', -4.0], ['resolved', 'unresolved', 3.0]]
    """
    problems = study.codebook.problems
    if problems is None:
        raise NotAskedError(NOT_DECLARED)
    if problems.resolved is None:
        raise NotAskedError(
            "this study does not tell whose problem was resolved; declare it as resolved: under"
            " problems:"
        )
    if margin is not None and not margin > 0:
        raise ModelError("margin={margin}: give a difference above 0", margin=margin)
    outcome = outcome or study.codebook.main_outcome
    if outcome is None:
        raise NotAskedError("this study has no outcome that a problem could be associated with")
    metric = METRICS.get(study.outcome_kind(outcome), ["score_mean"])[-1]
    kind = statistic_of(metric)
    answers, groups = study.outcome(outcome), study.group(PROBLEM)
    whole, sides = Sample.of(study, study.index), {}
    for level in ("none", "resolved", "unresolved"):
        there = (answers.notna() & (groups == level)).to_numpy()
        y = measured_by(metric, study, outcome, answers[there].to_numpy(float))
        sides[level] = y, whole.at(there)
        if not there.any():
            raise ModelError(
                "outcome {outcome}: nobody answered it of those whose problem is: {level}; there is"
                " nothing to compare",
                outcome=outcome,
                level=level,
            )
    rows = []
    for level, against in PAIRS:
        (y, sample), (other, others) = sides[level], sides[against]
        about = {"outcome": outcome, "metric": metric, "group": PROBLEM}
        about |= {"level": level, "against": against}
        about |= {"figure": sample.told(y), "figure_against": others.told(other)}
        tested = contrast(sides[against], sides[level], kind, conf_level, margin)
        rows.append(about | tested | {"n": sample.n, "n_against": others.n})
    frame = pd.DataFrame(rows)
    if frame["estimate"].isna().all():
        whole.at(answers.notna().to_numpy()).refuse()
    frame["p_holm"] = holm(frame["p_value"])
    if margin is not None:
        frame["p_equivalent"] = holm(frame["p_equivalent"])
    return frame.reindex(columns=[one for one in COLUMNS if one in frame])
