"""The paths of customers as a whole: how many there are, which are the most frequent."""

import numpy as np
import pandas as pd

from cxlab.glossary import ARROW
from cxlab.models.estimator import estimator
from cxlab.models.events.chosen import (
    CUSTOMERS,
    DAYS,
    ESTIMATE,
    LOST,
    OTHER,
    Logged,
    chosen,
    merged,
    shares,
)
from cxlab.study.sample import Split

MICROSECONDS = 86_400e6  # of a day
# A word of SQL that joins the codes of a path.
_CODES = "string_agg(code, ',' order by place)"


@estimator("event_log")
def event_log(study: Logged, *, conf_level: float = 0.95) -> pd.DataFrame:
    """How many contacts of how many customers the log holds, and the share of them with a success.

    Parameters
    ----------
    study, conf_level
        As in `transitions`.

    Returns
    -------
    DataFrame
        One row: `outcome metric contacts first last estimate conf_low conf_high n_success n_open
        n_matched n`. `contacts` from the day `first` to the day `last`; of the `n` customers with a
        closed path the share (0–1) that reached the success (NaN where none is declared); `n_open`
        customers with an open one, `n_matched` of all who answered the survey.

    Raises
    ------
    NotAskedError, ModelError
        As `transitions`.

    Notes
    -----
    A path without a success whose last contact lies within `window_days` of the log's end is open.
    Wilson (1927).

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.events.event_log(cx.simulate_study(900, seed=2, design="panel"))["n"].item()
    554
    """
    paths = chosen(study)
    log, n = paths.log, sum(paths.levels.values())
    hits = log.n_success if log.spec.success else np.nan
    about = {"outcome": paths.success, "metric": CUSTOMERS, "contacts": log.events}
    days = {"first": f"{log.start:%Y-%m-%d}", "last": f"{log.end:%Y-%m-%d}"}
    told = shares([hits], [n], conf_level, ESTIMATE)
    sizes = {"n_success": log.n_success, "n_open": log.n_open, "n_matched": log.n_matched, "n": n}
    return pd.DataFrame(about | days | told | sizes)


@estimator("paths")
def paths(
    study: Logged,
    *,
    by: Split = None,
    most: int = 10,
    repeats: bool = False,
    min_cell: int = 10,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """The most frequent paths, each with its share of the customers.

    Parameters
    ----------
    study, by, conf_level
        As in `transitions`.
    most : int
        How many paths have a row of their own.
    repeats : bool
        Tell paths apart by contacts that follow each other at one touchpoint too.
    min_cell : int
        Paths of fewer customers are counted under `path_other`.

    Returns
    -------
    DataFrame
        One row a path, the most frequent first, then the others together: `group level metric
        path variants estimate conf_low conf_high n`. `path` joins touchpoints by " → ", up to the
        success or `path_lost`; `variants` is the number of different paths in the row (1, or many
        in the last).

    Raises
    ------
    NotAskedError, ModelError
        As `transitions`.

    Notes
    -----
    The number of customers of a path that fewer than `min_cell` took is never told: where the
    others are as few, the next smallest path joins them. Wilson (1927).

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.events.paths(cx.simulate_study(900, seed=2, design="panel"), most=3)
    >>> len(table), table["path"].iloc[-1], int(table["n"].sum())
    (4, 'path_other', 554)
    """
    found, tables = chosen(study, by), []
    where = "" if repeats else "where prev is distinct from code"
    query = (
        f"select level, path, count(*) as n from (select level, h, {_CODES} as path from steps"
        f" {where} group by all) group by all"
        " order by n desc, path"
    )
    for level, variants in found.each(query):
        variants, total = variants.reset_index(drop=True), int(variants["n"].sum())
        gone = merged(variants["n"], min_cell)
        own = (~variants.index.isin(gone)) & (variants.index < most)
        rest = variants[~own]
        if 0 < rest["n"].sum() < min_cell:
            own[np.flatnonzero(own)[-1:]] = False
            rest = variants[~own]
        rows = variants[own]
        codes = [[*map(int, path.split(","))] for path in rows["path"]]
        words = [ARROW.join([*map(found.name, one), *[LOST] * (one[-1] > 0)]) for one in codes]
        sizes = [*rows["n"], *[rest["n"].sum()] * bool(len(rest))]
        told = shares(sizes, total, conf_level, ESTIMATE)
        frame = {"path": [*words, *[OTHER] * bool(len(rest))]}
        frame["variants"] = [1] * len(rows) + [len(rest)] * bool(len(rest))
        tables.append(pd.DataFrame(found.about(level) | frame | told | {"n": sizes}))
    return pd.concat(tables, ignore_index=True).astype({"n": int})


@estimator("time_between")
def time_between(study: Logged, *, by: Split = None, conf_level: float = 0.95) -> pd.DataFrame:
    """The time from each contact to the next one.

    Parameters
    ----------
    study, by, conf_level
        As in `transitions`.

    Returns
    -------
    DataFrame
        One row a move between two contacts: `group level metric before touchpoint estimate
        conf_low conf_high n`: the median number of days, of the first such move of each of `n`
        customers.

    Raises
    ------
    NotAskedError, ModelError
        As `transitions`.

    Notes
    -----
    Between contacts that did follow; how long customers without a next one would take is not known.
    The interval is that of order statistics, n/2 ± z·√n/2 (Conover 1999, Practical Nonparametric
    Statistics, 3.2). Checked against NumPy's median.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.events.time_between(cx.simulate_study(900, seed=2, design="panel"))
    >>> bool((table["conf_low"] <= table["estimate"]).all())
    True
    """
    from scipy import stats

    found, tables = chosen(study, by), []
    half = stats.norm.ppf((1 + conf_level) / 2) / 2
    # The middle one of an odd number, the mean of the two in the middle of an even one.
    places = {
        "estimate": "(n + 1) // 2 or place = n // 2 + 1",
        "conf_low": f"greatest(1, floor(n / 2 - {half} * sqrt(n))::bigint)",
        "conf_high": f"least(n, ceil(1 + n / 2 + {half} * sqrt(n))::bigint)",
    }
    columns = ", ".join(
        f"avg(wait / {MICROSECONDS}) filter (place = {place}) as {name}"
        for name, place in places.items()
    )
    query = (
        "with firsts as (select level, prev, code, arg_min(wait, place) as wait from steps where"
        " prev is not null group by level, h, prev, code), ranked as (select *, row_number() over"
        " (partition by level, prev, code order by wait) as place, count(*) over (partition by"
        " level, prev, code) as n from firsts)"
        f" select level, prev, code, {columns}, any_value(n) as n from ranked group by all order"
        " by prev, code"
    )
    for level, rows in found.each(query):
        names = {"before": [*map(found.name, rows["prev"])]}
        names["touchpoint"] = [*map(found.name, rows["code"])]
        told = rows[[*ESTIMATE, "n"]].to_dict("list")
        tables.append(pd.DataFrame(found.about(level, DAYS) | names | told))
    return pd.concat(tables, ignore_index=True)
