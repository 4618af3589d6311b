"""What the tables say, in sentences, so that no number in a report is ever typed by hand.

Every function reads one result and returns a list of sentences. A sentence is one whole message of
the catalogue with named places, because Portuguese and English put their words in another order.
What a sentence claims is what its row can carry: it speaks of a difference only where the interval
leaves out zero, and of association, never of cause.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from inspect import signature

import pandas as pd

from cxlab.show.disclosure.rules import suppress_counts, suppressed
from cxlab.show.page.parts import Said, behind
from cxlab.show.page.refusals import Refusal, reason
from cxlab.show.page.tables import measure, measure_interval
from cxlab.show.words import text
from cxlab.show.words.catalogue import WORDS
from cxlab.show.words.text import N_, translator

# What the table behind a function's sentences is called in the workbook; a second result that it
# takes, by the name of its place.
_BEHIND = {
    "say_nps": N_("Headline figures"),
    "say_metrics": N_("Headline figures"),
    "say_waves": N_("{outcome}: by wave"),
    "say_changes": N_("{outcome}: change from wave to wave"),
    "say_segments": N_("{outcome}: by “{group}”"),
    "say_differences": N_("{outcome}: differences by “{group}”"),
    "say_experience": N_("Experience at each touchpoint"),
    "say_gaps": N_("Expectation and experience at each touchpoint"),
    "say_tolerance": N_("Is experience within the zone of tolerance?"),
    "say_servqual": N_("Mean gap and mean experience (SERVQUAL, SERVPERF)"),
    "say_gap_reliability": N_("How reliable the gap is as a measurement"),
    "say_expectation_ceiling": N_("Who expected the most that the scale allows"),
    "say_expectation_sources": N_("What today's expectation goes with"),
    "say_gap_forms": N_("The contest of forms"),
    "say_disconfirmation": N_("A point short of expectation and a point beyond: {outcome}"),
    "say_gaps_models": N_("Gap models at each touchpoint"),
    "say_surface": N_("The surface in numbers"),
    "say_congruence": N_("Conditions for calling it best to meet the expectation exactly"),
    "say_penalty_reward": N_("What low and high ratings go with: {outcome}"),
    "say_kano": N_("What customers say of each feature (Kano)"),
    "say_drivers": N_("What goes with the outcome, and how surely"),
    "say_ranks": N_("What goes with the outcome, and how surely"),
    "say_priorities": N_("Touchpoints by priority"),
    "say_effects": N_("What one point better goes with: {outcome}"),
    "say_one_effect": N_("What one point better goes with: {outcome}"),
    "say_what_if": N_("What better ratings at some touchpoints go with: {outcome}"),
    "say_methods": N_("The ranking by each way of counting weight"),
    "say_missing": N_("The ranking with each treatment of missing answers"),
    "say_moderation": N_("How the weight differs between groups"),
    "say_reliability": N_("How well questions on one thing go together"),
    "say_diagnosis": N_("Checks of the driver model"),
    "say_method": N_("The driver model as a whole"),
    "frame": N_("{outcome}: by “{group}”"),
    "forms": N_("The contest of forms"),
    "rewards": N_("What low and high ratings go with: {outcome}"),
    "slopes": N_("The weight in each group"),
    "treatments": N_("The ranking with each treatment of missing answers"),
}


def worded(say: Callable) -> Callable:
    """Make a sentence function answer a Refusal with its reason, and its sentences remember the
    (suppressed) results they were made from.

    Raises KeyError, when the function is defined, for one whose table has no title in `_BEHIND`.
    """
    places, title = list(signature(say).parameters), _BEHIND[say.__name__]

    @wraps(say)
    def answer(*args, **kwargs):
        for value in (*args, *kwargs.values()):
            if isinstance(value, Refusal):
                return [reason(value, kwargs.get("language", "en"), kwargs.get("labels"))]
        language, labels = kwargs.get("language", "en"), kwargs.get("labels")
        given = dict(zip(places, args, strict=False)) | kwargs  # optional arguments may be absent

        @cache
        def tables() -> list[Mapping]:
            held = {place: one for place, one in given.items() if isinstance(one, pd.DataFrame)}
            if say.__name__ == "say_differences":
                held["pairs"] = _of_shown(held["pairs"], held["frame"])
            titles = {
                place: _BEHIND.get(place, title) if place != places[0] else title for place in held
            }
            return [
                _behind(say.__name__, one, titles[place], language, labels)
                for place, one in held.items()
            ]

        return [Said(one, tables) for one in say(*args, **kwargs)]

    return answer


def _of_shown(pairs: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The differences of the metric that is told, between groups that are shown: one from a hidden
    group would give it away.
    """
    metric = frame["metric"].iloc[0]
    levels = frame.loc[(frame["metric"] == metric) & frame["estimate"].notna(), "level"]
    shown = pairs[
        (pairs["metric"] == metric) & pairs["lower"].isin(levels) & pairs["higher"].isin(levels)
    ]
    return shown[
        [
            "outcome",
            "metric",
            "group",
            "lower",
            "higher",
            *(
                c
                for c in shown
                if c not in ("outcome", "metric", "group", "lower", "higher", "level")
            ),
        ]
    ]


