"""The map of the journey: each column is what the estimator of its own gives, at the levels of a
split too, and what asks effort without giving loyalty back is told.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

import cxlab as cx
from cxlab.errors import NotAskedError

NAMES = [f"t{i}" for i in range(6)]
SCALES = {"s": {"min": 1, "max": 7, "not_used": [9]}, "y": {"min": -99, "max": 99, "whole": False}}


def study_of(n=600, slopes=(1, 1, 1, 1, 1, 0), effort=(3, 3, 3, 3, 3, 6), seed=0, **keys):
    """Six touchpoints, the last two met by 7 of 10; all ask emotion and effort, the first four an
    expectation.
    """
    rng = np.random.default_rng(seed)
    x = np.clip(np.round(4.5 + rng.normal(size=(n, 1)) * 0.5 + rng.normal(size=(n, 6))), 1, 7)
    met = rng.random((n, 6)) < np.array([1, 1, 1, 1, 0.7, 0.7])
    frame = pd.DataFrame(np.where(met, x, 9), columns=NAMES)
    frame["y"] = (met * (x - 4.5)) @ np.array(slopes) + rng.normal(size=n)
    frame["plan"] = rng.choice(["basic", "plus"], n)
    frame["w"] = rng.lognormal(0, 0.4, n)
    points = []
    for i, name in enumerate(NAMES):
        frame[f"{name}_m"] = np.clip(np.round(4 + rng.normal(size=n)), 1, 7)
        frame[f"{name}_f"] = np.clip(np.round(effort[i] + rng.normal(size=n)), 1, 7)
        frame[f"{name}_e"] = np.clip(np.round(5 + rng.normal(size=n)), 1, 7)
        frame[f"{name}_c"] = rng.choice(["web", "store"], n)
        point = {"touchpoint": name, "stage": f"s{i // 3}", "scale": "s", "experience": name}
        point |= {"emotion": f"{name}_m", "effort": f"{name}_f", "channel": f"{name}_c"}
        points.append(point | ({"expectation": f"{name}_e"} if i < 4 else {}))
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "y"}}
    keys = {"segments": ["plan"], "stages": [{"stage": "s0"}, {"stage": "s1"}], **keys}
    return cx.Study.from_frame(frame, points, outcomes, scales=SCALES, **keys)


@pytest.fixture(scope="module")
def study():
    return study_of()


@pytest.fixture(scope="module")
def table(study):
    return cx.journey.journey_map(study, cx.fit_loyalty(study)).set_index("touchpoint")


def test_each_column_is_what_its_own_estimator_gives(study, table):
    gaps = cx.gap_scores(study).set_index("touchpoint")
    for name in ("expectation", "experience", "n"):
        np.testing.assert_allclose(table.loc[gaps.index, name], gaps[name])
    ends = ["estimate", "conf_low", "conf_high"]
    np.testing.assert_allclose(table.loc[gaps.index, ["gap", "gap_low", "gap_high"]], gaps[ends])
    met = study.state("t5") == "answered"
    wilson = proportion_confint(met.sum(), len(met), method="wilson")
    np.testing.assert_allclose(table.loc["t5", ["used_low", "used_high"]].tolist(), wilson)
    alone = cx.experience_scores(study).set_index("touchpoint").loc[["t4", "t5"]]
    columns = ["experience", "conf_low", "conf_high", "used", "n"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(table.loc[alone.index, columns]), pd.DataFrame(alone[columns])
    )
    effects = cx.effects(cx.fit_loyalty(study)).set_index("touchpoint")
    own = table[["effect", "effect_low", "effect_high"]]
    np.testing.assert_allclose(own, effects[["estimate", "conf_low", "conf_high"]], rtol=1e-10)
    moments = cx.journey.moments_of_truth(study, cx.fit_loyalty(study), n_boot=0)
    assert table["moment"].tolist() == moments["moment"].tolist()
    np.testing.assert_allclose(table["experience_p_holm"], moments["experience_p_holm"])


def test_intervals_of_means_are_those_of_t(study, table):
    for role in ("emotion", "effort", "expectation"):
        answers = study.rating("t1", role)
        if role == "expectation":
            answers = answers[study.rating("t1").notna()]
        n, mean, error = len(answers), answers.mean(), stats.sem(answers)
        ends = stats.t.interval(0.95, n - 1, mean, error)
        np.testing.assert_allclose(table.loc["t1", [f"{role}_low", f"{role}_high"]].tolist(), ends)


def test_effects_on_nps_are_told_in_its_points():
    study = cx.simulate_study(400, seed=1)
    fit = cx.fit_loyalty(study, "recommend")
    table = cx.journey.journey_map(study, fit)
    effects = cx.effects(fit).query("measure == 'nps_points' and model == 'ols'")
    np.testing.assert_allclose(table["effect"], effects["estimate"])
    assert {*table["effect_measure"]} == {"nps_points"}


def test_a_contact_that_asks_much_and_gives_nothing_back_may_be_dropped(table):
    assert table.index[table["droppable"]].tolist() == ["t5"]
    said = cx.say(cx.journey.journey_map(study_of(), cx.fit_loyalty(study_of())))
    assert any("They cost many of them effort" in one and "t5" in one for one in said)


@pytest.mark.parametrize(
    "how",
    [
        {"effort": (3, 3, 3, 3, 3, 3)},  # it asks little
        {"slopes": (1, 1, 1, 1, 1, 1)},  # it gives loyalty back
        {"slopes": (1, 1, 1, 1, 1, 0.5)},  # less than the others, and surely some
    ],
)
def test_else_it_may_not(how):
    study = study_of(**how)
    assert not cx.journey.journey_map(study, cx.fit_loyalty(study))["droppable"].any()


def test_weights_of_one_size_change_nothing(study, table):
    frame = study.responses.assign(w=3)
    same = cx.Study.from_frame(
        frame,
        [one.model_dump(exclude_unset=True) for one in study.codebook.touchpoints],
        {"y": {"kind": "score", "column": "y", "scale": "y"}},
        scales=SCALES,
        stages=[{"stage": "s0"}, {"stage": "s1"}],
        weight={"column": "w", "kind": "sampling"},
    )
    again = cx.journey.journey_map(same, cx.fit_loyalty(same)).set_index("touchpoint")
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(table), rtol=1e-9)


def test_levels_of_a_split_have_their_own_map(study):
    fit = cx.fit_loyalty(study)
    table = cx.journey.journey_map(study, fit, by="plan")
    plus = study.where(study.group("plan") == "plus")
    alone = cx.journey.journey_map(plus)
    mine = table[table["level"] == "plus"]
    for column in ("experience", "emotion", "effort", "used", "gap"):
        np.testing.assert_allclose(mine[column], alone[column])
    slopes = cx.drivers.simple_slopes(study, "plan", outcome="y")
    slopes = slopes[slopes["level"] == "plus"].set_index("touchpoint").loc[mine["touchpoint"]]
    np.testing.assert_allclose(mine["effect"], slopes["pooled"])
    assert "moment" not in table and "droppable" not in table


def test_each_channel_has_its_row(study):
    table = cx.journey.journey_map(study, by="channel")
    web = study.rating("t4")[study.responses["t4_c"] == "web"].dropna()
    row = table.query("touchpoint == 't4' and level == 'web'").iloc[0]
    assert row["experience"] == pytest.approx(web.mean()) and row["n"] == len(web)
    assert table["level"].tolist() == ["store", "web"] * 6
    page = cx.Page(study, ["en"])
    assert page(cx.journey.journey_map, by="channel").frame["experience"].notna().all()
    with pytest.raises(NotAskedError, match="no touchpoint declares the column that tells"):
        cx.journey.journey_map(cx.simulate_study(60, design="software"), by="channel")


def test_the_effects_of_stages_stand_at_their_touchpoints(study):
    fit = cx.fit_loyalty(study.by_stage())
    table = cx.journey.journey_map(study, fit)
    effects = cx.effects(fit).set_index("touchpoint")["estimate"]
    np.testing.assert_allclose(table["effect"], effects.loc[table["stage"]])
    assert {*table["effect_of"]} == {"stage"} and not table["droppable"].any()


def test_a_fit_of_another_study_is_refused(study):
    with pytest.raises(cx.ModelError, match="of none of the study's touchpoints"):
        cx.journey.journey_map(study, cx.fit_loyalty(cx.simulate_study(200)))
