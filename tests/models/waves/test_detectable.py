"""The least change that waves can show: statsmodels' NormalIndPower, panels, and bad calls."""

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower

import cxlab as cx
from tests.models.waves_studies import frame_of, study

detectable = cx.waves.detectable
POWER = NormalIndPower()


def test_the_least_change_and_the_n_for_another_are_statsmodels():
    frame = frame_of(n=250)
    frame = frame[~((frame["wave"] == 2016) & (frame.index % 3 == 0))]
    row = detectable(study(frame), "y", change=0.1).iloc[0]
    sides = [frame.loc[frame["wave"] == wave, "y"] for wave in (2016, 2017)]
    n = [len(one) for one in sides]
    assert [row["n_earlier"], row["n_later"]] == n
    error = np.sqrt(sum(one.var(ddof=1) / len(one) for one in sides))
    assert row["std_error"] == pytest.approx(error)
    # The one variance that gives this error with these n.
    sd = error / np.sqrt(1 / n[0] + 1 / n[1])
    found = POWER.power(row["detectable"] / sd, n[0], 0.05, ratio=n[1] / n[0])
    assert found == pytest.approx(0.8, abs=1e-6)
    needed = POWER.solve_power(0.1 / sd, alpha=0.05, power=0.8, ratio=1)
    assert row["n_needed"] == np.ceil(needed)


def test_more_power_and_more_confidence_take_a_larger_change():
    asked = study(frame_of(n=100))
    usual = detectable(asked, "y")["detectable"].iloc[0]
    assert detectable(asked, "y", power=0.9)["detectable"].iloc[0] > usual
    assert detectable(asked, "y", conf_level=0.99)["detectable"].iloc[0] > usual
    assert detectable(study(frame_of(n=400)), "y")["detectable"].iloc[0] < 0.6 * usual


def test_of_a_panel_a_smaller_change_is_seen():
    frame = frame_of(n=150)
    frame["id"] = np.tile(np.arange(150), 2)
    frame.loc[150:, "y"] = (
        frame["y"].to_numpy()[:150] + np.random.default_rng(1).normal(size=150) / 2
    )
    panel = detectable(study(frame, respondent="id", panel=True), "y", change=0.2).iloc[0]
    apart = detectable(study(frame), "y", change=0.2).iloc[0]
    assert panel["detectable"] < 0.5 * apart["detectable"]
    assert panel["n_needed"] < 0.3 * apart["n_needed"]


def test_it_is_of_the_last_two_waves_by_metric():
    frame = frame_of(n=120, waves=4).assign(y=lambda one: one["t"])
    table = detectable(study(frame, kind="csat", scale="s"), "y", change=0.1)
    assert table["level"].unique().tolist() == ["2018 → 2019"]
    assert table["metric"].tolist() == ["csat_top2", "csat_mean"]
    assert table["n_needed"].notna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"power": 1.2}, "power=1.2: give a share above 1 − conf_level, such as 0.8"),
        ({"power": 0.04}, "power=0.04: give a share above 1 − conf_level, such as 0.8"),
        ({"change": 0.0}, "change=0.0: give the size of a change, above 0"),
    ],
)
def test_bad_calls_are_refused(options, message):
    with pytest.raises(cx.ModelError) as refused:
        detectable(study(frame_of(n=40)), "y", **options)
    assert str(refused.value) == message
