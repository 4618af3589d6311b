"""Figures of how sure and how large: ranks in new samples, effects of two models side by side,
rankings of several methods.
"""

import numpy as np
import pandas as pd

from cxlab.show.plot.picture import Picture, drawn, picture_of
from cxlab.show.plot.rows import TRACK, Place, Row, estimate, paired, row_picture, spread
from cxlab.show.plot.style import BLUE, GREY, INK, SIZE, SOFT, VERMILION, Sheet, wrap
from cxlab.show.say.drivers import (
    by_model,
    describe_ranks,
    largest_first,
    order_of,
    say_effects,
    say_methods,
    say_missing,
    say_ranks,
    with_ranges,
)
from cxlab.show.words.wording import (
    VALUE,
    Wording,
    Words,
    in_brackets,
    is_clear,
    message,
    number,
    percent,
    sentence,
    word,
)


def _first(_: Wording, frame: pd.DataFrame, most: int | None) -> tuple[pd.DataFrame, str]:
    """The first `most` rows, and a note that counts the others."""
    kept, total = frame.head(most), len(frame)
    rest = _("The first {kept} of {total} touchpoints.", kept=len(kept), total=total)
    return kept, rest if len(kept) < total else ""


@drawn
def plot_ranks(_: Wording, shares: pd.DataFrame, *, most: int | None = None) -> Picture | None:
    """Where each touchpoint's rank would lie in new samples, and how often it would be among the
    first three.

    shares: `importance(fit, n_boot=…)`. Bar: the bootstrap interval of the rank; dot: the rank in
    these data; filled where the touchpoint is among the first three in at least 95 % of samples.
    most: draw the first so many only. Without a bootstrap the ranks stand alone.
    """
    if len(shares) < 2:
        return None
    kept, rest = _first(_, with_ranges(shares).sort_values("rank"), most)
    # A bar of one rank would have no length: each end takes a third of a place more.
    ranks = "rank", "rank_low", "rank_high"
    longer = kept.assign(rank_low=kept["rank_low"] - 0.3, rank_high=kept["rank_high"] + 0.3)
    rows = []
    for row in longer.to_dict("records"):
        value, top = _.fill(row["rank"]), row.get("p_top3", np.nan)
        if pd.notna(top):
            value = _("{share} in the top 3", share=percent(top, 0, _.conf_level))
        sure = top >= _.conf_level
        marks = estimate(row, ranks, BLUE if sure else SOFT, not sure)
        rows.append(Row(_.name(row["touchpoint"]), value, marks))
    last = kept[["rank", "rank_high"]].max().max()
    return row_picture(
        _,
        "ranks",
        shares,
        rows,
        (0.5, float(last) + 0.5),
        _.fill,
        _.say([*say_ranks(shares), *describe_ranks(kept)]),
        rest,
        # Rank 1 and whole ranks after it, six at most.
        at=range(1, int(last) + 1, max(1, -(-int(last) // 6))),
    )


@drawn
def plot_effects(_: Wording, effects: pd.DataFrame, *, most: int | None = None) -> Picture:
    """What a point better at each touchpoint goes with, with its interval; the ordinal model's
    figure under that of least squares.

    effects: `effects(fit)`; NPS points are drawn where it has them. Hollow: not beyond chance
    (Holm). most: the largest so many only.
    """
    first, others, style = by_model(effects)
    measure, models = first["measure"].iloc[0], [*first["model"].head(1), *others["model"].head(1)]
    two, times = len(models) > 1, 100 if measure == "probability" else 1
    looks = dict(zip(models, [(BLUE, -0.05 if two else 0.0), (VERMILION, 0.05)], strict=False))
    kept, rest = _first(_, largest_first(first), most)
    others = others[others["touchpoint"].isin(kept["touchpoint"])]
    both = pd.concat([one.assign(clear=is_clear(one)) for one in (kept, others)])
    rows = []
    for row in kept.sort_values("estimate", ascending=False, kind="stable").to_dict("records"):
        marks = []
        for one in both[both["touchpoint"] == row["touchpoint"]].to_dict("records"):
            if one["model"] in looks:
                colour, down = looks[one["model"]]
                of = {"series": models.index(one["model"])}
                marks += paired(one, VALUE, colour, not one["clear"], down, **of)
        rows.append(Row(_.name(row["touchpoint"]), _.ranged(row, VALUE, style), marks))

    def key(sheet: Sheet, place: Place) -> None:
        x = 0.1 if sheet.narrow else TRACK[0]
        for model in models if two else ():
            name, colour = _.word(model), looks[model][0]
            sheet.head(x, name, colour)
            x += 0.078 * len(name) + 0.25

    def tick(x: float) -> str:
        whole = float(round(times * x, 9)).is_integer()
        return _.fill(style.to(0)(x) if whole else style(x))

    return row_picture(
        _,
        "effects",
        effects,
        rows,
        spread(both, VALUE),
        tick,
        _.say(say_effects(effects, top=len(kept))),
        _("At the right: {model}.", model=Words(_.word(models[0]).lower())) if two else "",
        rest,
        axis=_.fill(sentence("effect_axis", measure, outcome=_.outcome(first))),
        key=key,
        differences=True,
        series=[_.word(one) for one in models] if two else (),
        times=times,
        n_of=both,
    )


@drawn
def plot_rankings(_: Wording, frame: pd.DataFrame) -> Picture:
    """The rank of each touchpoint by every method (or treatment of missing answers), joined by a
    line: where lines cross, the order depends on it.

    frame: `compare_importance(fit)` or `compare_missing(study)`. In colour: the first three of the
    first column.
    """
    by, say = ("method", say_methods) if "method" in frame else ("missing", say_missing)
    ranks = order_of(frame, by)
    ranks = ranks.sort_values(ranks.columns[0])
    heads, lines = [*map(_.word, ranks)], [*zip(ranks.index, ranks.to_numpy(), strict=True)]

    def draw(sheet: Sheet) -> None:
        narrow = sheet.narrow
        sheet.fit(tall if narrow else high)
        left, right = (1.75, sheet.width - 0.15) if narrow else (3.0, sheet.width - 0.55)
        apart = (right - left) / max(len(heads) - 1, 1)
        across = left + apart * np.arange(len(heads))
        top, step = (0.36, 0.36) if narrow else (0.62, 0.32)
        room = min(max(int(apart / 0.07), 12), 16)
        for i, (x, head) in enumerate(zip(across, heads, strict=True), 1):
            y, words = (0.1, i) if narrow else (0.22, wrap(head, room))
            sheet.small(x, y, words, "center", weight="bold")
        for j, (touchpoint, mine) in enumerate(lines):
            among, middle = j < 3, top + step * (j + 0.5)
            known = pd.notna(mine)
            xs, ys = across[known], top + step * (mine[known] - 0.5)
            sheet.line(xs, ys, *((BLUE, 1.8) if among else (GREY, 1.1)), zorder=2)
            for x, y, rank in zip(xs, ys, mine[known], strict=True):
                sheet.dot(x, y, BLUE if among else SOFT, 12, zorder=3 + among)
                sheet.on_dot(x, y, _.fill(rank), SIZE - 2)
            name = wrap(_.name(touchpoint), 22 if narrow else 36, 2)
            sheet.write(0, middle, name, INK, SIZE - narrow)
            if known.any():
                sheet.line([left - 0.35, left - 0.14], [middle, ys[0]], zorder=1)
        for i, head in enumerate(heads if narrow else [], 1):
            y = top + step * len(lines) + 0.02 + 0.2 * i
            sheet.write(0.12, y, i, SOFT, SIZE - 0.5, weight="bold", ha="center")
            sheet.write(0.3, y, wrap(head, 50, 1), SOFT, SIZE - 0.5)

    described = []
    for touchpoint, mine in ranks.iterrows():
        each = [in_brackets(number(rank, 0), word(way)) for way, rank in mine.items()]
        described.append(message("{touchpoint}: rank {ranks}.", touchpoint=touchpoint, ranks=each))
    high, tall = 0.62 + 0.32 * len(lines) + 0.08, 0.5 + 0.36 * len(lines) + 0.2 * len(heads)
    return picture_of(_, by, frame, draw, _.say([*say(frame), *described]), high, tall)
