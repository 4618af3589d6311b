"""How large and how sure the effect of a touchpoint is, in sentences: a ranking of drivers without
it is a list of names.
"""

from collections.abc import Callable

import pandas as pd

from cxlab.show.say.behind import worded
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import VALUE, Wording, digits_for

# What a client understands first: NPS points before a probability before points of the outcome's
# own scale.
MEASURES = ("nps_points", "probability", "outcome")


def most_telling(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the first of MEASURES for which the frame holds numbers."""
    known = frame.dropna(subset=["estimate"])
    measure = min(known["measure"].unique(), key=MEASURES.index)
    return known[known["measure"] == measure].reset_index(drop=True)


def style_of(frame: pd.DataFrame) -> Callable:
    """How a change in this measure is written: signed, with the decimals that its size can carry, a
    probability in percentage points.
    """
    measure = frame["measure"].iloc[0]
    if measure == "probability":
        return lambda x, language, _digits=0: text.signed(100 * x, language, 1)
    digits = 1 if measure == "nps_points" else digits_for(*frame[[*VALUE]].abs().max())
    return lambda x, language, _digits=0: text.signed(x, language, digits)


def first_model(frame: pd.DataFrame) -> str:
    """The model whose figures are told first: least squares where it is there."""
    return "ols" if "ols" in set(frame["model"]) else frame["model"].iloc[0]


def is_clear(frame: pd.DataFrame, conf_level: float) -> pd.Series:
    """Which effects are beyond chance, adjusted for the number of touchpoints as the sign of a
    driver is.
    """
    return frame["p_holm"] < 1 - conf_level


@worded
def say_effects(_: Wording, frame: pd.DataFrame, top: int = 3) -> list[str]:
    """What a point better goes with at the `top` touchpoints, whether a second model agrees, and at
    how many nothing can be shown.

    frame: `effects(fit)`. NPS points are told where it has them.
    """
    shown = most_telling(frame)
    known, style = shown[shown["model"] == first_model(shown)], style_of(shown)
    clear = known[is_clear(known, _.conf_level)].sort_values(
        "estimate", key=lambda value: -value.abs(), kind="stable"
    )
    places = dict(total=len(known), count=len(known) - len(clear), outcome=_.outcome(known))
    if clear.empty:
        return [
            _(
                "At none of the {total} touchpoints does a better experience go with “{outcome}” in"
                " a way that these data can show.",
                **places,
            )
        ]
    largest = clear.head(top)
    items = _.each(largest, lambda row: _.ranged(row, VALUE, style))
    message = MESSAGES["goes_with"][shown.at[0, "measure"]]
    result = [_(message, items=items, **places)]
    others = shown[shown["model"] != first_model(shown)]
    result += _say_second_model(_, largest, others, style)
    if places["count"]:
        result.append(
            _(
                "At {count} of {total} touchpoints the data show no clear effect, which does not"
                " say that there is none.",
                **places,
            )
        )
    return result


def _say_second_model(
    _: Wording, first: pd.DataFrame, second: pd.DataFrame, style: Callable
) -> list[str]:
    """Whether the ordinal model's figures lie within the intervals of the first one's."""
    both = first.merge(
        second[["touchpoint", "estimate"]], on="touchpoint", suffixes=("", "_second")
    )
    if both.empty:
        return []
    figure = both["estimate_second"]
    far = both[(figure < both["conf_low"]) | (figure > both["conf_high"])]
    message = (
        N_(
            "A second model, which takes the answers as steps in order and not as distances,"
            " gives figures within these ranges."
        )
        if far.empty
        else N_(
            "A second model, which takes the answers as steps in order and not as distances, gives"
            " another figure at {items}: count on the smaller one."
        )
    )
    items = _.each(far, lambda row: style(row["estimate_second"], _.language))
    return [_(message, items=items)]


@worded
def say_one_effect(_: Wording, frame: pd.DataFrame, touchpoint: str) -> list[str]:
    """The size of one touchpoint's effect, to follow a sentence that names it; nothing where it is
    not clear.
    """
    shown = most_telling(frame)
    mine = shown[
        (shown["model"] == first_model(shown))
        & (shown["touchpoint"] == touchpoint)
        & is_clear(shown, _.conf_level)
    ]
    message, style = MESSAGES["there"][shown.at[0, "measure"]], style_of(shown)
    return [_(message, value=_.ranged(row, VALUE, style)) for row in mine.to_dict("records")]


@worded
def say_what_if(_: Wording, frame: pd.DataFrame) -> list[str]:
    """What goes with customers rating a touchpoint so much higher, what the top of the scale takes
    away, and a caution.

    frame: `what_if(fit, {touchpoint: points})`. All touchpoints together are told only where
    several are changed.
    """
    shown = most_telling(frame)
    shown, style = shown[shown["model"] == first_model(shown)], style_of(shown)
    all_of_them = shown["touchpoint"] == "all_touchpoints"
    single, together = shown[~all_of_them], shown[all_of_them].to_dict("records")
    message = MESSAGES["what_if"][shown["measure"].iloc[0]]
    effect = lambda row: _.ranged(row, VALUE, style)  # noqa: E731
    result = [
        _(
            message,
            points=_.number(asked),
            outcome=_.outcome(shown),
            items=_.each(rows, effect),
        )
        for asked, rows in single.groupby("asked", sort=False)
    ]
    if len(single) > 1 and together:
        result.append(_("All of these together: {value}.", value=effect(together[0])))
    held = single[(single["reached"] - single["asked"]).abs() > 0.005]
    if len(held):
        result.append(
            _(
                "Ratings that are at the top already cannot rise, so on average they rise by less:"
                " {items}.",
                items=_.each(held, lambda row: text.signed(row["reached"], _.language, 2)),
            )
        )
    result.append(
        _(
            "These figures compare customers with one another. Whether loyalty would follow a"
            " change, only a trial can tell."
        )
    )
    return result
