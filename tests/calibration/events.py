"""Logs of contacts: do the intervals of removal effects, onward values and observed shares hold, is
a chain that holds not contradicted, and one that does not found out?
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from harness import COVERAGE, ONE_SIDED, Kind, at_least

import cxlab as cx
from cxlab.stats.absorbing_chain import solved

NAMES = ("a", "b", "c", "d", "e")
# From the start and each touchpoint to each, to success and to a loss: some common, one rare.
MOVES = np.array(
    [
        [0.50, 0.25, 0.15, 0.07, 0.03, 0.00, 0.00],
        [0.10, 0.30, 0.15, 0.05, 0.02, 0.08, 0.30],
        [0.20, 0.05, 0.30, 0.05, 0.02, 0.13, 0.25],
        [0.10, 0.15, 0.05, 0.10, 0.05, 0.30, 0.25],
        [0.10, 0.10, 0.10, 0.05, 0.05, 0.20, 0.40],
        [0.05, 0.05, 0.10, 0.05, 0.05, 0.30, 0.40],
    ]
)
TRUTH = solved(MOVES[None])
# Success is as probable after each of them.
EVEN = MOVES.copy()
EVEN[1:, :-2] *= 0.6 / EVEN[1:, :-2].sum(axis=1, keepdims=True)
EVEN[1:, -2:] = 0.2
WON, LOST = len(NAMES), len(NAMES) + 1
KEYS = {"respondent": "id", "touchpoint": "at", "time": "time", "success": "won"}


def walked(
    rng: np.random.Generator, n: int, memory: float = 0.0, moves: np.ndarray = MOVES
) -> pd.DataFrame:
    """The log of n customers. With a memory, those who began at the first touchpoint go on from c
    to success so much more often, and the others so much less.
    """
    at, people, rows = np.zeros(n, int), np.arange(n), []
    began = None
    for day in range(200):
        chances = moves[at].copy()
        if began is not None and memory:
            turn = np.where(at == 3, memory * np.where(began[people] == 0, 1, -1), 0)
            chances[:, WON] += turn
            chances[:, LOST] -= turn
        to = (rng.random(len(at))[:, None] > chances.cumsum(axis=1)).sum(axis=1)
        began = to.copy() if began is None else began
        rows.append(pd.DataFrame({"id": people, "at": to, "day": day}))
        going = to < WON
        people, at = people[going], to[going] + 1
        if not len(at):
            break
    log = pd.concat(rows)
    log = log[log["at"] != LOST]
    log["time"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(log.pop("day"), unit="D")
    return log.assign(at=np.array([*NAMES, "won"], dtype=object)[log["at"]])


def value_of(log: pd.DataFrame, **options) -> pd.DataFrame:
    study = cx.Study.from_frame(pd.DataFrame({"q": [1]}), {})
    read = cx.events.read_events(study, log, **KEYS)
    table = cx.events.touchpoint_value(read, n_boot=999, seed=1, **options)
    return table.set_index("touchpoint").reindex(NAMES)


def covered(seed: int, *, n: int) -> list[float]:
    """Whether each interval holds, at the most frequent, a middling and the rarest touchpoint."""
    table = value_of(walked(np.random.default_rng(seed), n))
    found = []
    for name, truth in (("removal", TRUTH.removal), ("onward", TRUTH.onward)):
        held = (table[f"{name}_low"] <= truth[0]) & (truth[0] <= table[f"{name}_high"])
        found += held.astype(float)[["a", "c", "e"]].tolist()
    share = TRUTH.removal[0]  # of a chain also the share of those with a success who met it
    held = (table["success_share_low"] <= share) & (share <= table["success_share_high"])
    return [*found, float(held["c"])]


def contradicted(seed: int, *, n: int, memory: float) -> list[float]:
    """Whether the chain is contradicted at any touchpoint."""
    table = value_of(walked(np.random.default_rng(seed), n, memory))
    return [float((table["chain"] == "contradicted").any())]


def false_sign(seed: int, *, n: int) -> list[float]:
    """Whether success is said to be more or less probable after any touchpoint, where it is not."""
    table = value_of(walked(np.random.default_rng(seed), n, moves=EVEN))
    return [float(table["sign"].isin(["+", "-"]).any())]


def false_exit(seed: int, *, n: int) -> list[float]:
    """Whether an end of paths goes with the experience of any touchpoint, where it goes with
    none.
    """
    rng = np.random.default_rng(seed)
    log = walked(rng, n)
    answers = pd.DataFrame(rng.integers(1, 8, (n, len(NAMES))), columns=[*NAMES]).assign(
        id=range(n)
    )
    points = {name: {"experience": name} for name in NAMES}
    scales = {"s": {"min": 1, "max": 7}}
    study = cx.Study.from_frame(answers, points, scales=scales, respondent="id")
    table = cx.events.exit_experience(cx.events.read_events(study, log, **KEYS))
    return [float((table["p_holm"] < 0.05).any())]


KINDS = {
    "removal_coverage": Kind(
        covered,
        {
            **{f"removal {name}": COVERAGE for name in "ace"},
            **{f"onward {name}": COVERAGE for name in "ace"},
            "observed share": COVERAGE,
        },
        "Removal effects, onward values and observed shares of a chain",
        refusable=False,
    ),
    "chain_holds": Kind(
        contradicted,
        {"contradicted": ONE_SIDED},
        "A chain that holds, contradicted at some touchpoint",
        refusable=False,
    ),
    "chain_does_not_hold": Kind(
        contradicted,
        {"contradicted": at_least(90)},
        "A path that remembers how it began, found out",
        refusable=False,
    ),
    "false_sign": Kind(
        false_sign,
        {"named": ONE_SIDED},
        "Touchpoints after which success is as probable as for all",
        refusable=False,
    ),
    "false_exit": Kind(
        false_exit, {"named": ONE_SIDED}, "Touchpoints whose experience goes with no end of a path"
    ),
}


def cells() -> list[dict]:
    sizes = (600, 1000)
    many = 6000  # which are drawn in bags
    return [
        *({"kind": "removal_coverage", "n": n} for n in sizes),
        *({"kind": "chain_holds", "n": n, "memory": 0.0} for n in sizes),
        *({"kind": "chain_does_not_hold", "n": n, "memory": 0.25} for n in sizes),
        *({"kind": "false_sign", "n": n} for n in sizes),
        *({"kind": "false_exit", "n": n} for n in sizes),
        {"kind": "removal_coverage", "n": many},
        {"kind": "chain_holds", "n": many, "memory": 0.0},
    ]
