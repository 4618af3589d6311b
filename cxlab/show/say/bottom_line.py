"""The few sentences that a director reads at the top of a report."""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.effects import say_one_effect
from cxlab.show.say.experience import say_experience, say_gaps
from cxlab.show.say.gap import say_gap_forms
from cxlab.show.say.importance import PART, say_priorities, with_ranges
from cxlab.show.say.metrics import say_metrics
from cxlab.show.say.waves import say_changes
from cxlab.show.words import text
from cxlab.show.words.catalogue import N_
from cxlab.show.words.wording import Wording


def say_bottom_line(
    metrics=None,
    gaps=None,
    forms=None,
    shares=None,
    priorities=None,
    changes=None,
    effects=None,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """The few sentences that a director reads: headline figure, gaps, whether they matter, the
    first driver and its size, what to do first.

    Each argument is the result of the same name, or a Refusal (left out here: its own section gives
    the reason), or None.
    """
    words = dict(language=language, labels=labels, conf_level=conf_level)
    held = effects if isinstance(effects, pd.DataFrame) else None
    told = (
        (metrics, lambda: say_metrics(metrics.iloc[[0]], **words)),
        (changes, lambda: say_changes(changes, **words)),
        (gaps, lambda: (say_gaps if "estimate" in gaps else say_experience)(gaps, **words)),
        (forms, lambda: say_gap_forms(forms, **words)[:1]),
        (shares, lambda: [_say_first_driver(Wording(**words), shares, held)]),
        (priorities, lambda: say_priorities(priorities, only_clear=True, **words)),
    )
    # As plain text: their tables belong to the sections that tell the same.
    return [str(one) for result, say in told if isinstance(result, pd.DataFrame) for one in say()]


def _say_first_driver(_: Wording, shares: pd.DataFrame, effects: pd.DataFrame | None) -> str:
    row = with_ranges(shares).sort_values("rank").iloc[0].to_dict()
    if row["sign"] == "?":
        return _(
            "No single touchpoint stands out; all together they explain {total} of the"
            " differences between customers.",
            total=_.percent(shares["share"].sum()),
        )
    message = (
        N_(
            "{touchpoint} is the touchpoint most strongly associated with the outcome: {share} of"
            " what is explained."
        )
        if row["rank_high"] == 1
        else N_(
            "{touchpoint} comes first among the touchpoints associated with the outcome ({share} of"
            " what is explained), though its rank is not certain."
        )
    )
    first = _(
        message,
        touchpoint=_.name(row["touchpoint"]),
        share=_.ranged(row, PART, text.percent, 0),
    )
    words = dict(language=_.language, labels=_.labels, conf_level=_.conf_level)
    size = [] if effects is None else say_one_effect(effects, row["touchpoint"], **words)
    return " ".join([first, *size])
