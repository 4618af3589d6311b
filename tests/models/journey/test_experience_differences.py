"""Groups at touchpoints: each cell against all others, one adjustment over all, and what a page
hides of it.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlab as cx
from cxlab.errors import NotAskedError
from cxlab.stats.inference import holm

SCALES = {"s": {"min": 1, "max": 7, "not_used": [9]}}
POINTS = ["order", "delivery", "support"]


def study_of(frame, **keys):
    keys = {"segments": ["region"], **keys}
    return cx.Study.from_frame(frame, {one: one for one in POINTS}, {}, scales=SCALES, **keys)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(3)
    rated = np.clip(np.round(5 + rng.normal(0, 1.2, (400, 3))), 1, 7)
    made = pd.DataFrame(rated, columns=POINTS)
    made["region"] = rng.choice(["north", "south", "west"], 400)
    made.loc[made["region"] == "west", "delivery"] = np.clip(
        made["delivery"][made["region"] == "west"] - 1, 1, 7
    )
    made.loc[:40, "support"] = 9
    return made.assign(w=rng.lognormal(0, 0.4, 400), firm=rng.integers(0, 50, 400))


def test_each_cell_is_welchs_test_against_all_others_and_holm_is_over_all_cells(frame):
    table = cx.journey.experience_differences(study_of(frame), "region")
    assert len(table) == 9
    for row in table.itertuples():
        rated = frame[frame[row.touchpoint] < 9]
        mine = rated["region"] == row.level
        one, others = rated[row.touchpoint][mine], rated[row.touchpoint][~mine]
        found = stats.ttest_ind(one, others, equal_var=False)
        assert row.experience == pytest.approx(one.mean())
        assert row.estimate == pytest.approx(one.mean() - others.mean())
        assert row.p_value == pytest.approx(found.pvalue, rel=1e-8)
        assert row.n == mine.sum()
    np.testing.assert_allclose(table["p_holm"], holm(table["p_value"]))


def test_means_and_intervals_are_those_of_the_scores_by_the_same_split(frame):
    study = study_of(frame, weight="w")
    table = cx.journey.experience_differences(study, "region")
    scores = cx.experience_scores(study, by="region")
    keys = ["touchpoint", "level"]
    both = pd.DataFrame(table).merge(pd.DataFrame(scores), on=keys, suffixes=("", "_of_scores"))
    np.testing.assert_allclose(both["experience"], both["experience_of_scores"])
    np.testing.assert_allclose(both["experience_low"], both["conf_low_of_scores"])


def test_of_two_levels_both_cells_are_one_test(frame):
    two = frame.assign(region=np.where(frame["region"] == "west", "west", "else"))
    table = cx.journey.experience_differences(study_of(two), "region")
    once = table[table["level"] == "else"]
    np.testing.assert_allclose(once["p_holm"], holm(once["p_value"]))
    again = table[table["level"] == "west"]
    np.testing.assert_allclose(again["p_holm"], once["p_holm"])
    np.testing.assert_allclose(again["estimate"], -once["estimate"].to_numpy())
    # Who is of no known level is among the others, so that both are tests of their own.
    unknown = two.assign(region=two["region"].where(two.index < 370))
    table = cx.journey.experience_differences(study_of(unknown), "region")
    np.testing.assert_allclose(table["p_holm"], holm(table["p_value"]))


def test_accounts_and_weights_are_reckoned_with(frame):
    plain = cx.journey.experience_differences(study_of(frame), "region")
    equal = cx.journey.experience_differences(study_of(frame.assign(w=2.5), weight="w"), "region")
    pd.testing.assert_frame_equal(plain, equal)
    alike = frame.assign(
        region=np.array(["north", "south", "west"])[frame["firm"] % 3],
        order=frame.groupby("firm")["order"].transform("first"),
    )
    errors = [
        cx.journey.experience_differences(study_of(alike, **keys), "region")["std_error"].iloc[0]
        for keys in ({}, {"account": "firm"})
    ]
    assert errors[1] > 1.8 * errors[0]


def test_what_cannot_be_compared_is_said(frame):
    one = study_of(frame.assign(region="north"))
    with pytest.raises(NotAskedError, match="rated in one group only; there is nothing to compare"):
        cx.journey.experience_differences(one, "region")
    nobody = frame.assign(**{t: frame[t].where(frame["region"] == "north", 9) for t in POINTS})
    with pytest.raises(cx.ModelError, match="by='region': touchpoints were rated in one group"):
        cx.journey.experience_differences(study_of(nobody), "region")
    with pytest.raises(cx.ModelError, match="declares no such split; it has: region"):
        cx.journey.experience_differences(study_of(frame), "city")


def test_a_page_hides_cells_of_few_and_those_that_would_tell_them(frame):
    few = frame.assign(region=np.where(frame.index > 393, "east", frame["region"]))
    page = cx.Page(study_of(few), ["en"], seed=1, n_boot=0)
    shown = page(cx.journey.experience_differences, "region").frame
    there = shown.set_index(["touchpoint", "level"])["experience"].notna().unstack()
    assert not there["east"].any() and (there.drop(columns="east").sum(axis=1) == 2).all()
    gone = shown[shown["experience"].isna()]
    figures = ["experience", "experience_low", "estimate", "conf_low", "p_value", "p_holm"]
    assert gone[figures].isna().all().all()
    scores = page(cx.experience_scores, by="region").frame
    assert shown["experience"].notna().sum() == scores["experience"].notna().sum()


def test_no_shown_difference_tells_more_than_the_scores_do(frame):
    """The mean of the others follows from that of all, whoever has no level."""
    unknown = frame.assign(region=frame["region"].where(frame.index < 380))
    study = study_of(unknown)
    table = cx.journey.experience_differences(study, "region").set_index(["touchpoint", "level"])
    of_all = cx.experience_scores(study).set_index("touchpoint")
    for (touchpoint, _), row in table.iterrows():
        every, n = of_all.loc[touchpoint, ["experience", "n"]]
        others = (every * n - row["experience"] * row["n"]) / (n - row["n"])
        assert row["estimate"] == pytest.approx(row["experience"] - others)
