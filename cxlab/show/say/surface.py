"""What the response surface says, in sentences: its slopes, where it turns, and whether meeting the
expectation is best in itself.

Where a quantity is undefined or cannot be located the sentence says so and gives no number: a
turning point far outside the answers is the commonest false claim made from a surface.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.gap import OF_EXPERIENCE, chosen_form
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    VALUE,
    Phrase,
    Phrases,
    joined,
    message,
    number,
    on_scale_of,
    p_value,
    ranged,
    sentence,
    side_of,
    signed,
)

# Forms without a bend that expectation and experience make together (none, one at E = P only, or
# one of either alone): a surface drawn beside them bends by chance, or to smooth their kink.
FLAT = (*OF_EXPERIENCE, "E", "E+E^2", "difference", "E+P", "E+P+P^2") + (
    "absolute_difference",
    "asymmetric",
)


def is_flat(forms: pd.DataFrame | None) -> bool:
    """Whether the form that these data support has no bend for a map to show, so that map and bends
    are neither drawn nor told.
    """
    return forms is not None and chosen_form(forms)["form"] in FLAT


def say_surface(
    frame: pd.DataFrame, *, forms: pd.DataFrame | None = None, center: float | None = None
) -> Phrases:
    """The slopes and bends of the response surface in words, where it turns and how its ridge runs,
    or why that cannot be said.

    center: the scale point that both ratings were centred at (`fit.center`); without it the turning
    point is given as its distance from the centre. forms: `compare_gap_forms` of the same study;
    where a form without bends tells as much, nothing is said.
    """
    if is_flat(forms):
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
    return sentence("point", is_top(rows), placed, x=x, y=y)


def _axis(rows: Mapping) -> Phrase:
    row = rows["p11"]
    if not located(rows, "p11"):
        return _not_located(MESSAGES["no_axes"], row)
    ends = ("estimate", "boot_low", "boot_high") if pd.notna(row.get("boot_low")) else VALUE
    if not located(rows, "p10"):
        ridge = "unplaced"
    else:
        ridge = "along" if row[ends[1]] <= 1 <= row[ends[2]] else "turned"
    return sentence("ridge", ridge, value=ranged(row, ends, number))


def say_congruence(frame: pd.DataFrame, *, forms: pd.DataFrame | None = None) -> Phrases:
    """The verdict of the congruence checklist and the conditions that fail, each with its
    number; nothing where the supported form of `forms` has no surface to check.
    """
    if is_flat(forms):
        return
    verdict = frame["verdict"].iloc[0]
    part = "broad" if verdict == "none" else "strict"
    missed = frame[(frame["part"] == part) & ~frame["holds"].astype(bool)]
    vague = missed["term"].str.startswith("p") & missed["note"].fillna("").ne("")
    failed = [
        sentence("failed", row["term"], value=ranged(row), p=p_value(row["p_value"]))
        for row in missed[~vague].to_dict("records")
    ]
    if vague.any():  # one reason for both conditions of the ridge
        failed.append(message("the ridge's direction cannot be told from these data"))
    yield sentence("verdicts", verdict, failed=joined(*failed))
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
    outcome, places = grid["outcome"].iloc[0], {}
    for name, end in (("low", "idxmin"), ("top", "idxmax")):
        row = seen.loc[seen["estimate"].agg(end)]
        places |= {
            name: on_scale_of(outcome, number)(row["estimate"], 1),
            f"{name}_e": number(row["expectation"]),
            f"{name}_p": number(row["experience"]),
        }
    return message(
        "Map of “{outcome}” expected for each pair of ratings: from {low}, at expectation {low_e}"
        " and experience {low_p}, to {top}, at expectation {top_e} and experience {top_p}. Drawn"
        " only where respondents are.",
        outcome=outcome,
        **places,
    )
