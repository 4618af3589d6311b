"""Which touchpoints carry customers on: what was observed, and what a chain of moves says of it."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.models.events.chosen import FEWEST_SUCCESSES, Logged, chosen, shares, with_success
from cxlab.models.events.counts import Counts, bags_in, counts_of
from cxlab.result import by_bags
from cxlab.stats.absorbing_chain import Chain, solved
from cxlab.stats.inference import holm
from cxlab.stats.resampling import resample_counts
from cxlab.study.sample import Split

CONTRADICTED, HOLDS, EQUIVALENT = "contradicted", "not_contradicted", "equivalent"
# Replicates are solved in blocks of about this many moves, so that memory stays flat.
BLOCK = 2_000_000


class Draws(NamedTuple):
    """Bootstrap replicates × touchpoints."""

    observed: np.ndarray
    chain: Chain


@estimator("touchpoint_value")
def touchpoint_value(
    study: Logged,
    *,
    by: Split = None,
    margin: float | None = None,
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Of the customers who reached a success, the share that met each touchpoint, and what a chain
    of moves says of it.

    Parameters
    ----------
    study, by
        As in `transitions`; the log declares a `success`.
    margin : float, optional
        The largest difference of two shares (0–1) that does not matter; that of `events: margin:`
        unless given.
    conf_level : float
        Confidence level of the intervals.
    n_boot, seed : int
        Resamples of customers, 50 or more, and their seed.

    Returns
    -------
    DataFrame
        One row a touchpoint: `group level metric outcome touchpoint success used used_low used_high
        success_share success_share_low success_share_high removal removal_low removal_high onward
        onward_low onward_high sign chain p_holm n_success n`. `success` is the share (0–1) of all
        customers with a success, `used` that of all who met the touchpoint (`n`), `success_share`
        that of those with a success who did (`n_success`): what was observed. `removal` is what
        that share would be if the next touchpoint hung on the present one alone, `onward` the
        probability of success from the touchpoint on in that chain, `sign` + or - where it lies
        above or below `success` (Holm), else ?. `chain` says whether the two shares agree:
        `contradicted`, `equivalent` within the margin, or `not_contradicted`; where it is
        contradicted, `removal` and `onward` are not to be used.

    Raises
    ------
    NotAskedError
        As `transitions`.
    ModelError
        As `transitions`; no success declared, or fewer than 30.

    Notes
    -----
    Removal effects of the absorbing chain of the first order (Anderl, Becker, von Wangenheim &
    Schumann 2016, Int. J. Res. Mark. 33:457), solved exactly; repeats of a touchpoint change
    nothing. In a chain the removal effect of a touchpoint is the probability that a path with a
    success met it, so the observed share tests the chain: the difference over its bootstrap error,
    with one degree of freedom less than successes are expected there, Holm over touchpoints;
    equivalence by two one-sided tests (Schuirmann 1987). Customers are drawn, of more than 5,000
    the 1,000 bags into which they are hashed; intervals are Wilson's (1927) on as many customers as
    have the bootstrap's variance, so that a share of nobody has one. Association: who meets a
    touchpoint is not drawn by lot. Checked against two published examples, deleting touchpoints one
    by one, and two logs; coverage in tests/calibration/events.py.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(900, seed=2, design="panel")
    >>> table = cx.events.touchpoint_value(study, n_boot=200)
    >>> table.loc[table["success_share"].idxmax(), "touchpoint"]
    'app'
    """
    paths = with_success(chosen(study, by))
    margin, tables = margin or paths.log.spec.margin, []
    for level, counts in counts_of(paths):
        successes, there = int(counts.won.sum()), counts.met > 0
        if successes < FEWEST_SUCCESSES:
            continue
        told = {"outcome": paths.success, "touchpoint": np.array(paths.log.names, dtype=object)}
        told["success"] = successes / counts.n
        for name, of, n in (
            ("used", counts.met, counts.n),
            ("success_share", counts.met_and_won.sum(axis=0), successes),
        ):
            told |= shares(of, n, conf_level, (name, f"{name}_low", f"{name}_high"))
        told |= _chained(counts, told["success_share"], margin, conf_level, n_boot, seed)
        sizes = {"n_success": counts.met_and_won.sum(axis=0).astype(int), "n": counts.met}
        frame = pd.DataFrame(paths.about(level) | told | sizes)
        tables.append(frame[there].astype({"n": int}))
    if not tables:
        raise ModelError(
            "{n} customers reached the success, and it takes {least} to tell what goes with it;"
            " declare a success that more reach under events:",
            n=paths.log.n_success,
            least=FEWEST_SUCCESSES,
        )
    return by_bags(pd.concat(tables, ignore_index=True), bags_in(paths))


def _chained(
    counts: Counts,
    observed: np.ndarray,
    margin: float | None,
    conf_level: float,
    n_boot: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """Removal effects and onward values with their intervals, and whether the chain holds."""
    chain, draws, told = solved(counts.total[None]), _drawn(counts, n_boot, seed), {}
    for name, n in (("removal", counts.won.sum()), ("onward", counts.met)):
        value, spread = getattr(chain, name)[0], getattr(draws.chain, name).var(axis=0, ddof=1)
        ends = (name, f"{name}_low", f"{name}_high")
        told |= shares(value * n, n, conf_level, ends, spread)
    apart = observed - chain.removal[0]
    error = (draws.observed - draws.chain.removal).std(axis=0, ddof=1)
    apart, error = np.where(np.abs(apart) < 1e-12, 0.0, apart), np.maximum(error, 1e-12)
    # An error rests on the successes that are expected to have met the touchpoint.
    df = np.maximum(chain.removal[0] * counts.won.sum() - 1, 1)
    p_holm = holm(2 * stats.t.sf(np.abs(apart) / error, df))
    verdict = np.where(p_holm < 1 - conf_level, CONTRADICTED, HOLDS)
    if margin:
        # The larger p of the two one-sided tests.
        close = holm(stats.t.sf((margin - np.abs(apart)) / error, df)) < 1 - conf_level
        verdict = np.where(close, EQUIVALENT, verdict)
    # Success from the touchpoint on, against that of all; no surer than those who met it tell.
    success = chain.success[0]
    beyond = chain.onward[0] - success
    spread = (draws.chain.onward - draws.chain.success[:, None]).std(axis=0, ddof=1)
    spread = np.maximum(spread, np.sqrt(success * (1 - success) / np.maximum(counts.met, 1)))
    surely = holm(2 * stats.norm.sf(np.abs(beyond) / spread)) < 1 - conf_level
    sign = np.where(surely, np.where(beyond > 0, "+", "-"), "?")
    return told | {"sign": sign, "chain": verdict, "p_holm": p_holm}


def _drawn(counts: Counts, n_boot: int, seed: int) -> Draws:
    """Resamples of the units."""
    units = counts.moves.shape[0]
    held = max(1, BLOCK // counts.moves.shape[1]) * units
    found = []
    for drawn in resample_counts(units, n_boot, seed, min(held, BLOCK * 10)):
        won = drawn @ counts.won
        with np.errstate(divide="ignore", invalid="ignore"):
            observed = (drawn @ counts.met_and_won) / won[:, None]
        chain = solved((drawn @ counts.moves).reshape(-1, *counts.shape))
        found.append((observed, *chain))
    observed, *parts = (np.concatenate(one) for one in zip(*found, strict=True))
    return Draws(observed, Chain(*parts))
