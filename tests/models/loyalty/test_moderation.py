"""Interaction tests equal statsmodels, a group's slope is the one of the group alone, and pooled
slopes lie between own and common.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

import cxlab as cx
from cxlab.stats.pooling import partial_pooling, shrunk, spread_between
from tests.many import parts, stacked

SCALES = {
    "s": {"min": 1, "max": 7, "not_used": [8]},
    "y": {"min": -500, "max": 500, "whole": False},
}
POINTS = {
    t: {"experience": t, "scale": "s", "contact": "indirect" if t == "c" else "direct"}
    for t in "abc"
}
OUTCOMES = {
    "y": {"kind": "score", "column": "y", "scale": "y"},
    "nps": {"kind": "nps", "column": "nps"},
    "yes": {"kind": "binary", "column": "yes"},
}


def answers(n=600, seed=4, unused=0.0):
    """The slope of a is 0.2 in the north, 0.8 in the south and 0.5 in the few of the west; of b 0.4
    everywhere; involvement z adds 0.1 to b's per point.
    """
    rng = np.random.default_rng(seed)
    rating = rng.integers(1, 8, (n, 3))
    region = rng.choice(["north", "south", "west"], n, p=[0.56, 0.43, 0.01])
    z = np.clip(np.round(rng.normal(4, 1.2, n)), 1, 7)
    slope = pd.Series(region).map({"north": 0.2, "south": 0.8, "west": 0.5}).to_numpy()
    y = slope * rating[:, 0] + (0.4 + 0.1 * (z - 4)) * rating[:, 1] + rng.normal(0, 1, n)
    frame = pd.DataFrame(rating, columns=list("abc")).assign(
        y=y,
        region=region,
        z=z.astype(int),
        w=rng.uniform(0.5, 2, n),
        account=rng.integers(0, 60, n),
    )
    frame["nps"], frame["yes"] = np.clip(np.round(1.2 * y), 0, 10).astype(int), (y > 4).astype(int)
    frame["place"] = rng.choice(["web", "shop", "phone"], n, p=[0.5, 0.45, 0.05])
    frame["c"] = np.where(rng.random(n) < unused, 8, frame["c"])
    return frame


def study_of(frame, points=POINTS, **keys):
    constructs = {"z": {"columns": ["z"], "scale": "s"}}
    return cx.Study.from_frame(
        frame, points, OUTCOMES, scales=SCALES, segments=["region"], constructs=constructs, **keys
    )


def theirs(frame, formula, **how):
    return smf.ols(formula, frame).fit(**{"cov_type": "HC2", "use_t": True, **how})


def f_test(result, terms):
    contrast = np.array(
        [(np.array(result.model.exog_names) == term).astype(float) for term in terms]
    )
    test = result.f_test(contrast)
    return float(test.fvalue), float(test.pvalue)


@pytest.fixture(scope="module")
def plain():
    return study_of(answers())


@pytest.fixture(scope="module")
def by_region(plain):
    return cx.moderation(plain, "region", outcome="y").set_index("touchpoint")


def test_segments_equal_statsmodels(by_region):
    """All touchpoints' slopes differ at once, HC2; the west has too few answers and is named."""
    frame = answers()[lambda f: f["region"] != "west"]
    result = theirs(frame, "y ~ C(region) * (a + b + c)")
    for t in "abc":
        term = f"C(region)[T.south]:{t}"
        row = by_region.loc[t]
        # The degrees of freedom are Bell & McCaffrey's, fewer than n − terms.
        assert row["statistic"] == pytest.approx(f_test(result, [term])[0], rel=1e-10)
        assert row["p_value"] > f_test(result, [term])[1]
        assert (row["estimate"], row["std_error"]) == pytest.approx(
            (result.params[term], result.bse[term]), rel=1e-10
        )
        assert row["df"] == 1 and row["n"] == len(frame) and row["omitted"] == "west"
    whole = f_test(result, [f"C(region)[T.south]:{t}" for t in "abc"])
    # Scaled as Hotelling's T² with those degrees of freedom.
    assert 0.97 < by_region.loc["all_touchpoints", "statistic"] / whole[0] < 1
    assert by_region.loc["all_touchpoints", "p_value"] > whole[1]
    assert np.isnan(by_region.loc["all_touchpoints", "p_holm"])


