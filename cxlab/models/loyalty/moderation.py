"""Does a touchpoint matter more to some customers than to others? Slopes by segment, channel,
involvement or kind of contact, tested.

Ranking the drivers of each segment apart finds "differences" everywhere: with a third of the
answers, every slope moves. Here the difference itself is tested, for all touchpoints at once and
adjusted for their number, and the slopes of groups are drawn together as far as the data cannot
tell them apart (partial pooling).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT
from cxlab.models.fit import Fit, least_squares, with_inference
from cxlab.models.loyalty.categorical import CategoricalFit, fit_categorical
from cxlab.models.loyalty.fit_loyalty import fit_loyalty
from cxlab.stats.inference import check_level, holm
from cxlab.stats.pooling import partial_pooling
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study

# Rows that a group must have for each of its terms: from two on, least-squares slopes and their
# errors are sound (Austin & Steyerberg 2015, J. Clin. Epidemiol. 68:627); the third keeps the mean
# leverage, by which HC3 divides, at one third.
ROWS_PER_TERM = 3
# Weighted groups are small: with five of 30 respondents the linearised errors of R's svyglm, which
# divide by no leverage, found a difference that is none in 27 of 100 studies, HC3 in 6
# (tests/calibration/drivers_effects.py, with either). Gap models do the same.
SMALL_GROUPS = "HC3"
CONTACTS = ("direct", "indirect")
# A numeric moderator's slopes are shown at its mean and one standard deviation to either side
# (Aiken & West 1991).
STEPS = {"low": -1.0, "mean": 0.0, "high": 1.0}


@dataclass(frozen=True)
class _Slopes:
    """A fit in which slopes may differ. `terms[touchpoint]` maps a level to its coefficients: a
    vector over the fit's terms each, so that a level's slope is vector · params. `out` are the
    levels without a slope: touchpoint ("" for all), level, n, why.
    """

    fit: Fit
    by: str
    terms: dict[str, dict[str, np.ndarray]]
    n: dict[tuple[str, str], int]
    out: list[tuple[str, str, int, str]]
    values: dict[str, float] | None = None

    def estimate(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return vectors @ self.fit.params.to_numpy(), vectors @ self.fit.cov.to_numpy() @ vectors.T


def moderation(
    study: Study,
    by: str,
    outcome: str | None = None,
    touchpoints: Iterable[str] | None = None,
    family: str = "ols",
    missing: str | None = None,
    covariance: str | None = None,
    conf_level: float = 0.95,
    *,
    min_size: int | None = None,
    **model,
) -> pd.DataFrame:
    """Interaction test: does the slope of each touchpoint differ by `by`? All touchpoints' slopes
    may differ at once.

    `by` is a split of the respondents (a segment such as the kind of account, "wave"): every term
    has its own coefficient in each group, so a group's slopes are those of a fit of the group
    alone; "channel", where touchpoints declare a column that tells where each was met; a construct
    or another outcome (involvement, effort): ratings times that number, centred; or "contact": the
    mean slope of direct touchpoints less that of indirect ones. Wald test on the fit's covariance
    (HC3, also with weights; clustered; linearised in weighted ordinal and binary models),
    `statistic` F with `df` constraints; `p_holm` is Holm's (1979) adjustment over the touchpoints;
    the row `all_touchpoints` tests that no slope differs. `estimate` with its interval is the
    difference of slopes where `df` is 1 (second level less the first, direct less indirect, or per
    unit of a numeric moderator), outcome units per scale point (log-odds for ordinal and binary).
    `omitted` names groups with fewer than `min_size` respondents (None: the study's min_cell, and 3
    for each term), which have no part in it. Other arguments are `fit_loyalty`'s. Columns
    `touchpoint outcome group statistic df p_value p_holm estimate std_error conf_low conf_high n
    omitted`. Checked against statsmodels' OLS with interactions (1e-10). Raises ModelError: unknown
    `by`, fewer than two groups that are large enough, and what `fit_loyalty` refuses.
    """
    check_level(conf_level)
    slopes = _slopes(study, by, outcome, touchpoints, family, missing, covariance, min_size, model)
    rows, contrasts = [], []
    for touchpoint, levels in slopes.terms.items():
        vectors = list(levels.values())
        contrast = (
            np.array([vector - vectors[0] for vector in vectors[1:]])
            if by != "contact"
            else np.array([vectors[0] - vectors[1]])
        )
        if slopes.values is not None:
            # Low, mean and high lie on one line: its slope is the interaction, per unit of the
            # moderator.
            contrast = (vectors[2:] - vectors[1]) / (slopes.values["high"] - slopes.values["mean"])
        contrasts.append(contrast)
        rows.append(_tested(slopes, touchpoint, contrast, conf_level))
    frame = pd.DataFrame(rows)
    frame["p_holm"] = holm(frame["p_value"])
    if len(rows) > 1:
        whole = _tested(
            slopes, ALL_TOUCHPOINTS, np.concatenate([c for c in contrasts if len(c)]), conf_level
        )
        frame = pd.concat(
            [
                frame,
                pd.DataFrame(
                    [
                        whole
                        | dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), np.nan)
                    ]
                ),
            ],
            ignore_index=True,
        )
    frame = frame.assign(outcome=slopes.fit.outcome, group=by)
    columns = [
        "touchpoint",
        "outcome",
        "group",
        "statistic",
        "df",
        "p_value",
        "p_holm",
        "estimate",
        "std_error",
        "conf_low",
        "conf_high",
        "n",
        "omitted",
    ]
    return frame.reindex(columns=columns)


def _tested(slopes: _Slopes, touchpoint: str, contrast: np.ndarray, conf_level: float) -> dict:
    """One interaction test; without a contrast (one group only has a slope) there is none."""
    out = [
        level
        for name, level, _, _ in slopes.out
        if name in ("", touchpoint) or touchpoint == ALL_TOUCHPOINTS
    ]
    n = (
        slopes.fit.n
        if touchpoint == ALL_TOUCHPOINTS or slopes.values is not None
        else sum(count for (name, _), count in slopes.n.items() if name == touchpoint)
    )
    row = {
        "touchpoint": touchpoint,
        "df": len(contrast),
        "n": n,
        "omitted": ", ".join(dict.fromkeys(out)),
    }
    if not len(contrast):
        return row | {"statistic": np.nan, "p_value": np.nan}
    off, cov = slopes.estimate(contrast)
    row["statistic"], row["p_value"] = slopes.fit.wald(off, cov)
    if len(contrast) == 1:
        told = with_inference(
            pd.DataFrame({"estimate": off}), np.sqrt(np.diag(cov)), slopes.fit.least_df, conf_level
        ).iloc[0]
        row |= told[["estimate", "std_error", "conf_low", "conf_high"]].to_dict()
    return row


def simple_slopes(
    study: Study,
    by: str,
    outcome: str | None = None,
    touchpoints: Iterable[str] | None = None,
    family: str = "ols",
    missing: str | None = None,
    covariance: str | None = None,
    conf_level: float = 0.95,
    *,
    min_size: int | None = None,
    **model,
) -> pd.DataFrame:
    """The slope of each touchpoint in each group of `by` (see `moderation`), as the group alone
    shows it and partially pooled.

    `slope` is the group's own, with its interval and `p_holm` over all rows (slope = 0). `pooled`
    draws it towards the touchpoint's common slope by the share of its variance that is error
    (empirical Bayes; see `partial_pooling`): the figure to act on, because of twelve noisy slopes
    the largest is the luckiest. A numeric moderator has slopes at its mean and one standard
    deviation below and above (`value`), which share one line and need no pooling; "contact" has the
    mean slopes of direct and indirect touchpoints. A group that is too small has no slope and
    `note` too_few; one where the touchpoint cannot be fitted, not_estimable. Columns `touchpoint
    outcome group level value slope slope_low slope_high p_value p_holm pooled pooled_low
    pooled_high n note`, outcome units per scale point. Raises ModelError as `moderation` does.
    """
    check_level(conf_level)
    slopes = _slopes(study, by, outcome, touchpoints, family, missing, covariance, min_size, model)
    rows = []
    for touchpoint, levels in slopes.terms.items():
        estimate, cov = slopes.estimate(np.array(list(levels.values())))
        error = np.sqrt(np.diag(cov))
        told = with_inference(
            pd.DataFrame({"estimate": estimate}), error, slopes.fit.least_df, conf_level
        )
        pooled = np.full((3, len(levels)), np.nan)
        if slopes.values is None and by != "contact" and len(levels) > 1:
            pooled = partial_pooling(estimate, error**2, conf_level)
        for i, level in enumerate(levels):
            rows.append(
                {
                    "touchpoint": touchpoint,
                    "level": level,
                    "value": np.nan if slopes.values is None else slopes.values[level],
                    "slope": estimate[i],
                    "slope_low": told["conf_low"].iloc[i],
                    "slope_high": told["conf_high"].iloc[i],
                    "p_value": told["p_value"].iloc[i],
                    "pooled": pooled[0, i],
                    "pooled_low": pooled[1, i],
                    "pooled_high": pooled[2, i],
                    "n": slopes.n[touchpoint, level],
                    "note": "",
                }
            )
        rows += [
            {"touchpoint": touchpoint, "level": level, "n": n, "note": note}
            for name, level, n, note in slopes.out
            if name in ("", touchpoint)
        ]
    frame = pd.DataFrame(rows).assign(outcome=slopes.fit.outcome, group=by)
    frame["p_holm"] = holm(frame["p_value"])
    own, pooled = (
        ["slope", "slope_low", "slope_high", "p_value", "p_holm"],
        ["pooled", "pooled_low", "pooled_high"],
    )
    return frame.reindex(
        columns=["touchpoint", "outcome", "group", "level", "value", *own, *pooled, "n", "note"]
    )


# ---- fits in which slopes may differ


def _slopes(
    study: Study,
    by: str,
    outcome,
    touchpoints,
    family: str,
    missing,
    covariance,
    min_size: int | None,
    model: dict,
) -> _Slopes:
    if family not in ("ols", "ordinal", "binary"):
        raise ModelError(
            "family={family!r}: slopes are compared in ols, ordinal or binary models; accounts are"
            " clusters there",
            family=family,
        )
    if unfit := sorted(set(model) - {"link", "categories", "controls"}):
        raise ModelError(
            "{option}= has no meaning where slopes are compared; leave it out", option=unfit[0]
        )
    if missing == "mice":
        raise ModelError(
            "missing='mice': slopes are compared on answers as given; use usage or listwise"
        )
    touchpoints = [touchpoints] if isinstance(touchpoints, str) else touchpoints
    if (
        covariance is None
        and family == "ols"
        and study.weights is not None
        and study.clusters is None
    ):
        covariance = SMALL_GROUPS
    # The moderator is always in the model.
    controls = [control for control in model.get("controls", ()) if control != by]
    how = {
        **model,
        "outcome": outcome,
        "touchpoints": touchpoints,
        "family": family,
        "missing": missing,
        "covariance": covariance,
        "controls": controls,
    }
    if by == "contact":
        return _by_contact(fit_loyalty(study, **how))
    if by == "channel" and any(p.channel for p in study.codebook.touchpoints):
        return _by_channel(fit_loyalty(study, **how), min_size)
    numbers = [*(c.construct_id for c in study.codebook.constructs), *study.outcomes["outcome"]]
    if by in numbers:
        if by == (outcome or study.codebook.report.outcome or study.outcomes["outcome"].iloc[0]):
            raise ModelError(
                "by={by!r} is what is explained here; name another construct, outcome or split",
                by=by,
            )
        return _by_number(fit_loyalty(study.where(study.source(by)[by].notna()), **how), by)
    book = study.codebook
    splits = [
        *book.segments,
        *(name for name, column in (("wave", book.wave), ("account", book.account)) if column),
    ]
    if by not in [*splits, book.wave, book.account]:
        raise ModelError(
            "by={by!r}: slopes can differ by contact, by channel where touchpoints declare one, or"
            " by {known}",
            by=by,
            known=", ".join([*splits, *numbers]),
        )
    groups = study.group(by)
    return _by_group(
        fit_loyalty(study.where(groups.notna()), **how), by, groups, min_size, controls
    )


def _refit(
    fit: Fit, x: pd.DataFrame, touchpoint: dict[str, str], reason: pd.Series | None = None
) -> Fit:
    """The same family on other columns (and fewer rows) of the same study."""
    of = fit.design
    design = replace(
        of,
        x=x,
        y=of.y[x.index],
        sample=of.sample.at(of.x.index.isin(x.index)),
        reason=of.reason if reason is None else reason,
        touchpoint=touchpoint,
        controls=(),
    )
    if isinstance(fit, CategoricalFit):
        return fit_categorical(
            design,
            dict(zip(fit.values, fit.categories, strict=True)),
            fit.family,
            fit.link,
            fit.covariance,
        )
    return least_squares(design, fit.model, fit.covariance)


def _by_group(
    whole: Fit, by: str, groups: pd.Series, min_size: int | None, controls: Iterable[str]
) -> _Slopes:
    """Blocks of columns, one a group: the design of the group's own fit, 0 elsewhere."""
    study, used = whole.study, whole.design.reason == ""
    names = list(dict.fromkeys(whole.design.touchpoint.values()))
    need = _least(study, min_size, whole.design.x.shape[1])
    blocks, out = {}, []
    for level in [level for level in study.levels(by) if (groups == level).any()]:
        part = study.where(groups == level)
        answered = used[part.index]
        if answered.sum() < need:
            out.append(("", level, int(answered.sum()), "too_few"))
            continue
        # A touchpoint that all of this group rate alike has no slope here; the others have.
        there = [
            t
            for t in names
            if (rating := part.rating(t)[answered]).nunique() > 1
            and rating.notna().sum() >= study.codebook.report.min_cell
        ]
        out += [
            (t, level, int(part.rating(t)[answered].notna().sum()), "not_estimable")
            for t in names
            if t not in there
        ]
        try:
            blocks[level] = fit_loyalty(
                part, whole.outcome, there, "ols", whole.design.missing, controls=controls
            ).design
        except ModelError:
            out.append(("", level, int(answered.sum()), "not_estimable"))
    if len(blocks) < 2:
        raise ModelError(
            "by={by!r}: {enough} of {total} groups have the {need} complete respondents or more"
            " that these terms need in each; use fewer touchpoints, or a coarser split",
            by=by,
            enough=len(blocks),
            total=groups.nunique(),
            need=need,
        )
    x, owner, terms, n = [], {}, {t: {} for t in names}, {}
    for number, (level, design) in enumerate(blocks.items()):
        own = design.x.drop(columns=INTERCEPT)
        own.columns = [f"{term}[{level}]" for term in own]
        owner |= {f"{term}[{level}]": touchpoint for term, touchpoint in design.touchpoint.items()}
        x.append(own if number == 0 else own.assign(**{f"{by}[{level}]": 1.0}))
    # Rows of different groups share no column, so what a row does not have is 0.
    x = pd.concat(x).fillna(0.0)
    x = x.reindex(study.index[study.index.isin(x.index)])
    x.insert(0, INTERCEPT, 1.0)
    fit = _refit(whole, x, owner)
    for level, design in blocks.items():
        for t in (t for t in names if f"{t}[{level}]" in fit.params.index):
            terms[t][level] = _unit(fit, f"{t}[{level}]")
            n[t, level] = int(design.study.rating(t)[design.x.index].notna().sum())
    return _Slopes(fit, by, {t: levels for t, levels in terms.items() if levels}, n, out)


