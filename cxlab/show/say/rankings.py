"""Whether a ranking of drivers hangs on how it was made, in sentences: the method, the treatment of
missing answers, a choice of the reader's own.
"""

import pandas as pd

from cxlab.show.words.wording import Phrases, message, sentence


def order_of(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Ranks, a row a touchpoint and a column a way of ranking, in the order met."""
    known = frame.dropna(subset=["rank"])
    wide = known.pivot(index="touchpoint", columns=by, values="rank")
    return wide[list(dict.fromkeys(known[by]))]


def say_methods(frame: pd.DataFrame, *, treatments: pd.DataFrame | None = None) -> Phrases:
    """Whether the ranking hangs on the way in which weight is counted: who is among the first
    three, and who comes first, by every method.

    treatments: `compare_missing(study)`, whose rankings are then held against the same first three.
    """
    ranks = order_of(frame, "method")
    if len(ranks) < 2:
        return
    yield message("Weight was counted in {count} different ways.", count=ranks.shape[1])
    if treatments is None:
        yield from _say_order(ranks)
    else:
        ranks = ranks.join(order_of(treatments, "missing"), how="outer")
        yield from _say_treatments(treatments, ranks)


def say_missing(frame: pd.DataFrame) -> Phrases:
    """Whether the ranking hangs on what is done with answers that are missing; which treatments
    these data do not allow.
    """
    yield from _say_treatments(frame, order_of(frame, "missing"))


def _say_treatments(frame: pd.DataFrame, ranks: pd.DataFrame) -> Phrases:
    """How many treatments of missing answers there are and what each leaves to rank by, the order
    in all `ranks`, and which treatments the data do not allow.
    """
    counts = frame.dropna(subset=["rank"]).groupby("missing")["n"].max()
    # A treatment that would only repeat another has respondents all the same; one that the data
    # refuse has none.
    refused = frame.loc[~frame["missing"].isin(counts.index) & ~(frame["n"] > 0), "missing"]
    if len(counts) != 1:
        yield message(
            "Missing answers were treated in {count} ways, which leave {low} to {high} answers to"
            " rank by.",
            count=len(counts),
            low=counts.min(),
            high=counts.max(),
        )
    elif refused.empty:
        yield message("No rating is missing, so there is nothing that its treatment could change.")
    if ranks.shape[1] > 1:
        yield from _say_order(ranks)
    if len(refused):
        yield message("Not possible with these answers: {items}.", items=refused.unique())


def _say_order(ranks: pd.DataFrame) -> Phrases:
    """Who is among the first three, and who comes first, in every column of `ranks`."""
    if len(ranks) > 3:
        tops = [set(ranks[column].nsmallest(3).index) for column in ranks]
        common = set.intersection(*tops)
        always = [one for one in ranks.sort_values(ranks.columns[0]).index if one in common]
        same = "all" if common == set.union(*tops) else "some" if common else "none"
        yield sentence("first_three", same, items=always)
    first = ranks.idxmin().value_counts()
    if len(first) == 1:
        yield message("{touchpoint} always comes first.", touchpoint=first.index[0])
        return
    items = [
        message(
            "{touchpoint} in {times} of {count}",
            touchpoint=one,
            times=times,
            count=ranks.shape[1],
        )
        for one, times in first.items()
    ]
    yield message("In first place: {items}.", items=items)


def say_rank_changes(first: pd.DataFrame, now: pd.DataFrame) -> Phrases:
    """What another choice of model, treatment or method does to the first three: who stays, who
    enters, who leaves.
    """
    before, after = (
        pd.Index(one.sort_values("rank")["touchpoint"].head(3)) for one in (first, now)
    )
    entered, left = (
        one.difference(other, sort=False) for one, other in ((after, before), (before, after))
    )
    if entered.empty and left.empty:
        moved = "nothing" if before.equals(after) else "order"
    else:
        moved = "both" if len(left) else "entered"
    yield sentence("new_order", moved, entered=entered, left=left)
