"""Groups of respondents beside each other, and a few of them in their own words."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from cxlab.show.page.html import Html, refusable
from cxlab.show.page.parts import of_table, sentences
from cxlab.show.say.behind import shown_pairs, worded
from cxlab.show.say.waves import unit_of
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import Wording

ALPHA = 0.05
# How many differences are named.
MOST = 3


@worded
def say_segments(_: Wording, frame: pd.DataFrame) -> list[str]:
    """Which group is highest and which lowest, and which are hidden.

    frame: the metrics of an outcome by a segment, suppressed; its first metric is told.
    """
    frame = frame[frame["metric"] == frame["metric"].iloc[0]]
    shown = frame.dropna(subset=["estimate"]).sort_values("estimate", kind="stable")
    segment = _.name(frame["group"].iloc[0])
    result = []
    if len(shown) > 1:
        low, *_between, high = shown.to_dict("records")
        result.append(
            _(
                "{segment}: highest among {high} ({high_value}), lowest among {low} ({low_value}).",
                segment=segment,
                high=_.level(high),
                high_value=_value(_, high),
                low=_.level(low),
                low_value=_value(_, low),
            )
        )
    blank, few = frame["estimate"].isna(), frame["n"].isna()
    for rows, message in (
        (blank & few, N_("{segment}: too few answers to show {levels}.")),
        (blank & ~few, N_("{segment}: not shown, so that few answers are not told: {levels}.")),
    ):
        if rows.any():
            levels = _.listing(map(_.level, frame[rows].to_dict("records")))
            result.append(_(message, segment=segment, levels=levels))
    return result


def _value(_: Wording, row: Mapping) -> str:
    value = _.value(row)
    return value if pd.isna(row["conf_low"]) else f"{value}; {_.interval(row)}"


@worded
def say_differences(_: Wording, pairs: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    """Which groups differ beyond chance when all pairs are counted, the largest differences named.

    pairs: `differences(study, outcome, segment)`; frame: the suppressed metrics by the segment. Of
    a hidden group no difference is said.
    """
    pairs = shown_pairs(pairs, frame)
    tested = pairs.dropna(subset=["p_holm"])
    clear = tested[tested["p_holm"] < ALPHA].sort_values("estimate", ascending=False, kind="stable")
    if pairs.empty:
        return []
    if tested.empty:
        message = N_(
            "{segment}: the difference cannot be tested, because one account alone answers for"
            " a group or all answer alike."
        )
    elif clear.empty and len(tested) == 1:
        message = N_("{segment}: the difference is no more than chance could explain.")
    elif clear.empty:
        message = N_(
            "{segment}: of the {n} differences between two groups none is larger than chance"
            " could explain."
        )
    elif len(tested) == 1:
        message = N_("{segment}: {differences}, more than chance would explain.")
    elif len(clear) > MOST:
        message = N_(
            "{segment}: {k} of the {n} differences between two groups are larger than chance"
            " would explain; the largest: {differences}."
        )
    else:
        message = N_(
            "{segment}: {differences}, more than chance would explain even with all {n} differences"
            " counted."
        )
    each = [
        _(
            "{high} stands {value} above {low}",
            high=_.level(row, "higher"),
            low=_.level(row, "lower"),
            value=_by(_, row),
        )
        for row in clear.head(MOST).to_dict("records")
    ]
    segment = _.name(frame["group"].iloc[0])
    return [_(message, segment=segment, n=len(tested), k=len(clear), differences=_.listing(each))]


def _by(_: Wording, row: Mapping) -> str:
    """A difference in its unit; of a mean the bare number."""
    unit, times, digits = unit_of(row["metric"])
    value = _.number(times * row["estimate"], digits)
    return value if unit == "mean" else _(MESSAGES["units"][unit], value=value)


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
    _ = Wording(language, labels)
    shown = frame.dropna(subset=["text"])
    quote = Markup("<blockquote{}><p>{{}}</p></blockquote>").format(
        Markup(' lang="{}"').format(spoken) if spoken and spoken != language else ""
    )
    pieces, missing, read_out = [], [], []
    for level, words in MESSAGES["classes"].items():
        rows = frame[frame["level"] == level]
        if rows.empty or rows["n"].eq(0).all():
            continue
        written = shown.loc[shown["level"] == level, "text"]
        if written.empty:
            missing.append(_(words))
            continue
        title, heading = "", Markup("")
        if level != "all":
            title, heading = f"{_(words)}: ", Markup("<h4>{}</h4>\n").format(_(words))
        read_out += [text.visible(f"{title}“{one}”") for one in written]
        quoted = Markup("\n").join(quote.format(text.visible(one)) for one in written)
        pieces.append(Markup('<div class="voices {}">{}{}</div>').format(level, heading, quoted))
    how = _(
        "Drawn by lot among the comments that were written; nobody chose them. They show how"
        " customers put it, not how many think so."
    )
    if missing:
        few = _("{classes}: too few wrote a comment that can be shown.", classes=_.listing(missing))
        how = f"{how} {few}"
    parts = [sentences(read_out, listed=True)] if read_out else []
    parts.append(sentences([how]))
    if len(shown):
        columns = ["level", "text"] if shown["level"].nunique() > 1 else ["text"]
        named = shown.assign(level=[_(MESSAGES["classes"][level]) for level in shown["level"]])
        parts.append(of_table(_, named, _("What they wrote"), columns))
    return Html(Markup("\n").join([Markup('<p class="note">{}</p>').format(how), *pieces]), parts)
