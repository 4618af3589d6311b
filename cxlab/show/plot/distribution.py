"""How often each answer to one question was given, drawn as columns."""

from itertools import pairwise

import pandas as pd

from cxlab.show.page.parts import of_table
from cxlab.show.plot.chart import chart, point
from cxlab.show.plot.picture import Picture, drawn, words_of
from cxlab.show.plot.style import BLUE, GREY, INK, SIZE, SOFT, VERMILION, Sheet
from cxlab.show.say.metrics import say_metrics
from cxlab.show.words import text
from cxlab.show.words.catalogue import N_
from cxlab.show.words.text import answers_name
from cxlab.show.words.wording import Wording, Words, percent

_CLASSES = (
    ("detractors", VERMILION, N_("{share} detractors"), "left"),
    ("passives", GREY, N_("{share} passives"), "center"),
    ("promoters", BLUE, N_("{share} promoters"), "right"),
)


@drawn
def plot_distribution(
    _: Wording, frame: pd.DataFrame, *, metric: pd.DataFrame | None = None
) -> Picture | None:
    """The share of each answer as columns, each with its share written on it.

    frame: `distribution(study, outcome)` or what `merge_small` made of it; of one class alone
    nothing is drawn. Of an NPS question detractors, passives and promoters have colours of their
    own, and their shares are written from `metric`, the row of `nps`. That it is one stands in
    `metric`, or in the frame's settings as `outcome_kind`.
    """
    about = metric
    if metric is not None and not (metric["metric"] == "nps").all():
        metric = None
    settings = getattr(frame, "settings", {})
    is_nps = metric is not None or settings.get("outcome_kind") == "nps"
    frame = frame.sort_values("value").reset_index(drop=True)
    if len(frame) < 2:
        return None
    classed = "level" in frame
    levels = list(frame["level"] if classed else frame["value"].map("{:g}".format))
    answers, edges = (
        [answers_name(one, _.language) for one in names] for names in (levels, _edges(levels))
    )
    shares = list(map(_.percent, frame["share"]))
    colours = [_CLASSES[(x >= 7) + (x >= 9)][1] if is_nps else BLUE for x in frame["value"]]
    known = {} if metric is None else metric.iloc[0]
    told = all(pd.notna(known.get(one[0])) for one in _CLASSES)

    def draw(sheet: Sheet) -> None:
        base, top = sheet.height - 0.45, 0.62 if told else 0.28
        step = sheet.width / len(answers)
        middles, wide = step * (frame.index + 0.5), step * 0.78
        heights = (base - top) * (frame["share"] / (frame["share"].max() or 1.0)).fillna(0.0)
        for i, (middle, tall) in enumerate(zip(middles, heights, strict=True)):
            sheet.box(middle - wide / 2, base - tall, wide, tall, colours[i])
            words = f"<{_.percent(0.01)}" if 0 < frame.at[i, "share"] < 0.005 else shares[i]
            sheet.write(middle, base - tall - 0.09, words, INK, SIZE - 1, ha="center")
            if not edges:
                sheet.small(middle, base + 0.13, answers[i], "center")
        sides = {0: "left", len(answers): "right"}
        for i, edge in enumerate(edges):
            sheet.small(step * i, base + 0.13, edge, sides.get(i, "center"))
        sheet.line([0, sheet.width], base, SOFT)
        sheet.small(0, base + 0.34, _("Answer"))
        for column, colour, template, side in _CLASSES if told else ():
            places = middles[[one == colour for one in colours]]
            if len(places):
                first, last = places[0] - step * 0.39, places[-1] + step * 0.39
                sheet.line([first, last], 0.36, colour, 2)
                x = {"left": first, "right": last, "center": (first + last) / 2}[side]
                label = _(template, share=percent(known[column]))
                label = label.replace(" ", "\n", 1) if sheet.narrow else label
                sheet.head(x, label, SOFT if colour == GREY else colour, side, 0.15)

    classes = [(colour, "") for colour in [BLUE]]
    if told:
        classes = [(one[1], _(one[2], share=percent(known[one[0]]))) for one in _CLASSES]
    rows = [
        {
            "label": answer,
            "value": words,
            "points": [
                point(share, colour=mine) if mine == colour or len(classes) == 1 else None
                for mine, _name in classes
            ],
        }
        for answer, words, share, colour in zip(
            answers, shares, frame["share"], colours, strict=True
        )
    ]
    most = frame["share"].max() or 1.0
    native = chart(
        "columns",
        rows,
        (0.0, 1.1 * most),
        _.percent,
        names=[one[1] for one in classes],
        axis=_("Answer"),
    )
    each = Words(", ".join(map(": ".join, zip(answers, shares, strict=True))))
    words = words_of(_, "distribution", frame, shares=each, n=_base(frame, about))
    wave = settings.get("wave")
    title = words["title"] + (f" ({text.visible(wave)})" if wave else "")
    merged = classed and any("–" in level for level in levels)
    note = " ".join([*words["notes"], *([words["merged"]] if merged else [])])
    message = title
    if about is not None and len(about):
        message = _.say(say_metrics(about))[0]
    data = of_table(_, frame.assign(level=answers) if classed else frame, title)
    return Picture(draw, title, words["alt"], note, 2.35, 2.2, message, data, chart=native)


def _base(frame: pd.DataFrame, about: pd.DataFrame | None) -> float:
    """How many answered: as the metric says, since counts of the answers may be rounded."""
    known = about is not None and len(about) and pd.notna(about["n"].iloc[0])
    return about["n"].iloc[0] if known else frame["n"].sum()


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
