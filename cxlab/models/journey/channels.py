"""Whether a touchpoint is lived alike in every channel, and by those who used several."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.stats import sampling
from cxlab.stats.inference import holm, one_way_icc
from cxlab.study.codebook.normal import natural_key
from cxlab.study.sample import Part, Sample, Side, asked, contrast, table
from cxlab.study.study import Study

Touchpoints = str | Iterable[str] | None
CHANNEL, USED = "channel", "channels_used"
NO_MARGIN = (
    "margin={margin}: channels are alike only within a margin; declare the largest difference that"
    " does not matter, in scale points, such as margin=0.5"
)
PAIR = ["lower", "higher", "estimate", "conf_low", "conf_high"]
COLUMNS = (
    *("touchpoint", "group", "channels", "omitted", "icc", "icc_low", "icc_high", *PAIR),
    *("p_holm", "p_equivalent", "verdict", "n", "note"),
)


@estimator("channel_scores")
def channel_scores(
    study: Study, *, touchpoints: Touchpoints = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """Mean experience of each touchpoint in each channel in which it was met.

    Parameters
    ----------
    study : Study
        A study with touchpoints that declare a `channel:` column.
    touchpoints : str or iterable of str, optional
        These alone; all that declare a channel unless given.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        `touchpoint stage contact group level experience std_error conf_low conf_high n n_eff
        scale`, one row a touchpoint and channel (`level`), scale points with t intervals. Who names
        several channels (joined by | or ;) is in none.

    Raises
    ------
    NotAskedError
        No touchpoint declares a channel column.
    ModelError
        Nobody told the channel; an unknown touchpoint.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> rated = np.random.default_rng(0).integers(3, 8, 300)
    >>> frame = pd.DataFrame({"q": rated, "where": ["app", "app", "store"] * 100})
    >>> points = {"delivery": {"experience": "q", "channel": "where"}}
    >>> study = cx.Study.from_frame(frame, points, scales={"s": {"min": 1, "max": 7}})
    >>> cx.journey.channel_scores(study)[["touchpoint", "level", "n"]].values.tolist()
    [['delivery', 'app', 200], ['delivery', 'store', 100]]
    """
    rows = []
    for point, sides in _sides(study, touchpoints):
        scale = study.scale_of(point["touchpoint"])
        for level, (y, sample) in sides.items():
            part = Part(point | {"group": CHANNEL, "level": level}, y, sample)
            row = part.about | sample.mean(y, conf_level) | part.counts
            rows.append((part, row | {"scale": f"{scale.min:g}–{scale.max:g}"}))
    return table(rows).rename(columns={"estimate": "experience"})


@estimator("channel_pairs")
def channel_pairs(
    study: Study,
    *,
    margin: float | None = None,
    touchpoints: Touchpoints = None,
    min_size: int | None = None,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Difference of the experience between every two channels of each touchpoint.

    Parameters
    ----------
    study, touchpoints, conf_level
        As in `channel_scores`.
    margin : float, optional
        The largest difference, in scale points, that does not matter: adds tests of equivalence.
    min_size : int, optional
        Channels in which fewer rated the touchpoint have no part in it; the study's min_cell unless
        given.

    Returns
    -------
    DataFrame
        `touchpoint group lower higher estimate std_error statistic p_value conf_low conf_high
        p_holm p_equivalent n`, scale points; no estimate is negative. `p_holm` is adjusted over all
        pairs of all touchpoints, and so is `p_equivalent`, the larger p of two one-sided tests.

    Raises
    ------
    NotAskedError, ModelError
        As `channel_consistency`; the margin may be left out.

    Notes
    -----
    Welch's test, CR2 where accounts met a touchpoint in several channels; Schuirmann (1987), J.
    Pharmacokinet. Biopharm. 15:657; Holm (1979). Checked against SciPy and statsmodels'
    `ttost_ind`.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> rated = np.random.default_rng(0).integers(3, 8, 300)
    >>> frame = pd.DataFrame({"q": rated, "where": ["app", "app", "store"] * 100})
    >>> points = {"delivery": {"experience": "q", "channel": "where"}}
    >>> study = cx.Study.from_frame(frame, points, scales={"s": {"min": 1, "max": 7}})
    >>> cx.journey.channel_pairs(study)[["lower", "higher", "estimate"]].round(2).values.tolist()
    [['store', 'app', 0.25]]
    """
    if margin is not None and not margin > 0:
        raise ModelError(NO_MARGIN, margin=margin)
    need = _least(study, min_size)
    rows = [
        {"touchpoint": point["touchpoint"], "group": CHANNEL} | pair
        for point, sides in _sides(study, touchpoints)
        for pair in _pairs(_large(sides, need), margin, conf_level)
    ]
    if not rows:
        _refuse_one_channel(study, touchpoints, need)
    frame = pd.DataFrame(rows)
    n, frame["p_holm"] = frame.pop("n"), holm(frame["p_value"])
    if margin is not None:
        frame["p_equivalent"] = holm(frame.pop("p_equivalent"))
    return frame.assign(n=n)


