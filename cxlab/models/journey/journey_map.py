"""The journey on one map: what customers expect and live at each contact, how they feel there, how
many meet it, and what it goes with.

Experience and weight stand in tables of their own elsewhere. A map sets them side by side in the
order in which customers live them, so that a stage that falls, or a contact that asks much and
gives nothing back, is seen.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.describe.gap_scores import scale_words
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit
from cxlab.models.journey.moments_of_truth import LEVEL, lived, on_one_scale, weighed
from cxlab.models.loyalty.moderation import simple_slopes
from cxlab.stats.inference import holm, named_interval
from cxlab.study.codebook.normal import natural_key
from cxlab.study.sample import Part, Sample, Split, asked, by_level, ratings, table
from cxlab.study.study import Study

# A split that each touchpoint tells of itself.
CHANNEL = "channel"
# A contact may be dropped only where so many customers meet it.
MANY = 0.5
ABOUT = ("touchpoint", "stage", "contact")
PAIR, ALONE = ("expectation", "experience"), ("emotion", "effort")
GAP, USED = ("gap", "gap_low", "gap_high"), ("used", "used_low", "used_high")
EFFECTS = ("effect", "effect_low", "effect_high", "effect_p_holm")
NOTED = ("outcome", "effect_measure", "effect_of", "moment", "droppable")
COLUMNS = (
    *(*ABOUT, "group", "level", "experience", "conf_low", "conf_high"),
    *("expectation", "expectation_low", "expectation_high", *GAP, "emotion", "emotion_low"),
    *("emotion_high", "effort", "effort_low", "effort_high", *USED, *EFFECTS, *NOTED),
    *("experience_beyond", "experience_p_holm", "scale", "n", "n_eff", "note"),
)


@estimator("journey_map")
def journey_map(
    study: Study, fit: Fit | None = None, *, by: Split = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """Each touchpoint in journey order: expectation, experience, emotion and effort, who meets it,
    and with a driver model its effect and whether it is a moment of truth.

    Parameters
    ----------
    study : Study
    fit : Fit, optional
        A fit of `fit_loyalty`, of the touchpoints or of the stages (`Study.by_stage`).
    by : str, optional
        A split of the study, "wave", "account" or a segment; or "channel", where touchpoints
        declare in which one each was met.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a touchpoint, and level of the split: `touchpoint stage contact group level
        experience conf_low conf_high expectation expectation_low expectation_high gap gap_low
        gap_high emotion emotion_low emotion_high effort effort_low effort_high used used_low
        used_high effect effect_low effect_high effect_p_holm outcome effect_measure effect_of
        moment droppable experience_beyond experience_p_holm scale n n_eff`, as far as asked. Means
        in scale points with t intervals, shares with Wilson's; where an expectation is asked, of
        the `n` who gave both. `used` is the share (0–1) of those asked who met it.
        `effect` is what the outcome (of an NPS its points) changes with per scale point among those
        who met it, of the touchpoint or (`effect_of`) of its stage; at the levels of a split the
        pooled slope, in the outcome's units. `moment` as in `moments_of_truth`; `droppable` marks a
        contact that asks effort of many and gives no loyalty back, see Notes; neither is told of
        the levels of a split. `experience_beyond` is the mean experience less the mean of the
        others', where all are on one scale.

    Raises
    ------
    NotAskedError
        No touchpoint asks an experience; `by="channel"` without a column of channels.
    ModelError
        Nobody rated one; a fit whose names are neither touchpoints nor stages of the study.

    Notes
    -----
    A contact is droppable where its mean effort lies above the scale's midpoint (t, one-sided), its
    weight below the mean weight of the others (one-sided; the larger p of both, Holm over the
    touchpoints that ask an effort), the interval of its effect reaches 0, and half of the customers
    or more meet it. With equal weights at most 5 of 100 studies name one. The map: Shostack (1984);
    Lemon & Verhoef (2016), J. Marketing 80(6):69. Effort: Dixon, Freeman & Toman (2010).

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(400, seed=1)
    >>> table = cx.journey.journey_map(study, cx.fit_loyalty(study))
    >>> table[["touchpoint", "experience", "gap", "moment"]].tail(2).round(2).values.tolist()
    [['delivery', 4.55, -1.27, 'pain'], ['support', 4.53, -1.1, 'pain']]
    """
    frame = table((part, _scores(study, part, by, conf_level)) for part in _parts(study, by))
    if by is None and on_one_scale(study, [*frame["touchpoint"]]):
        found = pd.DataFrame(lived(study, [*frame["touchpoint"]]))
        frame = frame.join(found[["experience_beyond", "experience_p_holm"]])
    if fit is not None:
        frame = _with_effects(frame, study, fit, by, conf_level)
    return frame[[column for column in COLUMNS if column in frame]]


def _parts(study: Study, by: Split) -> Iterator[Part]:
    """Who rated each touchpoint (its expectation too where it is asked), at each level."""
    parts = []
    for point in asked(study, "experience").to_dict("records"):
        roles = [role for role in PAIR if point[role]]
        about = {name: point[name] for name in ABOUT}
        found = _at_levels(study, point["touchpoint"], ratings(study, point[ABOUT[0]], *roles), by)
        parts += [replace(part, about=about | part.about) for part in found]
    if not parts and _is_channel(study, by):
        raise NotAskedError(
            "by='channel': no touchpoint declares the column that tells in which channel it was met"
        )
    if not parts:
        raise ModelError("no touchpoint of this study has an answered experience")
    return iter(parts)


def _is_channel(study: Study, by: Split) -> bool:
    """Whether the split is that of each touchpoint's own channels; a segment may be called so where
    none declares them.
    """
    return by == CHANNEL and CHANNEL not in study.codebook.segments


def _at_levels(study: Study, touchpoint: str, answers: pd.DataFrame, by: Split) -> Iterator[Part]:
    """The complete rows at each level of a split; of the channels, of who met the touchpoint in one
    of them.
    """
    if not _is_channel(study, by):
        return by_level(study, answers, by)
    if (met := study.channels(touchpoint)) is None:
        return iter(())
    rated = answers.dropna()
    groups = rated.groupby(met[CHANNEL][rated.index])
    return (
        Part({"group": by, "level": level}, rows, Sample.of(study, rows.index))
        for level, rows in sorted(groups, key=lambda one: natural_key(one[0]))
    )


def _scores(study: Study, part: Part, by: Split, conf_level: float) -> dict[str, Any]:
    """What the respondents of a part say of their touchpoint."""
    touchpoint, sample, level = part.about["touchpoint"], part.sample, part.about["level"]
    mean = sample.mean(part.answers["experience"], conf_level)
    row = part.about | mean | {"experience": mean["estimate"]}
    if "expectation" in part.answers:
        row |= named_interval("expectation", sample.mean(part.answers["expectation"], conf_level))
        gap = part.answers["experience"] - part.answers["expectation"]
        row |= named_interval("gap", sample.mean(gap, conf_level))
    for role in ALONE:
        if study.declared(touchpoint).questions.get(role):
            answers = ratings(study, touchpoint, role)
            for own in _at_levels(study, touchpoint, answers, by):
                if own.about["level"] == level:
                    row |= named_interval(role, own.sample.mean(own.answers[role], conf_level))
    if not _is_channel(study, by):
        met = study.state(touchpoint).map({"answered": 1.0, "not_used": 0.0})
        for own in by_level(study, met.astype(float), by):
            if own.about["level"] == level:
                row |= named_interval("used", own.sample.share(own.answers, conf_level))
    return row | part.counts | {"scale": scale_words(study, part)}


def _with_effects(
    frame: pd.DataFrame, study: Study, fit: Fit, by: Split, conf_level: float
) -> pd.DataFrame:
    """The map with the effects of a fit, of its touchpoints or stages; of all respondents with its
    moments of truth and what may be dropped.
    """
    key, names = "touchpoint", {name: name for name in fit.touchpoints or ()}
    if not set(names) & {*frame["touchpoint"]}:
        # A stage that is called like an outcome has a longer name as a touchpoint.
        key, names = "stage", {name: name.removesuffix("_stage") for name in names}
        if not names or not {*names.values()} <= {*study.touchpoints["stage"]}:
            raise ModelError(
                "this fit is of none of the study's touchpoints and not of its stages: {known}; fit"
                " the study itself, or study.by_stage()",
                known=", ".join(names) or "none",
            )
    if by is None:
        effects, columns = weighed(fit.study, fit, conf_level)[0], [key]
    else:
        effects, columns = _slopes(fit, by, conf_level), [key, "level"]
    names = effects["touchpoint"].map(names)
    effects = effects.assign(**{key: names, "effect_of": key, "outcome": fit.outcome})
    told = effects.columns.intersection([*EFFECTS, *NOTED, "p_value"])
    frame = frame.merge(effects[[*columns, *told]], "left", columns)
    if by is None:
        frame["moment"] = frame["moment"].fillna("")
        compared = key == "touchpoint" and "p_value" in frame
        frame["droppable"] = _droppable(study, frame) if compared else False
    return frame


def _slopes(fit: Fit, by: Split, conf_level: float) -> pd.DataFrame:
    """The slope of each touchpoint at each level, drawn towards their mean where there are
    several.
    """
    how = {"outcome": fit.outcome, "touchpoints": fit.touchpoints, "conf_level": conf_level}
    slopes = pd.DataFrame(simple_slopes(fit.study, by, **how)).assign(effect_measure="outcome")
    slopes = slopes.rename(columns={"p_holm": "effect_p_holm"})
    for end in ("", "_low", "_high"):
        slopes[f"effect{end}"] = slopes[f"pooled{end}"].fillna(slopes[f"slope{end}"])
    return slopes


def _droppable(study: Study, frame: pd.DataFrame) -> pd.Series:
    """Which touchpoints ask effort of many and give no loyalty back (Notes of `journey_map`)."""
    much = pd.Series(np.nan, frame.index)
    for i, t in frame["touchpoint"].items():
        if study.declared(t).effort:
            effort = study.rating(t, "effort").dropna()
            above, sample = effort - study.scale_of(t).midpoint, Sample.of(study, effort.index)
            two_sided = sample.p_value(above)
            much[i] = two_sided / 2 if sample.average(above) > 0 else 1 - two_sided / 2
    # The test of a moment of truth, seen from its other side.
    p_value = np.maximum(much, 1 - frame["p_value"]).where(much.notna())
    sure = holm(p_value) < LEVEL
    return sure & (frame["effect_low"] <= 0) & (frame["used"] >= MANY)
