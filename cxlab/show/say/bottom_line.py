"""The few sentences that a director reads at the top of a report."""

from itertools import islice

import pandas as pd

from cxlab.show.say.effects import say_one_effect
from cxlab.show.say.experience import say_experience, say_gaps
from cxlab.show.say.gap import say_gap_forms
from cxlab.show.say.importance import PART, say_priorities, with_ranges
from cxlab.show.say.metrics import say_changes, say_metrics
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import Phrase, Phrases, beside, message, percent, ranged


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
        yield _first_driver(shares, effects, conf_level)
    if priorities is not None:
        yield from say_priorities(priorities, only_clear=True)


def _first_driver(shares: pd.DataFrame, effects: pd.DataFrame | None, conf_level: float) -> Phrase:
    row = with_ranges(shares).sort_values("rank").iloc[0].to_dict()
    if row["sign"] == "?":
        return message(
            "No single touchpoint stands out; all together they explain {total} of the differences"
            " between customers.",
            total=percent(shares["share"].sum()),
        )
    first = message(
        MESSAGES["first_driver"][row["rank_high"] == 1],
        touchpoint=row["touchpoint"],
        share=ranged(row, PART, percent, 0),
    )
    if effects is not None:
        for size in say_one_effect(effects, row["touchpoint"], conf_level=conf_level):
            first = beside(first, size)
    return first
