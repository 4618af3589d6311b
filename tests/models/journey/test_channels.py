"""Channels of a touchpoint: the share of variance between them, all pairs against a margin, who
used several, and what a page hides.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_ind

import cxlab as cx
from cxlab.errors import NotAskedError
from cxlab.stats.inference import holm, one_way_icc

SCALES = {"s": {"min": 1, "max": 10}}
# Shrout & Fleiss (1979), table 2: six targets, four ratings each.
RATINGS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
POINTS = {one: {"experience": one, "channel": f"{one}_where"} for one in ("order", "delivery")}


def study_of(frame, points=POINTS, **keys):
    return cx.Study.from_frame(frame, points, {}, scales=SCALES, **keys)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(5)
    made = pd.DataFrame({one: np.round(5 + rng.normal(0, 1.2, 600)) for one in POINTS})
    for one in POINTS:
        made[f"{one}_where"] = rng.choice(["app", "phone", "store"], 600, p=[0.5, 0.2, 0.3])
    made["delivery"] -= made["delivery_where"] == "store"
    made[[*POINTS]] = made[[*POINTS]].clip(1, 10)
    return made.assign(w=rng.lognormal(0, 0.5, 600), firm=rng.integers(0, 60, 600))


def test_the_share_of_variance_is_that_of_shrout_and_fleiss():
    frame = pd.DataFrame(
        {"q": np.ravel(RATINGS), "where": np.repeat([f"t{i}" for i in range(6)], 4)}
    )
    points = {"t": {"experience": "q", "channel": "where"}}
    row = cx.journey.channel_consistency(study_of(frame, points), margin=1, min_size=2).iloc[0]
    assert row["icc"] == pytest.approx(0.16574176840547544, rel=1e-9)
    # Their interval, by F with 5 and 18 degrees of freedom.
    within, between = 6.263888888888889, 11.241666666666667
    low, high = stats.f.ppf([0.025, 0.975], 5, 18)
    ends = [(between / within / f - 1) / (between / within / f + 3) for f in (high, low)]
    assert (row["icc_low"], row["icc_high"]) == pytest.approx((max(0, ends[0]), ends[1]))


def test_of_unequal_channels_the_share_follows_from_the_f_of_an_analysis_of_variance(frame):
    row = cx.journey.channel_consistency(study_of(frame), margin=1).set_index("touchpoint")
    groups = [group for _, group in frame.groupby("delivery_where")["delivery"]]
    sizes = np.array([*map(len, groups)])
    mean_size = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / 2
    ratio = stats.f_oneway(*groups).statistic
    assert row.loc["delivery", "icc"] == pytest.approx((ratio - 1) / (ratio + mean_size - 1))


def test_the_share_of_variance_is_near_that_of_a_mixed_model(shared):
    """lme4 by REML, 2,266 ratings of respondents who gave unequal numbers of them."""
    data = pd.read_csv(shared / "reference" / "gen_long.csv")
    model = json.loads((shared / "reference" / "j_mixed.json").read_text())["results"]["icc_null"]
    groups = data.groupby("resp")["rating"]
    found = one_way_icc(groups.mean(), groups.var(ddof=0), groups.size().astype(float), 0.95)
    between, within = (one["vcov"] for one in model["varcomp"])
    assert found["icc"] == pytest.approx(between / (between + within), abs=0.01)


def test_every_pair_is_welchs_test_and_two_one_sided_ones(frame):
    table = cx.journey.channel_pairs(study_of(frame), margin=0.5)
    assert len(table) == 6 and (table["estimate"] >= 0).all()
    equivalence = []
    for row in table.itertuples():
        where = frame[f"{row.touchpoint}_where"]
        high, low = (frame[row.touchpoint][where == one] for one in (row.higher, row.lower))
        assert row.estimate == pytest.approx(high.mean() - low.mean())
        assert row.p_value == pytest.approx(stats.ttest_ind(high, low, equal_var=False).pvalue)
        equivalence.append(ttost_ind(high, low, -0.5, 0.5, usevar="unequal")[0])
    np.testing.assert_allclose(table["p_holm"], holm(table["p_value"]))
    np.testing.assert_allclose(table["p_equivalent"], holm(equivalence), rtol=1e-7)


def test_a_touchpoint_is_consistent_only_where_every_pair_is(frame):
    study = study_of(frame)
    whole = cx.journey.channel_consistency(study, margin=0.6).set_index("touchpoint")
    assert whole["verdict"].to_dict() == {"order": "consistent", "delivery": "different"}
    pairs = cx.journey.channel_pairs(study)
    equivalence = {}
    for one in POINTS:
        groups = [group for _, group in frame.groupby(f"{one}_where")[one]]
        tests = [
            ttost_ind(a, b, -0.6, 0.6, usevar="unequal")[0]
            for i, a in enumerate(groups)
            for b in groups[:i]
        ]
        equivalence[one] = max(tests)
    np.testing.assert_allclose(whole["p_equivalent"], holm([*equivalence.values()]), rtol=1e-7)
    least = pairs.groupby("touchpoint", sort=False)["p_holm"].min()
    np.testing.assert_allclose(whole["p_holm"], least)
    clearest = pairs.loc[pairs["p_value"].idxmin()]
    assert whole.loc["delivery", ["lower", "higher"]].tolist() == [
        clearest["lower"],
        clearest["higher"],
    ]
    few = study_of(frame.head(60))
    assert cx.journey.channel_consistency(few, margin=0.1)["verdict"].iloc[0] == "open"


def test_means_are_those_of_the_same_column_as_a_segment(frame):
    study = study_of(frame, {"order": POINTS["order"]}, weight="w", segments=["order_where"])
    mine = cx.journey.channel_scores(study)
    scores = cx.experience_scores(study, by="order_where")
    for column in ("experience", "conf_low", "n_eff"):
        np.testing.assert_allclose(mine[column], scores[column])


def test_weights_of_one_size_change_nothing_and_accounts_count(frame):
    plain = cx.journey.channel_consistency(study_of(frame), margin=0.5)
    equal = cx.journey.channel_consistency(study_of(frame.assign(w=3.0), weight="w"), margin=0.5)
    pd.testing.assert_frame_equal(plain, equal)
    alike = frame.assign(order_where=np.array(["app", "store"])[frame["firm"] % 2])
    alike["order"] = alike.groupby("firm")["order"].transform("first")
    p_values = [
        cx.journey.channel_consistency(study_of(alike, **keys), margin=0.8)["p_equivalent"].iloc[0]
        for keys in ({}, {"account": "firm"})
    ]
    assert p_values[1] > 10 * p_values[0]


def test_rare_channels_have_no_part_in_it_and_are_named(frame):
    rare = frame.assign(order_where=frame["order_where"].where(frame.index > 4, "fax"))
    row = cx.journey.channel_consistency(study_of(rare), margin=0.5).iloc[0]
    assert (row["channels"], row["omitted"]) == ("app|phone|store", "fax")
    assert "fax" in set(cx.journey.channel_scores(study_of(rare))["level"])


def test_a_pair_that_cannot_be_tested_makes_no_touchpoint_consistent(frame):
    """All who used the telephone are of one account."""
    alone = frame.assign(
        order_where=frame["order_where"].replace("phone", "store"), firm=range(600)
    )
    alone.loc[:59, ["order_where", "firm"]] = ["phone", 0]
    table = cx.journey.channel_pairs(study_of(alone, account="firm"), margin=3)
    order = table[table["touchpoint"] == "order"]
    assert order["p_equivalent"].isna().sum() == 2 and order["p_equivalent"].min() < 0.001
    row = cx.journey.channel_consistency(study_of(alone, account="firm"), margin=3).iloc[0]
    assert row["verdict"] == "open" and row[["icc", "p_equivalent"]].isna().all()


def test_those_who_used_several_channels_are_compared_with_the_others(frame):
    several = frame.assign(order_where=frame["order_where"].where(frame.index > 80, "app|store"))
    study = study_of(several)
    row = cx.journey.channel_handoffs(study).iloc[0]
    first, rest = several["order"].iloc[:81], several["order"].iloc[81:]
    assert (row["n"], row["n_against"]) == (81, 519)
    assert row["estimate"] == pytest.approx(first.mean() - rest.mean())
    assert row["p_value"] == pytest.approx(stats.ttest_ind(first, rest, equal_var=False).pvalue)
    assert set(cx.journey.channel_scores(study)["level"]) == {"app", "phone", "store"}
    with pytest.raises(NotAskedError, match="nobody names several channels of a touchpoint"):
        cx.journey.channel_handoffs(study_of(frame))


REFUSED = {
    "no margin": ({}, "margin=None: channels are alike only within a margin; declare the largest"),
    "a margin of 0": ({"margin": 0}, "margin=0: channels are alike only within a margin"),
    "an outcome": ({"margin": 1, "touchpoints": "love"}, "'love' is neither a touchpoint nor"),
    "few": (
        {"margin": 1, "min_size": 900},
        "rated by 900 respondents or more in 0 of its",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_told_is_refused_with_what_to_declare(frame, what):
    options, message = REFUSED[what]
    with pytest.raises(cx.ModelError, match=message):
        cx.journey.channel_consistency(study_of(frame), **options)


def test_one_channel_alone_is_refused_and_named(frame):
    alone = study_of(frame.assign(order_where="app"))
    with pytest.raises(
        cx.ModelError,
        match=r"touchpoint order: rated by 10 respondents or more in 1 of its channels; it takes"
        r" two \(app\), and its channel: names the column",
    ):
        cx.journey.channel_consistency(alone, margin=0.5, touchpoints="order")
    both = cx.journey.channel_consistency(alone, margin=0.5).set_index("touchpoint")
    assert both["verdict"].to_dict() == {"order": "", "delivery": "different"}
    assert both["note"].to_dict() == {"order": "one_channel", "delivery": ""}
    with pytest.raises(NotAskedError, match="declare the column that does as its channel:"):
        cx.journey.channel_scores(study_of(frame, {"order": "order"}))


def test_a_page_hides_channels_of_few_and_what_compares_them(frame):
    few = frame.copy()
    few.loc[few["order_where"] == "phone", "order_where"] = "store"
    few.loc[few.index[few["order_where"] == "store"][:4], "order_where"] = "phone"
    page = cx.Page(study_of(few), ["en"], seed=1, n_boot=0)
    means = page(cx.journey.channel_scores).frame.set_index(["touchpoint", "level"])["experience"]
    # Of all less two channels the third is what is left.
    assert means["order"].notna().sum() < 2 and means["delivery"].notna().all()
    whole = page(cx.journey.channel_consistency, margin=0.5).frame.set_index("touchpoint")
    assert whole["estimate"].notna().to_dict() == {"order": False, "delivery": True}
    pairs = page(cx.journey.channel_pairs, min_size=2).frame
    assert pairs[pairs["touchpoint"] == "order"]["estimate"].isna().all()


def test_channels_and_segments_of_one_touchpoint_are_hidden_together(frame):
    """What a channel has beyond a region would be a mean of three."""
    nearly = frame.assign(region=frame["order_where"].replace("phone", "store"))
    nearly.loc[nearly.index[nearly["region"] == "app"][:3], "region"] = "store"
    study = study_of(nearly, segments=["region"])
    page = cx.Page(study, ["en"], seed=1, n_boot=0)
    channels = page(cx.journey.channel_scores, touchpoints="order").frame
    regions = page(cx.experience_scores, by="region").frame
    regions = regions[regions["touchpoint"] == "order"]
    shown = {*channels["level"][channels["experience"].notna()]}
    apps = regions.set_index("level").loc["app", "experience"]
    assert np.isnan(apps) or "app" not in shown
