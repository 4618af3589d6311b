"""Fits in which the slope of a touchpoint may differ: by group, by channel, along a number, or by
kind of contact.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, chosen_outcome, ratings_of, refuse_parts
from cxlab.models.estimable import MIN_CARRIERS, carriers
from cxlab.models.fit import Fit, least_squares
from cxlab.models.loyalty.categorical import CategoricalFit, fit_categorical
from cxlab.models.loyalty.fit_loyalty import fit_loyalty
from cxlab.study.codebook.normal import natural_key
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study

# Rows that a group must have for each of its terms: from two on, least-squares slopes and their
# errors are sound (Austin & Steyerberg 2015, J. Clin. Epidemiol. 68:627); the third keeps the mean
# leverage at one third.
ROWS_PER_TERM = 3
CONTACTS = ("direct", "indirect")
# A numeric moderator's slopes are shown at its mean and one standard deviation to either side
# (Aiken & West 1991).
STEPS = {"low": -1.0, "mean": 0.0, "high": 1.0}
# Options of `fit_loyalty` that apply where slopes are compared.
OPTIONS = {"outcome", "touchpoints", "family", "missing", "covariance", "link", "categories"}


class Slope(NamedTuple):
    """A touchpoint's slope at a level of the moderator is `line` · params. Without a line there is
    none, for the reason in `note`; touchpoint "" is all of them.
    """

    touchpoint: str
    level: str
    n: int
    line: np.ndarray | None = None
    note: str = ""
    value: float = np.nan


@dataclass(frozen=True)
class Slopes:
    """A fit in which slopes may differ. `contrasts` are the differences that are tested, where they
    are not those of all groups from the first.
    """

    fit: Fit
    slopes: list[Slope]
    contrasts: dict[str, np.ndarray] | None = None

    @property
    def touchpoints(self) -> list[str]:
        return list(dict.fromkeys(s.touchpoint for s in self.slopes if s.line is not None))

    def known(self, touchpoint: str) -> list[Slope]:
        return [s for s in self.slopes if s.touchpoint == touchpoint and s.line is not None]

    def omitted(self, touchpoint: str | None = None) -> list[Slope]:
        """Levels without a slope, of one touchpoint or of any."""
        lost = [s for s in self.slopes if s.line is None]
        return [s for s in lost if touchpoint is None or s.touchpoint in ("", touchpoint)]

    def table(self, lines: np.ndarray, conf_level: float) -> pd.DataFrame:
        """`estimate std_error statistic p_value conf_low conf_high` of lines · params."""
        frame = pd.DataFrame({"estimate": lines @ self.fit.params.to_numpy()})
        return self.fit.inference(frame, lines, conf_level)


def slopes_by(study: Study, by: str, min_size: int | None, **how: Any) -> Slopes:
    """The fit of `fit_loyalty` (whose keywords are `how`) in which slopes may differ by `by`."""
    family = how.get("family", "ols")
    if family not in ("ols", "ordinal", "binary"):
        raise ModelError(
            "family={family!r}: slopes are compared in ols, ordinal or binary models; accounts are"
            " clusters there",
            family=family,
        )
    if unfit := sorted(set(how) - OPTIONS - {"controls"}):
        raise ModelError(
            "{option}= has no meaning where slopes are compared; leave it out", option=unfit[0]
        )
    if how.get("missing") == "mice":
        raise ModelError(
            "missing='mice': slopes are compared on answers as given; use usage or listwise"
        )
    # The moderator is always in the model.
    controls = how.get("controls", ())
    controls = [controls] if isinstance(controls, str) else controls
    how["controls"] = [control for control in controls if control != by]
    book = study.codebook
    if by == "contact":
        return _by_contact(fit_loyalty(study, **how))
    if by == "channel" and any(p.channel for p in book.touchpoints):
        return _by_channel(fit_loyalty(study, **how), min_size)
    numbers = [*(c.construct_id for c in book.constructs), *study.outcomes["outcome"]]
    if by in numbers:
        chosen = chosen_outcome(study, how["outcome"])
        refuse_parts(study, chosen, "outcome", {by} - {chosen})
        if by == chosen:
            raise ModelError(
                "by={by!r} is what is explained here; name another construct, outcome or split",
                by=by,
            )
        return _by_number(fit_loyalty(study.where(study.source(by)[by].notna()), **how), by)
    splits = [*book.splits]
    if by not in [*splits, book.wave, book.account]:
        raise ModelError(
            "by={by!r}: slopes can differ by contact, by channel where touchpoints declare one, or"
            " by {known}",
            by=by,
            known=", ".join([*splits, *numbers]),
        )
    known = study.where(study.group(by).notna())
    return _by_group(fit_loyalty(known, **how), by, min_size, how["controls"])


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
        labels = dict(zip(fit.values, fit.categories, strict=True))
        return fit_categorical(design, labels, fit.family, fit.link, fit.covariance)
    return least_squares(design, fit.model, fit.covariance)


def _by_group(whole: Fit, by: str, min_size: int | None, controls: list[str]) -> Slopes:
    """Blocks of columns, one a group: the design of the group's own fit, 0 elsewhere."""
    study, used, names = whole.study, whole.design.reason == "", whole.design.touchpoints
    groups, need = study.group(by), _least(whole, min_size)
    blocks, slopes = {}, []
    for level in study.levels(by):
        part = study.where(groups == level)
        answered = used[part.index]
        size = int(answered.sum())
        if size < need:
            slopes.append(Slope("", level, size, note="too_few"))
            continue
        ratings = ratings_of(part, names)[answered]
        # A touchpoint that all of this group rate alike has no slope here; the others have.
        counts = ratings.count()
        there = ratings.apply(carriers) >= MIN_CARRIERS
        there &= counts >= study.codebook.report.min_cell
        slopes += [
            Slope(t, level, int(counts[t]), note="not_estimable") for t in names if not there[t]
        ]
        kept, missing = list(there.index[there]), whole.design.missing
        try:
            fit = fit_loyalty(
                part, whole.outcome, touchpoints=kept, missing=missing, controls=controls
            )
            blocks[level] = fit.design
        except ModelError:
            slopes.append(Slope("", level, size, note="not_estimable"))
    if len(blocks) < 2:
        raise ModelError(
            "by={by!r}: {enough} of {total} groups have the {need} complete respondents or more"
            " that these terms need in each; use fewer touchpoints, or a coarser split",
            by=by,
            enough=len(blocks),
            total=groups.nunique(),
            need=need,
        )
    x = [
        design.x.drop(columns=INTERCEPT).add_suffix(f"[{level}]").assign(**{f"{by}[{level}]": 1.0})
        for level, design in blocks.items()
    ]
    # Rows of different groups share no column, so what a row does not have is 0.
    x = pd.concat(x).fillna(0.0).drop(columns=f"{by}[{next(iter(blocks))}]")
    x = x.loc[study.index.intersection(x.index)]
    x.insert(0, INTERCEPT, 1.0)
    owner = {
        f"{term}[{level}]": touchpoint
        for level, design in blocks.items()
        for term, touchpoint in design.touchpoint.items()
    }
    fit = _refit(whole, x, owner)
    slopes += [
        Slope(t, level, _users(study, t, design.x), _line(fit, f"{t}[{level}]"))
        for t in names
        for level, design in blocks.items()
        if f"{t}[{level}]" in fit.params
    ]
    return Slopes(fit, slopes)


