"""How long what loyalty is associated with in money takes, beside statsmodels' fit alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg

import cxlab as cx

N, HORIZON = 20_000, 24


@pytest.fixture(scope="module")
def study() -> cx.Study:
    """20,000 customers watched for 24 months, in whole months; an NPS, spend, a plan of three."""
    rng = np.random.default_rng(0)
    nps = rng.integers(0, 11, N)
    left = np.ceil(rng.exponential(60 * np.exp(0.1 * (nps - 5))))
    frame = pd.DataFrame({"nps": nps, "plan": rng.choice(["a", "b", "c"], N)})
    frame["time"], frame["left"] = np.minimum(left, HORIZON), (left <= HORIZON) * 1
    frame["spend"] = rng.gamma(4, 10 + nps).round(2)
    outcomes = {
        "nps": {"kind": "nps", "column": "nps"},
        "spend": {"kind": "amount", "column": "spend", "unit": "BRL", "measured": "after"},
        "stay": {"kind": "duration", "column": "time", "event": "left", "unit": "month"}
        | {"measured": "after"},
    }
    return cx.Study.from_frame(frame, {}, outcomes, segments=["plan"])


def test_money_by_a_point_and_both_paths_of_20000_customers(study, benchmark):
    given = {"money": "stay", "spend": "spend", "margin": 0.4, "horizon": HORIZON}
    table = benchmark.pedantic(
        cx.money.money_value,
        (study, "nps"),
        given | {"controls": ["plan"]},
        rounds=5,
        warmup_rounds=1,
    )
    assert len(table) == 9 and table["std_error"].notna().all()


def test_three_fits_of_statsmodels_alone(study, benchmark):
    """The peer: the same three models, without errors of what they say of customers and money."""
    followed, nps = study.duration("stay"), study.outcome("nps")
    plans = pd.get_dummies(study.group("plan"), drop_first=True).to_numpy(float)
    classes = np.column_stack([nps >= 7, nps >= 9]).astype(float)

    def fits() -> list:
        terms = [nps.to_numpy()[:, None], classes, classes]
        ends = {"status": followed["event"], "ties": "efron"}
        each = (np.column_stack([one, plans]) for one in terms)
        return [PHReg(followed["time"], x, **ends).fit().params for x in each]

    assert len(benchmark.pedantic(fits, rounds=5, warmup_rounds=1)) == 3


def test_a_change_after_an_action_of_eight_waves_of_2500(benchmark):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"nps": rng.integers(0, 11, N), "wave": np.arange(N) % 8})
    frame["region"] = rng.choice(["N", "S"], N)
    outcomes = {"nps": {"kind": "nps", "column": "nps"}}
    study = cx.Study.from_frame(frame, {}, outcomes, segments=["region"], wave="wave")
    given = {"by": "region", "treated": "S", "since": "7"}
    table = benchmark.pedantic(
        cx.waves.before_after, (study, "nps"), given, rounds=5, warmup_rounds=1
    )
    assert len(table) == 7
