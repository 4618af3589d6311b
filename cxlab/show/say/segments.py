"""Classes of customers in sentences: how many there are, what sets each apart, and how sure it is
who belongs where.
"""

import pandas as pd

from cxlab.show.words.catalogue import N_
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    choice,
    joined,
    level,
    message,
    percent,
    sentence,
)


def say_segments(frame: pd.DataFrame) -> Phrases:
    """How many classes there are, or that there are none."""
    chosen = frame.loc[frame["verdict"] == "chosen", "classes"].max()
    case = "none" if pd.isna(chosen) else "one" if chosen == 1 else "several"
    places = {"classes": int(chosen)} if case == "several" else {}
    yield sentence("profiles", case, n=int(frame["n"].iloc[0]), **places)


def apart(frame: pd.DataFrame) -> pd.DataFrame:
    """The row of each class and question whose share lies furthest above that of all; `beyond`:
    by more than its margin of error.
    """
    known = frame.dropna(subset=["estimate"])
    more = known["estimate"] - known["estimate_all"]
    first = more.groupby([known["level"], known["question"]], sort=False).idxmax()
    beyond = known["conf_low"] > known["estimate_all"]
    return known.assign(more=more, beyond=beyond).loc[first]


def titled(row: dict) -> Phrase:
    """The name of a class with its share."""
    return message(N_("{name} ({share})"), name=level(row), share=percent(row["class_share"]))


def say_profile(frame: pd.DataFrame) -> Phrases:
    """The answer that sets each class apart most."""
    rows = apart(frame)
    if rows.empty:
        return
    first = rows.loc[rows.groupby("level", sort=False)["more"].idxmax()]
    items = [
        message(
            "{profile}: {question} – {answer} ({share}; all customers {among_all})",
            profile=titled(row),
            question=row["question"],
            answer=choice(row),
            share=percent(row["estimate"]),
            among_all=percent(row["estimate_all"]),
        )
        for row in first.to_dict("records")
    ]
    yield message("What sets each apart most: {items}.", items=joined(*items))


def say_doubt(frame: pd.DataFrame) -> Phrases:
    """How many are probably counted in another class than their own, and what that does."""
    of_class = frame.drop_duplicates("level")
    share = (of_class["misplaced"] * of_class["n_class"]).sum() / of_class["n_class"].sum()
    yield message(
        "Each customer is counted in the most probable profile; about {share} belong to another, so"
        " the true differences between profiles in other answers are somewhat larger.",
        share=percent(share, 0 if share >= 0.01 else 1),
    )
