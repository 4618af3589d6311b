"""Where paths turn in circles, and where they end."""

import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.models.events.chosen import (
    ESTIMATE,
    Chosen,
    Logged,
    chosen,
    shares,
    with_success,
)
from cxlab.stats.inference import holm
from cxlab.study.sample import Sample, Split, contrast
from cxlab.study.study_events import ENDED, WENT_ON

GAP = "gap"


@estimator("loops")
def loops(study: Logged, *, by: Split = None, conf_level: float = 0.95) -> pd.DataFrame:
    """How many customers come back to a touchpoint.

    Parameters
    ----------
    study, by, conf_level
        As in `transitions`.

    Returns
    -------
    DataFrame
        One row a touchpoint: `group level metric touchpoint estimate conf_low conf_high repeated
        visits n`. `estimate` is the share (0–1) of the `n` customers who met it that came back
        after another contact, `repeated` the share that met it twice in a row, `visits` how often
        they met it on average.

    Raises
    ------
    NotAskedError, ModelError
        As `transitions`.

    Notes
    -----
    Wilson (1927): one answer a customer.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.events.loops(cx.simulate_study(900, seed=2, design="panel"))
    >>> bool((table["visits"] >= 1).all())
    True
    """
    counted = (
        "count(*) filter (entries > 1) as hits, avg((visits > entries)::int) as repeated,"
        " avg(visits) as visits"
    )
    return _by_touchpoint(chosen(study, by), counted, ["repeated", "visits"], conf_level)


@estimator("drop_off")
def drop_off(study: Logged, *, by: Split = None, conf_level: float = 0.95) -> pd.DataFrame:
    """At which touchpoints paths end without a success.

    Parameters
    ----------
    study, by, conf_level
        As in `transitions`; the log declares a `success`.

    Returns
    -------
    DataFrame
        One row a touchpoint: `group level metric touchpoint estimate conf_low conf_high n_lost n`:
        of the `n` customers who met it the share (0–1) whose last contact it was, and who reached
        no success (`n_lost`).

    Raises
    ------
    NotAskedError
        As `transitions`.
    ModelError
        As `transitions`; no success declared.

    Notes
    -----
    Open paths (`window_days`) do not count. Wilson (1927): one answer a customer.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.events.drop_off(cx.simulate_study(900, seed=2, design="panel"))
    >>> table.loc[table["estimate"].idxmax(), "touchpoint"]
    'complaints'
    """
    paths = with_success(chosen(study, by))
    counted = "count(*) filter (lost) as hits, count(*) filter (lost) as n_lost"
    return _by_touchpoint(paths, counted, ["n_lost"], conf_level)


def _by_touchpoint(
    paths: Chosen, counted: str, columns: list[str], conf_level: float
) -> pd.DataFrame:
    """Shares of the customers who met each touchpoint."""
    query = (
        "with met as (select level, h, code, count(*) as visits, count(*) filter (prev is distinct"
        f" from code) as entries, bool_or(is_last) as lost from steps where code"
        f" > 0 group by all) select level, code, {counted}, count(*) as n from met group by all"
        " order by code"
    )
    tables = []
    for level, rows in paths.each(query):
        names = {"touchpoint": [*map(paths.name, rows["code"])]}
        told = shares(rows["hits"], rows["n"], conf_level, ESTIMATE)
        kept = rows[[*columns, "n"]].to_dict("list")
        tables.append(pd.DataFrame(paths.about(level) | names | told | kept))
    return pd.concat(tables, ignore_index=True)


@estimator("exit_experience")
def exit_experience(
    study: Logged, *, role: str = "experience", conf_level: float = 0.95
) -> pd.DataFrame:
    """Whether customers whose path ended at a touchpoint rate it otherwise than those who went on.

    Parameters
    ----------
    study : Study or StudyEvents
        As in `transitions`; its customers are among the respondents, and a `success` is declared.
    role : {"experience", "gap"}
        What they say of the touchpoint: the experience, or experience less expectation.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a touchpoint that the survey asks about and the log holds: `touchpoint role group
        level against figure figure_against estimate std_error statistic p_value conf_low conf_high
        p_holm n n_against`, in scale points: `figure` is the mean of the `n` whose path `ended`
        there without a success, `figure_against` that of the `n_against` who met it and `went_on`,
        `estimate` the difference, below 0 where a bad contact goes with the end of the path.

    Raises
    ------
    NotAskedError
        No log; no touchpoint of the survey in it; a role that is not asked.
    ModelError
        As `transitions`; no success declared, or another role.

    Notes
    -----
    Respondents' last row where they stand in several (a panel). Differences as in `differences`
    (Welch, with accounts and weights), Holm (1979) over touchpoints. When the rating was given,
    before or after the path ended, the log does not tell: association, in no direction. Checked
    against SciPy's Welch test.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.events.exit_experience(cx.simulate_study(900, seed=2, design="panel"))
    >>> bool(table.set_index("touchpoint").loc["complaints", "estimate"] < 0)
    True
    """
    if role not in ("experience", GAP):
        raise ModelError("role={role!r}: give experience or gap", role=role)
    events, rows = with_success(chosen(study)).events, []
    study = events.study
    endings, whole = events.endings(), Sample.of(study, study.index)
    points = study.touchpoints.set_index("touchpoint")
    asked = points["experience"] & (points["expectation"] if role == GAP else True)
    for point in [one for one in asked.index[asked] if one in endings]:
        y = study.rating(point)
        y = y - study.rating(point, "expectation") if role == GAP else y
        met = endings[point].mask(y.isna())
        sides = [
            (y[mine].to_numpy(float), whole.at(mine))
            for mine in ((met == one).to_numpy(bool, na_value=False) for one in (WENT_ON, ENDED))
        ]
        row = {"touchpoint": point, "role": role, "group": "path"}
        row |= {"level": ENDED, "against": WENT_ON}
        if all(sample.n for _, sample in sides):
            row |= contrast(*sides, "mean", conf_level)
            row["figure_against"], row["figure"] = (sample.told(one) for one, sample in sides)
        rows.append(row | {"n": sides[1][1].n, "n_against": sides[0][1].n})
    if not rows:
        raise NotAskedError("the survey asks about no touchpoint of the log")
    frame = pd.DataFrame(rows).reindex(columns=COLUMNS)
    return frame.assign(p_holm=holm(frame["p_value"].astype(float)))


COLUMNS = [
    *("touchpoint", "role", "group", "level", "against", "figure", "figure_against", "estimate"),
    *("std_error", "statistic", "p_value", "conf_low", "conf_high", "p_holm", "n", "n_against"),
]
