"""The study by classes of customers: each in the likeliest, as a segment like any other."""

import pandas as pd

from cxlab.models.estimator import estimator
from cxlab.models.segments.classified import settled
from cxlab.study.indicators import with_profiles
from cxlab.study.study import Study


@estimator("study")
def with_segments(study: Study, found: pd.DataFrame, *, classes: int | None = None) -> Study:
    """The same study with the segment "profile": each respondent's likeliest class.

    Parameters
    ----------
    study, found, classes
        As in `segment_profile`.

    Returns
    -------
    Study
        What takes `by="profile"` splits by it: `metrics`, `differences`, `moderation` …; nobody who
        answered none of the indicators has one.

    Raises
    ------
    ModelError
        As `segment_profile`; the study has a "profile" already.

    Notes
    -----
    Profiles, and no more: the likeliest class is the wrong one for the share `misplaced` of
    `segment_profile`, which draws differences between classes (of an outcome, of slopes in
    `moderation`) towards 0; nothing here corrects for it (Bolck, Croon & Hagenaars 2004), nor do
    their intervals know that the classes are estimates. By an entropy of .8 and above, little is
    lost. Classes were made of the indicators, so that these differ between them by construction.

    Examples
    --------
    >>> import numpy as np
    >>> from cxlab import segments
    >>> rng = np.random.default_rng(1)
    >>> group = rng.random(400) < 0.4
    >>> answers = {f"q{i}": rng.random(400) < np.where(group, 0.9, 0.1) for i in range(5)}
    >>> study = Study.from_frame(pd.DataFrame(answers).astype(int), {})
    >>> split = with_segments(study, segments.find_segments(study, [*answers], most=3))
    >>> split.group("profile").value_counts().tolist()
    [231, 169]
    """
    answered, _, posterior = settled(study, found, classes)
    numbers = pd.Series((posterior.argmax(axis=1) + 1).astype(str), answered.rows)
    return with_profiles(study, numbers.reindex(study.index))
