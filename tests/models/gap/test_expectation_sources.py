"""What sets expectations: planted inertia and learning are found, on the right rows of the right
respondents.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import cxlab as cx

KAPPA, LAMBDA, MOUTH = 0.4, 0.3, 0.2


def panel_frame(people: int = 400, waves: int = 4, seed: int = 0) -> pd.DataFrame:
    """E_w = 1 + 0.3·E_{w−1} + 0.4·P_{w−1} + 0.2·(word of mouth) + a person's own leaning + noise;
    rows in random order.
    """
    rng = np.random.default_rng(seed)
    rows, e, p = [], rng.uniform(2, 6, people), rng.uniform(2, 6, people)
    for wave in range(1, waves + 1):
        mouth = rng.uniform(1, 7, people)
        if wave > 1:
            e = 1 + LAMBDA * e + KAPPA * p + MOUTH * mouth + rng.normal(0, 0.5, people)
        p = rng.uniform(2, 6, people)
        rows.append(
            pd.DataFrame(
                {
                    "id": np.arange(people),
                    "wave": wave,
                    "e": e,
                    "p": p,
                    "m": mouth,
                    "g": np.where(np.arange(people) % 2, "old", "new"),
                }
            )
        )
    return pd.concat(rows).sample(frac=1, random_state=1).reset_index(drop=True)


def study_of(frame: pd.DataFrame, **keys) -> cx.Study:
    points = {
        "shop": {"expectation": "e", "experience": "p", "scale": "s"},
        "friends": {"experience": "m", "scale": "s"},
    }
    scales = {"s": {"min": -20, "max": 20, "whole": False}}
    keys = {"panel": True, "wave": "wave", "respondent": "id"} | keys
    return cx.Study.from_frame(frame, points, {}, scales=scales, segments=["g"], **keys)


def test_planted_inertia_and_learning_are_found():
    tidy = (
        cx.gap.expectation_sources(study_of(panel_frame(people=1500)), "shop", sources=["friends"])
        .tidy()
        .set_index("term")
    )
    for term, truth in (
        ("previous_expectation", LAMBDA),
        ("previous_experience", KAPPA),
        ("friends", MOUTH),
        ("intercept", 1),
    ):
        row = tidy.loc[term]
        assert abs(row["estimate"] - truth) < 4 * row["std_error"]
        assert row["std_error"] < 0.1


def test_pairs_of_waves_by_hand():
    """The same regression on a table that pandas pairs up itself, with statsmodels' clustered
    errors.
    """
    frame = panel_frame(people=60)
    frame = frame.drop(frame[(frame["id"] == 3) & (frame["wave"] == 2)].index).reset_index(
        drop=True
    )
    frame.loc[frame["id"] == 5, "p"] = np.nan
    fit = cx.gap.expectation_sources(
        study_of(frame), "shop", sources=["friends"], covariance="clustered"
    )
    before = frame.assign(wave=frame["wave"] + 1)[["id", "wave", "e", "p"]].rename(
        columns={"e": "e0", "p": "p0"}
    )
    paired = frame.merge(before, on=["id", "wave"]).dropna(subset=["e", "e0", "p0", "m"])
    other = sm.OLS(paired["e"], sm.add_constant(paired[["e0", "p0", "m"]])).fit(
        cov_type="cluster", cov_kwds={"groups": paired["id"]}
    )
    assert fit.params.to_numpy() == pytest.approx(other.params.to_numpy(), rel=1e-8)
    assert np.sqrt(np.diag(fit.cov)) == pytest.approx(other.bse.to_numpy(), rel=1e-8)
    assert fit.n == len(paired) == 60 * 3 - 2 - 3
    # 60 first waves, one wave missed (nobody's earlier answer for the next) and one respondent
    # without experience.
    assert dict(fit.dropped.itertuples(index=False)) == {"no_earlier_wave": 60 + 1 + 3}


def test_order_of_rows_does_not_matter():
    frame = panel_frame(people=80)
    one, other = (
        cx.gap.expectation_sources(study_of(f), "shop").params
        for f in (frame, frame.sort_values(["wave", "id"]).reset_index(drop=True))
    )
    assert one.to_numpy() == pytest.approx(other.to_numpy(), rel=1e-10)


def test_single_wave_needs_stated_sources():
    frame = panel_frame(people=300, waves=2)
    one = study_of(frame[frame["wave"] == 2].reset_index(drop=True), panel=False, wave=None)
    with pytest.raises(cx.ModelError) as caught:
        cx.gap.expectation_sources(one, "shop")
    assert (
        str(caught.value)
        == "touchpoint shop: this study is no panel (`panel: true` with waves), so its expectation"
        " can only be explained by sources=[…] that respondents stated"
    )
    fit = cx.gap.expectation_sources(one, "shop", sources=["friends", "g"])
    rows = frame[frame["wave"] == 2]
    x = sm.add_constant(pd.DataFrame({"m": rows["m"], "old": (rows["g"] == "old").astype(float)}))
    other = sm.OLS(rows["e"], x).fit(cov_type="HC2")
    assert list(fit.params.index) == ["intercept", "friends", "g[old]"]
    assert fit.params.to_numpy() == pytest.approx(other.params.to_numpy(), rel=1e-8)
    assert np.sqrt(np.diag(fit.cov)) == pytest.approx(other.bse.to_numpy(), rel=1e-8)
    assert fit.model == "expectation: one wave"


def test_constructs_and_outcomes_can_be_sources():
    frame = panel_frame(people=200, waves=2)
    rng = np.random.default_rng(3)
    frame["im1"], frame["im2"], frame["past"] = rng.integers(1, 8, (3, len(frame)))
    points = {"shop": {"expectation": "e", "experience": "p", "scale": "s"}}
    scales = {"s": {"min": -20, "max": 20, "whole": False}, "seven": {"min": 1, "max": 7}}
    keys = {
        "constructs": {"image": {"columns": ["im1", "im2"], "scale": "seven"}},
        "scales": scales,
    }
    study = cx.Study.from_frame(
        frame, points, {"before": {"kind": "score", "column": "past", "scale": "seven"}}, **keys
    )
    fit = cx.gap.expectation_sources(study, "shop", sources=["image", "before"])
    assert fit.design.x["image"].to_numpy() == pytest.approx(
        frame[["im1", "im2"]].mean(axis=1).to_numpy()
    )
    assert list(fit.params.index) == ["intercept", "image", "before"]


def test_mean_over_touchpoints_and_what_was_observed():
    frame = panel_frame(people=100)
    frame["e2"], frame["p2"] = frame["e"] + 1, frame["p"] - 1
    points = {
        "shop": {"expectation": "e", "experience": "p"},
        "web": {"expectation": "e2", "experience": "p2"},
    }
    study = cx.Study.from_frame(
        frame,
        points,
        {},
        scales={"s": {"min": -20, "max": 20, "whole": False}},
        panel=True,
        wave="wave",
        respondent="id",
    )
    fit = cx.gap.expectation_sources(study)
    single = cx.gap.expectation_sources(study, "shop")
    assert fit.params["previous_experience"] == pytest.approx(single.params["previous_experience"])
    assert fit.augment()["observed"].to_numpy() == pytest.approx((frame["e"] + 0.5).to_numpy())
    assert fit.outcome == "expectation"


def test_weights_weigh():
    frame = panel_frame(people=150).assign(w=lambda f: 0.5 + f["id"] % 3)
    fit = cx.gap.expectation_sources(study_of(frame, weight="w"), "shop")
    before = frame.assign(wave=frame["wave"] + 1)[["id", "wave", "e", "p"]].rename(
        columns={"e": "e0", "p": "p0"}
    )
    paired = frame.merge(before, on=["id", "wave"])
    other = sm.WLS(paired["e"], sm.add_constant(paired[["e0", "p0"]]), weights=paired["w"]).fit()
    assert fit.params.to_numpy() == pytest.approx(other.params.to_numpy(), rel=1e-8)


def test_refusals():
    study = study_of(panel_frame(people=30))
    with pytest.raises(cx.ModelError) as caught:
        cx.gap.expectation_sources(study, "shop", sources=["weather"])
    assert (
        str(caught.value)
        == "'weather' explains nothing here: it is no touchpoint, construct, outcome or segment;"
        " there are: shop, friends, g"
    )
    with pytest.raises(
        cx.ModelError, match="touchpoint friends: this study declares no expectation column for it"
    ):
        cx.gap.expectation_sources(study, "friends", sources=["shop"])
    first = panel_frame(people=30, waves=1)
    with pytest.raises(cx.ModelError) as caught:
        cx.gap.expectation_sources(study_of(first), "shop")
    assert (
        str(caught.value)
        == "touchpoint shop: nobody answered everything that is compared; left out:"
        " no_earlier_wave 30"
    )
