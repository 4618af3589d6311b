"""Figures of how sure and how large: ranks in new samples, effects of two models side by side,
rankings of several methods.

As in plots.py nothing is computed here: every number drawn stands in the result that is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.show.page.html import refusable
from cxlab.show.page.parts import of_table
from cxlab.show.plot import style
from cxlab.show.plot.metrics import _n_words, _note, _row_picture, _spread
from cxlab.show.plot.style import (
    BLUE,
    GREY,
    RULE,
    SIZE,
    SOFT,
    VERMILION,
    WHITE,
    Picture,
    Row,
    Sheet,
)
from cxlab.show.say import importance
from cxlab.show.say.effects import first_model, is_clear, most_telling, say_effects, style_of
from cxlab.show.say.rankings import order_of, say_methods, say_missing
from cxlab.show.say.wording import with_interval
from cxlab.show.words import text
from cxlab.show.words.text import translator


def _left_out(frame: pd.DataFrame, most: int | None, language: str) -> tuple[pd.DataFrame, str]:
    """The first `most` rows, and a note that counts the others."""
    if most is None or len(frame) <= most:
        return frame, ""
    _ = translator(language)
    words = _("The first {kept} of {total} touchpoints.").format(
        kept=text.number(most, language, 0), total=text.number(len(frame), language, 0)
    )
    return frame.head(most), words


@refusable
def plot_ranks(
    shares: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    most: int | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """Where each touchpoint's rank would lie in new samples, and how often it would be among the
    first three.

    shares: `importance(fit, n_boot=…)`. Bar: the bootstrap interval of the rank; dot: the rank in
    these data; filled where the touchpoint is among the first three in at least 95 % of samples.
    most: draw the first so many only. Without a bootstrap the ranks stand alone.
    """
    _ = translator(language)
    ordered = importance.with_ranges(shares).sort_values("rank")
    kept, rest = _left_out(ordered, most, language)
    rows = []
    for row in kept.to_dict("records"):
        top = row.get("p_top3")
        sure = pd.notna(top) and top >= conf_level
        colour = BLUE if sure else SOFT

        def mark(sheet: Sheet, place, y: float, row=row, colour=colour, sure=sure) -> None:
            if pd.notna(row["rank_low"]):
                # A bar of one rank would be no bar at all: each end takes a third of a place more.
                sheet.span(
                    place(row["rank_low"] - 0.3), place(row["rank_high"] + 0.3), y, colour, 4.5
                )
            sheet.dot(place(row["rank"]), y, colour, hollow=not sure)

        words = (
            _("{share} in the top 3").format(share=text.percent(top, language))
            if pd.notna(top)
            else text.number(row["rank"], language, 0)
        )
        rows.append(Row(text.name_of(row["touchpoint"], labels, language), words, mark))
    last = kept[["rank", "rank_high"]].max().max()
    said = [
        *importance.say_ranks(shares, language=language, labels=labels),
        *importance.describe_ranks(kept, language, labels),
    ]
    title = _("How sure the ranking is")
    note = _(
        "Dot: the rank in these answers. Bar: where it would lie in {level} of new samples of"
        " customers."
    ).format(level=text.percent(conf_level, language))
    return _row_picture(
        rows,
        (0.5, float(last) + 0.5),
        lambda x: text.number(x, language, 0),
        _("Rank (1 = weighs most)"),
        title,
        said,
        " ".join(one for one in (note, rest, _n_words(shares, language) + ".") if one),
        of_table(shares, None, language, labels, title),
        at=_whole(int(last)),
    )


def _whole(last: int) -> list[float]:
    """Rank 1 and whole ranks after it, few enough to be read."""
    step = max(1, -(-last // 6))
    return [float(one) for one in range(1, last + 1, step)]


@refusable
def plot_effects(
    effects: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    most: int | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """What a point better at each touchpoint goes with, with its interval; the ordinal model's
    figure under that of least squares.

    effects: `effects(fit)`; NPS points are drawn where it has them. Hollow: not beyond chance
    (Holm). most: the largest so many only.
    """
    _ = translator(language)
    shown = most_telling(effects)
    measure, first = shown["measure"].iloc[0], first_model(shown)
    models = [first, *(one for one in dict.fromkeys(shown["model"]) if one != first)][:2]
    shown = shown.assign(clear=is_clear(shown, conf_level))
    main = shown[shown["model"] == first].sort_values(
        "estimate", key=lambda value: -value.abs(), kind="stable"
    )
    kept, rest = _left_out(main, most, language)
    kept = kept.sort_values("estimate", ascending=False, kind="stable")
    others = shown[shown["model"] == models[1]].set_index("touchpoint") if len(models) > 1 else None
    signed, scale = style_of(shown), 100 if measure == "probability" else 1
    rows = []
    for row in kept.to_dict("records"):
        pair = [(row, BLUE, -0.05 if others is not None else 0.0)]
        if others is not None and row["touchpoint"] in others.index:
            pair.append((others.loc[row["touchpoint"]].to_dict(), VERMILION, 0.05))

        def mark(sheet: Sheet, place, y: float, pair=pair) -> None:
            for one, colour, down in pair:
                sheet.span(place(one["conf_low"]), place(one["conf_high"]), y + down, colour, 3.2)
                sheet.dot(place(one["estimate"]), y + down, colour, 5.5, hollow=not one["clear"])

        words = with_interval(row, ("estimate", "conf_low", "conf_high"), language, signed, 0)
        rows.append(Row(text.name_of(row["touchpoint"], labels, language), words, mark))
    drawn = shown[shown["touchpoint"].isin(kept["touchpoint"])]
    low, high = _spread(drawn, ["conf_low", "conf_high", "estimate"])
    limits = (min(low, -1e-9), max(high, 1e-9))

    def key(sheet: Sheet, place, y: float) -> None:
        sheet.line([place(0)] * 2, [0.26, sheet.height - 0.5], SOFT, 0.9, zorder=1)
        if others is not None:
            right = 2.62 if sheet.width > 5 else 0.1
            for words, colour in zip(
                (text.name_of(one, None, language) for one in models),
                (BLUE, VERMILION),
                strict=True,
            ):
                sheet.write(right, 0.13, words, colour, SIZE, weight="bold")
                right += 0.078 * len(words) + 0.25

    outcome = text.name_of(shown["outcome"].iloc[0], labels, language)
    axis = {
        "nps_points": _("NPS points for one scale point more"),
        "probability": _("Percentage points for one scale point more"),
    }.get(measure, _("Points of “{outcome}” for one scale point more").format(outcome=outcome))
    said = say_effects(effects, top=len(kept), language=language, labels=labels)
    title = _("What one point better goes with: {outcome}").format(outcome=outcome)
    note = _("The other touchpoints held equal. Hollow: not clear (adjusted for their number).")
    if others is not None:
        note += " " + _("At the right: {model}.").format(
            model=text.name_of(first, None, language).lower()
        )
    return _row_picture(
        rows,
        limits,
        lambda x: (
            text.signed(scale * x, language, 0)
            if float(round(scale * x, 9)).is_integer()
            else signed(x, language)
        ),
        axis,
        title,
        said,
        _note(language, conf_level, note, rest, _n_words(drawn, language) + "."),
        of_table(effects, None, language, labels, title),
        key=key,
    )


@refusable
def plot_rankings(
    frame: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """The rank of each touchpoint by every method (or treatment of missing answers), joined by a
    line: where lines cross, the order depends on it.

    frame: `compare_importance(fit)` or `compare_missing(study)`. In colour: the first three of the
    first column.
    """
    _ = translator(language)
    by = "method" if "method" in frame else "missing"
    ranks = order_of(frame, by)
    ranks = ranks.sort_values(ranks.columns[0])
    heads = [text.name_of(one, None, language) for one in ranks]
    names = [text.name_of(one, labels, language) for one in ranks.index]

    def draw(figure) -> None:
        sheet = Sheet(figure)
        narrow = sheet.width < 5
        left, right = (1.75, sheet.width - 0.15) if narrow else (3.0, sheet.width - 0.55)
        across = (
            [left]
            if len(heads) == 1
            else [left + (right - left) * i / (len(heads) - 1) for i in range(len(heads))]
        )
        top, step = (0.36, 0.36) if narrow else (0.62, 0.32)
        room = min(int((across[1] - across[0]) / 0.07), 16) if len(heads) > 1 else 16
        for i, (x, words) in enumerate(zip(across, heads, strict=True), 1):
            sheet.write(
                x,
                0.1 if narrow else 0.22,
                f"{i}" if narrow else style.wrap(words, max(room, 12), 3),
                SOFT,
                SIZE - 1,
                ha="center",
                weight="bold",
            )
        for j, (name, places) in enumerate(zip(names, ranks.to_numpy(), strict=True)):
            colour = BLUE if j < 3 else GREY
            known = [
                (x, top + step * (place - 0.5), place)
                for x, place in zip(across, places, strict=True)
                if place == place
            ]
            sheet.line(
                [x for x, _y, _p in known],
                [y for _x, y, _p in known],
                colour,
                1.8 if j < 3 else 1.1,
                zorder=2,
            )
            for x, y, place in known:
                sheet.dot(x, y, colour if j < 3 else SOFT, 12, zorder=3 + (j < 3))
                sheet.write(
                    x,
                    y,
                    text.number(place, language, 0),
                    WHITE,
                    SIZE - 2,
                    ha="center",
                    zorder=6,
                    weight="bold",
                )
            sheet.write(
                0,
                top + step * (j + 0.5),
                style.wrap(name, 22 if narrow else 36, 2),
                style.INK,
                SIZE - (1 if narrow else 0),
            )
            if known:
                sheet.line(
                    [across[0] - 0.35, across[0] - 0.14],
                    [top + step * (j + 0.5), known[0][1]],
                    RULE,
                    0.8,
                    zorder=1,
                )
        if narrow:
            for i, words in enumerate(heads, 1):
                y = top + step * len(names) + 0.02 + 0.2 * i
                sheet.write(0.12, y, f"{i}", SOFT, SIZE - 0.5, weight="bold", ha="center")
                sheet.write(0.3, y, style.wrap(words, 50, 1), SOFT, SIZE - 0.5)

    say = say_methods if by == "method" else say_missing
    said = say(frame, language=language, labels=labels)
    alt = " ".join([*said, *_describe(ranks, heads, names, language)])
    title = (
        _("The ranking by each way of counting weight")
        if by == "method"
        else _("The ranking with each treatment of missing answers")
    )
    note = _(
        "1 = weighs most. In colour: the first three of the first column. Where lines cross, the"
        " order depends on the choice."
    )
    height = 0.62 + 0.32 * len(names)
    note = note + " " + _n_words(frame, language) + "."
    data = of_table(frame, None, language, labels, title)
    return Picture(
        draw,
        title,
        alt,
        note,
        height + 0.08,
        0.5 + 0.36 * len(names) + 0.2 * len(heads),
        said[0] if said else "",
        data,
    )


def _describe(ranks: pd.DataFrame, heads: list[str], names: list[str], language: str) -> list[str]:
    """The ranks of every touchpoint, for a reader who cannot see the figure."""
    _ = translator(language)
    return [
        _("{touchpoint}: rank {ranks}.").format(
            touchpoint=name,
            ranks=text.listing(
                [
                    f"{text.number(place, language, 0)} ({head})"
                    for place, head in zip(places, heads, strict=True)
                ],
                language,
            ),
        )
        for name, places in zip(names, ranks.to_numpy(), strict=True)
    ]
