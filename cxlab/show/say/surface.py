"""What the response surface says, in sentences: its slopes, where it turns, and whether meeting the
expectation is best in itself.

Where a quantity is undefined or cannot be located the sentence says so and gives no number: a
turning point far outside the answers is the commonest false claim made from a surface.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.gap import supported
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    VALUE,
    Phrase,
    Phrases,
    joined,
    message,
    number,
    ranged,
    side_of,
    signed,
    word,
)

# Forms without a bend (or with one at E = P only): a surface drawn beside them bends by chance, or
# to smooth their kink.
_FLAT = ("intercept", "P", "difference", "E+P", "absolute_difference", "asymmetric")


def say_surface(
    frame: pd.DataFrame, *, forms: pd.DataFrame | None = None, center: float | None = None
) -> Phrases:
    """The slopes and bends of the response surface in words, where it turns and how its ridge runs,
    or why that cannot be said.

    center: the scale point that both ratings were centred at (`fit.center`); without it the turning
    point is given as its distance from the centre. forms: `compare_gap_forms` of the same study;
    where a form without bends tells as much, one sentence says so in place of all others.
    """
    simple = None if forms is None else supported(forms)["form"]
    if simple in _FLAT:
        yield message(
            "“{simple}” tells as much, or nearly, so the bends of this map are not to be read:"
            " take from it where answers lie and which way the outcome rises.",
            simple=word(simple),
        )
        return
    rows = frame.set_index("term").to_dict("index")
    for term, templates in MESSAGES["slopes"].items():
        row = rows.get(term, {"estimate": None})
        if pd.notna(row["estimate"]) and side_of(row) in templates:
            yield message(templates[side_of(row)], value=ranged(row))
    if "x0" in rows:
        yield _point(rows, center)
    if "p11" in rows:
        yield _axis(rows)


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


def _not_located(templates: Mapping[str, str], row: Mapping) -> Phrase:
    return message(templates.get(row["note"], templates["uncertain"]))


def _point(rows: Mapping, center: float | None) -> Phrase:
    if not located(rows, "x0", "y0"):
        return _not_located(MESSAGES["no_point"], rows["x0"])
    placed = center is not None
    style = (lambda x, digits: number(x + center, digits)) if placed else signed
    x, y = (ranged(rows[term], style=style, digits=1) for term in ("x0", "y0"))
    return message(MESSAGES["point"][is_top(rows)][placed], x=x, y=y)


def _axis(rows: Mapping) -> Phrase:
    row = rows["p11"]
    if not located(rows, "p11"):
        return _not_located(MESSAGES["no_axes"], row)
    ends = ("estimate", "boot_low", "boot_high") if pd.notna(row.get("boot_low")) else VALUE
    if not located(rows, "p10"):
        ridge = "unplaced"
    else:
        ridge = "along" if row[ends[1]] <= 1 <= row[ends[2]] else "turned"
    return message(MESSAGES["ridge"][ridge], value=ranged(row, ends, number))


def say_congruence(frame: pd.DataFrame) -> Phrases:
    """The verdict of the congruence checklist and the conditions that fail, each with its
    number.
    """
    verdict = frame["verdict"].iloc[0]
    part = "broad" if verdict == "none" else "strict"
    missed = frame[(frame["part"] == part) & ~frame["holds"].astype(bool)]
    vague = missed["term"].str.startswith("p") & missed["note"].fillna("").ne("")
    failed = [
        message(MESSAGES["failed"][row["term"]], value=ranged(row))
        for row in missed[~vague].to_dict("records")
    ]
    if vague.any():  # one reason for both conditions of the ridge
        failed.append(message("the ridge's direction cannot be told from these data"))
    yield message(MESSAGES["verdicts"][verdict], failed=joined(*failed))
    if verdict != "none":
        yield message(
            "In a small sample a condition may hold only because the interval is wide: read the"
            " intervals before building on it."
        )


def describe_grid(grid: pd.DataFrame) -> Phrase:
    """The response surface for a reader who cannot see it: where the expected outcome is highest
    and lowest, among pairs with data.
    """
    seen = grid[grid["supported"].astype(bool)]
    if seen.empty:
        return message("No pair of ratings has enough respondents near it to draw the surface.")
    figures = ["estimate", "expectation", "experience"]
    top, low = (
        seen.loc[seen["estimate"].agg(end), figures].map(number) for end in ("idxmax", "idxmin")
    )
    return message(
        "Map of “{outcome}” expected for each pair of ratings. Highest, {top}, at expectation"
        " {top_e} and experience {top_p}; lowest, {low}, at expectation {low_e} and experience"
        " {low_p}. Drawn only where respondents are.",
        outcome=grid["outcome"].iloc[0],
        top=top["estimate"],
        top_e=top["expectation"],
        top_p=top["experience"],
        low=low["estimate"],
        low_e=low["expectation"],
        low_p=low["experience"],
    )
