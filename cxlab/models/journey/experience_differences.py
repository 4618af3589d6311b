"""At which touchpoints a group of customers lives another experience than the others."""

import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.stats.inference import holm, named_interval
from cxlab.study.sample import Part, asked, contrast, sample_of, table
from cxlab.study.splits import crossed
from cxlab.study.study import Study

ONE_LEVEL = "by={by!r}: touchpoints were rated in one group only; there is nothing to compare"
COLUMNS = (
    *("touchpoint", "stage", "contact", "group", "level", "experience", "experience_low"),
    *("experience_high", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"),
    *("p_holm", "n", "n_eff", "scale", "note"),
)


@estimator("experience_differences")
def experience_differences(study: Study, by: str, *, conf_level: float = 0.95) -> pd.DataFrame:
    """The mean experience of each group at each touchpoint, against that of all other customers.

    Of many cells some lie far from the others by chance: those that hold are told by one
    adjustment over all of them.

    Parameters
    ----------
    study : Study
    by : str
        A split of the study: "wave", "account", a segment or, where declared, "problem".
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a touchpoint and level, in journey order: `touchpoint stage contact group level
        experience experience_low experience_high estimate std_error statistic p_value conf_low
        conf_high p_holm n n_eff scale`. `experience` is the mean of the `n` in this level who rated
        the touchpoint, scale points; `estimate` is what it has beyond the mean of all others who
        rated it, those of no known level too. `p_holm` is adjusted over all cells; where two levels
        make up all, both cells of a touchpoint are one test.

    Raises
    ------
    NotAskedError
        The split has one level, or no touchpoint asks the experience.
    ModelError
        Nobody rated a touchpoint, or all who did are of one level.

    Notes
    -----
    Differences as in `differences` (Welch; CR2 where accounts answer on both sides); Holm (1979).
    Checked against SciPy's Welch test.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(300, seed=1)
    >>> table = cx.journey.experience_differences(study, "channel")
    >>> int((table["p_holm"] < 0.05).sum()), len(table)
    (0, 10)
    """
    by = crossed(by)
    groups, whole = study.group(by), sample_of(study, study.index, by)
    levels, rows = study.levels(by), []
    if len(levels) < 2:
        raise NotAskedError(ONE_LEVEL, by=by)
    for point in asked(study, "experience")[["touchpoint", "stage", "contact"]].to_dict("records"):
        rating, scale = study.rating(point["touchpoint"]), study.scale_of(point["touchpoint"])
        rated, y = rating.notna().to_numpy(), rating.to_numpy()
        there = {level: rated & (groups == level).to_numpy() for level in levels}
        there = {level: at for level, at in there.items() if at.any() and (rated & ~at).any()}
        for level, at in there.items():
            others = rated & ~at
            part = Part(point | {"group": by, "level": level}, y[at], whole.at(at))
            row = part.about | named_interval("experience", part.sample.mean(y[at], conf_level))
            row |= contrast((y[others], whole.at(others)), (y[at], part.sample), "mean", conf_level)
            row |= part.counts | {"scale": f"{scale.min:g}–{scale.max:g}"}
            # Of two levels that are all, the second is the first the other way round.
            again = len(there) == 2 and level != next(iter(there))
            row["test"] = not again or bool((others != there[next(iter(there))]).any())
            rows.append((part, row))
    if not rows:
        raise ModelError(ONE_LEVEL, by=by)
    frame = table(rows)
    p_holm = pd.Series(holm(frame["p_value"].where(frame.pop("test"))), frame.index)
    frame["p_holm"] = p_holm.fillna(p_holm.shift()).where(frame["p_value"].notna())
    return frame[[one for one in COLUMNS if one in frame]]