def test_weighted_groups_are_tested_with_hc2():
    """Linearised errors find differences that are none in small weighted groups; statsmodels' WLS
    has the same HC2.
    """
    frame = answers()[lambda f: f["region"] != "west"].reset_index(drop=True)
    result = smf.wls("y ~ C(region) * (a + b + c)", frame, weights=frame["w"]).fit(
        cov_type="HC2", use_t=True
    )
    table = cx.moderation(study_of(frame, weight="w"), "region", outcome="y").set_index(
        "touchpoint"
    )
    for t in "abc":
        assert table.loc[t, "std_error"] == pytest.approx(
            result.bse[f"C(region)[T.south]:{t}"], rel=1e-10
        )
    asked = cx.moderation(
        study_of(frame, weight="w"), "region", outcome="y", covariance="linearised"
    ).set_index("touchpoint")
    assert (asked["std_error"].dropna() != table["std_error"].dropna()).all()


def test_p_is_adjusted_over_the_touchpoints(by_region, plain):
    from statsmodels.stats.multitest import multipletests

    tested = by_region.drop("all_touchpoints")
    assert tested["p_holm"].to_numpy() == pytest.approx(
        multipletests(tested["p_value"], method="holm")[1], rel=1e-12
    )
    slopes = cx.drivers.simple_slopes(plain, "region", outcome="y").dropna(subset=["p_value"])
    assert (
        slopes["p_holm"].to_numpy()
        == pytest.approx(multipletests(slopes["p_value"], method="holm")[1], rel=1e-12)
        and len(slopes) == 6
    )


def test_the_planted_difference_is_found_and_the_others_are_not(by_region):
    assert by_region.loc["a", "p_holm"] < 1e-6 and by_region.loc["a", "estimate"] == pytest.approx(
        0.6, abs=0.15
    )
    assert by_region.loc[["b", "c"], "p_holm"].min() > 0.05


def test_more_groups_have_more_constraints():
    frame = answers(900).assign(region=lambda f: np.resize(["n", "e", "s", "w"], 900))
    result = theirs(frame, "y ~ C(region) * (a + b + c)")
    row = cx.moderation(study_of(frame), "region", outcome="y").set_index("touchpoint").loc["b"]
    # Scaled as Hotelling's T²: by (η − 2)/η.
    statistic, p_value = f_test(result, [f"C(region)[T.{level}]:b" for level in "nsw"])
    assert 0.97 < row["statistic"] / statistic < 1 and row["p_value"] > p_value
    assert row["df"] == 3 and np.isnan(row["estimate"])


def test_clusters_may_span_the_groups():
    frame = answers()[lambda f: f["region"] != "west"].reset_index(drop=True)
    result = theirs(
        frame,
        "y ~ C(region) * (a + b + c)",
        cov_type="cluster",
        cov_kwds={"groups": frame["account"]},
    )
    study, how = study_of(frame, account="account"), {"outcome": "y", "covariance": "clustered"}
    table = cx.moderation(study, "region", **how).set_index("touchpoint")
    for t in "abc":
        assert table.loc[t, "std_error"] == pytest.approx(
            result.bse[f"C(region)[T.south]:{t}"], rel=1e-10
        )
        assert table.loc[t, "p_value"] == pytest.approx(
            result.pvalues[f"C(region)[T.south]:{t}"], rel=1e-8
        )


def test_a_number_moderates_as_in_statsmodels(plain):
    frame = answers().assign(z=lambda f: f["z"] - f["z"].mean())
    result = theirs(frame, "y ~ z * (a + b + c)")
    table = cx.moderation(plain, "z", outcome="y").set_index("touchpoint")
    for t in "abc":
        statistic, p_value = f_test(result, [f"z:{t}"])
        assert table.loc[t, "statistic"] == pytest.approx(statistic, rel=1e-10)
        assert table.loc[t, "p_value"] == pytest.approx(p_value, rel=0.2, abs=1e-12)
        assert (table.loc[t, "estimate"], table.loc[t, "std_error"]) == pytest.approx(
            (result.params[f"z:{t}"], result.bse[f"z:{t}"]), rel=1e-10
        )
    slopes = cx.drivers.simple_slopes(plain, "z", outcome="y").set_index(["touchpoint", "level"])
    sd = answers()["z"].std()
    for level, step in {"low": -sd, "mean": 0.0, "high": sd}.items():
        shifted = theirs(frame.assign(z=frame["z"] - step), "y ~ z * (a + b + c)")
        row = slopes.loc["b", level]
        assert row["slope"] == pytest.approx(shifted.params["b"], rel=1e-9)
        assert row["value"] == pytest.approx(answers()["z"].mean() + step)
    assert slopes["pooled"].isna().all()
    assert cx.moderation(plain, "z")["outcome"].iloc[0] == "y", (
        "the first outcome is explained where none is named"
    )


