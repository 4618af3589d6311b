"""Where customers go from each touchpoint: all moves, and those of the first contacts."""

from collections import defaultdict

import numpy as np
import pandas as pd

from cxlab.models.estimator import estimator
from cxlab.models.events.chosen import (
    ESTIMATE,
    LOST,
    MOVES,
    OTHER,
    START,
    Logged,
    chosen,
    merged,
    shares,
)
from cxlab.models.events.counts import counts_of
from cxlab.study.sample import Split

# Touchpoints that a step of a picture has room for.
MOST = 6


@estimator("transitions")
def transitions(study: Logged, *, by: Split = None, conf_level: float = 0.95) -> pd.DataFrame:
    """From each touchpoint, the share of the moves that goes to each other one.

    Parameters
    ----------
    study : Study or StudyEvents
        A study that declares `events:`, or what `read_events` gives.
    by : str, optional
        A split of the respondents (a segment, "wave"), or "channel", that of the first contact.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a move that occurs: `group level metric before touchpoint estimate conf_low
        conf_high moves n_before n`. `estimate` is the share (0–1) of the moves from `before` that
        go to `touchpoint`, `moves` their number; `n` customers made them, of `n_before` who were at
        `before`. `before` is `path_start` at the first contact; `touchpoint` the success, or
        `path_lost` where the path ended without one.

    Raises
    ------
    NotAskedError
        No log is declared, or none that meets the split.
    ModelError
        Fewer than 50 contacts, no closed path, an unknown split.

    Notes
    -----
    Moves of a touchpoint to itself count; open paths (`window_days`) do not. Moves of one customer
    depend on each other: Wilson's interval on the number of independent moves that has the variance
    linearised over customers (Korn & Graubard 1998), of more than 5,000 over 1,000 random bags of
    them. Checked against the directly-follows graphs that pm4py makes of two logs.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.events.transitions(cx.simulate_study(900, seed=2, design="panel"))
    >>> table.loc[table["before"] == "path_start", "touchpoint"].tolist()
    ['branch', 'phone', 'app']
    """
    paths, tables = chosen(study, by), []
    people = dict(
        paths.each(
            "select level, coalesce(prev, 0) as i, code as j, count(distinct h) as n from steps"
            " group by all union all select level, code, -1, count(*) from steps where is_last and"
            " code > 0 group by all order by all"
        )
    )
    k, names = len(paths.log.names), [*paths.log.names, paths.success, LOST]
    for level, counts in counts_of(paths):
        i, j, n = (people[level][one].to_numpy(int) for one in "ijn")
        j = np.select([j == 0, j < 0], [k, k + 1], j - 1)
        total = counts.total
        spread = counts.variance(i, j)
        told = shares(total[i, j], total.sum(axis=1)[i], conf_level, ESTIMATE, spread)
        rows = {"before": [[START, *names][one] for one in i], "touchpoint": [names[x] for x in j]}
        sizes = {"n_before": np.array([counts.n, *counts.met], int)[i], "n": n}
        moves = {"moves": total[i, j].astype(int)}
        frame = pd.DataFrame(paths.about(level, MOVES) | rows | told | moves | sizes)
        tables.append(frame.iloc[np.lexsort([j, i])])
    return pd.concat(tables, ignore_index=True)


@estimator("first_steps")
def first_steps(
    study: Logged,
    *,
    steps: int = 4,
    by: Split = None,
    min_cell: int = 10,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """How many customers go from each touchpoint to each next one in the first contacts.

    Parameters
    ----------
    study, by, conf_level
        As in `transitions`.
    steps : int
        How many contacts are followed, 2 or more.
    min_cell : int
        A flow of fewer customers goes to `path_other`, as do touchpoints beyond the six with the
        most customers at a step.

    Returns
    -------
    DataFrame
        One row a flow: `group level metric step before touchpoint estimate conf_low
        conf_high n`: of all
        customers the share (0–1) that was at `before` at contact number `step` and at `touchpoint`
        (or at the success, or lost) next.

    Raises
    ------
    NotAskedError, ModelError
        As `transitions`.

    Notes
    -----
    Contacts that follow each other at one touchpoint are one contact. Customers of a small flow are
    counted under `path_other` from there on, so that what flows into a touchpoint flows out of it,
    and none of the numbers is of fewer than `min_cell`. Wilson (1927).

    Examples
    --------
    >>> import cxlab as cx
    >>> flows = cx.events.first_steps(cx.simulate_study(900, seed=2, design="panel"))
    >>> bool(flows["n"].min() >= 10)
    True
    """
    paths, tables = chosen(study, by), []
    kept = [paths.success, LOST, OTHER]
    columns = [f"c{one}" for one in range(1, steps + 1)]
    places = ", ".join(f"max(code) filter (place = {one}) as c{one}" for one in range(1, steps + 1))
    query = (
        f"with runs as (select level, h, code, row_number() over (partition by h order by"
        " place) as place from steps where prev is distinct from code), firsts as (select level, h,"
        f" {places} from runs where place <= {steps} group by all)"
        f" select level, {', '.join(columns)}, count(*) as n from firsts group by all order by all"
    )
    for level, patterns in paths.each(query):
        n, total = patterns["n"].to_numpy(), int(patterns["n"].sum())
        names = np.array(
            [[paths.name(one, LOST) for one in row] for row in patterns[columns].to_numpy(object)]
        )
        flows: dict[tuple, int] = defaultdict(int)
        before = _held(names[:, 0], n, np.full(len(n), ""), kept, min_cell)
        for step in range(1, steps):
            gone = np.isin(before, [LOST, paths.success])
            here, size = ~gone, np.where(gone, 0, n)
            after = np.where(here, _held(names[:, step], size, before, kept, min_cell), LOST)
            for row in np.flatnonzero(here):
                flows[step, before[row], after[row]] += int(n[row])
            before = after
        rows = [(*key, count) for key, count in flows.items()]
        frame = pd.DataFrame(rows, columns=["step", "before", "touchpoint", "n"])
        frame = frame.sort_values(["step", "n"], ascending=[True, False], kind="stable")
        told = shares(frame["n"], total, conf_level, ESTIMATE)
        frame = frame.assign(**paths.about(level), **told).astype({"step": str})
        tables.append(frame)
    order = ["group", "level", "metric", "step", "before", "touchpoint", *ESTIMATE, "n"]
    return pd.concat(tables, ignore_index=True)[order]


def _held(
    names: np.ndarray, n: np.ndarray, before: np.ndarray, kept: list[str], min_cell: int
) -> np.ndarray:
    """The names at a step, those of small flows from the step before as `path_other`; of
    touchpoints, which are not always `kept`, the most frequent.
    """
    sizes = pd.Series(n).groupby(names).sum().drop(kept, errors="ignore")
    most = {*kept, *sizes.nlargest(MOST).index}
    told = np.where(np.isin(names, [*most]), names, OTHER).astype(object)
    for one in dict.fromkeys(before):
        here = before == one
        flows = pd.Series(n[here]).groupby(told[here]).sum()
        told[here] = [merged(flows, min_cell).get(name, name) for name in told[here]]
    return told
