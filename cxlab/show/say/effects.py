"""How large and how sure the effect of a touchpoint is, in sentences: a ranking of drivers without
it is a list of names.
"""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from cxlab.show.words.wording import (
    VALUE,
    Phrases,
    Style,
    digits_for,
    each,
    message,
    number,
    on_scale_of,
    ranged,
    sentence,
    signed,
)

# What a client understands first: NPS points before a probability before points of the outcome's
# own scale.
MEASURES = ("nps_points", "probability", "outcome")


def most_telling(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first of MEASURES for which the frame holds numbers."""
    known = frame.dropna(subset=["estimate"])
    measure = min(known["measure"].unique(), key=MEASURES.index)
    return known[known["measure"] == measure].reset_index(drop=True)


def style_of(frame: pd.DataFrame) -> Style:
    """How a change in this measure is written: signed, with the decimals that its size can carry, a
    probability in percentage points, the outcome's own unit where it declares one.
    """
    measure = frame["measure"].iloc[0]
    if measure == "outcome":
        digits = digits_for(*frame[[*VALUE]].abs().max())
        return on_scale_of(frame["outcome"].iloc[0]).to(digits)
    return signed.of(100 if measure == "probability" else 1).to(1)


def first_model(frame: pd.DataFrame) -> str:
    """The model whose figures are told first: least squares where it is there."""
    return "ols" if "ols" in set(frame["model"]) else frame["model"].iloc[0]


def largest_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Effects in the order of their size, whatever their sign."""
    return frame.sort_values("estimate", key=lambda value: -value.abs(), kind="stable")


def is_clear(frame: pd.DataFrame, conf_level: float) -> pd.Series:
    """Which effects are beyond chance, adjusted for the number of touchpoints as the sign of a
    driver is.
    """
    return frame["p_holm"] < 1 - conf_level


def by_model(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, Style]:
    """The most telling rows of the first model, those of the others, and how both are written."""
    shown = most_telling(frame)
    first = shown["model"] == first_model(shown)
    return shown[first], shown[~first], style_of(shown)


def say_effects(frame: pd.DataFrame, *, top: int = 3, conf_level: float = 0.95) -> Phrases:
    """What a point better goes with at the `top` touchpoints, whether a second model agrees, and at
    how many nothing can be shown. NPS points are told where the frame has them.
    """
    known, others, style = by_model(frame)
    clear = largest_first(known[is_clear(known, conf_level)])
    measure, outcome = known[["measure", "outcome"]].iloc[0]
    places = dict(total=len(known), count=len(known) - len(clear), outcome=outcome)
    if clear.empty:
        yield sentence("no_effect", len(known) == 1, **places)
        return
    largest = clear.head(top)
    items = each(largest, partial(ranged, style=style))
    alone = len(known) == 1  # no others to hold equal
    yield sentence("there" if alone else "goes_with", measure, items=items, **places)
    yield from _say_second_model(largest, others, style)
    if places["count"]:
        yield message(
            "At {count} of {total} touchpoints the data show no clear effect, which does not"
            " say that there is none.",
            **places,
        )


def _say_second_model(first: pd.DataFrame, second: pd.DataFrame, style: Style) -> Phrases:
    """Whether the ordinal model's figures lie within the intervals of the first one's."""
    both = first.merge(
        second[["touchpoint", "estimate"]], on="touchpoint", suffixes=("", "_second")
    )
    if both.empty:
        return
    figure = both["estimate_second"]
    far = both[(figure < both["conf_low"]) | (figure > both["conf_high"])]
    yield sentence(
        "second_model",
        far.empty,
        items=each(far, lambda row: style(row["estimate_second"])),
    )


def say_largest(
    frame: pd.DataFrame, touchpoints: Sequence[str], *, conf_level: float = 0.95
) -> Phrases:
    """The size of the effects of touchpoints that a sentence before has named; nothing of one that
    is not clear.
    """
    known, _others, style = by_model(frame)
    mine = known[known["touchpoint"].isin(touchpoints) & is_clear(known, conf_level)]
    if len(mine):
        measure, outcome = mine[["measure", "outcome"]].iloc[0]
        items = each(mine, partial(ranged, style=style))
        yield sentence("there", measure, outcome=outcome, items=items)


def say_what_if(frame: pd.DataFrame) -> Phrases:
    """What goes with customers rating a touchpoint so much higher, what the top of the scale takes
    away, and a caution.

    All touchpoints together are told only where several are changed.
    """
    known, _others, style = by_model(frame)
    all_of_them = known["touchpoint"] == "all_touchpoints"
    single, together = known[~all_of_them], known[all_of_them].to_dict("records")
    measure, outcome = known[["measure", "outcome"]].iloc[0]
    effect = partial(ranged, style=style)
    for asked, rows in single.groupby("asked", sort=False):
        yield sentence(
            "what_if",
            measure,
            points=number(asked),
            outcome=outcome,
            items=each(rows, effect),
        )
    if len(single) > 1 and together:
        yield message("All of these together: {value}.", value=effect(together[0]))
    held = single[(single["reached"] - single["asked"]).abs() > 0.005]
    if len(held):
        yield message(
            "Ratings that are at the top already cannot rise, so on average they rise by less:"
            " {items}.",
            items=each(held, lambda row: signed(row["reached"], 2)),
        )
    yield message(
        "These figures compare customers with one another. Whether loyalty would follow a"
        " change, only a trial can tell."
    )
