"""What a report says of several results together, in sentences: the few that a director reads at
the top, and what a reader must know before trusting the figures.
"""

from typing import Any

import pandas as pd

from cxlab.show.say.drivers import with_ranges
from cxlab.show.say.metrics import in_unit, last_step, say_row
from cxlab.show.say.touchpoints import MOST_NAMED, furthest
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    Wording,
    as_is,
    beside,
    is_clear,
    level,
    message,
    metric_value,
    of_result,
    percent,
    sentence,
    side_of,
)

# Words of a message that is read in passing.
MOST_WORDS = 20


def say_messages(
    *,
    metrics: pd.DataFrame | None = None,
    changes: pd.DataFrame | None = None,
    gaps: pd.DataFrame | None = None,
    shares: pd.DataFrame | None = None,
    priorities: pd.DataFrame | None = None,
) -> Phrases:
    """Three messages of at most 20 words: where loyalty stands, where experience falls short, what
    to begin with. Figures and intervals stand beside them.

    Each argument is the result of the same name, or None (a section that is refused gives the
    reason itself); of metrics the first row is told, gaps may be `experience_scores`.
    """
    if metrics is not None:
        yield _headline(metrics.iloc[0], changes)
    if gaps is not None:
        yield from _weakest(gaps)
    if shares is not None and len(shares) > 1:
        yield from of_result(shares, [_first(shares, priorities)])


def _in_short(*forms: Phrase) -> Phrase:
    """The first of several forms, the fullest first, that is no longer than a message."""

    def worded(_: Wording) -> str:
        said = _.say(forms)
        return next((one for one in said if len(one.split()) <= MOST_WORDS), said[-1])

    return Phrase(worded)


def _headline(row: pd.Series, changes: pd.DataFrame | None) -> Phrase:
    """The first figure, with how it moved since the wave before."""
    if pd.isna(row["estimate"]):
        return say_row(row)
    value = metric_value(row)
    value = beside(as_is("NPS"), value) if row["metric"] == "nps" else value
    places: dict[str, Any] = {"outcome": row["outcome"], "value": value}
    steps = [] if changes is None else last_step(changes, row)
    if steps:
        (step,) = steps
        before = step["level"].rpartition(" → ")[0]
        size = in_unit({**step, "estimate": abs(step["estimate"])})
        places |= {"wave": level(row), "before": as_is(before), "by": size}
        return _in_short(sentence("headline", side_of(step), **places))
    shares = {one: row.get(one) for one in ("promoters", "detractors")}
    is_split = all(map(pd.notna, shares.values()))
    places |= {one: percent(share) for one, share in shares.items()}
    return _in_short(sentence("headline", "split" if is_split else "plain", **places))


def _weakest(scores: pd.DataFrame) -> Phrases:
    """At how many touchpoints experience falls short, and most at which; of experience alone the
    lowest, where it can be told.
    """
    column = "estimate" if "estimate" in scores else "experience"
    known = scores.dropna(subset=[column])
    if column == "estimate" and len(known):
        short = known[is_clear(known) & (known["estimate"] < 0)]
        widest = furthest(known, -1)
        is_told = len(widest) <= MOST_NAMED and widest.index.isin(short.index).all()
        forms = ["some", "none"][short.empty :] if not is_told else ["most", "some"]
        places = {"count": len(short), "total": len(known), "items": widest["touchpoint"]}
        yield _in_short(*(sentence("falls_short", form, **places) for form in forms))
    elif len(known) > 1 and known["scale"].nunique() == 1:
        lowest = furthest(known, -1, ("experience", "conf_low", "conf_high"))
        if len(lowest) <= min(MOST_NAMED, len(known) / 2):
            yield _in_short(sentence("lowest_rated", items=lowest["touchpoint"]))


def _first(shares: pd.DataFrame, priorities: pd.DataFrame | None) -> Phrase:
    """What to begin with, else what weighs most, as far as either can be told."""
    if priorities is not None:
        clear = priorities[priorities["clear"].astype(bool)].sort_values("share_relative")
        for priority in ("fix_first", "keep_up"):
            names = [*clear.loc[clear["priority"] == priority, "touchpoint"]][::-1]
            if names:
                cuts = range(min(len(names), MOST_NAMED), 0, -1)
                told = (sentence("begin", priority, items=names[:most]) for most in cuts)
                return _in_short(*told)
    ranked = with_ranges(shares).sort_values("rank")
    first = ranked[ranked["rank_low"].fillna(ranked["rank"]) == 1]
    outcome = shares["outcome"].iloc[0]
    if first["sign"].iloc[0] == "?" or len(first) > MOST_NAMED:
        return sentence("no_first", outcome=outcome)
    items = first["touchpoint"]
    return _in_short(sentence("weighs_most", outcome=outcome, items=items))


STATES = ["answered", "not_used", "no_answer", "not_asked"]


def say_limits(study, *, hidden: int) -> Phrases:
    """Respondents, weights, never-used and unanswered ratings, rows that are not shown, and what a
    survey cannot tell.

    hidden: how many rows of the report's results are not shown.
    """
    read = study.flow["n"].iloc[0]
    yield sentence("read", study.n < read, read=read, n=study.n)
    weights = weights_table(study)
    yield sentence("weights", weights.empty, n_eff=weights["n_eff"].max())
    counts = states_table(study.missing())[STATES].sum()
    if counts.sum():
        shares = {state: percent(count / counts.sum(), 1) for state, count in counts.items()}
        yield from (
            sentence("states", state, share=shares[state]) for state in STATES if counts[state]
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