def _by_channel(whole: Fit, min_size: int | None) -> _Slopes:
    """A slope and a level of its own for each channel in which a touchpoint was met. Rows that met
    one in too rare a channel are left out.
    """
    study, x = whole.study, whole.design.x
    places, out = {}, []
    for t in (
        t for t in dict.fromkeys(whole.design.touchpoint.values()) if study.declared(t).channel
    ):
        met = study.rating(t)[x.index].notna()
        column = (
            study.responses[study.declared(t).channel]
            .fillna("")
            .astype(str)
            .str.strip()[x.index]
            .where(met)
        )
        counts = column[column != ""].value_counts()
        need = _least(study, min_size, x.shape[1])
        kept = [level for level in sorted(counts.index) if counts[level] >= need]
        out += [
            (t, level, int(counts[level]), "too_few")
            for level in sorted(counts.index)
            if counts[level] < need
        ]
        if len(kept) > 1:
            places[t] = column, kept
    if not places:
        raise ModelError(
            "by='channel': no touchpoint was met by {need} respondents or more in each of two"
            " channels; declare `channel:` columns, or use fewer touchpoints",
            need=_least(study, min_size, x.shape[1]),
        )
    kept_rows = pd.Series(True, index=x.index)
    for column, kept in places.values():
        kept_rows &= column.isna() | column.isin(kept)
    x, owner, reason = (
        x[kept_rows].copy(),
        dict(whole.design.touchpoint),
        whole.design.reason.copy(),
    )
    reason[kept_rows.index[~kept_rows]] = "channel_too_few"
    for t, (column, kept) in places.items():
        column, rating = column[x.index], x.pop(t)
        del owner[t]
        for level in kept:
            x[f"{t}[{level}]"], owner[f"{t}[{level}]"] = rating.where(column == level, 0.0), t
        for level in kept[1:]:
            x[f"{t}:met[{level}]"], owner[f"{t}:met[{level}]"] = (column == level).astype(float), t
    fit = _refit(whole, x, owner, reason=reason)
    terms = {
        t: {level: _unit(fit, f"{t}[{level}]") for level in kept} for t, (_, kept) in places.items()
    }
    n = {
        (t, level): int((column[x.index] == level).sum())
        for t, (column, kept) in places.items()
        for level in kept
    }
    return _Slopes(fit, "channel", terms, n, [one for one in out if one[0] in places])