def _by_channel(whole: Fit, min_size: int | None) -> Slopes:
    """A slope and a level of its own for each channel in which a touchpoint was met. Rows that met
    one in too rare a channel are left out.
    """
    study, x, need = whole.study, whole.design.x, _least(whole, min_size)
    channels, kept, slopes = {}, {}, []
    for t in whole.design.touchpoints:
        if not (name := study.declared(t).channel):
            continue
        column = study.responses[name].fillna("").astype(str).str.strip()[x.index]
        column = column.where(study.rating(t)[x.index].notna())
        counts = column[column != ""].value_counts()
        counts = counts[sorted(counts.index, key=natural_key)]
        if (counts >= need).sum() > 1:
            channels[t], kept[t] = column, list(counts.index[counts >= need])
            rare = counts[counts < need].items()
            slopes += [Slope(t, level, int(count), note="too_few") for level, count in rare]
    if not channels:
        raise ModelError(
            "by='channel': no touchpoint was met by {need} respondents or more in each of two"
            " channels; declare `channel:` columns, or use fewer touchpoints",
            need=need,
        )
    common = np.all([c.isna() | c.isin(kept[t]) for t, c in channels.items()], axis=0)
    reason, owner = whole.design.reason.copy(), dict(whole.design.touchpoint)
    reason[x.index[~common]] = "channel_too_few"
    x, channels = x[common], pd.DataFrame(channels)[common]
    for t, levels in kept.items():
        at = {level: channels[t] == level for level in levels}
        terms = {f"{t}[{level}]": x[t].where(at[level], 0.0) for level in levels}
        terms |= {f"{t}:met[{level}]": at[level].astype(float) for level in levels[1:]}
        x = x.drop(columns=t).assign(**terms)
        owner |= dict.fromkeys(terms, t)
    fit = _refit(whole, x, owner, reason)
    slopes += [
        Slope(t, level, int((channels[t] == level).sum()), _line(fit, f"{t}[{level}]"))
        for t, levels in kept.items()
        for level in levels
    ]
    return Slopes(fit, slopes)


