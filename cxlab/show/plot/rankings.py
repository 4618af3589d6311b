"""Figures of how sure and how large: ranks in new samples, effects of two models side by side,
rankings of several methods.
"""

import numpy as np
import pandas as pd

from cxlab.show.page.html import refusable
from cxlab.show.plot import style
from cxlab.show.plot.rows import PAIRED, Place, Row, around_zero, dot, row_picture, spread, zero
from cxlab.show.plot.style import (
    BLUE,
    GREY,
    INK,
    SIZE,
    SOFT,
    VERMILION,
    WHITE,
    Picture,
    Sheet,
)
from cxlab.show.plot.wording import FigureWording, figure
from cxlab.show.say import importance
from cxlab.show.say.effects import first_model, is_clear, most_telling, say_effects, style_of
from cxlab.show.say.rankings import order_of, say_methods, say_missing
from cxlab.show.words import text
from cxlab.show.words.wording import VALUE


def _first(frame: pd.DataFrame, most: int | None, _: FigureWording) -> tuple[pd.DataFrame, str]:
    """The first `most` rows, and a note that counts the others."""
    if most is None or len(frame) <= most:
        return frame, ""
    return frame.head(most), _(
        "The first {kept} of {total} touchpoints.", kept=most, total=len(frame)
    )


