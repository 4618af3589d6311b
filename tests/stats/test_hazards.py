"""Cox's model and what each customer adds to its errors: published numbers, statsmodels' curves and
the jackknife.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from cxlab.stats.hazards import Hazards

TERMS = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


@pytest.fixture(scope="module")
def rossi(shared):
    frame = pd.read_csv(shared / "data" / "money" / "rossi.csv")
    return [frame[one].to_numpy(float) for one in ("week", "arrest")], frame[TERMS].to_numpy(float)


@pytest.fixture(scope="module")
def fitted(rossi):
    (time, event), x = rossi
    return Hazards(time, np.zeros(len(time)), event, x)


def test_slopes_and_likelihood_are_the_published_ones(fitted, shared):
    peer = json.loads((shared / "reference" / "worked_examples.json").read_text())["cox"]
    np.testing.assert_allclose(fitted.params, [peer["coef"][one] for one in TERMS], atol=6e-5)
    np.testing.assert_allclose(fitted.log_likelihood, -658.7476594, atol=1e-6)


def test_influences_add_up_to_nothing_and_are_those_of_leaving_one_out(fitted, rossi):
    (time, event), x = rossi
    n = len(time)
    np.testing.assert_allclose(fitted.influence.sum(axis=0), 0, atol=1e-8)
    high, low = x.copy(), x.copy()
    high[:, 0], low[:, 0] = 1, 0
    ways = ((52.0, True), (40.0, False))
    whole = [fitted.contrast(high, low, *way) for way in ways]
    for i in range(0, n, 72):
        kept = np.arange(n) != i
        one = Hazards(time[kept], np.zeros(n - 1), event[kept], x[kept])
        # Leaving one out moves an estimate by its influence over n, to order 1/n².
        np.testing.assert_allclose(
            n * (fitted.params - one.params), fitted.influence[i], rtol=0.1, atol=0.12
        )
        for (mean, influence), way in zip(whole, ways, strict=True):
            moved = n * (mean - one.contrast(high[kept], low[kept], *way)[0])
            np.testing.assert_allclose(moved, influence[i], rtol=0.05, atol=0.02)


def test_ties_are_efrons_also_where_all_leave_at_once():
    """Two of three leave at the first time: the baseline steps by 1/3 + 1/2, as if in turn."""
    time, event = np.array([1.0, 1.0, 2.0, 2.0]), np.array([1.0, 1.0, 1.0, 0.0])
    x = np.array([[0.0], [1.0], [0.5], [0.4]])
    found = Hazards(time, np.zeros(4), event, x)
    risk = np.exp(x[:, 0] * found.params[0])
    total, gone = risk.sum(), risk[:2].sum()
    first = 1 / total + 1 / (total - gone / 2)
    np.testing.assert_allclose(found.baseline, [first, first + 1 / risk[2:].sum()])


def test_whoever_entered_later_is_at_risk_from_then_on():
    rng = np.random.default_rng(0)
    time, x = rng.exponential(5, 300) + 0.1, rng.normal(size=(300, 2))
    entry, event = time * rng.random(300) * 0.9, (rng.random(300) < 0.7) * 1.0
    found = Hazards(time, entry, event, x)
    at = found.at[50]
    there = (entry < at) & (time >= at)
    step = 1 / np.exp(x[there] @ found.params).sum()
    np.testing.assert_allclose(found.baseline[50] - found.baseline[49], step)
    np.testing.assert_allclose(found.influence.sum(axis=0), 0, atol=1e-7)


def test_pieces_of_rows_give_what_all_give_at_once(fitted, rossi, monkeypatch):
    _, x = rossi
    high, low = x.copy(), x.copy()
    high[:, 6] += 0.5
    whole = fitted.contrast(high, low, 30.0, False)
    monkeypatch.setattr("cxlab.stats.hazards.CELLS", 500)
    parts = fitted.contrast(high, low, 30.0, False)
    np.testing.assert_allclose(parts[0], whole[0])
    np.testing.assert_allclose(parts[1], whole[1], atol=1e-10)
