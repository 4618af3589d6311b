"""What the response surface says, in sentences: its slopes, where it turns, and whether meeting the
expectation is best in itself.

Where a quantity is undefined or cannot be located the sentence says so and gives no number: a
turning point far outside the answers is the commonest false claim made from a surface.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.behind import worded
from cxlab.show.say.gap import supported
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import VALUE, Wording, side_of

# Forms without a bend (or with one at E = P only): a surface drawn beside them bends by chance, or
# to smooth their kink.
_FLAT = ("intercept", "P", "difference", "E+P", "absolute_difference", "asymmetric")
_UNPLACED = N_(
    "Its ridge has the slope {value}, where 1 is the line on which experience equals expectation;"
    " where it lies cannot be told."
)


@worded
def say_surface(
    _: Wording,
    frame: pd.DataFrame,
    forms: pd.DataFrame | None = None,
    *,
    center: float | None = None,
) -> list[str]:
    """The slopes and bends of the response surface in words, where it turns and how its ridge runs,
    or why that cannot be said.

    frame: `surface(fit)`. center: the scale point that both ratings were centred at (`fit.center`);
    without it the turning point is given as its distance from the centre. forms:
    `compare_gap_forms` of the same study; where a form without bends tells as much, one sentence
    says so in place of all others.
    """
    simple = None if forms is None else supported(forms)["form"]
    if simple in _FLAT:
        return [
            _(
                "“{simple}” tells as much, or nearly, so the bends of this map are not to be read:"
                " take from it where answers lie and which way the outcome rises.",
                simple=_.word(simple),
            )
        ]
    rows = frame.set_index("term").to_dict("index")
    result = [
        _(messages[side_of(rows[term])], value=_.ranged(rows[term]))
        for term, messages in MESSAGES["slopes"].items()
        if term in rows and pd.notna(rows[term]["estimate"]) and side_of(rows[term]) in messages
    ]
    if "x0" in rows:
        result.append(_say_point(_, rows, center))
    if "p11" in rows:
        result.append(_say_axis(_, rows))
    return result


def is_top(rows: Mapping[str, Mapping]) -> bool:
    """Whether a stationary point is the highest (the surface bends down both ways) rather than the
    lowest; a2 + a4 = 2(b3 + b5).
    """
    return rows["a2"]["estimate"] + rows["a4"]["estimate"] < 0


def located(rows: Mapping[str, Mapping], *terms: str) -> bool:
    """Whether all these quantities are there, with nothing noted against them."""
    return all(
        term in rows and rows[term].get("note", "") == "" and pd.notna(rows[term]["estimate"])
        for term in terms
    )


def _say_point(_: Wording, rows: Mapping, center: float | None) -> str:
    if not located(rows, "x0", "y0"):
        return _(MESSAGES["no_point"].get(rows["x0"]["note"], MESSAGES["no_point"]["uncertain"]))
    placed = center is not None
    style = text.number if placed else text.signed
    x, y = (
        _.ranged({one: rows[term][one] + (center or 0.0) for one in VALUE}, VALUE, style, 1)
        for term in ("x0", "y0")
    )
    return _(MESSAGES["point"][is_top(rows)][placed], x=x, y=y)


def _say_axis(_: Wording, rows: Mapping) -> str:
    row = rows["p11"]
    if not located(rows, "p11"):
        return _(MESSAGES["no_axes"].get(row["note"], MESSAGES["no_axes"]["uncertain"]))
    ends = ("estimate", "boot_low", "boot_high") if pd.notna(row.get("boot_low")) else VALUE
    if not located(rows, "p10"):
        message = _UNPLACED
    elif row[ends[1]] <= 1 <= row[ends[2]]:
        message = N_(
            "Its ridge cannot be told apart from the line on which experience equals expectation in"
            " direction (slope {value})."
        )
    else:
        message = N_(
            "Its ridge is turned away from the line on which experience equals expectation (slope"
            " {value}, not 1)."
        )
    return _(message, value=_.ranged(row, ends, text.number))


_NO_RIDGE = N_("the ridge's direction cannot be told from these data")


@worded
def say_congruence(_: Wording, frame: pd.DataFrame) -> list[str]:
    """The verdict of the congruence checklist and the conditions that fail, each with its number.
    frame: `congruence(fit)`.
    """
    verdict = frame["verdict"].iloc[0]
    part = "broad" if verdict == "none" else "strict"
    missed = frame[(frame["part"] == part) & ~frame["holds"].astype(bool)]
    vague = missed["term"].str.startswith("p") & missed["note"].fillna("").ne("")
    failed = []
    for row in missed[~vague].to_dict("records"):
        message = MESSAGES["failed"][row["term"]]
        failed.append(_(message, value=_.ranged(row)))
    if vague.any():  # one reason for both conditions of the ridge
        failed.append(_(_NO_RIDGE))
    result = [_(MESSAGES["verdicts"][verdict], failed="; ".join(failed))]
    if verdict != "none":
        result.append(
            _(
                "In a small sample a condition may hold only because the interval is wide: read the"
                " intervals before building on it."
            )
        )
    return result


def describe_grid(grid: pd.DataFrame, language: str = "en", labels: Mapping | None = None) -> str:
    """The response surface for a reader who cannot see it: where the expected outcome is highest
    and lowest, among pairs with data.
    """
    _ = Wording(language, labels)
    seen = grid[grid["supported"].astype(bool)]
    if seen.empty:
        return _("No pair of ratings has enough respondents near it to draw the surface.")
    ends = {"top": seen["estimate"].idxmax(), "low": seen["estimate"].idxmin()}
    columns = {"": "estimate", "_e": "expectation", "_p": "experience"}
    return _(
        "Map of “{outcome}” expected for each pair of ratings. Highest, {top}, at expectation"
        " {top_e} and experience {top_p}; lowest, {low}, at expectation {low_e} and experience"
        " {low_p}. Drawn only where respondents are.",
        outcome=_.outcome(grid),
        **{
            end + part: _.number(seen.at[row, column])
            for end, row in ends.items()
            for part, column in columns.items()
        },
    )
