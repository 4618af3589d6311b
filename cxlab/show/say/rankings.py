"""Whether a ranking of drivers hangs on how it was made, in sentences: the method, the treatment of
missing answers, a choice of the reader's own.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.behind import worded
from cxlab.show.words.catalogue import N_
from cxlab.show.words.wording import Wording


def order_of(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Ranks, a row a touchpoint and a column a way of ranking, in the order met."""
    known = frame.dropna(subset=["rank"])
    wide = known.pivot(index="touchpoint", columns=by, values="rank")
    return wide[list(dict.fromkeys(known[by]))]


def _say_order(_: Wording, ranks: pd.DataFrame) -> list[str]:
    """Who is among the first three, and who comes first, in every column of `ranks`."""
    result = []
    if len(ranks) > 3:
        tops = [set(ranks[column].nsmallest(3).index) for column in ranks]
        common = set.intersection(*tops)
        always = [one for one in ranks.sort_values(ranks.columns[0]).index if one in common]
        if common == set.union(*tops):
            message = N_("The first three are the same each time: {items}.")
        elif always:
            message = N_("Among the first three each time: {items}. The other places change.")
        else:
            message = N_(
                "No touchpoint is among the first three each time: do not build on this ranking."
            )
        result.append(_(message, items=_.names(always)))
    first = ranks.idxmin().value_counts(sort=False)
    if len(first) == 1:
        return [*result, _("{touchpoint} always comes first.", touchpoint=_.name(first.index[0]))]
    each = [
        _(
            "{touchpoint} in {times} of {count}",
            touchpoint=_.name(one),
            times=times,
            count=ranks.shape[1],
        )
        for one, times in first.sort_values(ascending=False, kind="stable").items()
    ]
    return [*result, _("In first place: {items}.", items=_.listing(each))]


@worded
def say_methods(
    _: Wording, frame: pd.DataFrame, treatments: pd.DataFrame | None = None
) -> list[str]:
    """Whether the ranking hangs on the way in which weight is counted: who is among the first
    three, and who comes first, by every method.

    frame: `compare_importance(fit)`. treatments: `compare_missing(study)`, whose rankings are then
    held against the same first three.
    """
    ranks = order_of(frame, "method")
    ways = _("Weight was counted in {count} different ways.", count=ranks.shape[1])
    sentences, gone = [], []
    if treatments is not None:
        sentences, gone = _say_treatments(_, treatments)
        ranks = ranks.join(order_of(treatments, "missing"), how="outer")
    return [ways, *sentences, *_say_order(_, ranks), *gone]


@worded
def say_missing(_: Wording, frame: pd.DataFrame) -> list[str]:
    """Whether the ranking hangs on what is done with answers that are missing; which treatments
    these data do not allow.

    frame: `compare_missing(study)`.
    """
    sentences, gone = _say_treatments(_, frame)
    ranks = order_of(frame, "missing")
    return [*sentences, *(_say_order(_, ranks) if ranks.shape[1] > 1 else []), *gone]


def _say_treatments(_: Wording, frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """How many treatments of missing answers there are and what each leaves to rank by; and which
    of them the data do not allow.
    """
    counts = frame.dropna(subset=["rank"]).groupby("missing")["n"].max()
    # A treatment that would only repeat another has respondents all the same; one that the data
    # refuse has none.
    refused = frame.loc[~frame["missing"].isin(counts.index) & ~(frame["n"] > 0), "missing"]
    gone = []
    if len(refused):
        gone = [_("Not possible with these answers: {items}.", items=_.names(refused.unique()))]
    if len(counts) != 1:
        sentences = _(
            "Missing answers were treated in {count} ways, which leave {low} to {high} answers to"
            " rank by.",
            count=len(counts),
            low=counts.min(),
            high=counts.max(),
        )
        return [sentences], gone
    if gone:
        return [], gone
    return [_("No rating is missing, so there is nothing that its treatment could change.")], gone


def say_rank_changes(
    first: pd.DataFrame, now: pd.DataFrame, *, language: str = "en", labels: Mapping | None = None
) -> list[str]:
    """What another choice of model, treatment or method does to the first three: who stays, who
    enters, who leaves.
    """
    _ = Wording(language, labels)
    before, after = (list(one.sort_values("rank")["touchpoint"].head(3)) for one in (first, now))
    entered, left = (
        [one for one in ours if one not in others]
        for ours, others in ((after, before), (before, after))
    )
    if before == after:
        message = N_("The first three are the same as at first, in the same order.")
    elif set(before) == set(after):
        message = N_("The first three are the same as at first, in another order.")
    elif left:
        message = N_("New among the first three: {entered}; no longer there: {left}.")
    else:
        message = N_("New among the first three: {entered}.")
    return [_(message, entered=_.names(entered), left=_.names(left))]
