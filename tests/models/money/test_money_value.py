"""Are the associations with money those of published examples and of counts by hand, whatever the
model, and is nothing said that the data cannot carry?
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.multitest import multipletests

import cxlab as cx
from cxlab.models.money.money_value import money_value

SCALES = {"s": {"min": 0, "max": 200, "whole": False}}
STAY = {"kind": "duration", "unit": "week", "measured": "after"}
KEPT = {"kind": "binary", "column": "kept", "measured": "after"}
SPEND = {"kind": "amount", "column": "spend", "unit": "BRL", "measured": "after"}
CONSTRUCTS = ("fin", "age", "race", "wexp", "mar", "paro", "prio")
NUMBERS = (
    r"give a number above 0, of a margin a share \(0.4 for 40 %\), of the horizon of a duration how"
    " long it is counted"
)
PUBLISHED = (-0.37942, -0.05744, 0.3139, -0.1498, -0.4337, -0.08487, 0.0915)


@pytest.fixture(scope="module")
def rossi(shared):
    return pd.read_csv(shared / "data" / "money" / "rossi.csv")


@pytest.fixture(scope="module")
def telco(shared):
    frame = pd.read_csv(shared / "data" / "money" / "telco_churn.csv")
    return frame.assign(kept=(frame["Churn"] == "No") * 1, left=(frame["Churn"] == "Yes") * 1)


def loyal(column: str) -> dict:
    return {"loyal": {"kind": "score", "column": column, "scale": "s"}}


def customers(n: int = 600, seed: int = 0, rise: float = 0.0, **keys) -> cx.Study:
    """NPS, a plan that goes with it, spend, who is kept, how long; `rise` on the answer."""
    rng = np.random.default_rng(seed)
    nps = rng.integers(0, 11, n)
    plan = np.where(rng.random(n) < nps / 12, "big", "small")
    spend = np.exp(4 + rise * nps / 10 + 0.3 * rng.normal(size=n)).round(2)
    left = rng.exponential(20 * np.exp(rise * (nps - 5) / 5))
    frame = pd.DataFrame({"nps": nps, "plan": plan, "spend": spend})
    frame["kept"] = (rng.random(n) < 1 / (1 + np.exp(-rise * (nps - 5) / 3))) * 1
    frame["time"], frame["left"] = np.minimum(left, 12).round(3).clip(0.01), (left < 12) * 1
    outcomes = {"nps": {"kind": "nps", "column": "nps"}, "spend": SPEND, "kept": KEPT}
    outcomes["stay"] = STAY | {"column": "time", "event": "left"}
    for name, column in keys.pop("columns", {}).items():
        frame[name] = column
    return cx.Study.from_frame(frame, {}, outcomes, segments=["plan"], scales=SCALES, **keys)


@pytest.mark.parametrize(
    ("term", "slope"),
    [*zip(CONSTRUCTS, PUBLISHED, strict=True)],
)
def test_hazards_are_those_of_allisons_published_example(rossi, term, slope):
    controls = [one for one in CONSTRUCTS if one != term]
    outcomes = loyal(term) | {"stay": STAY | {"column": "week", "event": "arrest"}}
    study = cx.Study.from_frame(
        rossi, {}, outcomes, constructs={one: one for one in controls}, scales=SCALES
    )
    table = money_value(study, "loyal", money="stay", controls=controls, horizon=52)
    np.testing.assert_allclose(np.log(table["ratio"]), slope, atol=6e-5)
    assert (table["n_events"] == 114).all() and (table["n"] == 432).all()


def test_the_slopes_of_churn_are_those_of_the_telecom(telco):
    study = cx.Study.from_frame(
        telco,
        {},
        loyal("MonthlyCharges") | {"kept": KEPT},
        constructs={"tenure": "tenure"},
        segments=["Contract"],
        scales=SCALES,
    )
    table = money_value(study, "loyal", money="kept", controls=["tenure", "Contract"])
    np.testing.assert_allclose(-np.log(table["ratio"].item()), 0.028617, atol=5e-7)
    assert table["n_events"].item() == 1869
    stay = {"stay": STAY | {"column": "tenure", "event": "left", "unit": "month"}}
    segments = ["Contract", "TechSupport"]
    study = cx.Study.from_frame(
        telco, {}, loyal("MonthlyCharges") | stay, segments=segments, scales=SCALES
    )
    table = money_value(study, "loyal", money="stay", controls=segments, horizon=24)
    np.testing.assert_allclose(np.log(table["ratio"]), -0.003668, atol=5e-7)
    # Who has a tenure of 0 was watched for no time.
    assert (table["n"] == 7032).all()


def test_a_path_of_nps_is_the_two_by_two_table_by_hand():
    """Without controls the step from passive to promoter is the difference of two shares, the ratio
    that of the odds; intervals are those of textbooks, to order 1/n.
    """
    nps = np.repeat([3, 8, 10], [150, 250, 200])
    kept = np.concatenate([np.repeat([1, 0], pair) for pair in ((90, 60), (190, 60), (170, 30))])
    frame = pd.DataFrame({"nps": nps, "kept": kept})
    outcomes = {"nps": {"kind": "nps", "column": "nps"}, "kept": KEPT}
    table = money_value(cx.Study.from_frame(frame, {}, outcomes), "nps", money="kept")
    table = table.set_index("step")
    by_hand = Table2x2([[170, 30], [190, 60]])
    row = table.loc["to_promoter"]
    np.testing.assert_allclose(row["estimate"], 170 / 200 - 190 / 250, atol=1e-10)
    np.testing.assert_allclose(row["ratio"], by_hand.oddsratio, rtol=1e-8)
    error = np.sqrt(0.85 * 0.15 / 200 + 0.76 * 0.24 / 250)
    np.testing.assert_allclose(row["std_error"], error, rtol=0.01)
    low, high = by_hand.oddsratio_confint()
    np.testing.assert_allclose([row["ratio_low"], row["ratio_high"]], [low, high], rtol=0.02)
    assert table.loc["to_passive", ["n_lower", "n_higher"]].tolist() == [150, 250]


@pytest.mark.parametrize(("model", "family"), [("amount", "gaussian"), ("gamma", "gamma")])
def test_spend_is_that_of_the_generalised_linear_model(model, family):
    study = customers(rise=0.4)
    y, x = study.outcome("spend"), sm.add_constant(study.outcome("nps").astype(float))
    x["plan"] = (study.group("plan") == study.levels("plan")[1]) * 1.0
    law = sm.families.Gaussian()
    if family == "gamma":
        law = sm.families.Gamma(sm.families.links.Log())
    peer = sm.GLM(y, x, law).fit(cov_type="HC0")
    table = money_value(study, "nps", money="spend", model=model, controls="plan")
    row = table[table["step"] == "point"].iloc[0]
    up, down = (peer.predict(x.assign(nps=x["nps"] + half)).mean() for half in (0.5, -0.5))
    np.testing.assert_allclose(row["estimate"], up - down, rtol=1e-6)
    if family == "gaussian":
        np.testing.assert_allclose(row["std_error"], peer.bse["nps"], rtol=0.005)
    else:
        np.testing.assert_allclose(row["ratio"], np.exp(peer.params["nps"]), rtol=1e-6)


def test_money_is_the_time_that_customers_stay_times_what_they_spend():
    study = customers(rise=0.5)
    given = {"money": "stay", "spend": "spend", "horizon": 12}
    table = money_value(study, "nps", margin=0.4, **given).set_index(["step", "measure"])
    tenure, profit = (table.loc["point", one] for one in ("tenure", "profit"))
    mean = study.outcome("spend").mean()
    np.testing.assert_allclose(profit["estimate"], 0.4 * mean * tenure["estimate"], rtol=1e-10)
    assert profit["unit"] == "BRL" and tenure["unit"] == "week"
    # The product carries the errors of both: more than that of the first alone.
    assert profit["std_error"] > 0.4 * mean * tenure["std_error"] * 0.97
    plain = money_value(study, "nps", **given).set_index(["step", "measure"])
    np.testing.assert_allclose(plain.loc["point", "revenue"]["estimate"] * 0.4, profit["estimate"])
    assert "profit" not in set(plain.reset_index()["measure"])
    # Time up to the horizon lies between 0 and the horizon, and rises with it.
    short = money_value(study, "nps", money="stay", horizon=6).set_index(["step", "measure"])
    assert 0 < short.loc["point", "tenure"]["estimate"] < tenure["estimate"]


@pytest.mark.parametrize("weighted", [False, True])
def test_errors_of_money_are_those_of_leaving_one_out(weighted):
    """The share kept times the mean spend, which few who spend much carry; weights that rise with
    the answer.
    """
    frame = customers(n=110, seed=3, rise=0.8).responses
    nps = frame["nps"].astype(float)
    frame["spend"] = np.exp(1.5 * np.random.default_rng(0).normal(size=len(frame))).round(4)
    frame["w"] = 0.1 + (nps / 10) ** 2 if weighted else 1.0
    outcomes = loyal("nps") | {"spend": SPEND, "kept": KEPT}
    study = cx.Study.from_frame(frame, {}, outcomes, scales=SCALES, weight="w")
    given = {"money": "kept", "spend": "spend", "margin": 0.4}
    table = money_value(study, "loyal", **given)
    rows = (study.where(np.arange(study.n) != i) for i in range(study.n))
    every = np.array([money_value(one, "loyal", **given)["estimate"] for one in rows])
    spread = np.sqrt((study.n - 1) / study.n * ((every - every.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(table["std_error"], spread, rtol=0.06)


def test_weights_of_one_and_the_order_of_rows_change_nothing():
    study = customers(rise=0.5, columns={"w": 1.0}, weight="w")
    twice = customers(rise=0.5, columns={"w": np.tile([0.5, 1.5], 300)}, weight="w")
    for money in ("spend", "kept"):
        plain = money_value(customers(rise=0.5), "nps", money=money)
        pd.testing.assert_frame_equal(plain, money_value(study, "nps", money=money))
        turned = study.where(np.arange(study.n) < study.n)
        pd.testing.assert_frame_equal(plain, money_value(turned, "nps", money=money))
        heavy = money_value(twice, "nps", money=money)
        rows = np.repeat(np.arange(600), np.tile([1, 3], 300))
        frame = customers(rise=0.5).responses.iloc[rows].reset_index(drop=True)
        again = cx.Study.from_frame(
            frame, {}, {"nps": {"kind": "nps", "column": "nps"}, "spend": SPEND, "kept": KEPT}
        )
        np.testing.assert_allclose(
            heavy["estimate"], money_value(again, "nps", money=money)["estimate"], rtol=1e-6
        )


def test_accounts_are_what_errors_rest_on():
    account = np.repeat(np.arange(60), 10)
    rng = np.random.default_rng(1)
    base = customers(seed=2)
    frame = base.responses.assign(account=account)
    shift = np.repeat(rng.normal(size=60), 10)
    frame["spend"] = (100 + 20 * shift + rng.normal(size=600)).round(2)
    frame["nps"] = np.clip(np.round(5 + 3 * shift), 0, 10).astype(int)
    outcomes = {"nps": {"kind": "nps", "column": "nps"}, "spend": SPEND}
    alone, grouped = (
        money_value(cx.Study.from_frame(frame, {}, outcomes, **keys), "nps", money="spend")
        for keys in ({}, {"account": "account"})
    )
    np.testing.assert_allclose(alone["estimate"], grouped["estimate"])
    assert (grouped["std_error"] > 1.5 * alone["std_error"]).all()


def test_who_was_watched_from_later_on_counts_from_then():
    """Delayed entry: customers who joined long ago and answered later; without it the time before
    the survey, which all have survived, would count as stayed.
    """
    study = customers(rise=0.5)
    frame = study.responses.assign(entry=0.0)
    outcomes = {"nps": {"kind": "nps", "column": "nps"}}
    outcomes["stay"] = STAY | {"column": "time", "event": "left", "entry": "entry"}
    plain = money_value(study, "nps", money="stay", horizon=10)
    same = money_value(cx.Study.from_frame(frame, {}, outcomes), "nps", money="stay", horizon=10)
    pd.testing.assert_frame_equal(plain, same)
    later = frame.assign(time=frame["time"].astype(float) + 30, entry=30.0)
    moved = money_value(cx.Study.from_frame(later, {}, outcomes), "nps", money="stay", horizon=40)
    np.testing.assert_allclose(moved["ratio"], plain["ratio"], rtol=1e-8)
    np.testing.assert_allclose(moved["estimate"], plain["estimate"], rtol=1e-8)
    np.testing.assert_allclose(moved["std_error"], plain["std_error"], rtol=1e-8)


def test_a_path_that_few_went_has_no_figure():
    study = customers(rise=0.5)
    nps = study.outcome("nps").astype(int)
    frame = study.responses.assign(nps=nps.where(nps < 9, 8), kept=study.outcome("kept"))
    outcomes = {"nps": {"kind": "nps", "column": "nps"}, "kept": KEPT}
    table = money_value(cx.Study.from_frame(frame, {}, outcomes), "nps", money="kept")
    paths = table[table["step"] != "point"]
    assert paths["estimate"].isna().all() and (paths["note"] == "few_in_class").all()
    assert table["estimate"].notna().any() and paths["n_higher"].tolist()[-1] == 0


def changed(**new: dict) -> cx.Study:
    study = customers(n=200)
    outcomes = {"nps": {"kind": "nps", "column": "nps"}, "spend": SPEND, "kept": KEPT}
    outcomes["stay"] = STAY | {"column": "time", "event": "left"}
    frame = study.responses
    for name, keys in new.items():
        outcomes[name] = outcomes.get(name, {}) | keys
    return cx.Study.from_frame(frame, {}, outcomes, segments=["plan"])


@pytest.mark.parametrize(
    ("study", "options", "message"),
    [
        (
            lambda: customers(n=60),
            {"money": "stay", "horizon": 6},
            r"outcome stay: \d+ events among the 60 customers of whom all is known; an association"
            r" takes 50",
        ),
        (
            lambda: changed(spend={"measured": None}),
            {"money": "spend"},
            r"outcome spend: was it measured after the survey\? declare measured: after, or"
            r" measured: before",
        ),
        (
            customers,
            {"money": "stay", "horizon": 13},
            r"horizon=13: nobody was watched longer than 12; give as much or less",
        ),
        (customers, {"money": "stay"}, f"horizon=None: {NUMBERS}"),
        (
            customers,
            {"money": "spend", "margin": 1.4},
            f"margin=1.4: {NUMBERS}",
        ),
        (
            customers,
            {"money": "kept", "model": "gamma"},
            "money='kept' is of kind binary; with model='gamma' give one of kind amount",
        ),
        (
            customers,
            {"money": "kept", "spend": "stay"},
            "spend='stay' is of kind duration; with model='binary' give one of kind amount",
        ),
        (
            customers,
            {"money": "spend", "outcome": "kept"},
            "outcome='kept' is of kind binary; with model='amount' give one of kind nps or csat or"
            " ces or score",
        ),
        (
            lambda: customers(columns={"w": np.tile([0.5, 1.5], 300)}, weight="w"),
            {"money": "stay", "horizon": 12},
            r"outcome stay: the model of durations takes no sampling weights; use a binary outcome,"
            r" who is still a customer",
        ),
        (
            lambda: customers(columns={"spend": np.arange(600.0)}),
            {"money": "spend", "model": "gamma"},
            r"outcome spend: 1 of 600 amounts are 0 or below; use model='amount'",
        ),
    ],
)
def test_what_the_data_cannot_carry_is_refused_with_the_reason(study, options, message):
    outcome = options.pop("outcome", "nps")
    with pytest.raises(cx.ModelError, match=f"^{message}$"):
        money_value(study(), outcome, **options)
    options["outcome"] = outcome


def test_a_term_that_tells_who_leaves_is_named():
    frame = customers(rise=0.5).responses
    left = frame["left"].astype(int) == 1
    frame = frame.assign(group=np.where(left, "a", "b"))
    outcomes = {"nps": {"kind": "nps", "column": "nps"}}
    outcomes["stay"] = STAY | {"column": "time", "event": "left"}
    study = cx.Study.from_frame(frame, {}, outcomes, segments=["group"])
    with pytest.raises(
        cx.ModelError, match=r"stay: a term tells who leaves.*leave out .*group\[b\]"
    ):
        money_value(study, "nps", money="stay", controls="group", horizon=12)


def test_money_that_is_not_declared_is_not_asked():
    error = pytest.raises(cx.ModelError, money_value, customers(), "nps").value
    assert type(error).__name__ == "NotAskedError"
    assert "declare it under money:, or give money=" in str(error)


def test_spend_before_the_survey_is_told_as_of_the_past():
    study = changed(spend={"measured": "before"})
    said = cx.say(money_value(study, "nps", money="spend"))
    assert any("is of the time before the survey and cannot have followed" in one for one in said)


def test_p_is_adjusted_over_the_steps_and_intervals_are_those_of_students_t():
    table = money_value(customers(rise=0.2), "nps", money="spend")
    np.testing.assert_allclose(table["p_holm"], multipletests(table["p_value"], method="holm")[1])
    t = stats.t.ppf(0.975, 599)
    half = (table["conf_high"] - table["conf_low"]) / 2
    np.testing.assert_allclose(half, t * table["std_error"], rtol=1e-6)
