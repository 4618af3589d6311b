"""Whether people who code the same comments give them the same codes: a code on which they do not
agree is nobody's finding yet.
"""

import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.stats.agreement import krippendorff
from cxlab.study.coding import coding_of, verdict
from cxlab.study.sample import Sample
from cxlab.study.study import Study


@estimator("agreement")
def agreement(
    study: Study,
    comment: str,
    *,
    each: str = "code",
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Krippendorff's alpha of each code.

    Parameters
    ----------
    study : Study
    comment : str
        Id of a comment that two or more people coded.
    each : {"code", "touchpoint", "stage"}
        A row for each code, or for each touchpoint or stage that codes are about.
    conf_level : float
        Confidence level of the intervals.
    n_boot, seed : int
        Resamples of comments (of accounts where these are declared) and their seed; 0 draws none.

    Returns
    -------
    DataFrame
        In the order of the codebook: `comment group level estimate conf_low conf_high n n_coders
        verdict`. `estimate` is alpha: 1 where coders agree, 0 where they agree as often as by
        chance; `n` comments were coded by two people or more. `verdict` is "agreed" (from .8),
        "tentative" (from .667) or "disputed"; "" where no coder gave the code, or all gave it to
        every comment. No interval where nobody disagrees.

    Raises
    ------
    NotAskedError
        An unknown comment, or one that nobody coded.
    ModelError
        One coder, or coders who share no comment.

    Notes
    -----
    Nominal alpha of given and not given: Krippendorff (2004), Content Analysis, ch. 11; the
    interval as in `cxlab.stats.agreement`. Codes may stand beside each other in one comment, so
    there is no alpha of all codes. A percentile interval is narrow where few comments have a code:
    tests/calibration says how often it holds.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> frame = pd.DataFrame({"id": range(60), "why": "x", "nps": 9})
    >>> rows = [(i, c, "delay" if i % 3 == 0 and i + j != 3 else "") for i in range(60)
    ...         for j, c in enumerate("ab")]
    >>> coded = pd.DataFrame(rows, columns=["respondent", "coder", "code"]).assign(comment="why")
    >>> why = {"why": {"column": "why", "codebook": {"delay": {}}}}
    >>> keys = {"comments": why, "respondent": "id", "coded": coded}
    >>> recommend = {"recommend": {"kind": "nps", "column": "nps"}}
    >>> study = cx.Study.from_frame(frame, {}, recommend, **keys)
    >>> table = cx.comments.agreement(study, "why")
    >>> table[["level", "estimate", "verdict"]].round(2).values.tolist()
    [['delay', 0.96, 'agreed']]
    """
    coding = coding_of(study, comment, each)
    coders = coding.ratings.shape[1]
    if coders < 2:
        raise ModelError(
            "comment {comment!r}: one person coded it; agreement takes two or more who coded the"
            " same comments",
            comment=comment,
        )
    clusters, rows = Sample.of(study, coding.index).clusters, []
    for level, ratings in zip(coding.levels, coding.ratings, strict=True):
        found = krippendorff(
            ratings, clusters=clusters, conf_level=conf_level, n_boot=n_boot, seed=seed
        )
        about = {"comment": comment, "group": coding.group, "level": level}
        told = {"n_coders": coders, "verdict": verdict(found["estimate"])}
        rows.append(about | found | told)
    return pd.DataFrame(rows)
