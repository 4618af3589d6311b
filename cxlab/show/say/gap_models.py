"""What the gap models say, in sentences: which form fits and why, what falling short and exceeding
go with, what the gap is worth; the slopes of the response surface, where it turns, and whether
meeting the expectation is best in itself.

Where a quantity is undefined or cannot be located the sentence says so and gives no number: a
turning point far outside the answers is the commonest false claim made from a surface.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.words.catalogue import MESSAGES, WORDS
from cxlab.show.words.wording import (
    VALUE,
    Phrase,
    Phrases,
    Style,
    as_is,
    beside,
    digits_for,
    is_clear,
    joined,
    message,
    number,
    on_scale_of,
    p_value,
    percent,
    ranged,
    sentence,
    side_of,
    signed,
    word,
)

# Forms that hold no expectation, and the level of the test that the others must pass.
OF_EXPERIENCE = ("intercept", "P", "P+P^2", "P+P^2+P^3")
CLAIM_LEVEL = 0.05
# From this reliability on, what is left of an error of measurement is not told.
RELIABLE = 0.9
# Forms in which a point short counts as much as a point beyond.
_EVEN = ("E", "E+P", "difference", "absolute_difference", "squared_difference")
# Terms of a gap model that say nothing of expectation.
_FREE_TERMS = ("experience", "experience^2", "experience^3", "a1", "a2")


def say_gap_forms(frame: pd.DataFrame) -> Phrases:
    """Which form of gap model the data support and what it means; how it and the plain gap score
    fare, and what error of measurement could feign; why it and not the runner-up.
    """
    chosen = chosen_form(frame)
    outcome = chosen["outcome"]
    yield message(WORDS["forms"][chosen["form"]], outcome=outcome)
    gap = frame.loc[frame["form"] == "difference", "r_squared"]
    fares = sentence(
        "explained",
        chosen["form"] != "difference",
        outcome=outcome,
        chosen=_explained(chosen),
        gap=percent(gap.max(), 1),
        n=chosen["n"],
    )
    known = chosen["reliability"]
    if chosen["form"] not in OF_EXPERIENCE and not known >= RELIABLE:
        doubt = sentence("measured", pd.notna(known), value=number(known, 2))
        fares = beside(fares, doubt)
    yield fares
    yield from _why(frame, chosen)


def _explained(row: Mapping) -> Phrase:
    """What a form explains of the differences between the answers it was fitted to."""
    return percent(row["r_squared"], 1)


def chosen_form(frame: pd.DataFrame) -> Mapping:
    """The row of the form that the rule of choice took."""
    return frame[frame["chosen"].astype(bool)].iloc[0].to_dict()


def _why(frame: pd.DataFrame, chosen: Mapping) -> Phrases:
    """By which rule the form was chosen, and what speaks against the runner-up."""
    p = chosen["p_expectation"]
    if not p < CLAIM_LEVEL:
        frame = frame[frame["form"].isin(OF_EXPERIENCE)]
        yield message(
            "Once the experience is known, expectation makes no statistically significant"
            " difference (p {p}, adjusted for all touchpoints), so models with expectation are"
            " left out.",
            p=_equals(p),
        )
    by_aicc = pd.notna(chosen["aicc"])
    column = "aicc" if by_aicc else "r_squared_cv"
    rivals = frame[~frame["chosen"].astype(bool)].dropna(subset=[column])
    if rivals.empty or pd.isna(chosen[column]):
        return
    rival = rivals.sort_values(column, ascending=by_aicc).iloc[0].to_dict()
    behind = (rival[column] - chosen[column]) * (1 if by_aicc else -1)
    yield sentence(
        "why",
        "enough" if by_aicc and behind < -2 else bool(behind < 0),
        chosen=word(chosen["form"]),
        rival=word(rival["form"]),
        count=frame[column].count(),
        mine=_explained(chosen),
        other=_explained(rival),
    )


def _equals(p: float) -> Phrase:
    return p_value(p) if p < 0.001 else beside(as_is("="), p_value(p))


def say_disconfirmation(frame: pd.DataFrame, *, forms: pd.DataFrame | None = None) -> Phrases:
    """Three sentences: what a point short of expectation goes with, what a point beyond goes with,
    and whether the first weighs more. Two where expectation makes no difference once the experience
    is known: what a point of experience goes with, and whether the experience bends.

    forms: `compare_gap_forms` of the same study, whose form is held to.
    """
    rows = frame.set_index("term").to_dict("index")
    form = None if forms is None else chosen_form(forms)["form"]
    if form in OF_EXPERIENCE or not rows["loss"]["p_expectation"] < CLAIM_LEVEL:
        yield from _experience_only(rows, form)
        return
    loss, gain, held = rows["loss"], rows["gain"], "expectation" in rows
    digits = digits_for(loss["estimate"], gain["estimate"])
    about = {"outcome": loss["outcome"], "n": loss["n"]}
    yield sentence("short", side_of(loss), held, value=_less(loss, digits), **about)
    beyond = ranged(gain, style=on_scale_of(gain["outcome"]), digits=digits)
    yield sentence("beyond", side_of(gain), value=beyond, **about)
    yield _ratio(rows, form)


def _less(row: Mapping, digits: int | None = None) -> Phrase:
    """What a point less goes with, from the slope of a point more."""
    turned = ("estimate", "conf_high", "conf_low")
    return ranged(row, turned, on_scale_of(row["outcome"]).of(-1), digits)


def _experience_only(rows: Mapping, form: str | None) -> Phrases:
    # At the same expectation a point of gap is a point of experience; without it, the slope of the
    # gap is neither's.
    gap, held, digits = rows["gap"], "expectation" in rows, digits_for(rows["loss"]["estimate"])
    yield sentence(
        "as_experience", held, outcome=gap["outcome"], n=gap["n"], value=_less(gap, digits)
    )
    bent = side_of(rows["slope_difference"]) if form in (None, *OF_EXPERIENCE[2:]) else 0
    yield sentence("bend", bent)


def _ratio(rows: Mapping, form: str | None) -> Phrase:
    ratio, loss = rows["loss_ratio"], side_of(rows["loss"])
    low, high = ratio["conf_low"], ratio["conf_high"]
    apart = side_of(rows["slope_difference"])
    if loss < 0 or side_of(rows["gain"]) < 0:
        key = "odd"
    elif not apart or (pd.isna(low) and apart * loss < 1):
        key = "open"
    elif form in _EVEN:
        key = "even"
    elif side_of(rows.get("asymmetry", ratio)) != apart:
        key = "bent"
    elif pd.isna(low):
        key = "endless"
    else:
        key = "more" if low > 1 else "less"
    return sentence(
        "ratio", key, ratio=number(ratio["estimate"]), low=number(low), high=number(high)
    )


def say_gaps_models(frame: pd.DataFrame, *, term: str = "a3") -> Phrases:
    """At how many touchpoints a term is beyond chance after Holm's adjustment (and expectation
    makes a difference given the experience, where the term is about it), which, and which
    touchpoints could not be fitted.

    term: "a3" (quadratic: whether expectation or experience is the higher), or a term of another
    form. Raises KeyError for a term that the result has not.
    """
    rows = frame[frame["term"] == term]
    if rows.empty:
        raise KeyError(
            f"no term {term!r} in this result: choose one of"
            f" {', '.join(sorted(set(frame['term']) - {''}))}"
        )
    held = term in _FREE_TERMS
    clear = is_clear(rows) & (held | (rows["p_expectation"] < CLAIM_LEVEL))
    found = rows.loc[clear, "touchpoint"]
    yield sentence(
        "term" if held else "claim",
        found.empty,
        term=term,
        total=len(rows),
        count=len(found),
        items=found,
    )
    gone = frame.loc[frame["term"] == "", "touchpoint"]
    if len(gone):
        yield message("No model could be fitted at {items}.", items=gone)


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
    """The slopes and bends of the response surface in words, where it turns, or why that cannot be
    said, and how its ridge runs where that is known.

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
    if located(rows, "p11"):
        yield _axis(rows)


