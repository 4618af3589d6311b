"""Questions of which several answers may be given: how many named each."""

import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.study.sample import Split, by_level, table
from cxlab.study.splits import crossed
from cxlab.study.study import Study

LOST = ("no_answer", "not_asked")


@estimator("choices")
def choices(
    study: Study, question: str | None = None, *, by: Split = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """The share of respondents who named each choice of a question of several answers.

    Parameters
    ----------
    study : Study
        A study that declares `multiple_response:`.
    question : str, optional
        Id of the question; the first unless given.
    by : str or list of str, optional
        A split of the study: "wave", "account" or a segment; several are combined.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a choice and level: `question choice group level metric estimate std_error conf_low
        conf_high n_chosen n n_eff no_answer not_asked`. `estimate` is the share (0–1, weighted) of
        the `n` who answered the question, `n_chosen` how many of these named the choice; of the
        level's other respondents, `no_answer` gave none and `not_asked` were not asked. The shares
        of a question do not add up to 1: who names two choices counts in both. A choice that a
        file has no column for has no row in the waves of that file.

    Raises
    ------
    NotAskedError
        The study declares no such question.
    ModelError
        Another question, or nobody answered it.

    Notes
    -----
    Wilson (1927), J. Am. Stat. Assoc. 22:209; with weights or clusters on the effective n of Korn &
    Graubard (1998), Surv. Methodol. 24:193, as every share. Each choice is a mean of 0 and 1, as
    `survey::svymean` of indicators in R. Checked against statsmodels (`proportion_confint`,
    `DescrStatsW`).

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame = pd.DataFrame({"why": ["price;service"] * 30 + ["price"] * 10 + ["service"] * 10})
    >>> study = cx.Study.from_frame(frame, {}, multiple_response={"why": "why"})
    >>> cx.describe.choices(study)[["choice", "estimate", "n"]].values.tolist()
    [['price', 0.8, 50], ['service', 0.8, 50]]
    """
    declared = [one.id for one in study.codebook.multiple_response]
    if not declared:
        raise NotAskedError(
            "this study declares no multiple-response question; declare its column, or columns,"
            " under multiple_response:"
        )
    question = declared[0] if question is None else question
    named, states, by = study.choices(question), study.state(question, "choice"), crossed(by)
    groups = pd.Series("all", study.index) if by is None else study.group(by)
    lost = {state: (states == state).groupby(groups).sum() for state in LOST}
    rows = [
        (
            part,
            {"question": question, "choice": choice, **part.about, "metric": "choice_share"}
            | part.sample.share(part.answers, conf_level)
            | {"n_chosen": int(part.answers.sum())}
            | part.counts
            | {state: int(count[part.about["level"]]) for state, count in lost.items()},
        )
        for choice in named
        for part in by_level(study, named[choice], by)
    ]
    if not rows:
        raise ModelError("nobody answered {question}", question=question)
    order = study.levels(by) if by else ["all"]
    return table(sorted(rows, key=lambda row: order.index(row[0].about["level"])))