def test_kinds_of_contact_are_compared_by_their_mean_slopes(plain):
    fit = cx.fit_loyalty(plain, "y")
    contrast = np.array([0.0, 0.5, 0.5, -1.0])
    estimate, error = contrast @ fit.params, np.sqrt(contrast @ fit.cov.to_numpy() @ contrast)
    row = cx.moderation(plain, "contact", outcome="y").iloc[0]
    assert (row["touchpoint"], row["estimate"], row["std_error"]) == (
        "all_touchpoints",
        pytest.approx(estimate, rel=1e-12),
        pytest.approx(error, rel=1e-12),
    )
    assert (
        row["statistic"] == pytest.approx((estimate / error) ** 2, rel=1e-10)
        and row["p_holm"] == row["p_value"]
    )
    slopes = cx.drivers.simple_slopes(plain, "contact", outcome="y").set_index("level")["slope"]
    assert slopes["direct"] - slopes["indirect"] == pytest.approx(estimate, rel=1e-12)


def test_the_channel_of_a_touchpoint_moderates_its_own_slope_only():
    points = {**POINTS, "a": {**POINTS["a"], "channel": "place"}}
    study = study_of(answers(), points)
    kept = answers()[lambda f: f["place"] != "phone"]
    result = theirs(kept, "y ~ C(place) * a + b + c")
    table = cx.moderation(study, "channel", outcome="y", min_size=50)
    assert (
        list(table["touchpoint"]) == ["a"]
        and table.loc[0, "omitted"] == "phone"
        and table.loc[0, "n"] == len(kept)
    )
    assert table.loc[0, "statistic"] == pytest.approx(
        f_test(result, ["C(place)[T.web]:a"])[0], rel=1e-10
    )
    slopes = cx.drivers.simple_slopes(study, "channel", outcome="y", min_size=50).set_index("level")
    assert slopes.loc["web", "slope"] == pytest.approx(
        result.params["a"] + result.params["C(place)[T.web]:a"], rel=1e-10
    )
    assert slopes.loc["phone", "note"] == "too_few" and np.isnan(slopes.loc["phone", "slope"])


def test_a_groups_slope_is_that_of_the_group_alone():
    """Usage coding, centring and rare cells included: nothing of one group enters another's
    slope.
    """
    study = study_of(answers(unused=0.3), weight="w")
    slopes = cx.drivers.simple_slopes(study, "region", outcome="nps").set_index(
        ["touchpoint", "level"]
    )
    for level in ("north", "south"):
        alone = (
            cx.fit_loyalty(study.where(study.group("region") == level), "nps", missing="usage")
            .tidy()
            .set_index("term")
        )
        for t in "abc":
            assert slopes.loc[(t, level), "slope"] == pytest.approx(
                alone.loc[t, "estimate"], rel=1e-9
            )
    assert slopes.loc[("c", "north"), "n"] < slopes.loc[("a", "north"), "n"]


@pytest.mark.parametrize(
    ("family", "outcome", "how"), [("ordinal", "nps", {"categories": "nps"}), ("binary", "yes", {})]
)
def test_ordinal_and_binary_models_compare_slopes_too(plain, family, outcome, how):
    """The block coding spans what products would: the same model by hand, likelihood and all."""
    from dataclasses import replace

    from cxlab.models.loyalty.categorical import fit_categorical

    table = cx.moderation(plain, "region", outcome=outcome, family=family, **how).set_index(
        "touchpoint"
    )
    kept = plain.where(plain.group("region") != "west")
    fit = cx.fit_loyalty(kept, outcome, family=family, **how)
    south = (kept.group("region") == "south").astype(float)
    x = fit.design.x.assign(south=south, **{f"{t}:south": fit.design.x[t] * south for t in "abc"})
    by_hand = fit_categorical(
        replace(fit.design, x=x), dict(zip(fit.values, fit.categories, strict=True)), family
    )
    for t in "abc":
        assert table.loc[t, "estimate"] == pytest.approx(by_hand.params[f"{t}:south"], rel=1e-6)
        assert table.loc[t, "std_error"] == pytest.approx(
            np.sqrt(by_hand.cov.loc[f"{t}:south", f"{t}:south"]), rel=1e-6
        )