def _behind(
    name: str, frame: pd.DataFrame, title: str, language: str, labels: Mapping | None
) -> Mapping:
    """A result as the table behind a sentence: no more of it than the page may tell."""
    if (
        name in ("say_changes", "say_differences")
        and "p_value" in frame
        and (frame["metric"] == "nps").any()
    ):
        # Of an NPS with a small class the scores are in whole points; a change to the digit, or its
        # error, would tell the class after all.
        exact = frame["metric"] == "nps"
        frame = frame.drop(columns=["std_error", "statistic", "p_value"])
        frame = frame.assign(
            **{
                column: frame[column].where(~exact, frame[column].round())
                for column in ("estimate", "conf_low", "conf_high")
            }
        )
        if name == "say_differences":  # no sentence gives their interval
            frame = frame.drop(columns=["conf_low", "conf_high"]).assign(
                p_holm=frame["p_holm"].round(2)
            )
    elif name == "say_diagnosis":
        # How many met a touchpoint, and how many gave the highest answer, no `suppress` has seen.
        frame = frame[
            ~frame["check"].isin(["users", "touchpoint_ceiling"])
            & ((frame["check"] != "outcome_ceiling") | (frame["verdict"] != "ok"))
        ]
        frame = frame.assign(note=frame["note"].replace("ceiling", "many_at_top"))
    elif name == "say_method":
        frame = frame.assign(
            model=[str(model).removeprefix("loyalty: ").split()[0] for model in frame["model"]]
        )
    elif name == "say_expectation_sources":
        frame = frame[frame["term"] != "intercept"]
    if "term" in frame:
        frame = frame.assign(
            term=[text.term_name(term, labels, language) for term in frame["term"]]
        )
    if "note" in frame:
        # A model's own message, in English and meant for an analyst, is no word of a client's
        # workbook.
        frame = frame.assign(note=[note if note in WORDS["ids"] else "" for note in frame["note"]])
    one = {
        name: frame[name].dropna().unique() if name in frame else []
        for name in ("outcome", "group")
    }
    place = {
        name: text.name_of(values[0], labels, language) if len(values) == 1 else ""
        for name, values in one.items()
    }
    return behind(frame, language, labels, translator(language)(title).format(**place).strip(": "))


