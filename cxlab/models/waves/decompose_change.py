"""What the change of an outcome goes with: other ratings at the touchpoints, other weights of them.

The NPS falls by five points, and three touchpoints are rated worse: how much of the five goes with
each? Oaxaca and Blinder's decomposition answers it for the models of the two waves, to the last
decimal, and says what no touchpoint tells.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.design import Design, chosen_touchpoints, ratings_of, refuse_parts, states_of
from cxlab.models.estimable import check_estimable
from cxlab.models.estimator import estimator
from cxlab.models.loyalty.fit_loyalty import USAGE_FROM, rarely_apart
from cxlab.models.waves.two_waves import TwoWaves
from cxlab.result import by_bags
from cxlab.stats.decomposition import REFERENCES, Terms, product_sums, terms_of, twofold
from cxlab.stats.inference import holm
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study

PARTS = ("experience", "use", "importance")
# Of fewer who met, or did not meet, a touchpoint in a wave no resample is sure to hold any.
LEAST = 10
COLUMNS = (
    *("outcome", "measure", "group", "step", "part", "touchpoint", "estimate", "std_error"),
    *("statistic", "p_value", "p_holm", "conf_low", "conf_high", "note"),
    *("n_earlier", "n_later", "n"),
)


@estimator("decompose_change")
def decompose_change(
    study: Study,
    outcome: str,
    *,
    touchpoints: str | Iterable[str] | None = None,
    reference: str = "previous",
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """The change of an outcome between its last two waves as a sum of parts by touchpoint.

    Parameters
    ----------
    study : Study
    outcome : str
        Id of the outcome; of an NPS outcome the score in points changes, of others the mean.
    touchpoints : str or iterable of str, optional
        All that ask an experience unless given.
    reference : {"previous", "last", "pooled"}
        Whose slopes value a change of ratings: of the wave before, the last, or both pooled within
        waves.
    conf_level : float
        Confidence level of the intervals.
    n_boot : int
        Bootstrap resamples of respondents (or accounts; of a wave's more than 50,000 by 4,000
        random groups of them, as in `importance`); 0 gives no intervals.
    seed : int
        Seed of the resamples.

    Returns
    -------
    DataFrame
        `outcome measure group step part touchpoint estimate std_error statistic p_value p_holm
        conf_low conf_high note n_earlier n_later n`, in units of the change (NPS points, share 0–1,
        scale points). `part` is, by touchpoint, `experience` (it is rated otherwise by those who
        met it), `use` (another share met it; only where some did not) and `importance` (a rating,
        or having met it, weighs otherwise), each with a row `all_touchpoints` of their sum; then
        `baseline` (the intercept, which no touchpoint tells), `not_in_model` (those who answered
        the outcome and not all touchpoints, or are of the few who alone did not meet one; only
        where there are any) and `change`, of all. The touchpoints' parts, baseline and not_in_model
        add up to the change. `p_holm` is p adjusted over the touchpoints of a part. A touchpoint
        that too few met, or did not meet, in one of the waves has no figures and the note
        `not_in_both`.

    Raises
    ------
    ModelError
        One wave only; as `fit_loyalty`, in either wave; a named touchpoint that too few met, or did
        not meet, in one of them.

    Notes
    -----
    Oaxaca (1973), Blinder (1973): (x̄₁ − x̄₀)b + x̄₁(b₁ − b) + x̄₀(b − b₀) with reference slopes b.
    Ratings are counted from the midpoint of their scale, and are 0 for who did not meet the
    touchpoint, who are marked as in `fit_loyalty`; use is counted from its mean over both waves. On
    these points hangs the split between importance and intercept (Oaxaca & Ransom 1999). A change
    of use × rating is split at the mean of both waves. Intervals are Student's t on the error of
    the bootstrap; strata are not kept in the resamples. Checked against statsmodels' OaxacaBlinder
    (1e-9).

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(1200, seed=1, design="retail")
    >>> table = cx.waves.decompose_change(study, "recommend", n_boot=0)
    >>> one = table[(table["touchpoint"] != "all_touchpoints") & (table["part"] != "change")]
    >>> change = table.loc[table["part"] == "change", "estimate"].item()
    >>> bool(abs(one["estimate"].sum() - change) < 1e-9)
    True
    """
    if reference not in REFERENCES:
        raise ModelError(
            "reference={reference!r}: give previous, last or pooled", reference=reference
        )
    two = TwoWaves.of(study, outcome)
    names = chosen_touchpoints(study, touchpoints, "experience")
    refuse_parts(study, outcome, "outcome", names)
    used, kept = _comparable(two, list(dict.fromkeys(names)), named=touchpoints is not None)
    columns, terms = _columns(two, kept, used)
    centre = two.sample.average(two.y)
    table = np.column_stack([columns, two.y - centre]) * used[:, None]
    values = product_sums(table, used)
    answered = np.column_stack([np.ones(len(two.y)), two.y - centre])
    sums = two.sums(np.hstack([values, answered]), n_boot, seed)
    parts = twofold(sums[..., :-2], terms, table.shape[1], reference)
    means = sums[..., -1] / sums[..., -2]
    parts["not_in_model"] = means[:, 1] - means[:, 0] - parts["change"]
    frame = pd.DataFrame(_rows(two, parts, kept, terms, used, conf_level))
    single = ~frame["touchpoint"].isin([ALL_TOUCHPOINTS, ""])
    frame["p_holm"] = frame["p_value"].where(single).groupby(frame["part"]).transform(holm)
    gone = [name for name in names if name not in kept]
    left = pd.DataFrame({"part": "experience", "touchpoint": gone, "note": "not_in_both", "n": 0})
    frame = pd.concat([frame, left], ignore_index=True) if gone else frame
    return by_bags(frame.assign(**two.about)[[*COLUMNS]], n_boot and two.bags)


def _rows(
    two: TwoWaves,
    parts: dict[str, np.ndarray],
    names: list[str],
    terms: Terms,
    used: np.ndarray,
    conf_level: float,
) -> Iterator[dict[str, object]]:
    """Each part with its interval, the sum of each kind before those of single touchpoints."""
    some = terms.use >= 0
    about, flat = [], []
    for part in PARTS:
        here = some if part == "use" else np.ones(len(names), bool)
        if here.any():
            about += [(part, name) for name in [ALL_TOUCHPOINTS, *np.array(names)[here]]]
            flat += [parts[part][:, here].sum(axis=1)[:, None], parts[part][:, here]]
    rest = ["baseline"] if used.all() else ["baseline", "not_in_model"]
    about += [(part, "") for part in rest]
    flat += [parts[part][:, None] for part in rest]
    tested = pd.DataFrame(two.tested(np.hstack(flat), conf_level)).to_dict("records")
    for (part, name), numbers in zip(about, tested, strict=True):
        rows = ~used if part == "not_in_model" else used
        yield {"part": part, "touchpoint": name, "note": "", **numbers, **two.counts(rows)}
    everybody = two.counts(np.ones(len(two.y), bool))
    yield {"part": "change", "touchpoint": "", "note": "", **two.change(conf_level), **everybody}


def _fewest(two: TwoWaves) -> int:
    """How many must have met, or not have met, a touchpoint in a wave."""
    return max(LEAST, two.study.codebook.report.min_cell)


def _comparable(two: TwoWaves, names: list[str], named: bool) -> tuple[np.ndarray, list[str]]:
    """Which rows (n) and touchpoints the models of both waves can have: of a touchpoint enough met
    it in each wave, and its use is told apart in both or in none.
    """
    least = _fewest(two)
    states = states_of(two.study, names).loc[two.rows].astype(str)
    met = (states == "answered").groupby(two.last).sum()
    kept = [name for name in names if met[name].min() >= least]
    while True:
        if kept != names and named:
            gone = [name for name in names if name not in kept]
            raise ModelError(
                "touchpoint {touchpoint}: too few met it, or did not meet it, in one of the"
                " waves; its part in both ({step}) cannot be told: leave it out of touchpoints=",
                touchpoint=gone[0],
                step=two.about["step"],
            )
        if not kept:
            raise ModelError(
                "no touchpoint was met by enough respondents in both waves {step}",
                step=two.about["step"],
            )
        used, marked = _used(two, states[kept])
        lone = set(marked[0]) ^ set(marked[1])
        if not lone:
            return used, kept
        kept = [name for name in kept if name not in lone]


def _used(two: TwoWaves, states: pd.DataFrame) -> tuple[np.ndarray, list[list[str]]]:
    """The rows (n) that a model has, and the touchpoints whose use has a column of its own in each
    wave.
    """
    unused = states == "not_used"
    usage = unused.mean().max() > USAGE_FROM
    taken, marked = np.zeros(len(states), bool), []
    for side in (~two.last, two.last):
        lost = states[side].isin(["not_asked", "no_answer"])
        lost |= rarely_apart(unused[side], _fewest(two)) if usage else unused[side]
        rows = ~lost.any(axis=1).to_numpy()
        taken[np.flatnonzero(side)[rows]] = True
        marked.append(_marks(unused[side][rows]))
    return taken, marked


def _marks(unused: pd.DataFrame) -> list[str]:
    """The touchpoints that some did not meet, but those of the same, or just the other, people."""
    marks, known = [], []
    for name, column in unused.items():
        mine = column.to_numpy()
        if mine.any() and not any((mine == one).all() or (mine != one).all() for one in known):
            marks.append(name)
            known.append(mine)
    return marks


def _columns(two: TwoWaves, names: list[str], used: np.ndarray) -> tuple[np.ndarray, Terms]:
    """Ratings from the midpoint of their scale and marks of use (n × terms), checked in both
    waves.
    """
    study, rows = two.study, two.rows
    ratings = ratings_of(study, names).loc[rows]
    met = ratings.notna().to_numpy()
    middles = [study.scale_of(name).midpoint for name in names]
    marks = _marks(pd.DataFrame(~met[used], columns=names))
    places = [names.index(name) for name in marks]
    columns = np.hstack([(ratings - middles).fillna(0).to_numpy(), met[:, places].astype(float)])
    labels = [*names, *(f"{name}:used" for name in marks)]
    owner = dict(zip(labels, [*names, *marks], strict=True))
    for side in (~two.last, two.last):
        x = pd.DataFrame(columns, rows, labels)
        reason = pd.Series(np.where(used & side, "", "left_out"), rows)
        check_estimable(
            Design.of(study, two.outcome, x, pd.Series(two.y, rows), reason, touchpoint=owner)
        )
    return columns, terms_of(names, met[used], places)
