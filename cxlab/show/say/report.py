"""What a report says of several results together, in sentences: the few that a director reads at
the top, and what a reader must know before trusting the figures.
"""

from itertools import islice

import pandas as pd

from cxlab.show.say.drivers import PART, say_drivers, say_largest, say_priorities, with_ranges
from cxlab.show.say.gap_models import say_gap_forms
from cxlab.show.say.metrics import say_changes, say_metrics
from cxlab.show.say.touchpoints import MOST_NAMED, say_experience, say_gaps
from cxlab.show.words.wording import Phrases, each, message, of_result, percent, ranged, sentence


def say_bottom_line(
    *,
    metrics: pd.DataFrame | None = None,
    gaps: pd.DataFrame | None = None,
    forms: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    priorities: pd.DataFrame | None = None,
    changes: pd.DataFrame | None = None,
    effects: pd.DataFrame | None = None,
) -> Phrases:
    """The few sentences that a director reads: headline figure, gaps, whether they matter, the
    first driver and its size, what to do first.

    Each argument is the result of the same name, or None (a section that is refused gives the
    reason itself).
    """
    if metrics is not None:
        yield from of_result(metrics, say_metrics(metrics.iloc[[0]]))
    if changes is not None:
        yield from say_changes(changes)
    if gaps is not None and "estimate" in gaps:
        yield from say_gaps(gaps)
    elif gaps is not None:
        yield from say_experience(gaps)
    if forms is not None:
        yield from islice(say_gap_forms(forms), 1)
    if shares is not None:
        yield from of_result(shares, _first_drivers(shares, effects))
    if priorities is not None:
        yield from of_result(priorities, say_priorities(priorities, only_clear=True))


def _first_drivers(shares: pd.DataFrame, effects: pd.DataFrame | None) -> Phrases:
    """The touchpoint that weighs most, or those that may, with the size of its effect."""
    alone = len(shares) == 1
    ranked = with_ranges(shares).sort_values("rank")
    first = ranked[ranked["rank_low"].fillna(ranked["rank"]) == 1]
    unclear = not alone and (first["sign"].iloc[0] == "?" or len(first) > MOST_NAMED)
    if alone:
        yield from say_drivers(shares)
    elif unclear:
        yield message(
            "No single touchpoint stands out; all together they explain {total} of the differences"
            " between customers.",
            total=percent(shares["share"].sum()),
        )
    else:
        yield sentence(
            "first_driver",
            len(first) == 1,
            outcome=shares["outcome"].iloc[0],
            items=each(first, lambda row: ranged(row, PART, percent, 0)),
        )
    if effects is not None and not unclear:
        yield from say_largest(effects, first["touchpoint"])


STATES = ["answered", "not_used", "no_answer", "not_asked"]


def say_limits(study, *, hidden: int) -> Phrases:
    """Respondents, weights, never-used and unanswered ratings, rows that are not shown, and what a
    survey cannot tell.

    hidden: how many rows of the report's results are not shown.
    """
    yield message(
        "{read} answers were read; {dropped} were left out by the declared filters, and {n} are"
        " in this report.",
        read=study.flow["n"].iloc[0],
        dropped=study.flow["dropped"].sum(),
        n=study.n,
    )
    weights = weights_table(study)
    yield sentence("weights", weights.empty, n_eff=weights["n_eff"].max())
    counts = states_table(study.missing())[STATES].sum()
    if counts.sum():
        yield message(
            "Of all experience ratings, {answered} were answered, {not_used} concern a touchpoint"
            " that the respondent never used, {no_answer} were left unanswered and {not_asked} were"
            " not asked.",
            **{state: percent(count / counts.sum(), 1) for state, count in counts.items()},
        )
    yield sentence("hidden", min(hidden, 2), hidden=hidden, cell=study.codebook.report.min_cell)
    if study.codebook.report.protect == "answers":
        yield message(
            "So that no single answer can be known, counts are given to the nearest 5, means to one"
            " decimal, and answers that few gave are not shown."
        )
    yield message(
        "A survey shows what goes together. It cannot show that changing one thing would change"
        " another; for that, try it and measure."
    )


def weights_table(study) -> pd.DataFrame:
    """The effective n of a weighted study (Kish 1965); no row for one without weights."""
    weights = study.weights
    n_eff = [] if weights is None else [weights.sum() ** 2 / (weights**2).sum()]
    return pd.DataFrame({"n_eff": n_eff})


def states_table(missing: pd.DataFrame) -> pd.DataFrame:
    """How each experience question was answered."""
    return missing.loc[missing["role"] == "experience", ["touchpoint", *STATES]]
