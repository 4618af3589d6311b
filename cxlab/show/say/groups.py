"""Groups of respondents beside each other, and a few of them in their own words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from cxlab.show.page.html import Html, refusable
from cxlab.show.page.parts import of_table, sentences
from cxlab.show.page.tables import measure, measure_interval
from cxlab.show.say.metrics import worded
from cxlab.show.words import text
from cxlab.show.words.text import N_, translator

ALPHA = 0.05
# In the order in which a page shows them.
CLASSES = {
    "promoters": N_("Promoters"),
    "passives": N_("Passives"),
    "detractors": N_("Detractors"),
    "all": N_("All respondents"),
}


@worded
def say_segments(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """Which group is highest and which lowest, and which are hidden.

    frame: the metrics of an outcome by a segment, suppressed; its first metric is told.
    """
    _ = translator(language)
    frame = frame[frame["metric"] == frame["metric"].iloc[0]]
    shown = (
        frame.dropna(subset=["estimate"]).sort_values("estimate", kind="stable").to_dict("records")
    )
    segment = text.name_of(frame["group"].iloc[0], labels, language)
    said = []
    if len(shown) > 1:
        named = {
            f"{end}{part}": words
            for end, row in (("high", shown[-1]), ("low", shown[0]))
            for part, words in _words(row, language, labels).items()
        }
        said.append(
            _(
                "{segment}: highest among {high} ({high_value}), lowest among {low} ({low_value})."
            ).format(segment=segment, **named)
        )
    blank = frame[frame["estimate"].isna()]
    for rows, message in (
        (blank[blank["n"].isna()], N_("{segment}: too few answers to show {levels}.")),
        (
            blank[blank["n"].notna()],
            N_("{segment}: not shown, so that few answers are not told: {levels}."),
        ),
    ):
        if len(rows):
            levels = [
                text.level_name(level, language, labels, group)
                for group, level in zip(rows["group"], rows["level"], strict=True)
            ]
            said.append(_(message).format(segment=segment, levels=text.listing(levels, language)))
    return said


def _words(row: Mapping, language: str, labels: Mapping | None) -> dict[str, str]:
    value = measure(row, "estimate", language)
    value = value if pd.isna(row["conf_low"]) else f"{value}; {measure_interval(row, language)}"
    return {"": text.level_name(row["level"], language, labels, row.get("group")), "_value": value}


@worded
def say_differences(
    pairs: pd.DataFrame,
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
    most: int = 3,
) -> list[str]:
    """Which groups differ beyond chance when all pairs are counted, the largest `most` differences
    named.

    pairs: `differences(study, outcome, segment)`; frame: the suppressed metrics by the segment. Of
    a hidden group no difference is said.
    """
    _ = translator(language)
    frame = frame[frame["metric"] == frame["metric"].iloc[0]]
    segment = text.name_of(frame["group"].iloc[0], labels, language)
    levels = frame.loc[frame["estimate"].notna(), "level"].astype(str)
    pairs = pairs[
        (pairs["metric"] == frame["metric"].iloc[0])
        & pairs["lower"].isin(levels)
        & pairs["higher"].isin(levels)
    ]
    if len(pairs) and pairs["p_holm"].isna().all():
        return [
            _(
                "{segment}: the difference cannot be tested, because one account alone answers for"
                " a group or all answer alike."
            ).format(segment=segment)
        ]
    pairs = pairs[pairs["p_holm"].notna()]
    clear = pairs[pairs["p_holm"] < ALPHA].sort_values("estimate", ascending=False, kind="stable")
    place = {
        "segment": segment,
        "n": text.number(len(pairs), language, 0),
        "k": text.number(len(clear), language, 0),
    }
    if pairs.empty:
        return []
    if clear.empty and len(pairs) == 1:
        return [
            _("{segment}: the difference is no more than chance could explain.").format(**place)
        ]
    if clear.empty:
        return [
            _(
                "{segment}: of the {n} differences between two groups none is larger than chance"
                " could explain."
            ).format(**place)
        ]
    each = [
        _("{high} stands {value} above {low}").format(
            high=text.level_name(row["higher"], language, labels, row.get("group")),
            low=text.level_name(row["lower"], language, labels, row.get("group")),
            value=_by(row, language),
        )
        for row in clear.head(most).to_dict("records")
    ]
    place["differences"] = text.listing(each, language)
    if len(pairs) == 1:
        return [_("{segment}: {differences}, more than chance would explain.").format(**place)]
    if len(clear) > most:
        return [
            _(
                "{segment}: {k} of the {n} differences between two groups are larger than chance"
                " would explain; the largest: {differences}."
            ).format(**place)
        ]
    return [
        _(
            "{segment}: {differences}, more than chance would explain even with all {n} differences"
            " counted."
        ).format(**place)
    ]


def _by(row: Mapping, language: str) -> str:
    _ = translator(language)
    if row["metric"] == "nps":
        return _("{value} points").format(value=text.number(row["estimate"], language, 0))
    if row["metric"].endswith(("_top2", "_share")):
        return _("{value} percentage points").format(
            value=text.number(100 * row["estimate"], language, 0)
        )
    return text.number(row["estimate"], language, 2)


@refusable
def quotes(
    frame: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    spoken: str | None = None,
) -> Html:
    """The comments of `verbatims`, class by class, and how they came to be here.

    spoken: the language in which they were written, where the study declares it, for whoever has
    them read aloud.
    """
    _ = translator(language)
    shown = frame.dropna(subset=["text"])
    tag = Markup(' lang="{}"').format(spoken) if spoken and spoken != language else ""
    pieces, missing, told = [], [], []
    for level, words in CLASSES.items():
        rows = frame[frame["level"] == level]
        if rows.empty or rows["n"].eq(0).all():
            continue
        if rows["text"].isna().all():
            missing.append(_(words))
            continue
        told += [
            text.visible(f"{_(words)}: “{one}”" if level != "all" else f"“{one}”")
            for one in rows["text"]
        ]
        heading = Markup("") if level == "all" else Markup("<h4>{}</h4>\n").format(_(words))
        each = [
            Markup("<blockquote{}><p>{}</p></blockquote>").format(tag, text.visible(one))
            for one in rows["text"]
        ]
        pieces.append(
            Markup('<div class="voices {}">{}{}</div>').format(
                level, heading, Markup("\n").join(each)
            )
        )
    how = _(
        "Drawn by lot among the comments that were written; nobody chose them. They show how"
        " customers put it, not how many think so."
    )
    if missing:
        how += " " + _("{classes}: too few wrote a comment that can be shown.").format(
            classes=text.listing(missing, language)
        )
    parts = [sentences(told, listed=True), sentences([how])] if told else [sentences([how])]
    title = _("What they wrote")
    named = shown.assign(level=[_(CLASSES[level]) for level in shown["level"]])
    data = (
        [
            of_table(
                named,
                ["level", "text"] if named["level"].nunique() > 1 else ["text"],
                language,
                labels,
                title,
            )
        ]
        if len(shown)
        else []
    )
    return Html(
        Markup("\n").join([Markup('<p class="note">{}</p>').format(how), *pieces]), [*parts, *data]
    )
