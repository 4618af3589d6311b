"""The few sentences that a director reads at the top of a report."""

from itertools import islice

import pandas as pd

from cxlab.show.say.effects import say_largest
from cxlab.show.say.experience import MOST_NAMED, say_experience, say_gaps
from cxlab.show.say.gap import say_gap_forms
from cxlab.show.say.importance import PART, say_drivers, say_priorities, with_ranges
from cxlab.show.say.metrics import say_changes, say_metrics
from cxlab.show.words.wording import (
    Phrases,
    each,
    message,
    of_result,
    percent,
    ranged,
    sentence,
)


def say_bottom_line(
    *,
    metrics: pd.DataFrame | None = None,
    gaps: pd.DataFrame | None = None,
    forms: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    priorities: pd.DataFrame | None = None,
    changes: pd.DataFrame | None = None,
    effects: pd.DataFrame | None = None,
    conf_level: float = 0.95,
) -> Phrases:
    """The few sentences that a director reads: headline figure, gaps, whether they matter, the
    first driver and its size, what to do first.

    Each argument is the result of the same name, or None (a section that is refused gives the
    reason itself).
    """
    if metrics is not None:
        yield from say_metrics(metrics.iloc[[0]], conf_level=conf_level)
    if changes is not None:
        yield from say_changes(changes)
    if gaps is not None and "estimate" in gaps:
        yield from say_gaps(gaps, conf_level=conf_level)
    elif gaps is not None:
        yield from say_experience(gaps)
    if forms is not None:
        yield from islice(say_gap_forms(forms), 1)
    if shares is not None:
        yield from of_result(shares, _first_drivers(shares, effects, conf_level))
    if priorities is not None:
        yield from of_result(priorities, say_priorities(priorities, only_clear=True))


def _first_drivers(
    shares: pd.DataFrame, effects: pd.DataFrame | None, conf_level: float
) -> Phrases:
    """The touchpoint that weighs most, or those that may, with the size of its effect."""
    if len(shares) == 1:
        yield from say_drivers(shares)
    ranked = with_ranges(shares).sort_values("rank")
    first = ranked[ranked["rank_low"].fillna(ranked["rank"]) == 1]
    unclear = first["sign"].iloc[0] == "?" or len(first) > MOST_NAMED
    if len(shares) > 1 and unclear:
        yield message(
            "No single touchpoint stands out; all together they explain {total} of the differences"
            " between customers.",
            total=percent(shares["share"].sum()),
        )
    elif len(shares) > 1:
        yield sentence(
            "first_driver",
            len(first) == 1,
            outcome=shares["outcome"].iloc[0] if "outcome" in shares else "outcome",
            items=each(first, lambda row: ranged(row, PART, percent, 0)),
        )
    if effects is not None and not (unclear and len(shares) > 1):
        yield from say_largest(effects, first["touchpoint"], conf_level=conf_level)