def test_controls_are_held_in_every_group(plain):
    frame = answers()[lambda f: f["region"] != "west"]
    result = theirs(frame, "y ~ C(region) * (a + b + c + z)")
    table = cx.moderation(plain, "region", outcome="y", controls=["z"]).set_index("touchpoint")
    assert (
        table.loc["a", "estimate"]
        == pytest.approx(result.params["C(region)[T.south]:a"], rel=1e-10)
        and "z" not in table.index
    )


def test_a_touchpoint_that_a_group_rates_alike_has_no_slope_there():
    frame = answers().assign(c=lambda f: np.where(f["region"] == "south", 5, f["c"]))
    slopes = cx.drivers.simple_slopes(study_of(frame), "region", outcome="y").set_index(
        ["touchpoint", "level"]
    )
    assert (
        slopes.loc[("c", "south"), "note"] == "not_estimable"
        and slopes.loc[("c", "north"), "slope"] == slopes.loc[("c", "north"), "slope"]
    )
    table = cx.moderation(study_of(frame), "region", outcome="y").set_index("touchpoint")
    assert (
        np.isnan(table.loc["c", "p_value"])
        and table.loc["c", "df"] == 0
        and table.loc["a", "p_value"] < 0.05
    )


# ---- partial pooling


def test_the_spread_is_dersimonian_and_lairds():
    """statsmodels' meta-analysis has the same moment estimator."""
    from statsmodels.stats.meta_analysis import combine_effects

    rng = np.random.default_rng(0)
    for _ in range(20):
        variances = rng.uniform(0.01, 0.2, 5)
        estimates = rng.normal(0.3, 0.4, 5)
        other = combine_effects(estimates, variances, method_re="chi2")
        assert spread_between(estimates, variances) == pytest.approx(
            max(0.0, other.tau2), rel=1e-10, abs=1e-14
        )


def test_pooled_slopes_lie_between_own_and_common_and_have_narrower_intervals(plain):
    rng, widths = np.random.default_rng(1), []
    for _ in range(50):
        variances, estimates = rng.uniform(0.01, 0.1, 4), rng.normal(0.3, 0.3, 4)
        value, low, high = partial_pooling(estimates, variances)
        spread = spread_between(estimates, variances)
        common = np.average(estimates, weights=1 / (variances + spread))
        assert (
            (np.minimum(estimates, common) - 1e-12 <= value)
            & (value <= np.maximum(estimates, common) + 1e-12)
        ).all()
        assert ((low < value) & (value < high)).all()
        widths.append((high - low).mean() / (2 * 1.96 * np.sqrt(variances)).mean())
    assert np.mean(widths) < 0.95
    slopes = cx.drivers.simple_slopes(plain, "region", outcome="y").dropna(subset=["slope"])
    assert ((slopes["pooled"] - slopes["slope"]).abs() < 0.3).all()


def test_without_spread_all_groups_have_the_common_slope():
    variances = np.array([0.04, 0.09, 0.02])
    estimates = np.array([0.30, 0.35, 0.28])
    assert spread_between(estimates, variances) == 0
    common = np.average(estimates, weights=1 / variances)
    assert partial_pooling(estimates, variances)[0] == pytest.approx([common] * 3, rel=1e-12)
    own, _ = shrunk(estimates, variances, 1e9)
    assert own == pytest.approx(estimates, rel=1e-6), "with endless spread, each keeps its own"


def test_pooled_intervals_hold_the_truth_and_pooled_slopes_are_nearer_to_it():
    rng = np.random.default_rng(2)
    for spread, least in ((0.0, 0.95), (0.15, 0.92)):
        held, nearer = [], []
        for _ in range(300):
            variances = rng.uniform(0.005, 0.02, 3)
            truth = 0.4 + spread * rng.normal(size=3)
            estimates = truth + np.sqrt(variances) * rng.normal(size=3)
            value, low, high = partial_pooling(estimates, variances)
            held.append((low < truth) & (truth < high))
            nearer.append([((value - truth) ** 2).mean(), ((estimates - truth) ** 2).mean()])
        assert least <= np.mean(held) <= 0.995, spread
        assert np.mean(nearer, axis=0)[0] < np.mean(nearer, axis=0)[1]


