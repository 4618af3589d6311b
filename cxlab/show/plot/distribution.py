"""Figure of one question: how often each answer was given."""

from collections.abc import Mapping
from itertools import pairwise

import pandas as pd

from cxlab.show.page.html import refusable
from cxlab.show.plot.style import BLUE, GREY, INK, SIZE, SOFT, VERMILION, Picture, Sheet
from cxlab.show.plot.wording import FigureWording, figure
from cxlab.show.say import metrics
from cxlab.show.words import text


@refusable
@figure
def plot_distribution(
    _: FigureWording,
    frame: pd.DataFrame,
    kind: str | None = None,
    metric: pd.DataFrame | None = None,
) -> Picture:
    """The share of each answer as columns, each with its share written on it.

    frame: `distribution(study, outcome)` or what `merge_small` made of it. kind="nps" colours
    detractors, passives and promoters and writes their shares (from `metric`, the row of `nps`,
    when given).
    """
    frame = frame.sort_values("value").reset_index(drop=True)
    classed = "level" in frame
    levels = list(frame["level"] if classed else frame["value"].map("{:g}".format))
    answers = [text.answers_name(level, _.language) for level in levels]
    edges = [text.answers_name(edge, _.language) for edge in _edges(levels)]
    shares = list(frame["share"])
    has_groups = kind == "nps" and isinstance(metric, pd.DataFrame)
    colours = [_nps_colour(value) if kind == "nps" else BLUE for value in frame["value"]]
    groups = _nps_groups(metric.iloc[0], _) if has_groups else []
    outcome = _.outcome(frame)

    def draw(figure) -> None:
        sheet = Sheet(figure)
        base, top = sheet.height - 0.45, 0.62 if groups else 0.28
        step = sheet.width / len(answers)
        tallest = frame["share"].max() or 1.0
        for i, (answer, share, colour) in enumerate(zip(answers, shares, colours, strict=True)):
            middle, wide = step * (i + 0.5), step * 0.78
            tall = (base - top) * (share / tallest) if pd.notna(share) else 0.0
            sheet.box(middle - wide / 2, base - tall, wide, tall, colour)
            percent = "<1%" if 0 < share < 0.005 else _.percent(share)
            sheet.write(middle, base - tall - 0.09, percent, INK, SIZE - 1, ha="center")
            if not edges:
                sheet.small(middle, base + 0.13, answer, "center")
        sides = {0: "left", len(answers): "right"}
        for i, edge in enumerate(edges):
            sheet.small(step * i, base + 0.13, edge, sides.get(i, "center"))
        sheet.line([0, sheet.width], base, SOFT)
        sheet.small(0, base + 0.34, _("Answer"))
        for colour, label, side in groups:
            places = [step * (i + 0.5) for i, one in enumerate(colours) if one == colour]
            if places:
                first, last = min(places) - step * 0.39, max(places) + step * 0.39
                sheet.line([first, last], 0.36, colour, 2)
                x = {"left": first, "right": last, "center": (first + last) / 2}[side]
                label = label.replace(" ", "\n", 1) if sheet.narrow else label
                ink = SOFT if colour == GREY else colour
                sheet.write(x, 0.15, label, ink, ha=side, weight="bold")

    each = [f"{one}: {_.percent(share)}" for one, share in zip(answers, shares, strict=True)]
    title = _("{outcome}: how the answers are spread", outcome=outcome)
    alt = _(
        "Share of each answer to “{outcome}”. {shares}.", outcome=outcome, shares=", ".join(each)
    )
    note = _("Share of answers, n = {n}.", n=frame["n"].sum())
    if classed and any("–" in level for level in levels):
        note += " " + _(
            "Answers given by few respondents are shown together with their neighbours."
        )
    if has_groups:
        message = metrics.say_nps(metric, **_.arguments)[0]
    else:
        top = frame["share"].idxmax()
        message = _(
            "The most frequent answer to “{outcome}” is {answer}: {share} gave it.",
            outcome=outcome,
            answer=answers[top],
            share=_.percent(shares[top]),
        )
    data = _.table(frame.assign(level=answers) if classed else frame, title)
    return Picture(draw, title, alt, note, 2.35, 2.2, message, data)


def _edges(levels: list[str]) -> list[str]:
    """The edges of classes that follow each other, or none. As classes, "10–20, 20–30" would put an
    answer of 20 into two of them.
    """
    ends = [level.replace("<", "").split("–") for level in levels]
    follow = (
        any("–<" in level for level in levels)
        and all(len(end) == 2 for end in ends)
        and all(one[1] == two[0] for one, two in pairwise(ends))
    )
    return [*(end[0] for end in ends), ends[-1][1]] if follow else []


def _nps_colour(value: float) -> str:
    return BLUE if value >= 9 else GREY if value >= 7 else VERMILION


def _nps_groups(row: Mapping, _: FigureWording) -> list[tuple[str, str, str]]:
    """Colour, words and side of each class of an NPS, unless a share is missing."""
    if any(pd.isna(row.get(column)) for column in ("detractors", "passives", "promoters")):
        return []
    shares = {column: _.percent(row[column]) for column in ("detractors", "passives", "promoters")}
    return [
        (VERMILION, _("{share} detractors", share=shares["detractors"]), "left"),
        (GREY, _("{share} passives", share=shares["passives"]), "center"),
        (BLUE, _("{share} promoters", share=shares["promoters"]), "right"),
    ]
