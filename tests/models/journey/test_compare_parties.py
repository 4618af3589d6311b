"""Us and competitors, staff and customers: paired where the same people rate both, and every other
figure of the study about the own party alone.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlab as cx
from cxlab.errors import NotAskedError
from cxlab.stats.inference import holm

SCALES = {"s": {"min": 1, "max": 7, "not_used": [9]}}
POINTS = ("order", "delivery")
OUTCOMES = {"recommend": {"kind": "nps", "column": "nps"}}
BRANDS = {"column": "brand", "own": "us"}


def study_of(frame, parties=BRANDS, **keys):
    keys = {"respondent": "id", "segments": ["plan"], **keys}
    points = {one: one for one in POINTS}
    return cx.Study.from_frame(frame, points, OUTCOMES, scales=SCALES, parties=parties, **keys)


@pytest.fixture(scope="module")
def frame():
    """300 rate us, 200 of them a rival, 120 another."""
    rng = np.random.default_rng(2)
    person, parts = rng.normal(size=300), []
    for brand, shift, n in (("us", 0.0, 300), ("them", -0.6, 200), ("others", 0.0, 120)):
        rated = 5 + 0.8 * person[:, None] + rng.normal(0, 1, (300, 2)) + [0, shift]
        part = pd.DataFrame(np.clip(np.round(rated), 1, 7), columns=[*POINTS]).assign(brand=brand)
        part["id"] = [f"r{i}" for i in range(300)]
        part["nps"] = 10 if brand == "us" else 0
        part["plan"] = np.where(np.arange(300) % 3, "a", "b")
        part["w"] = rng.lognormal(0, 0.4, 300)
        parts.append(part.iloc[:n])
    made = pd.concat(parts, ignore_index=True)
    made.loc[:20, "order"] = 9
    return made


def both(frame, touchpoint, other):
    wide = frame.replace({touchpoint: {9: np.nan}}).pivot(
        index="id", columns="brand", values=touchpoint
    )
    return wide[["us", other]].dropna()


def test_brands_that_the_same_people_rate_are_paired(frame):
    table = cx.journey.compare_parties(study_of(frame))
    assert len(table) == 4 and table["paired"].all()
    for row in table.itertuples():
        pairs = both(frame, row.touchpoint, row.against)
        found = stats.ttest_rel(pairs["us"], pairs[row.against])
        interval = found.confidence_interval()
        assert row.n == len(pairs)
        assert row.figure == pytest.approx(pairs["us"].mean())
        assert row.estimate == pytest.approx((pairs["us"] - pairs[row.against]).mean())
        assert row.p_value == pytest.approx(found.pvalue, rel=1e-8)
        assert (row.conf_low, row.conf_high) == pytest.approx((interval.low, interval.high))
    np.testing.assert_allclose(table["p_holm"], holm(table["p_value"]))


def test_staff_and_customers_are_other_people(frame):
    people = frame.assign(id=[f"p{i}" for i in range(len(frame))])
    table = cx.journey.compare_parties(study_of(people), touchpoints="delivery")
    assert not table["paired"].any()
    for row in table.itertuples():
        own, other = (people["delivery"][people["brand"] == one] for one in ("us", row.against))
        found = stats.ttest_ind(own, other, equal_var=False)
        assert (row.n, row.n_against) == (len(own), len(other))
        assert row.p_value == pytest.approx(found.pvalue, rel=1e-8)
    without = cx.journey.compare_parties(study_of(people, respondent=None), touchpoints="delivery")
    pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(without))


def test_pairing_is_within_a_wave(frame):
    later = frame.assign(wave="2", order=7)
    waves = pd.concat([frame.assign(wave="1"), later], ignore_index=True)
    table = cx.journey.compare_parties(study_of(waves, wave="wave"))
    one = cx.journey.compare_parties(study_of(frame), touchpoints="delivery")
    twice = table[table["touchpoint"] == "delivery"]
    np.testing.assert_allclose(twice["estimate"], one["estimate"])
    assert twice["n"].tolist() == (2 * one["n"]).tolist()


def test_weights_and_accounts_are_reckoned_with(frame):
    plain = cx.journey.compare_parties(study_of(frame))
    equal = cx.journey.compare_parties(study_of(frame.assign(w=2.0), weight="w"))
    pd.testing.assert_frame_equal(plain, equal)
    weighted = cx.journey.compare_parties(study_of(frame, weight="w"), touchpoints="delivery")
    pairs = both(frame, "delivery", "them")
    w = frame[frame["brand"] == "us"].set_index("id")["w"][pairs.index]
    row = weighted.set_index("against").loc["them"]
    assert row["estimate"] == pytest.approx(np.average(pairs["us"] - pairs["them"], weights=w))
    firms = frame.assign(firm=frame["id"].str[1:].astype(int) // 10)
    firms.loc[firms["brand"] == "them", "delivery"] = firms["firm"] % 7 + 1
    errors = [
        cx.journey.compare_parties(study_of(firms, **keys))["std_error"].iloc[3]
        for keys in ({}, {"account": "firm"})
    ]
    assert errors[1] > 1.5 * errors[0]


def test_every_other_figure_is_of_the_own_party_alone(frame):
    study = study_of(frame)
    alone = study_of(frame[frame["brand"] == "us"].reset_index(drop=True), parties=None)
    assert study.n == 300 and cx.nps(study)["estimate"].item() == 100
    pd.testing.assert_frame_equal(cx.experience_scores(study), cx.experience_scores(alone))
    assert study.flow["step"].tolist() == ["read", "include: brand", "analysed"]
    assert study.flow["n"].tolist() == [620, 300, 300]
    assert study.of_all_parties.n == 620 and alone.of_all_parties.n == 300


def test_who_is_left_out_is_left_out_of_all_parties(frame):
    study = study_of(frame)
    some = study.where("plan == 'a'")
    assert some.of_all_parties.n == (frame["plan"] == "a").sum()
    table = cx.journey.compare_parties(some, touchpoints="delivery").set_index("against")
    pairs = both(frame[frame["plan"] == "a"], "delivery", "them")
    assert table.loc["them", "n"] == len(pairs)
    staged = [{"stage": "one"}]
    points = {one: {"experience": one, "stage": "one"} for one in POINTS}
    keys = {"scales": SCALES, "parties": BRANDS, "respondent": "id", "stages": staged}
    stages = cx.Study.from_frame(frame, points, OUTCOMES, **keys).by_stage()
    assert cx.journey.compare_parties(stages)["touchpoint"].tolist() == ["one", "one"]


def test_personal_data_of_other_parties_are_personal_too(frame):
    named = frame.assign(name=[f"Maria {i}" for i in range(len(frame))])
    assert len(study_of(named, personal_data=["name"]).personal_values("name")) == 620


def test_what_was_not_asked_is_said(frame):
    with pytest.raises(NotAskedError, match="declares no parties; declare the column that tells"):
        cx.journey.compare_parties(study_of(frame, parties=None, respondent=None))
    apart = frame.assign(
        order=frame["order"].where(frame["brand"] == "us"),
        delivery=frame["delivery"].where(frame["brand"] != "us"),
    )
    with pytest.raises(cx.ModelError, match="no touchpoint was rated of the own party and of an"):
        cx.journey.compare_parties(study_of(apart))
    with pytest.raises(cx.ModelError, match="'love' is neither a touchpoint nor an outcome"):
        cx.journey.compare_parties(study_of(frame), touchpoints=["love"])


DECLARED = {
    "no such brand": ({"column": "brand", "own": "they"}, "no row is of the own party, they"),
    "no such column": ({"column": "marca", "own": "us"}, "no such column"),
    "no own": ({"column": "brand"}, "Field required"),
    "a segment too": ({"column": "plan", "own": "a"}, "the column 'plan' plays several roles"),
}


@pytest.mark.parametrize("what", DECLARED)
def test_parties_are_declared_in_full_or_refused(frame, what):
    parties, message = DECLARED[what]
    with pytest.raises(cx.StudyError, match=message):
        study_of(frame, parties)


def test_rows_of_no_party_and_the_same_twice_are_refused(frame):
    with pytest.raises(cx.StudyError, match="the party is missing"):
        study_of(frame.assign(brand=frame["brand"].where(frame.index > 2)))
    twice = pd.concat([frame, frame.head(1)], ignore_index=True)
    with pytest.raises(cx.StudyError, match="the same respondent more than once"):
        study_of(twice)
    alone = frame[frame["brand"] == "us"].reset_index(drop=True)
    problems = [notice.problem for notice in study_of(alone).notices]
    assert "every row is of the own party: there is no other to compare it with" in problems


def test_a_page_hides_parties_of_few(frame):
    few = pd.concat([frame, frame.head(6).assign(brand="new", order=4)], ignore_index=True)
    page = cx.Page(study_of(few), ["en"], seed=1, n_boot=0)
    shown = page(cx.journey.compare_parties).frame.set_index(["against", "touchpoint"])
    assert shown.loc["new", "estimate"].isna().all() and shown.loc["new", "n"].isna().all()
    assert shown.loc["them", "estimate"].notna().all()


def test_a_page_hides_means_that_would_tell_those_of_few(frame):
    """Of 300 who rate us 295 rate the rival: the five others' mean would be what is left."""
    us = frame[frame["brand"] == "us"]
    most = pd.concat([us, us.iloc[:295].assign(brand="them", delivery=4)], ignore_index=True)
    page = cx.Page(study_of(most, segments=[]), ["en"], seed=1, n_boot=0)
    rows = page(cx.journey.compare_parties).frame.set_index("touchpoint")
    assert rows.loc["delivery", ["figure", "figure_against"]].isna().all()
    assert np.isfinite(rows.loc["delivery", "estimate"])
    enough = pd.concat([us, us.iloc[:200].assign(brand="them", delivery=4)], ignore_index=True)
    page = cx.Page(study_of(enough, segments=[]), ["en"], seed=1, n_boot=0)
    assert page(cx.journey.compare_parties).frame["figure"].notna().all()


def test_each_rival_has_its_sentence(frame):
    table = cx.journey.compare_parties(study_of(frame))
    others, them = cx.say(table)
    assert them.startswith("us above them: delivery +0.")
    assert others.startswith("Between us and others there is no statistically significant")
    assert "us acima de them: delivery +0," in cx.say(table, language="pt-BR")[1]
    assert cx.plot(table).alt.startswith("Between us and others")