def test_null_interactions_are_rejected_as_often_as_the_level_says():
    """Invariant by simulation (full runs come with the calibration): region does not matter, and 5
    % of tests say it does.
    """
    rejected, frames = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        frame = answers(150, seed).assign(
            region=rng.choice(["n", "s"], 150),
            y=lambda f, rng=rng: 0.5 * f["a"] + (0.5 + 0.2 * f["a"]) * rng.normal(size=150),
        )
        frames.append(frame)
    for study in parts(study_of(stacked(frames)), 60):
        rejected.append(cx.moderation(study, "region", outcome="y")["p_value"].head(3) < 0.05)
    assert 0.01 <= np.mean(rejected) <= 0.1


# ---- refusals


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            {"by": "county"},
            (
                "by='county': slopes can differ by contact, by channel where touchpoints declare"
                " one, or by region, z, y, nps, yes"
            ),
        ),
        ({"by": "y"}, "by='y' is what is explained here; name another construct, outcome or split"),
        (
            {"by": "region", "family": "mixed"},
            (
                "family='mixed': slopes are compared in ols, ordinal or binary models; accounts are"
                " clusters there"
            ),
        ),
        (
            {"by": "region", "missing": "mice"},
            "missing='mice': slopes are compared on answers as given; use usage or listwise",
        ),
        (
            {"by": "region", "penalty": "firth"},
            "penalty= has no meaning where slopes are compared; leave it out",
        ),
        (
            {"by": "region", "min_size": 400},
            (
                "by='region': 0 of 3 groups have the 400 complete respondents or more that these"
                " terms need in each; use fewer touchpoints, or a coarser split"
            ),
        ),
        (
            {"by": "contact", "touchpoints": ["a", "b"]},
            (
                "by='contact': 2 direct and 0 indirect touchpoints are in the model; one of each"
                " kind is needed: declare `contact:`"
            ),
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(plain, call, message):
    for one in (cx.moderation, cx.drivers.simple_slopes):
        with pytest.raises(cx.ModelError, match=f"^{re.escape(message)}$"):
            one(plain, outcome="y", **call)


def test_a_moderator_that_never_varies_and_channels_too_rare_are_refused():
    with pytest.raises(
        cx.ModelError, match=r"^by='z': all 600 values are 4; slopes cannot differ by it$"
    ):
        cx.moderation(study_of(answers().assign(z=4)), "z", outcome="y")
    points = {**POINTS, "a": {**POINTS["a"], "channel": "place"}}
    with pytest.raises(
        cx.ModelError,
        match=(
            r"^by='channel': no touchpoint was met by 400 respondents or more in each of two"
            r" channels"
        ),
    ):
        cx.moderation(study_of(answers(), points), "channel", outcome="y", min_size=400)
    scales = {**POINTS, "c": {**POINTS["c"], "scale": "y"}}
    with pytest.raises(
        cx.ModelError,
        match=(
            r"^by='contact': the touchpoints are rated on different scales \(-500–500, 1–7\), so"
            r" their slopes have no common mean$"
        ),
    ):
        cx.moderation(study_of(answers(), scales), "contact", outcome="y")


def test_results_hold_glossary_columns_only(plain):
    for frame in (
        cx.moderation(plain, "region", outcome="y"),
        cx.drivers.simple_slopes(plain, "region", outcome="y"),
    ):
        assert set(frame.columns) <= set(cx.GLOSSARY), set(frame.columns) - set(cx.GLOSSARY)


def test_both_degrees_of_freedom_of_an_f_test_are_told():
    """Protects who writes F(2, 431.2) in an article."""
    study = cx.simulate_study(400, seed=1)
    table = cx.moderation(study, "channel", touchpoints=["delivery"], covariance="classical")
    row = table.iloc[0]
    p_value = stats.f.sf(row["statistic"], row["df"], row["df_error"])
    assert row["df_error"] > 100 and row["p_value"] == pytest.approx(p_value, rel=1e-12)
