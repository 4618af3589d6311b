"""Figures of the gap models: the contest of forms, the zone of tolerance, penalties and rewards.

As in plots.py nothing is computed here: every number drawn stands in the result that is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.show.page.html import refusable
from cxlab.show.page.parts import of_table
from cxlab.show.plot.metrics import _journey_rows, _n_words, _note, _row_picture, _spread
from cxlab.show.plot.style import BLUE, LIGHT_BLUE, SIZE, SOFT, VERMILION, Picture, Row, Sheet
from cxlab.show.say import classes, gap, scores, wording
from cxlab.show.words import text
from cxlab.show.words.text import translator

# More forms than these read as a wall; the plain gap and the chosen form are always among them.
MOST_FORMS = 7
_CLASSES = ("basic", "performance", "excitement", "indifferent")


@refusable
def plot_gap_forms(
    frame: pd.DataFrame, language: str = "en", labels: Mapping | None = None, most: int = MOST_FORMS
) -> Picture:
    """How much of the outcome the best forms of gap model explain, in these data (filled) and in
    new data (hollow), best first.

    frame: `compare_gap_forms(study, …)`. The `most` forms that predict new answers best are drawn,
    the plain gap and the chosen form always; the note says how many were left out. The chosen form
    is in colour.
    """
    _ = translator(language)
    order = "r_squared_cv" if frame["r_squared_cv"].notna().any() else "r_squared"
    known = frame[frame["r_squared"].notna() & (frame["form"] != "intercept")].sort_values(
        order, ascending=False, kind="stable"
    )
    must = known["chosen"].astype(bool) | (known["form"] == "difference")
    room = max(most - int(must.sum()), 0)
    kept = known[must | known.index.isin(known.index[~must][:room])]
    rows = []
    for row in kept.to_dict("records"):
        colour = BLUE if row["chosen"] else SOFT
        words = text.percent(row["r_squared"], language, 1)

        def mark(sheet: Sheet, place, y: float, row=row, colour=colour) -> None:
            sheet.line([place(0), place(row["r_squared"])], [y, y], colour, 1.2, zorder=2)
            if pd.notna(row["r_squared_cv"]):
                sheet.dot(place(max(row["r_squared_cv"], 0.0)), y, colour, hollow=True)
            sheet.dot(place(row["r_squared"]), y, colour)

        label = text.name_of(row["form"], None, language)
        rows.append(Row(label + ("  ✓" if row["chosen"] else ""), words, mark))
    top = max(kept["r_squared"].max(), 0.05) * 1.08
    said = gap.say_gap_forms(frame, language=language, labels=labels)
    title = _("How well each form explains “{outcome}”").format(
        outcome=text.name_of(frame["outcome"].iloc[0], labels, language)
    )
    note = _(
        "Filled: explained in these answers. Hollow: explained in answers that the model had not"
        " seen. ✓: the form these data support."
    )
    if len(kept) < len(frame) - 1:
        note += " " + _("The best {kept} of {total} forms, the plain gap among them.").format(
            kept=text.number(len(kept), language, 0), total=text.number(len(frame), language, 0)
        )
    return _row_picture(
        rows,
        (0.0, float(top)),
        lambda x: text.percent(x, language),
        _("Share of the outcome's variance explained"),
        title,
        said,
        note + " " + _n_words(frame, language) + ".",
        of_table(frame, None, language, labels, title),
    )


@refusable
def plot_tolerance(
    frame: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    stages: Mapping | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """The zone of tolerance of each touchpoint as a band from adequate to desired, the experience
    as a dot, in journey order.

    frame: `tolerance(study)`. The bar under the dot is the interval of experience minus adequate,
    seen from the adequate level; at the right the share of customers inside their own zone. Orange:
    below adequate beyond chance.
    """
    _ = translator(language)

    def make(row: Mapping) -> Row:
        if pd.isna(row["experience"]):
            return Row(
                text.name_of(row["touchpoint"], labels, language),
                _("too few"),
                lambda sheet, place, y: None,
            )
        colour = VERMILION if row["msa_high"] < 0 else BLUE

        def mark(sheet: Sheet, place, y: float) -> None:
            ends = sorted((place(row["adequate"]), place(row["expectation"])))
            sheet.box(ends[0], y - 0.075, ends[1] - ends[0], 0.15, LIGHT_BLUE, alpha=0.45, zorder=1)
            for end in ends:
                sheet.line([end, end], [y - 0.075, y + 0.075], SOFT, 1.0, zorder=2)
            sheet.span(
                place(row["adequate"] + row["msa_low"]),
                place(row["adequate"] + row["msa_high"]),
                y,
                colour,
                4.5,
            )
            sheet.dot(place(row["experience"]), y, colour)

        share = (
            _("too few")
            if pd.isna(row["inside"])
            else _("{share} inside").format(share=text.percent(row["inside"], language))
        )
        return Row(text.name_of(row["touchpoint"], labels, language), share, mark)

    rows = _journey_rows(frame, stages, make, language)
    drawn = frame.dropna(subset=["experience"])
    ends = drawn.assign(
        low=drawn["adequate"] + drawn["msa_low"], high=drawn["adequate"] + drawn["msa_high"]
    )

    def key(sheet: Sheet, place, y: float) -> None:
        if drawn.empty:
            return
        ends = sorted((place(drawn["adequate"].iloc[0]), place(drawn["expectation"].iloc[0])))
        for x, words, side in ((ends[0], _("adequate"), "left"), (ends[1], _("desired"), "right")):
            sheet.write(x, 0.13, words, SOFT, SIZE, ha=side, weight="bold")

    said, title = (
        scores.say_tolerance(frame, language=language, labels=labels),
        _("Is experience within the zone of tolerance?"),
    )
    note = _(
        "Band: from the level that customers call adequate to the one they desire. Dot: what they"
        " met, with the {level} confidence interval of its distance from adequate; orange: below"
        " adequate. At the right: customers inside their own zone."
    ).format(level=text.percent(conf_level, language))
    return _row_picture(
        rows,
        _spread(ends, ["low", "high", "adequate", "expectation", "experience"]),
        lambda x: text.number(x, language),
        _("Mean rating, scale points"),
        title,
        said,
        note + " " + _n_words(frame, language) + ".",
        of_table(frame, None, language, labels, title, stages),
        key=key,
    )


@refusable
def plot_penalty_reward(
    frame: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    every: bool = True,
    conf_level: float = 0.95,
) -> Picture:
    """What low ratings (left of zero) and high ratings (right) of each touchpoint go with, by
    class, largest first.

    frame: `penalty_reward(study, …)`. At the right the class and in how many new samples the
    touchpoint gets it. every=False leaves out those of class indifferent, while there are others,
    and says how many.
    """
    _ = translator(language)
    kept = (
        frame
        if every or (frame["class"] == "indifferent").all()
        else frame[frame["class"] != "indifferent"]
    )
    size = (kept["reward"].abs() + kept["penalty"].abs()).to_numpy()
    kept = kept.assign(order=kept["class"].map(_CLASSES.index), size=size).sort_values(
        ["order", "size"], ascending=[True, False]
    )
    rows = []
    for row in kept.to_dict("records"):
        words = _("too few")
        if pd.notna(row["penalty"]):
            words = text.name_of(row["class"], None, language)
            if pd.notna(row.get(f"p_{row['class']}")):
                words = f"{words} ({text.percent(row['p_' + row['class']], language)})"

        def mark(sheet: Sheet, place, y: float, row=row) -> None:
            if pd.isna(row["penalty"]):
                return
            for side, colour, up in (("penalty", VERMILION, -0.05), ("reward", BLUE, 0.05)):
                hollow = row[f"{side}_low"] <= 0 <= row[f"{side}_high"]
                sheet.span(
                    place(row[f"{side}_low"]), place(row[f"{side}_high"]), y + up, colour, 3.2
                )
                sheet.dot(place(row[side]), y + up, colour, 5.5, hollow=hollow)

        rows.append(Row(text.name_of(row["touchpoint"], labels, language), words, mark))
    low, high = _spread(kept, ["penalty_low", "reward_low", "penalty_high", "reward_high"])
    outcome = text.name_of(frame["outcome"].iloc[0], labels, language)

    def key(sheet: Sheet, place, y: float) -> None:
        zero = place(0)
        sheet.line([zero, zero], [0.26, sheet.height - 0.5], SOFT, 0.9, zorder=1)
        sheet.write(
            zero - 0.1, 0.13, "← " + _("low rating"), VERMILION, SIZE, ha="right", weight="bold"
        )
        sheet.write(zero + 0.1, 0.13, _("high rating") + " →", BLUE, SIZE, weight="bold")

    said = classes.say_penalty_reward(frame, language=language, labels=labels)
    title = _("What low and high ratings go with: {outcome}").format(outcome=outcome)
    note = _(
        "Against middling ratings, all touchpoints together. Hollow: may be zero. At the right: the"
        " class, and in how many new samples it is the same."
    )
    left_out = len(frame) - len(kept)
    if left_out:
        note += " " + _("Not drawn: {count} touchpoints that show neither.").format(
            count=text.number(left_out, language, 0)
        )
    digits = min(wording.digits_for(low, high), 1)
    return _row_picture(
        rows,
        (min(low, -1e-9), max(high, 1e-9)),
        lambda x: text.signed(x, language, digits),
        _("Difference in “{outcome}”").format(outcome=outcome),
        title,
        said,
        _note(language, conf_level, note, _n_words(frame, language) + "."),
        of_table(frame, None, language, labels, title),
        key=key,
    )