@estimator("channel_consistency")
def channel_consistency(
    study: Study,
    *,
    margin: float | None = None,
    touchpoints: Touchpoints = None,
    min_size: int | None = None,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Is a touchpoint lived alike in every channel, within a margin that is declared?

    Parameters
    ----------
    study, touchpoints, conf_level
        As in `channel_scores`.
    margin : float
        The largest difference, in scale points, that does not matter. It has no default: it is a
        decision of the study, not of its data.
    min_size : int, optional
        As in `channel_pairs`.

    Returns
    -------
    DataFrame
        One row a touchpoint: `touchpoint group channels omitted icc icc_low icc_high lower higher
        estimate conf_low conf_high p_holm p_equivalent verdict n note`. `icc` is the share (0–1) of
        the variance that lies between channels: 0 where all are alike. `lower` and `higher` are the
        channels that differ most clearly, by `estimate` scale points. `verdict` is "consistent"
        where every pair differs by less than the margin: `p_equivalent`, the largest p of the pairs
        (two one-sided tests each), needs no adjustment for their number and is adjusted by Holm
        over the touchpoints; else "different" where a pair differs beyond chance: `p_holm`, the
        smallest p of the pairs, adjusted over all pairs of all touchpoints; else "open", which data
        cannot tell; "" where it was met in one channel only (`note` one_channel). `omitted` names
        the channels of few.

    Raises
    ------
    NotAskedError
        No touchpoint declares a channel column.
    ModelError
        No margin, or none above 0; no touchpoint was met in two channels by enough respondents.

    Notes
    -----
    ICC(1) of Shrout & Fleiss (1979) with unequal n, `cxlab.stats.inference.one_way_icc`, .166 in
    their example; with weights or accounts on the effective numbers. Equivalence of all pairs is an
    intersection–union test (Berger 1982). Channels are chosen, not drawn by lot: differences go
    with them, and with who uses them.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> rated = np.random.default_rng(0).integers(3, 8, 300)
    >>> frame = pd.DataFrame({"q": rated, "where": ["app", "app", "store"] * 100})
    >>> points = {"delivery": {"experience": "q", "channel": "where"}}
    >>> study = cx.Study.from_frame(frame, points, scales={"s": {"min": 1, "max": 7}})
    >>> cx.journey.channel_consistency(study, margin=1)["verdict"].tolist()
    ['consistent']
    """
    if margin is None or not margin > 0:
        raise ModelError(NO_MARGIN, margin="None" if margin is None else margin)
    need, rows, tests = _least(study, min_size), [], []
    for point, sides in _sides(study, touchpoints):
        large = _large(sides, need)
        row = {"touchpoint": point["touchpoint"], "group": CHANNEL, "channels": "|".join(large)}
        row["omitted"] = ", ".join(one for one in sides if one not in large)
        row["n"] = sum(sample.n for _, sample in large.values())
        pairs = list(_pairs(large, margin, conf_level))
        if pairs:
            found = [sampling.estimate(*side) for side in large.values()]
            numbers = np.array([(one.value, one.spread, one.count()) for one in found]).T
            row |= one_way_icc(*numbers, conf_level)
            if any(sample.refusal for _, sample in large.values()):
                row |= dict.fromkeys(("icc", "icc_low", "icc_high"), np.nan)
            clearest = min(pairs, key=lambda one: (np.isnan(one["p_value"]), one["p_value"]))
            row |= {name: clearest[name] for name in PAIR}
            # A pair that cannot be tested (NaN) is none that is known to be alike.
            row["p_equivalent"] = np.max([one["p_equivalent"] for one in pairs])
        rows.append(row)
        tests.append([one["p_value"] for one in pairs])
    if not any(tests):
        _refuse_one_channel(study, touchpoints, need)
    adjusted = iter(np.split(holm(sum(tests, [])), np.cumsum([*map(len, tests)])))
    frame = pd.DataFrame(rows)
    frame["p_holm"] = [np.nanmin(next(adjusted), initial=np.inf) for _ in tests]
    frame["p_holm"] = frame["p_holm"].where(np.isfinite(frame["p_holm"]))
    frame["p_equivalent"] = holm(frame["p_equivalent"])
    level = 1 - conf_level
    several = [len(one) > 0 for one in tests]
    told = [frame["p_equivalent"] < level, frame["p_holm"] < level, several]
    frame["verdict"] = np.select(told, ["consistent", "different", "open"], "")
    frame["note"] = np.where(several, "", "one_channel")
    return frame[[*COLUMNS]]


@estimator("channel_handoffs")
def channel_handoffs(
    study: Study, *, touchpoints: Touchpoints = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """The experience of those who used several channels at a touchpoint, against one channel.

    Parameters
    ----------
    study, touchpoints, conf_level
        As in `channel_scores`.

    Returns
    -------
    DataFrame
        One row a touchpoint: `touchpoint group level against figure figure_against estimate
        std_error statistic p_value conf_low conf_high p_holm n n_against`: `figure` is the mean of
        the `n` who name several channels, `figure_against` of the `n_against` who name one, scale
        points; `p_holm` is adjusted over the touchpoints.

    Raises
    ------
    NotAskedError
        No touchpoint declares a channel column, or nobody names several channels.

    Notes
    -----
    Several channels stand in one cell, joined by | or ;. Welch's test; Holm (1979).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> rated = np.random.default_rng(0).integers(3, 8, 300)
    >>> frame = pd.DataFrame({"q": rated, "where": ["app", "app|store", "store"] * 100})
    >>> points = {"delivery": {"experience": "q", "channel": "where"}}
    >>> study = cx.Study.from_frame(frame, points, scales={"s": {"min": 1, "max": 7}})
    >>> cx.journey.channel_handoffs(study)[["touchpoint", "estimate"]].round(2).values.tolist()
    [['delivery', 0.1]]
    """
    whole, rows = Sample.of(study, study.index), []
    for point, rating, met in _met(study, touchpoints):
        y, there = rating.to_numpy(), {}
        for level in ("several", "one"):
            at = (rating.notna() & (met[USED] == level)).to_numpy()
            there[level] = y[at], whole.at(at)
        (y, sample), (other, others) = there["several"], there["one"]
        if sample.n and others.n:
            row = {"touchpoint": point["touchpoint"], "group": USED}
            row |= {"level": "several", "against": "one"}
            row |= {"figure": sample.told(y), "figure_against": others.told(other)}
            row |= contrast((other, others), (y, sample), "mean", conf_level)
            rows.append(row | {"n": sample.n, "n_against": others.n})
    if not rows:
        raise NotAskedError(
            "nobody names several channels of a touchpoint; hand-offs between them are told where"
            " its channel column joins several by | or ;"
        )
    frame = pd.DataFrame(rows)
    frame.insert(frame.columns.get_loc("n"), "p_holm", holm(frame["p_value"]))
    return frame


def _met(
    study: Study, touchpoints: Touchpoints
) -> Iterator[tuple[dict[str, Any], pd.Series, pd.DataFrame]]:
    """Touchpoints that declare a channel column: what each is, its ratings, how it was met."""
    names = [touchpoints] if isinstance(touchpoints, str) else touchpoints
    points = asked(study, "experience")
    points = points if names is None else points[points["touchpoint"].isin([*names])]
    for name in names or ():
        study.rating(name)  # refuses one that there is not
    found = False
    for point in points[["touchpoint", "stage", "contact"]].to_dict("records"):
        if (met := study.channels(point["touchpoint"])) is not None:
            found = True
            yield point, study.rating(point["touchpoint"]), met
    if not found:
        raise NotAskedError(
            "no touchpoint tells in which channel it was met; declare the column that does as its"
            " channel:"
        )


def _sides(
    study: Study, touchpoints: Touchpoints
) -> Iterator[tuple[dict[str, Any], dict[str, Side]]]:
    """The ratings of each touchpoint by the one channel in which it was met."""
    whole = Sample.of(study, study.index)
    for point, rating, met in _met(study, touchpoints):
        sides, y = {}, rating.to_numpy()
        for level in sorted(met[CHANNEL].dropna().unique(), key=natural_key):
            at = (rating.notna() & (met[CHANNEL] == level)).to_numpy()
            if at.any():
                sides[level] = y[at], whole.at(at)
        yield point, sides


def _large(sides: dict[str, Side], need: int) -> dict[str, Side]:
    return {level: side for level, side in sides.items() if side[1].n >= need}


def _least(study: Study, min_size: int | None) -> int:
    return max(2, study.codebook.report.min_cell if min_size is None else min_size)


def _pairs(
    sides: dict[str, Side], margin: float | None, conf_level: float
) -> Iterator[dict[str, Any]]:
    """Every two channels, the lower first."""
    for pair in combinations(sides, 2):
        lower, higher = sorted(pair, key=lambda one: sides[one][1].average(sides[one][0]))
        tested = contrast(sides[lower], sides[higher], "mean", conf_level, margin)
        n = sides[lower][1].n + sides[higher][1].n
        yield {"lower": lower, "higher": higher} | tested | {"n": n}


def _refuse_one_channel(study: Study, touchpoints: Touchpoints, need: int) -> None:
    """Raise ModelError where no touchpoint has two channels to compare."""
    point, sides = next(_sides(study, touchpoints))
    raise ModelError(
        "touchpoint {touchpoint}: rated by {need} respondents or more in {found} of its channels;"
        " it takes two ({channels}), and its channel: names the column that tells in which"
        " channel each respondent met it",
        touchpoint=point["touchpoint"],
        need=need,
        found=len(_large(sides, need)),
        channels=", ".join(sides) or "none",
    )