def _by_number(whole: Fit, by: str) -> Slopes:
    """Ratings and indicators times the centred moderator, beside the moderator itself."""
    study, x, sample = whole.study, whole.design.x, whole.design.sample
    z = study.source(by)[by][x.index]
    if z.nunique() < 2:
        raise ModelError(
            "by={by!r}: all {n} values are {value:g}; slopes cannot differ by it",
            by=by,
            n=len(z),
            value=z.iloc[0],
        )
    mean = sample.average(z)
    z = z - mean
    spread = float(np.sqrt(sample.average(z**2) * len(z) / (len(z) - 1)))
    owner = dict(whole.design.touchpoint)
    products = {f"{term}:{by}": x[term] * z for term in owner}
    touchpoint = owner | {f"{term}:{by}": t for term, t in owner.items()}
    fit = _refit(whole, x.assign(**{by: z}, **products), touchpoint)
    slopes, contrasts = [], {}
    for t in whole.touchpoints:
        own, product, users = _line(fit, t), _line(fit, f"{t}:{by}"), _users(study, t, x)
        contrasts[t] = product[None]
        for level, step in STEPS.items():
            off = step * spread
            slopes.append(Slope(t, level, users, own + off * product, value=mean + off))
    return Slopes(fit, slopes, contrasts)


def _by_contact(fit: Fit) -> Slopes:
    study = fit.study
    kinds = {
        kind: [t for t in fit.touchpoints if study.declared(t).contact == kind] for kind in CONTACTS
    }
    if not all(kinds.values()):
        raise ModelError(
            "by='contact': {direct} direct and {indirect} indirect touchpoints are in the model;"
            " one of each kind is needed: declare `contact:`",
            direct=len(kinds["direct"]),
            indirect=len(kinds["indirect"]),
        )
    scales = {(study.scale_of(t).min, study.scale_of(t).max) for t in fit.touchpoints}
    if len(scales) > 1:
        shown = ", ".join(f"{low:g}–{high:g}" for low, high in sorted(scales))
        raise ModelError(
            "by='contact': the touchpoints are rated on different scales ({scales}), so their"
            " slopes have no common mean",
            scales=shown,
        )
    lines = [np.mean([_line(fit, t) for t in members], axis=0) for members in kinds.values()]
    slopes = [
        Slope(ALL_TOUCHPOINTS, kind, fit.n, line)
        for kind, line in zip(CONTACTS, lines, strict=True)
    ]
    return Slopes(fit, slopes, {ALL_TOUCHPOINTS: (lines[0] - lines[1])[None]})


def _line(fit: Fit, term: str) -> np.ndarray:
    """The coefficients (k) that pick one term out of the parameters."""
    return (fit.params.index == term).astype(float)


def _users(study: Study, touchpoint: str, x: pd.DataFrame) -> int:
    return int(study.rating(touchpoint)[x.index].notna().sum())


def _least(fit: Fit, min_size: int | None) -> int:
    """Respondents that a group must have."""
    if min_size is not None:
        return min_size
    return max(fit.study.codebook.report.min_cell, ROWS_PER_TERM * fit.design.x.shape[1])
