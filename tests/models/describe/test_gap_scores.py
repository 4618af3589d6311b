"""Scores by hand: paired gaps, zones of tolerance, weighted SERVQUAL, reliability of a difference,
the ceiling.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

import cxlab as cx
from cxlab.models.describe.reliability import cronbach_alpha
from tests.peers import GAP_TOUCHPOINTS

ROLES = {"a": "adequate", "e": "expectation", "p": "experience", "i": "importance"}


def study_of(frame: pd.DataFrame, touchpoints: list[str], roles: str = "ep", **keys) -> cx.Study:
    """Columns are touchpoint + "_" + role letter (a adequate, e expectation, p experience, i
    importance), rated 1–7.
    """
    points = {t: {ROLES[r]: f"{t}_{r}" for r in roles if f"{t}_{r}" in frame} for t in touchpoints}
    return cx.Study.from_frame(frame, points, {}, scales={"s": {"min": 1, "max": 7}}, **keys)


def drawn(touchpoints: list[str], roles: str = "ep", n: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    person = rng.normal(size=n)
    columns = {
        f"{t}_{r}": np.clip(np.round(4.3 + person + rng.normal(size=n)), 1, 7)
        for t in touchpoints
        for r in roles
    }
    return pd.DataFrame(columns).assign(w=rng.uniform(0.5, 2, n), c=rng.integers(0, 15, n))


def test_gap_scores_equal_the_paired_test(reference):
    ref = reference.results("k_prca_gap")["gap_mean_sd_paired"]
    row = cx.gap_scores(reference.gap()).set_index("touchpoint").loc["product"]
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == pytest.approx(
        (ref["mean"], ref["lo"], ref["hi"]), rel=1e-8
    )
    assert row["std_error"] == pytest.approx(ref["sd"] / np.sqrt(ref["n"]), rel=1e-8)
    assert row["n"] == ref["n"]
    assert row["experience"] - row["expectation"] == pytest.approx(row["estimate"])


def test_gap_is_over_those_who_answered_both():
    frame = pd.DataFrame({"shop_e": [5, 6, 7, np.nan], "shop_p": [4, 6, np.nan, 7]})
    row = cx.gap_scores(study_of(frame, ["shop"])).iloc[0]
    assert (row["expectation"], row["experience"], row["estimate"], row["n"]) == (5.5, 5, -0.5, 2)


def test_gap_scores_keep_journey_order_and_groups():
    table = cx.gap_scores(
        study_of(drawn(["x", "b"]).assign(g=["u", "v"] * 30), ["x", "b"], segments=["g"]), by="g"
    )
    assert table["touchpoint"].tolist() == ["x", "b", "x", "b"]
    assert table["level"].tolist() == ["u", "u", "v", "v"]
    assert table["n"].tolist() == [30] * 4


def test_weighted_gap_by_hand():
    frame = drawn(["shop"])
    row = cx.gap_scores(study_of(frame, ["shop"], weight="w")).iloc[0]
    gap, w = frame["shop_p"] - frame["shop_e"], frame["w"]
    mean = np.average(gap, weights=w)
    error = np.sqrt(60 / 59 * ((w * (gap - mean) / w.sum()) ** 2).sum())
    # Variance and degrees of freedom of the interval rest on Kish's n: t of n − 1 on the linearised
    # error held 88–94 % with uneven weights.
    kish = w.sum() ** 2 / (w**2).sum()
    share = w / w.sum()
    wide = max(
        (share**2 * (gap - mean) ** 2 / (1 - share)).sum(), share @ (gap - mean) ** 2 / (kish - 1)
    )
    half = stats.t.ppf(0.975, kish - 1) * np.sqrt(wide)
    assert (row["estimate"], row["std_error"], row["conf_low"], row["conf_high"]) == pytest.approx(
        (mean, error, mean - half, mean + half)
    )
    assert row["n_eff"] == pytest.approx(w.sum() ** 2 / (w**2).sum())


# ---- zone of tolerance


def test_planted_zones():
    """Adequate 3, desired 6. Ten below at 2, twenty inside (its ends too), ten above at 7."""
    frame = pd.DataFrame(
        {
            "shop_a": [3] * 40,
            "shop_e": [6] * 40,
            "shop_p": [2] * 10 + [3] * 5 + [4] * 10 + [6] * 5 + [7] * 10,
        }
    )
    row = cx.tolerance(study_of(frame, ["shop"], "aep")).iloc[0]
    assert (row["below"], row["inside"], row["above"], row["n"]) == (0.25, 0.5, 0.25, 40)
    assert (row["adequate"], row["expectation"], row["experience"]) == (3, 6, 4.375)
    assert (row["msa"], row["mss"]) == pytest.approx((1.375, -1.625))
    test = stats.ttest_1samp(frame["shop_p"] - 3.0, 0).confidence_interval()
    assert (row["msa_low"], row["msa_high"]) == pytest.approx((test.low, test.high))
    assert (row["mss_low"], row["mss_high"]) == pytest.approx((test.low - 3, test.high - 3))


def test_each_respondent_s_own_zone_counts_and_may_be_upside_down():
    frame = pd.DataFrame({"shop_a": [2, 5, 6, 4], "shop_e": [4, 7, 3, 4], "shop_p": [5, 4, 5, 4]})
    row = cx.tolerance(study_of(frame, ["shop"], "aep")).iloc[0]
    assert (row["below"], row["inside"], row["above"]) == (0.25, 0.5, 0.25)


def test_weighted_zone():
    frame = drawn(["shop", "web"], "aep")
    table = cx.tolerance(study_of(frame, ["shop", "web"], "aep", weight="w")).set_index(
        "touchpoint"
    )
    a, e, p, w = (frame[c] for c in ("web_a", "web_e", "web_p", "w"))
    assert table.loc["web", "below"] == pytest.approx(np.average(p < np.minimum(a, e), weights=w))
    assert table.loc["web", "above"] == pytest.approx(np.average(p > np.maximum(a, e), weights=w))
    assert table.loc["web", "msa"] == pytest.approx(np.average(p - a, weights=w))
    assert table[["below", "inside", "above"]].sum(axis=1).to_numpy() == pytest.approx([1, 1])


def test_zone_needs_the_adequate_level():
    with pytest.raises(cx.ModelError) as caught:
        cx.tolerance(study_of(drawn(["shop"]), ["shop"]))
    assert str(caught.value) == (
        "no touchpoint of this study asks the adequate level; beside expectation and"
        " experience it makes the zone of tolerance"
    )


# ---- SERVQUAL


def test_servqual_four_ways_by_hand():
    frame = pd.DataFrame(
        {
            "x_e": [6, 7, 5.0],
            "x_p": [5, 7, 6.0],
            "x_i": [4, 2, 1.0],
            "z_e": [7, 6, np.nan],
            "z_p": [3, 6, 4.0],
            "z_i": [2, 6, 5.0],
        }
    )
    table = cx.describe.servqual(study_of(frame, ["x", "z"], "epi")).set_index("metric")
    # Respondent 3 has no gap at z: neither its experience nor its importance there counts.
    assert table.loc["servqual", "estimate"] == pytest.approx(np.mean([(-1 - 4) / 2, 0, 1]))
    assert table.loc["servperf", "estimate"] == pytest.approx(np.mean([4, 6.5, 6]))
    assert table.loc["servqual_weighted", "estimate"] == pytest.approx(
        np.mean([(4 * -1 + 2 * -4) / 6, 0, 1])
    )
    assert table.loc["servperf_weighted", "estimate"] == pytest.approx(
        np.mean([(4 * 5 + 2 * 3) / 6, (2 * 7 + 6 * 6) / 8, 6])
    )
    assert (table["n"] == 3).all()
    row, index = table.loc["servqual"], np.array([-2.5, 0, 1])
    assert row["std_error"] == pytest.approx(index.std(ddof=1) / np.sqrt(3))


def test_servqual_without_importance_has_two_rows():
    assert cx.describe.servqual(study_of(drawn(["x", "z"]), ["x", "z"]))["metric"].tolist() == [
        "servqual",
        "servperf",
    ]


def test_equal_importance_weighs_nothing():
    frame = drawn(["x", "z"]).assign(x_i=3, z_i=3)
    table = cx.describe.servqual(study_of(frame, ["x", "z"], "epi", weight="w")).set_index("metric")
    assert table.loc["servqual_weighted", "estimate"] == pytest.approx(
        table.loc["servqual", "estimate"]
    )


# ---- reliability


def test_alpha_equals_psych(reference):
    """Alpha of gen_gap's experiences, by the two definitions of it: covariance matrix, and split
    into item variances.
    """
    items = reference.frame("gen_gap")[[f"per_{t}" for t in GAP_TOUCHPOINTS]].dropna()
    k = items.shape[1]
    by_variances = k / (k - 1) * (1 - items.var().sum() / items.sum(axis=1).var())
    assert cronbach_alpha(items) == pytest.approx(by_variances, rel=1e-10)


def test_alpha_of_identical_items_is_one_and_of_noise_near_nought():
    rng = np.random.default_rng(0)
    one = rng.normal(size=500)
    assert cronbach_alpha(pd.DataFrame({"a": one, "b": one, "c": one})) == pytest.approx(1)
    assert abs(cronbach_alpha(pd.DataFrame(rng.normal(size=(5000, 4))))) < 0.1


@pytest.mark.parametrize("weighted", [False, True])
def test_reliability_of_the_difference_by_hand(weighted):
    frame = drawn(["x", "y", "z"], n=80)
    frame.loc[0, "x_e"] = np.nan
    table = cx.describe.gap_reliability(
        study_of(frame, ["x", "y", "z"], **({"weight": "w"} if weighted else {}))
    ).set_index("term")
    whole = frame.iloc[1:]
    w = whole["w"] if weighted else None
    e, p = whole[["x_e", "y_e", "z_e"]], whole[["x_p", "y_p", "z_p"]]

    def variance(a, b):
        return np.cov(a, b, aweights=w)

    def alpha(items):
        return 1.5 * (
            1
            - sum(variance(items[c], items[c])[0, 1] for c in items)
            / variance(items.sum(axis=1), items.sum(axis=1))[0, 1]
        )

    c = variance(e.mean(axis=1), p.mean(axis=1))
    difference = (c[1, 1] * alpha(p) + c[0, 0] * alpha(e) - 2 * c[0, 1]) / (
        c[1, 1] + c[0, 0] - 2 * c[0, 1]
    )
    assert table["estimate"].to_dict() == pytest.approx(
        {"expectation": alpha(e), "experience": alpha(p), "gap": difference}
    )
    assert (table["n"] == 79).all()


def test_unreliable_differences_are_noted():
    rng = np.random.default_rng(1)
    person = rng.normal(size=300)
    same = pd.DataFrame(
        {
            f"{t}_{r}": np.clip(np.round(4 + 1.3 * person + rng.normal(0, 0.8, 300)), 1, 7)
            for t in "xyz"
            for r in "ep"
        }
    )
    table = cx.describe.gap_reliability(study_of(same, list("xyz"))).set_index("term")
    assert table.loc[["expectation", "experience"], "note"].tolist() == ["", ""]
    assert table.loc["gap", "note"] == "unreliable"
    # Expectation and experience that are two things: the difference is as good as its parts.
    other = rng.normal(size=300)
    apart = same.assign(
        **{
            f"{t}_p": np.clip(np.round(4 + 1.3 * other + rng.normal(0, 0.8, 300)), 1, 7)
            for t in "xyz"
        }
    )
    assert (cx.describe.gap_reliability(study_of(apart, list("xyz")))["note"] == "").all()


def test_reliability_refusals():
    with pytest.raises(cx.ModelError) as caught:
        cx.describe.gap_reliability(study_of(drawn(["shop"]), ["shop"]))
    assert (
        str(caught.value)
        == "touchpoint shop alone asks an expectation: reliability needs two touchpoints at least"
    )
    frame = drawn(["x", "z"], n=25)
    frame.loc[:9, "z_e"] = np.nan
    with pytest.raises(cx.ModelError) as caught:
        cx.describe.gap_reliability(study_of(frame, ["x", "z"]))
    assert str(caught.value) == (
        "15 respondents answered expectation and experience of all 2 touchpoints; their"
        " reliability needs 20"
    )


# ---- ceiling


def test_ceiling_is_the_share_at_the_top():
    frame = pd.DataFrame(
        {"x_e": [7] * 30 + [6] * 10, "x_p": [4] * 40, "z_e": [7] * 20 + [1] * 20, "z_p": [4] * 40}
    )
    table = cx.describe.expectation_ceiling(study_of(frame, ["x", "z"])).set_index("touchpoint")
    assert table["estimate"].to_dict() == {"x": 0.75, "z": 0.5}
    assert table["note"].to_dict() == {"x": "ceiling", "z": ""}
    assert (table.loc["x", "conf_low"], table.loc["x", "conf_high"]) == pytest.approx(
        proportion_confint(30, 40, method="wilson")
    )
    assert table["n"].tolist() == [40, 40]


def test_weighted_ceiling():
    frame = drawn(["shop"])
    row = cx.describe.expectation_ceiling(study_of(frame, ["shop"], weight="w")).iloc[0]
    assert row["estimate"] == pytest.approx(np.average(frame["shop_e"] == 7, weights=frame["w"]))


# ---- nobody answered


@pytest.mark.parametrize(
    ("one_of", "message"),
    [
        (cx.gap_scores, "no respondent answered both expectation and experience of any touchpoint"),
        (
            cx.describe.servqual,
            "no respondent answered both expectation and experience of any touchpoint",
        ),
        (
            cx.tolerance,
            "no respondent answered adequate level, expectation and experience of any touchpoint",
        ),
        (cx.describe.expectation_ceiling, "nobody answered an expectation in this study"),
    ],
)
def test_no_answers(one_of, message):
    frame = pd.DataFrame({"shop_a": [3.0] * 30, "shop_e": [np.nan] * 30, "shop_p": [4.0] * 30})
    with pytest.raises(cx.ModelError) as caught:
        one_of(study_of(frame, ["shop"], "aep"))
    assert str(caught.value) == message