def _by_number(whole: Fit, by: str) -> _Slopes:
    """Ratings and indicators times the centred moderator, beside the moderator itself."""
    study, x = whole.study, whole.design.x
    z = study.source(by)[by][x.index]
    sample = whole.design.sample
    if z.nunique() < 2:
        raise ModelError(
            "by={by!r}: all {n} values are {value:g}; slopes cannot differ by it",
            by=by,
            n=len(z),
            value=z.iloc[0],
        )
    mean = sample.average(z)
    spread = float(np.sqrt(sample.average((z - mean) ** 2) * len(z) / (len(z) - 1)))
    owner = dict(whole.design.touchpoint)
    products = {f"{term}:{by}": x[term] * (z - mean) for term in owner}
    wide = x.assign(**{by: z - mean}, **products)
    fit = _refit(whole, wide, owner | {f"{term}:{by}": t for term, t in owner.items()})
    values = {level: mean + step * spread for level, step in STEPS.items()}
    names = [t for t in dict.fromkeys(owner.values()) if t in x]
    terms = {
        t: {
            level: _unit(fit, t) + step * spread * _unit(fit, f"{t}:{by}")
            for level, step in STEPS.items()
        }
        for t in names
    }
    n = {(t, level): int(study.rating(t)[x.index].notna().sum()) for t in names for level in STEPS}
    return _Slopes(fit, by, terms, n, [], values)