@worded
def say_nps(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """The score, its interval and the three shares, one sentence a group."""
    _ = translator(language)
    result = []
    for row in frame[frame["metric"] == "nps"].to_dict("records"):
        if pd.isna(row["estimate"]):
            result.append(_blank(row, language, labels))
            continue
        place = dict(
            outcome=text.name_of(row["outcome"], labels, language),
            group=text.level_name(row["level"], language, labels, row.get("group")),
            value=measure(row, "estimate", language),
            interval=measure_interval(row, language),
            level=text.percent(conf_level, language),
            promoters=text.percent(row.get("promoters"), language),
            passives=text.percent(row.get("passives"), language),
            detractors=text.percent(row.get("detractors"), language),
            n=text.number(row["n"], language, 0),
        )
        if pd.isna([row.get(one) for one in ("promoters", "passives", "detractors")]).any():
            # A class of a few respondents is not told, and so none of the three.
            message = (
                _("The Net Promoter Score is {value} ({level} interval {interval}, n = {n}).")
                if row["level"] == "all"
                else _(
                    "{group}: the Net Promoter Score is {value} ({level} interval {interval}, n ="
                    " {n})."
                )
            )
        elif row["level"] == "all":
            message = _(
                "The Net Promoter Score is {value} ({level} interval {interval}): {promoters}"
                " promoters, {passives} passives and {detractors} detractors among {n} answers."
            )
        else:
            message = _(
                "{group}: the Net Promoter Score is {value} ({level} interval {interval}), with"
                " {promoters} promoters, {passives} passives and {detractors} detractors among {n}"
                " answers."
            )
        result.append(message.format(**place))
    return result


def _blank(row: Mapping, language: str, labels: Mapping | None) -> str:
    _ = translator(language)
    place = dict(
        outcome=text.name_of(row["outcome"], labels, language),
        group=text.level_name(row["level"], language, labels, row.get("group")),
    )
    if row["n"] == 0:
        return _("{outcome} was not asked or not answered by anyone ({group}).").format(**place)
    return _("{outcome}: too few answers to show ({group}).").format(**place)


_MEASURES = {
    "csat_top2": N_(
        "{outcome}: {value} give one of the top two answers ({level} interval {interval}, n = {n})."
    ),
    "ces_share": N_("{outcome}: {value} found it easy ({level} interval {interval}, n = {n})."),
    "binary_share": N_("{outcome}: {value} said yes ({level} interval {interval}, n = {n})."),
}
_MEAN = N_("{outcome}: the mean is {value} ({level} interval {interval}, n = {n}).")
_MEASURES_GROUP = {
    "csat_top2": N_(
        "{outcome}, {group}: {value} give one of the top two answers ({level} interval {interval},"
        " n = {n})."
    ),
    "ces_share": N_(
        "{outcome}, {group}: {value} found it easy ({level} interval {interval}, n = {n})."
    ),
    "binary_share": N_(
        "{outcome}, {group}: {value} said yes ({level} interval {interval}, n = {n})."
    ),
}
_MEAN_GROUP = N_("{outcome}, {group}: the mean is {value} ({level} interval {interval}, n = {n}).")
# Beside a share that few stand behind, an interval would tell how the answers lie.
_MEAN_ALONE, _MEAN_GROUP_ALONE = (
    N_("{outcome}: the mean is {value} (n = {n})."),
    N_("{outcome}, {group}: the mean is {value} (n = {n})."),
)


@worded
def say_metrics(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """One sentence for each row of `nps`, `csat`, `ces` or `score`, in the unit of its metric."""
    _ = translator(language)
    result = []
    for index, row in enumerate(frame.to_dict("records")):
        if row["metric"] == "nps":
            result += say_nps(
                frame.iloc[[index]], language=language, labels=labels, conf_level=conf_level
            )
            continue
        if pd.isna(row["estimate"]):
            result.append(_blank(row, language, labels))
            continue
        if row["level"] == "all":
            message = _(_MEASURES.get(row["metric"], _MEAN))
        else:
            message = _(_MEASURES_GROUP.get(row["metric"], _MEAN_GROUP))
        if pd.isna(row["conf_low"]) and row["metric"] not in _MEASURES:
            alone = _MEAN_ALONE if row["level"] == "all" else _MEAN_GROUP_ALONE
            message = _(alone)
        result.append(
            message.format(
                outcome=text.name_of(row["outcome"], labels, language),
                group=text.level_name(row["level"], language, labels, row.get("group")),
                value=measure(row, "estimate", language),
                interval=measure_interval(row, language),
                level=text.percent(conf_level, language),
                n=text.number(row["n"], language, 0),
            )
        )
    return result


@worded
def say_waves(
    frame: pd.DataFrame,
    waves=(),
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """First and last wave of each metric in the frame; whether they differ beyond chance is for
    `say_changes` to tell.

    waves: every wave of the study; one that is not among the frame's levels did not ask, and is
    named.
    """
    _ = translator(language)
    result = []
    for _key, rows in frame.groupby(["outcome", "metric"], sort=False):
        seen = rows.dropna(subset=["estimate"])
        outcome = text.name_of(rows["outcome"].iloc[0], labels, language)
        if len(seen) >= 2:
            first, last = seen.iloc[0].to_dict(), seen.iloc[-1].to_dict()
            result.append(
                _(
                    "{outcome}: {first} ({first_interval}) in {first_wave}, {last}"
                    " ({last_interval}) in {last_wave}."
                ).format(
                    outcome=outcome,
                    first=measure(first, "estimate", language),
                    first_interval=measure_interval(first, language),
                    first_wave=text.level_name(
                        first["level"], language, labels, first.get("group")
                    ),
                    last=measure(last, "estimate", language),
                    last_interval=measure_interval(last, language),
                    last_wave=text.level_name(last["level"], language, labels, last.get("group")),
                )
            )
        result += [
            _blank(row, language, labels)
            for row in rows[rows["estimate"].isna()].to_dict("records")
        ]
        gone = sorted({str(wave) for wave in waves} - {str(level) for level in rows["level"]})
        if gone:
            result.append(
                _("{outcome} was not asked in {waves}.").format(
                    outcome=outcome, waves=text.listing(gone, language)
                )
            )
    return result


@worded
def say_changes(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """The change of an outcome's first metric from the first level to the last, and whether it is
    larger than chance.

    frame: `changes(study, outcome)`, whose last row of a metric goes from the first level to the
    last.
    """
    _ = translator(language)
    row = frame[frame["metric"] == frame["metric"].iloc[0]].iloc[-1].to_dict()
    if pd.isna(row["conf_low"]):
        return []
    unit = (
        "points"
        if row["metric"] == "nps"
        else "share"
        if row["metric"].endswith(("_top2", "_share"))
        else "mean"
    )
    columns = ("estimate", "conf_low", "conf_high")
    if unit == "share":
        row |= {column: 100 * row[column] for column in columns}
    value = with_interval(row, columns, language, text.signed, 2 if unit == "mean" else 0)
    units = {
        "points": _("{value} points"),
        "share": _("{value} percentage points"),
        "mean": _("{value} on its scale"),
    }
    clear = row["conf_low"] > 0 or row["conf_high"] < 0
    message = (
        _("{outcome}, {level}: a change of {value}, more than chance would explain.")
        if clear
        else _("{outcome}, {level}: a change of {value}, no more than chance could explain.")
    )
    return [
        message.format(
            outcome=text.name_of(row["outcome"], labels, language),
            level=row["level"],
            value=units[unit].format(value=value),
        )
    ]


def digits_of(frame: pd.DataFrame) -> int:
    """One decimal, or two where half of the intervals are so narrow that one would hide them."""
    return 2 if (frame["conf_high"] - frame["conf_low"]).median() < 0.25 else 1


def with_interval(
    row: Mapping, columns: tuple[str, str, str], language: str, style: Callable, digits: int
) -> str:
    """An estimate and its interval, both in `style`: "4.2 (4.0 to 4.4)"; columns: (estimate, low,
    high).
    """
    value, low, high = (style(row[one], language, digits) for one in columns)
    if pd.isna(row[columns[1]]):
        return value
    _ = translator(language)
    return _("{value} ({low} to {high})").format(value=value, low=low, high=high)


def percent_style(x: float, language: str, _digits: int) -> str:
    """`percent` as a style of `with_interval`."""
    return text.percent(x, language)


@worded
def say_experience(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """The strongest and the weakest touchpoint."""
    _ = translator(language)
    known = frame.dropna(subset=["experience"])
    if known.empty:
        return [_("No touchpoint has enough answers to show.")]
    if "scale" in known and known["scale"].nunique() > 1:
        return [_("The touchpoints are rated on different scales: their means are not compared.")]
    columns = ("experience", "conf_low", "conf_high")
    best, worst = (
        known.loc[known["experience"].agg(which)].to_dict() for which in ("idxmax", "idxmin")
    )
    return [
        _(
            "The strongest touchpoint is {best}, {best_value}; the weakest is {worst},"
            " {worst_value}."
        ).format(
            best=text.name_of(best["touchpoint"], labels, language),
            best_value=with_interval(best, columns, language, text.number, digits_of(known)),
            worst=text.name_of(worst["touchpoint"], labels, language),
            worst_value=with_interval(worst, columns, language, text.number, digits_of(known)),
        )
    ]


@worded
def say_gaps(
    frame: pd.DataFrame,
    *,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> list[str]:
    """At how many touchpoints experience falls short of, or exceeds, expectation beyond chance; the
    largest of each.
    """
    _ = translator(language)
    known = frame.dropna(subset=["estimate"])
    if known.empty:
        return [_("No touchpoint has enough answers to show.")]
    columns = ("estimate", "conf_low", "conf_high")
    # Adjusted for the number of touchpoints: of twelve without a gap, every second study has one
    # that a plain interval calls.
    sure = (
        known["p_holm"] < 1 - conf_level
        if "p_holm" in known
        else (known["conf_high"] < 0) | (known["conf_low"] > 0)
    )
    short, above = known[sure & (known["estimate"] < 0)], known[sure & (known["estimate"] > 0)]
    total = text.number(len(known), language, 0)
    result = []
    if len(short):
        worst = short.loc[short["estimate"].idxmin()].to_dict()
        message = (
            _(
                "Experience falls short of expectation at {count} of {total} touchpoints; the"
                " widest gap is at {touchpoint}, {value} scale points."
            )
            if len(short) > 1
            else _(
                "Experience falls short of expectation at one of {total} touchpoints: {touchpoint},"
                " {value} scale points."
            )
        )
        result.append(
            message.format(
                count=text.number(len(short), language, 0),
                total=total,
                touchpoint=text.name_of(worst["touchpoint"], labels, language),
                value=with_interval(worst, columns, language, text.signed, digits_of(known)),
            )
        )
    if len(above):
        best = above.loc[above["estimate"].idxmax()].to_dict()
        message = (
            _(
                "Experience exceeds expectation at {count} of {total} touchpoints, most at"
                " {touchpoint}, {value} scale points."
            )
            if len(above) > 1
            else _(
                "Experience exceeds expectation at one of {total} touchpoints: {touchpoint},"
                " {value} scale points."
            )
        )
        result.append(
            message.format(
                count=text.number(len(above), language, 0),
                total=total,
                touchpoint=text.name_of(best["touchpoint"], labels, language),
                value=with_interval(best, columns, language, text.signed, digits_of(known)),
            )
        )
    if not result:
        result.append(
            _(
                "At none of the {total} touchpoints is the gap between expectation and experience"
                " larger than chance."
            ).format(total=total)
        )
    return result


def say_limits(
    study, *results: object, language: str = "en", labels: Mapping | None = None
) -> list[str]:
    """Respondents, weights, never-used and unanswered ratings, suppressed cells, and what a survey
    cannot tell.

    study: a Study. results: the suppressed frames of the report, counted; a Refusal among them is
    not.
    """
    _ = translator(language)
    flow, missing = study.flow, study.missing()
    cell = study.codebook.report.min_cell
    read, dropped = int(flow["n"].iloc[0]), int(flow["dropped"].sum())
    result = [
        _(
            "{read} answers were read; {dropped} were left out by the declared filters, and {n} are"
            " in this report."
        ).format(
            read=text.number(read, language, 0),
            dropped=text.number(dropped, language, 0),
            n=text.number(study.n, language, 0),
        )
    ]
    weights = study.weights
    if weights is None:
        result.append(_("Every answer counts the same: the study has no weights."))
    else:
        effective = float(weights.sum() ** 2 / (weights**2).sum())
        message = _(
            "Answers are weighted; after weighting they carry the information of {n_eff} unweighted"
            " answers (effective n)."
        )
        weighted = behind(pd.DataFrame({"n_eff": [effective]}), language, labels, _("Weights"))
        result.append(
            Said(message.format(n_eff=text.number(effective, language, 0)), lambda: [weighted])
        )
    missing = missing[missing["role"] == "experience"]
    counts = missing[["answered", "not_used", "no_answer", "not_asked"]].sum()
    total = max(float(counts.sum()), 1.0)
    message = _(
        "Of all experience ratings, {answered} were answered, {not_used} concern a touchpoint that"
        " the respondent never used, {no_answer} were left unanswered and {not_asked} were not"
        " asked."
    )
    caption = WORDS["captions"]["missing"]
    asked = behind(
        suppress_counts(missing[["touchpoint", *counts.index]], cell),
        language,
        labels or study.labels(language),
        _(caption),
    )
    result.append(
        Said(
            message.format(
                **{
                    state: text.percent(counts[state] / total, language, 1)
                    for state in counts.index
                }
            ),
            lambda: [asked],
        )
    )
    hidden = suppressed(*results)
    cell = text.number(cell, language, 0)
    if hidden:
        result.append(
            _(
                "{hidden} rows are not shown because they rest on fewer than {cell} answers, or"
                " would reveal one that does."
            ).format(hidden=text.number(hidden, language, 0), cell=cell)
        )
    else:
        result.append(
            _("No row had to be hidden: each rests on at least {cell} answers.").format(cell=cell)
        )
    result.append(
        _(
            "A survey shows what goes together. It cannot show that changing one thing would change"
            " another; for that, try it and measure."
        )
    )
    return result
