"""Control limits: NIST's numbers, the formulas written out, planted waves, and too few waves."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlab as cx
from cxlab.stats import control
from tests.models.waves_studies import frame_of, study

chart = cx.waves.control_chart


def waves(k=12, n=200, tau=0.0, jump=None, seed=0, kind="score", size=None):
    """k waves of n answers (or of `size`), mean 0 and variance 1; `jump` moves some by so much."""
    rng, sizes = np.random.default_rng(seed), size or [n] * k
    at = np.repeat(np.arange(k), sizes)
    y = rng.normal(size=len(at)) + tau * rng.normal(size=k)[at]
    for wave, by in (jump or {}).items():
        y[at == wave] += by
    if kind == "nps":
        y = np.clip(np.round(7.5 + 2 * y), 0, 10)
    elif kind == "binary":
        y = (y > 0.5).astype(int)
    frame = pd.DataFrame({"y": y, "wave": 2000 + at, "t": 4})
    return frame.assign(w=rng.lognormal(0, 0.5, len(frame)))


def test_weighted_means_and_their_limits_are_nists(shared):
    known = json.loads((shared / "reference" / "worked_examples.json").read_text("utf-8"))["ewma"]
    y, sigma, weight = np.array(known["y"]), known["sigma"], known["lambda"]
    smooth = control.ewma(y, known["target"], weight)
    np.testing.assert_allclose(smooth, known["ewma"], atol=0.011)
    error = control.ewma_error(np.full(len(y), sigma), weight)[-1]
    limits = known["target"] + 3 * error * np.array([-1, 1])
    assert limits == pytest.approx([known["lcl"], known["ucl"]], abs=1e-5)
    assert limits == pytest.approx([47.4116, 52.5884], abs=1e-4)


def test_limits_of_shares_are_those_of_the_p_prime_chart():
    """Laney (2002), written out: centre ± z·σ_p·σ_z, σ_z the mean moving range of z over 1.128."""
    frame = waves(
        k=10, tau=0.4, kind="binary", size=[80, 120, 200, 90, 150, 300, 60, 210, 130, 170]
    )
    table = chart(study(frame, kind="binary"), "y", chart="p_prime")
    by_wave = frame.groupby("wave")["y"].agg(["mean", "size"])
    mean, n = by_wave["mean"].to_numpy(), by_wave["size"].to_numpy()
    centre = frame["y"].mean()
    sigma = np.sqrt(centre * (1 - centre) / n)
    z = (mean - centre) / sigma
    spread = np.abs(np.diff(z)).mean() / 1.128
    assert spread > 1.2
    half = stats.norm.ppf(1 - 0.05 / 20) * sigma * spread
    np.testing.assert_allclose(table["centre"], centre)
    np.testing.assert_allclose(table["limit_low"], np.maximum(centre - half, 0))
    np.testing.assert_allclose(table["limit_high"], np.minimum(centre + half, 1))


def test_limits_of_means_are_the_formula():
    """The variance between waves of the others, with t of k − 2, written out."""
    frame = waves(k=9, tau=0.3, size=[50, 80, 60, 200, 90, 70, 120, 60, 40])
    table = chart(study(frame), "y")
    by_wave = frame.groupby("wave")["y"]
    y, v = by_wave.mean().to_numpy(), (by_wave.var(ddof=1) / by_wave.size()).to_numpy()
    between = max(0, y.var(ddof=1) - v.mean())
    weights = 1 / (v + between)
    weights /= weights.sum()
    for i in range(9):
        rest = np.delete(y, i).var(ddof=1) - np.delete(v, i).mean()
        half = stats.t.ppf(1 - 0.05 / 18, 7) * np.sqrt((v[i] + max(0, rest)) * (1 - weights[i]))
        assert table["limit_high"].iloc[i] == pytest.approx(weights @ y + half, rel=1e-9)
    assert table["centre"].iloc[0] == pytest.approx(weights @ y)
    np.testing.assert_allclose(table["std_error"], np.sqrt(v))


def test_a_very_unusual_wave_does_not_hide_another():
    table = chart(study(waves(jump={2: 1.5, 7: 0.5})), "y").set_index("level")
    assert table.index[table["signal"] == "high"].tolist() == ["2002", "2007"]
    calm = table[table["signal"] == ""]
    assert (calm["limit_high"] - calm["limit_low"]).max() < 0.8


@pytest.mark.parametrize("kind", ["score", "nps", "binary"])
def test_an_unusual_wave_is_found_and_no_other(kind):
    table = chart(study(waves(jump={5: -0.6}, kind=kind), kind=kind), "y").set_index("level")
    assert table.loc[table["signal"] != "", "signal"].to_dict() == {"2005": "low"}
    calm = chart(study(waves(kind=kind), kind=kind), "y")
    assert (calm["signal"] == "").all()


def test_a_small_lasting_shift_is_seen_by_weighted_means():
    frame = waves(k=16, jump=dict.fromkeys(range(8, 16), 0.3), seed=4)
    alone, weighted = (chart(study(frame), "y", chart=one) for one in ("shewhart", "ewma"))
    assert (alone["signal"] == "").all() and (weighted["signal"] == "high").sum() >= 2
    np.testing.assert_allclose(alone["smoothed"], alone["estimate"])


def test_what_varies_between_waves_is_no_signal():
    frame = waves(n=2000, tau=0.3, seed=1)
    table = chart(study(frame), "y")
    own = np.abs(table["estimate"] - table["centre"]) > 3 * table["std_error"]
    assert own.sum() >= 6 and (table["signal"] == "").all()


def test_weights_of_one_size_change_nothing_and_accounts_widen():
    weight = {"column": "w", "kind": "sampling"}
    frame = waves()
    plain = chart(study(frame), "y")
    same = chart(study(frame.assign(w=5.0), weight=weight), "y")
    pd.testing.assert_frame_equal(pd.DataFrame(plain), pd.DataFrame(same))
    assert (chart(study(frame, weight=weight), "y")["std_error"] > plain["std_error"]).mean() > 0.8
    rng = np.random.default_rng(2)
    grouped = frame.assign(c=[f"c{i % 20}" for i in range(len(frame))])
    grouped["y"] += rng.normal(0, 1, (12, 20))[
        (grouped["wave"] - 2000).to_numpy(), np.arange(len(frame)) % 20
    ]
    wide, narrow = (chart(study(grouped, **keys), "y") for keys in ({"account": "c"}, {}))
    assert (wide["std_error"] > 1.5 * narrow["std_error"]).all()


def test_a_metric_is_chosen_by_its_name_and_limits_stay_on_its_scale():
    frame = waves(kind="binary").assign(y=lambda one: 5 + 2 * one["y"])
    asked = study(frame, kind="csat", scale="s")
    share, mean = chart(asked, "y"), chart(asked, "y", metric="csat_mean")
    assert share["metric"].iloc[0] == "csat_top2" and mean["estimate"].between(5, 7).all()
    assert share["limit_low"].ge(0).all() and share["limit_high"].le(1).all()


REFUSED = {
    "seven waves": (
        lambda: chart(study(waves(k=7)), "y"),
        "outcome y has figures of 7 waves, and it takes 8 to know what is usual; changes compares"
        " two waves",
    ),
    "chart": (
        lambda: chart(study(waves(n=20)), "y", chart="cusum"),
        "chart='cusum': give shewhart, ewma or p_prime",
    ),
    "no share": (
        lambda: chart(study(waves(n=20)), "y", chart="p_prime"),
        "chart='p_prime' is for shares; score_mean is none",
    ),
    "weight": (
        lambda: chart(study(waves(n=20)), "y", chart="ewma", weight=0),
        "weight=0: give a number above 0, 1 at most",
    ),
    "metric": (
        lambda: chart(study(waves(n=20)), "y", metric="nps"),
        "metric='nps': outcome y has score_mean",
    ),
    "alike": (
        lambda: chart(study(waves(n=20).assign(y=3)), "y"),
        "outcome y: all answers of a wave are alike, so that its error is not known",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_makes_no_chart_is_refused_with_the_reason(what):
    call, message = REFUSED[what]
    with pytest.raises(cx.ModelError) as refused:
        call()
    assert str(refused.value) == message


def test_one_wave_is_no_chart():
    with pytest.raises(cx.ModelError, match="has figures of 2 waves"):
        chart(study(frame_of(n=50)), "y")
