"""Whose paths an estimator of the room counts: all, or those at each level of a split."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from cxlab.errors import ModelError, NotAskedError
from cxlab.study.event_log import OPEN, EventLog
from cxlab.study.sample import Split
from cxlab.study.splits import crossed
from cxlab.study.study import Study
from cxlab.study.study_events import StudyEvents, read_log

CHANNEL = "channel"
START, SUCCESS, LOST, OTHER = "path_start", "path_success", "path_lost", "path_other"
# Of fewer contacts nothing is told; of fewer successes not what they go with.
FEWEST_CONTACTS, FEWEST_SUCCESSES = 50, 30
# What an estimate is: a share of customers, of moves, a number of days.
CUSTOMERS, MOVES, DAYS = "customer_share", "move_share", "median_days"
# A study or its log, read.
Logged = Study | StudyEvents


class Chosen(NamedTuple):
    """The log with views of closed paths, `steps` (contacts) and `walkers` (customers), whose
    `level` is that of the split `by`; `levels` in their order, and how many customers each has.
    """

    events: StudyEvents
    by: str
    levels: dict[str, int]

    @property
    def log(self) -> EventLog:
        return self.events.log

    @property
    def success(self) -> str:
        """What the study calls its success."""
        declared = self.log.spec.success
        return declared[0] if len(declared) == 1 else SUCCESS

    def about(self, level: str, metric: str = CUSTOMERS) -> dict[str, str]:
        """Columns that say what the estimates of a level are."""
        return {"group": self.by, "level": level, "metric": metric}

    def name(self, code: Any, empty: str = START) -> str:
        """The touchpoint of a code; what stands for none."""
        if pd.isna(code):
            return empty
        return self.log.names[int(code) - 1] if code else self.success

    def each(self, query: str) -> Iterator[tuple[str, pd.DataFrame]]:
        """The rows of a query at each level."""
        found = self.log.sql(query)
        for level in self.levels:
            yield level, found[found["level"] == level].drop(columns="level")


def chosen(study: Logged, by: Split = None) -> Chosen:
    """The closed paths of a study's log, by a split of its respondents or by the channel of the
    first contact. Raises NotAskedError without a log, ModelError where it is too small, for another
    split, and where nobody is in it.
    """
    events = read_log(study) if isinstance(study, Study) else study
    log, by = events.log, crossed(by)
    if log.events < FEWEST_CONTACTS:
        raise ModelError(
            "the log holds {n} contacts, and it takes {least}; declare a longer one under events:",
            n=log.events,
            least=FEWEST_CONTACTS,
        )
    level, join, order = "'all'", "", ["all"]
    if by == CHANNEL:
        if log.spec.channel is None:
            raise NotAskedError("the log tells no channel; declare its column under events:")
        level = "c.channel"
    elif by is not None:
        groups = events.study.group(by)
        order = events.study.levels(by)
        people = events.of_people("select row, h from people")
        people["level"] = groups.to_numpy()[people["row"]].astype(object)
        log.sql("select 1", told_levels=people.dropna(subset=["level"]))
        level, join = "l.level", "join told_levels l using (h)"
    log.sql(
        f"create or replace temp view walkers as select c.*, {level} as level from customers c"
        f" {join} where ended < {OPEN} and {level} is not null"
    )
    whole = by is None and not log.n_open
    log.sql(
        "create or replace temp view steps as select s.*"
        + (
            ", 'all' as level from contacts s"
            if whole
            else ", level from contacts s join (select h, level from walkers) using (h)"
        )
    )
    sizes = log.sql("select level, count(*) as n from walkers group by level")
    sizes = dict(zip(sizes["level"], sizes["n"].astype(int), strict=True))
    if by == CHANNEL:
        order = sorted(sizes)
    levels = {one: sizes[one] for one in order if one in sizes}
    if not levels:
        raise ModelError("no closed path is in the log; is window_days longer than the log?")
    return Chosen(events, by or "all", levels)


def with_success(paths: Chosen) -> Chosen:
    """The same. Raises ModelError where the log declares no success."""
    if not paths.log.spec.success:
        raise ModelError(
            "the log declares no success; name the contacts that end a path well under events:"
            " success:"
        )
    return paths


def shares(
    hits: Any, n: Any, conf_level: float, names: tuple[str, str, str], spread: Any = None
) -> dict[str, np.ndarray]:
    """Shares of counts with their Wilson intervals; `spread`: the variances of shares whose counts
    depend on each other, which set how many independent ones these are worth.
    """
    hits, n = np.asarray(hits, float), np.asarray(n, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(n > 0, hits / n, np.nan)
        if spread is not None:
            n = np.where(np.asarray(spread) > 0, p * (1 - p) / spread, n)
        low, high = proportion_confint(p * n, n, alpha=1 - conf_level, method="wilson")
    return dict(zip(names, (p, np.minimum(low, p), np.maximum(high, p)), strict=True))


ESTIMATE = ("estimate", "conf_low", "conf_high")


def merged(sizes: pd.Series, min_cell: int) -> dict[str, str]:
    """`path_other` for the names of fewer than min_cell customers, and for the next smallest until
    together they are as many.
    """
    there = sizes[sizes > 0].drop(OTHER, errors="ignore").sort_values(kind="stable")
    gone = int((there < min_cell).sum())
    held = int(sizes.get(OTHER, 0))
    while 0 < held + there.iloc[:gone].sum() < min_cell and gone < len(there):
        gone += 1
    return dict.fromkeys(there.index[:gone], OTHER)