def _by_contact(fit: Fit) -> _Slopes:
    study = fit.study
    names = [t for t in dict.fromkeys(fit.design.touchpoint.values()) if t in fit.params.index]
    kinds = {kind: [t for t in names if study.declared(t).contact == kind] for kind in CONTACTS}
    if not all(kinds.values()):
        raise ModelError(
            "by='contact': {direct} direct and {indirect} indirect touchpoints are in the model;"
            " one of each kind is needed: declare `contact:`",
            direct=len(kinds["direct"]),
            indirect=len(kinds["indirect"]),
        )
    scales = {(study.scale_of(t).min, study.scale_of(t).max) for t in names}
    if len(scales) > 1:
        shown = ", ".join(f"{low:g}–{high:g}" for low, high in sorted(scales))
        raise ModelError(
            "by='contact': the touchpoints are rated on different scales ({scales}), so their"
            " slopes have no common mean",
            scales=shown,
        )
    vectors = {
        kind: sum(_unit(fit, t) for t in members) / len(members) for kind, members in kinds.items()
    }
    return _Slopes(
        fit,
        "contact",
        {ALL_TOUCHPOINTS: vectors},
        {(ALL_TOUCHPOINTS, kind): fit.n for kind in CONTACTS},
        [],
    )


def _unit(fit: Fit, term: str) -> np.ndarray:
    return (fit.params.index == term).astype(float)


def _least(study: Study, min_size: int | None, terms: int) -> int:
    return (
        max(study.codebook.report.min_cell, ROWS_PER_TERM * terms) if min_size is None else min_size
    )