def is_top(rows: Mapping[str, Mapping]) -> bool:
    """Whether a stationary point is the highest (the surface bends down both ways) rather than the
    lowest; a2 + a4 = 2(b3 + b5).
    """
    return rows["a2"]["estimate"] + rows["a4"]["estimate"] < 0


def located(rows: Mapping[str, Mapping], *terms: str) -> bool:
    """Whether all these quantities are there, with nothing noted against them."""
    return all(
        term in rows and rows[term]["note"] == "" and pd.notna(rows[term]["estimate"])
        for term in terms
    )


def _point(rows: Mapping, center: float | None) -> Phrase:
    if not located(rows, "x0", "y0"):
        why = MESSAGES["no_point"]
        return message(why.get(rows["x0"]["note"], why["uncertain"]))
    placed = center is not None
    style = Style(lambda x, digits: number(x + center, digits)) if placed else signed
    x, y = (ranged(rows[term], style=style, digits=1) for term in ("x0", "y0"))
    return sentence("point", is_top(rows), placed, x=x, y=y)


def _axis(rows: Mapping) -> Phrase:
    row = rows["p11"]
    ends = ("estimate", "boot_low", "boot_high") if pd.notna(row["boot_low"]) else VALUE
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
        failed.append(message("these data are not precise enough for all of the conditions"))
    yield sentence("verdicts", verdict, failed=joined(*failed))
    if verdict != "none":
        yield message(
            "In a small sample a condition may hold only because its interval is wide, so check"
            " the intervals first."
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
        "Map of predicted “{outcome}” for each pair of ratings: from {low} (expectation {low_e},"
        " experience {low_p}) to {top} (expectation {top_e}, experience {top_p}). Drawn only"
        " where there are respondents.",
        outcome=outcome,
        **places,
    )
