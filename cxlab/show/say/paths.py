"""The paths of customers in sentences: which way they go, and what goes with success."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from operator import itemgetter

import pandas as pd

from cxlab.show.say.metrics import MOST
from cxlab.show.say.touchpoints import of_rows_with
from cxlab.show.words import text
from cxlab.show.words.catalogue import N_
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    each,
    in_brackets,
    is_clear,
    joined,
    message,
    named,
    of_group,
    percent,
    ranged,
    sentence,
    signed,
)

OTHER, START = "path_other", "path_start"
SUCCESS = ("success_share", "success_share_low", "success_share_high")
MET = N_("Contacts that the customers with a success met most often: {items}.")


def _listed(
    rows: pd.DataFrame, column: str, name: Callable[[Mapping], object] = itemgetter("touchpoint")
) -> list[Phrase]:
    """The rows with the largest shares, each with it in brackets."""
    most = rows[rows[column] > 0].sort_values(column, ascending=False, kind="stable").head(MOST)
    return [in_brackets(name(row), percent(row[column])) for row in most.to_dict("records")]


def say_log(frame: pd.DataFrame) -> Phrases:
    """How many contacts of how many customers, how many reached a success, how many paths are
    open.
    """
    row = frame.iloc[0]
    days = Phrase(
        lambda _: text.period(*map(date.fromisoformat, row[["first", "last"]]), _.language)
    )
    places = {"contacts": row["contacts"], "n": row["n"] + row["n_open"], "days": days}
    value = ranged(row, style=percent, digits=0)
    known = bool(pd.notna(row["estimate"]))
    yield sentence("event_log", known, value=value, outcome=row["outcome"], **places)
    if row["n_open"]:
        yield message("Not counted: {n} open paths.", n=row["n_open"])


@of_rows_with("estimate")
def say_steps(known: pd.DataFrame) -> Phrases:
    """Where customers begin, of each group."""
    for _, rows in known[known["step"] == "1"].groupby("level", sort=False):
        begun = (rows.groupby("before", sort=False)["n"].sum() / rows["n"].sum()).reset_index()
        items = _listed(begun, "n", lambda row: row["before"])
        yield of_group(rows.iloc[0], message("Most frequent first contacts: {items}.", items=items))


@of_rows_with("estimate")
def say_moves(known: pd.DataFrame) -> Phrases:
    """The most frequent moves, with their shares of those from the contact, of each group."""
    for _, rows in known[known["before"] != START].groupby("level", sort=False):
        most = rows.sort_values("moves", ascending=False, kind="stable").head(MOST)
        items = _listed(
            most, "estimate", lambda row: joined(row["before"], row["touchpoint"], mark=" → ")
        )
        said = message(
            "Most frequent moves, with their share of the moves from there: {items}.", items=items
        )
        yield of_group(rows.iloc[0], said)


@of_rows_with("estimate")
def say_paths(known: pd.DataFrame) -> Phrases:
    """The most frequent path, of each group."""
    for _, rows in known[known["path"] != OTHER].groupby("level", sort=False):
        row = rows.iloc[0]
        share = percent(row["estimate"])
        said = message(
            "Most frequent path, with {share} of customers: {path}.", share=share, path=row["path"]
        )
        yield of_group(row, said)


@of_rows_with("estimate")
def say_drop_off(known: pd.DataFrame) -> Phrases:
    """Where most paths end, of each group."""
    for _, rows in known.groupby("level", sort=False):
        items = _listed(rows, "estimate")
        said = message(
            "Largest shares of paths that ended there without success: {items}.", items=items
        )
        yield of_group(rows.iloc[0], said)


@of_rows_with("success_share")
def say_met(known: pd.DataFrame) -> Phrases:
    """Which contacts customers with a success met most often, of each group."""
    for _, rows in known.groupby("level", sort=False):
        items = _listed(rows, "success_share")
        yield of_group(rows.iloc[0], message(MET, items=items))


@of_rows_with("success_share")
def say_value(known: pd.DataFrame) -> Phrases:
    """Which contacts customers with a success met; where success is more or less probable, as far
    as a chain of moves is not contradicted by what was observed: there only that counts.
    """
    for _, rows in known.groupby("level", sort=False):
        told = partial(of_group, rows.iloc[0])
        yield from say_met(rows)
        wrong = rows[rows["chain"] == "contradicted"]
        if len(wrong):
            yield told(
                message(
                    "At {n} contacts the next step depends on earlier ones too: only observed"
                    " shares are used, no removal effects ({items}).",
                    n=len(wrong),
                    items=[*wrong["touchpoint"].head(MOST)],
                )
            )
            continue
        places: dict[str, object] = {"share": percent(rows["success"].iloc[0])}
        places |= {"outcome": rows["outcome"].iloc[0]}
        signs = ""
        for sign, name in (("+", "more"), ("-", "less")):
            mine = rows[rows["sign"] == sign]
            most = mine.sort_values("onward", ascending=sign == "-", kind="stable").head(MOST)
            if len(most):
                signs += sign
                places[name] = each(most, lambda row: percent(row["onward"]))
        if signs:
            yield told(sentence("onward", signs, **places))


@of_rows_with("p_holm")
def say_exit(known: pd.DataFrame) -> Phrases:
    """Where a worse or better experience goes with the end of the path, or that it does nowhere."""
    clear = known[is_clear(known)]
    for side in (-1, 1):
        mine = clear[side * clear["estimate"] > 0]
        if len(mine):
            yield sentence("exit", side, items=named(mine, style=signed, digits=1))
    if clear.empty:
        yield sentence("exit", 0, n=len(known))