@refusable
@figure
def plot_ranks(_: FigureWording, shares: pd.DataFrame, most: int | None = None) -> Picture:
    """Where each touchpoint's rank would lie in new samples, and how often it would be among the
    first three.

    shares: `importance(fit, n_boot=…)`. Bar: the bootstrap interval of the rank; dot: the rank in
    these data; filled where the touchpoint is among the first three in at least 95 % of samples.
    most: draw the first so many only. Without a bootstrap the ranks stand alone.
    """
    kept, rest = _first(importance.with_ranges(shares).sort_values("rank"), most, _)
    # A bar of one rank would have no length: each end takes a third of a place more.
    drawn = kept.assign(rank_low=kept["rank_low"] - 0.3, rank_high=kept["rank_high"] + 0.3)
    rows = []
    for row in drawn.to_dict("records"):
        top = row.get("p_top3")
        known = pd.notna(top)
        sure = known and top >= _.conf_level
        value = _.count(row["rank"])
        if known:
            value = _("{share} in the top 3", share=_.percent(top))
        mark = dot(row, ("rank", "rank_low", "rank_high"), BLUE if sure else SOFT, not sure)
        rows.append(Row(_.name(row["touchpoint"]), value, [mark]))
    last = kept[["rank", "rank_high"]].max().max()
    note = _(
        "Dot: the rank in these answers. Bar: where it would lie in {level} of new samples of"
        " customers.",
        level=_.level_percent,
    )
    return row_picture(
        _,
        shares,
        rows,
        (0.5, float(last) + 0.5),
        _.count,
        _("Rank (1 = weighs most)"),
        _("How sure the ranking is"),
        [
            *importance.say_ranks(shares, **_.arguments),
            *importance.describe_ranks(kept, _.language, _.labels),
        ],
        [note, rest],
        # Rank 1 and whole ranks after it, six at most.
        at=range(1, int(last) + 1, max(1, -(-int(last) // 6))),
    )


@refusable
@figure
def plot_effects(_: FigureWording, effects: pd.DataFrame, most: int | None = None) -> Picture:
    """What a point better at each touchpoint goes with, with its interval; the ordinal model's
    figure under that of least squares.

    effects: `effects(fit)`; NPS points are drawn where it has them. Hollow: not beyond chance
    (Holm). most: the largest so many only.
    """
    shown = most_telling(effects)
    shown = shown.assign(clear=is_clear(shown, _.conf_level))
    measure, first = shown["measure"].iloc[0], first_model(shown)
    models = [first, *(one for one in shown["model"].unique() if one != first)][:2]
    two = len(models) > 1
    main = shown[shown["model"] == first].sort_values("estimate", key=_largest, kind="stable")
    kept, rest = _first(main, most, _)
    kept = kept.sort_values("estimate", ascending=False, kind="stable")
    drawn = shown[shown["touchpoint"].isin(kept["touchpoint"])]
    places = [(BLUE, -0.05 if two else 0.0), (VERMILION, 0.05)]
    by_model = [
        drawn[drawn["model"] == model].drop_duplicates("touchpoint").set_index("touchpoint")
        for model in models
    ]
    signed, scale = style_of(shown), 100 if measure == "probability" else 1
    rows = []
    for row in kept.to_dict("records"):
        touchpoint = row["touchpoint"]
        marks = [
            dot(one, colour=colour, hollow=not one["clear"], down=down, **PAIRED)
            for frame, (colour, down) in zip(by_model, places, strict=False)
            if touchpoint in frame.index
            for one in [frame.loc[touchpoint]]
        ]
        rows.append(Row(_.name(touchpoint), _.ranged(row, style=signed, digits=0), marks))

    def key(sheet: Sheet, place: Place) -> None:
        zero(sheet, place)
        x = 0.1 if sheet.narrow else 2.62
        for model, (colour, _down) in zip(models if two else [], places, strict=False):
            name = _.word(model)
            sheet.write(x, 0.13, name, colour, weight="bold")
            x += 0.078 * len(name) + 0.25

    def tick(x: float) -> str:
        whole = float(round(scale * x, 9)).is_integer()
        return text.signed(scale * x, _.language, 0) if whole else signed(x, _.language)

    outcome = _.outcome(shown)
    axis = {
        "nps_points": _("NPS points for one scale point more"),
        "probability": _("Percentage points for one scale point more"),
    }.get(measure, _("Points of “{outcome}” for one scale point more", outcome=outcome))
    note = _("The other touchpoints held equal. Hollow: not clear (adjusted for their number).")
    beside = _("At the right: {model}.", model=_.word(first).lower()) if two else ""
    return row_picture(
        _,
        effects,
        rows,
        around_zero(spread(drawn, VALUE)),
        tick,
        axis,
        _("What one point better goes with: {outcome}", outcome=outcome),
        say_effects(effects, top=len(kept), **_.arguments),
        [_.bars, note, beside, rest],
        n_of=drawn,
        key=key,
    )


def _largest(estimates: pd.Series) -> pd.Series:
    """Sorts the largest effects first, whatever their sign."""
    return -estimates.abs()


@refusable
@figure
def plot_rankings(_: FigureWording, frame: pd.DataFrame) -> Picture:
    """The rank of each touchpoint by every method (or treatment of missing answers), joined by a
    line: where lines cross, the order depends on it.

    frame: `compare_importance(fit)` or `compare_missing(study)`. In colour: the first three of the
    first column.
    """
    by = "method" if "method" in frame else "missing"
    ranks = order_of(frame, by)
    ranks = ranks.sort_values(ranks.columns[0])
    heads = [_.word(one) for one in ranks]
    names = [_.name(one) for one in ranks.index]
    places = ranks.to_numpy()

    def draw(figure) -> None:
        sheet = Sheet(figure)
        narrow = sheet.narrow
        left, right = (1.75, sheet.width - 0.15) if narrow else (3.0, sheet.width - 0.55)
        apart = (right - left) / max(len(heads) - 1, 1)
        across = left + apart * np.arange(len(heads))
        top, step = (0.36, 0.36) if narrow else (0.62, 0.32)
        room = min(max(int(apart / 0.07), 12), 16)
        for i, (x, head) in enumerate(zip(across, heads, strict=True), 1):
            y, head = (0.1, i) if narrow else (0.22, style.wrap(head, room))
            sheet.small(x, y, head, "center", weight="bold")
        for j, (name, mine) in enumerate(zip(names, places, strict=True)):
            among, middle = j < 3, top + step * (j + 0.5)
            known = pd.notna(mine)
            xs, ys = across[known], top + step * (mine[known] - 0.5)
            sheet.line(xs, ys, *((BLUE, 1.8) if among else (GREY, 1.1)), zorder=2)
            for x, y, place in zip(xs, ys, mine[known], strict=True):
                sheet.dot(x, y, BLUE if among else SOFT, 12, zorder=3 + among)
                number = _.count(place)
                sheet.write(x, y, number, WHITE, SIZE - 2, ha="center", zorder=6, weight="bold")
            name = style.wrap(name, 22 if narrow else 36, 2)
            sheet.write(0, middle, name, INK, SIZE - narrow)
            if known.any():
                sheet.line([left - 0.35, left - 0.14], [middle, ys[0]], zorder=1)
        if narrow:
            for i, head in enumerate(heads, 1):
                y = top + step * len(names) + 0.02 + 0.2 * i
                sheet.write(0.12, y, i, SOFT, SIZE - 0.5, weight="bold", ha="center")
                sheet.write(0.3, y, style.wrap(head, 50, 1), SOFT, SIZE - 0.5)

    say, title = (
        (say_methods, _("The ranking by each way of counting weight"))
        if by == "method"
        else (say_missing, _("The ranking with each treatment of missing answers"))
    )
    note = _(
        "1 = weighs most. In colour: the first three of the first column. Where lines cross, the"
        " order depends on the choice."
    )
    described = []
    for name, mine in zip(names, places, strict=True):
        each = [f"{_.count(n)} ({head})" for n, head in zip(mine, heads, strict=True)]
        described.append(
            _("{touchpoint}: rank {ranks}.", touchpoint=name, ranks=text.listing(each, _.language))
        )
    return Picture.of(
        draw,
        title,
        say(frame, **_.arguments),
        _.note(note, frame=frame),
        0.62 + 0.32 * len(names) + 0.08,
        0.5 + 0.36 * len(names) + 0.2 * len(heads),
        _.table(frame, title),
        described,
    )
