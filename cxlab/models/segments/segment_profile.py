"""What are the customers of each class like?"""

import numpy as np
import pandas as pd

from cxlab.models.estimator import estimator
from cxlab.models.segments.classified import settled
from cxlab.stats.latent_class import resampled
from cxlab.study.indicators import PROFILE
from cxlab.study.study import Study


@estimator("segment_profile")
def segment_profile(
    study: Study,
    found: pd.DataFrame,
    *,
    classes: int | None = None,
    n_boot: int = 2000,
    seed: int = 0,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """The share of each answer in each class, against that of all respondents.

    Parameters
    ----------
    study : Study
    found : DataFrame
        What `find_segments` gives of the study.
    classes : int, optional
        Another number of classes than the one that was chosen.
    n_boot, seed : int
        Resamples of respondents (of clusters, where there are any) and their seed; 0 for none.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a class, the largest first, and an answer: `group level metric question choice
        estimate conf_low conf_high estimate_all class_share class_share_low class_share_high
        n_class misplaced n`. `level` numbers the class of the split "profile"; `estimate` is the
        share (0–1) of an answer among those of the class who were asked, `estimate_all` among all;
        `class_share` the share of the class. `n_class` have it for the likeliest, of whom `n`
        answered the question; the share `misplaced` (0–1) of them is expected to belong to another.

    Raises
    ------
    ModelError
        As `find_segments`; none, or one class, was chosen.

    Notes
    -----
    Shares are those of the model, in which a respondent counts in each class by its probability, so
    doubt about whose class is whose does not blur them. Percentile intervals of resamples, in each
    of which the classes are fitted anew from where they are; the number of classes is taken as
    known. Their coverage is declared in tests/calibration/segments.py, and not simulated yet.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> from cxlab import segments
    >>> rng = np.random.default_rng(1)
    >>> group = rng.random(400) < 0.4
    >>> answers = {f"q{i}": rng.random(400) < np.where(group, 0.9, 0.1) for i in range(5)}
    >>> study = cx.Study.from_frame(pd.DataFrame(answers).astype(int), {})
    >>> found = segments.find_segments(study, [*answers], most=3)
    >>> table = cx.segments.segment_profile(study, found, n_boot=0)
    >>> table.query("question == 'q0' and choice == '1'")["estimate"].round(1).tolist()
    [0.1, 0.9]
    """
    answered, model, posterior = settled(study, found, classes)
    patterns, w, k = answered.patterns, answered.sample.w, len(model.shares)
    own, size = model.levels, model.shares
    ends = np.full((2, *own.shape), np.nan), np.full((2, k), np.nan)
    if n_boot:
        shares, levels = resampled(patterns, w, model, answered.units, n_boot, seed)
        quantiles = [(1 - conf_level) / 2, (1 + conf_level) / 2]
        ends = np.quantile(levels, quantiles, axis=1), np.quantile(shares, quantiles, axis=0)
    likeliest, doubt = posterior.argmax(axis=1), 1 - posterior.max(axis=1)
    weights, marks = patterns.weights(w), patterns.marks
    asked = np.add.reduceat(marks, patterns.first, axis=1)
    among_all = (weights @ marks) / np.repeat(weights @ asked, patterns.sizes)
    items = [(i, one) for i, each in enumerate(answered.indicators) for one in each.levels]
    rows = []
    for one in range(k):
        mine = likeliest == one
        n = asked[patterns.places[mine]].sum(axis=0).astype(int)
        of_class = {"class_share": size[one], "class_share_low": ends[1][0, one]}
        of_class |= {"class_share_high": ends[1][1, one], "n_class": int(mine.sum())}
        of_class["misplaced"] = np.average(doubt[mine], weights=w[mine])
        for place, (item, level) in enumerate(items):
            if level is not None:
                row = {"group": PROFILE, "level": str(one + 1), "metric": "answer_share"}
                row |= {"question": level[0], "choice": level[1], "estimate": own[place, one]}
                row |= {"conf_low": ends[0][0, place, one], "conf_high": ends[0][1, place, one]}
                rows.append(row | {"estimate_all": among_all[place]} | of_class | {"n": n[item]})
    return pd.DataFrame(rows)
