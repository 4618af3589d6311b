"""The room of drivers as a whole: one way to call, results of a kind, stages where touchpoints
cannot be ranked, and what follows from a fit.
"""

import subprocess
import sys
from inspect import Parameter, signature

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import NotAskedError
from cxlab.models import drivers
from cxlab.study.study import Study
from tests.models.loyalty_studies import nps_frame, study

DEFAULTS = {"conf_level": 0.95, "seed": 0, "n_boot": 2000}
# Three rankings, each of which would be resampled.
ELSEWHERE = {("compare_missing", "n_boot"): 0}


def staged(
    touchpoints: int, n: int = 200, noise: float = 1.0, ends: tuple[int, int] = (1, 7), **keys
) -> Study:
    """A study of touchpoints in two stages, the first of which matters most."""
    rng = np.random.default_rng(2)
    names = [f"t{i}" for i in range(touchpoints)]
    ratings = pd.DataFrame(rng.integers(1, 8, (n, touchpoints)), columns=names)
    latent = ratings["t0"] + 0.4 * ratings.mean(axis=1) + noise * rng.normal(size=n)
    frame = ratings.assign(y=np.clip(np.round(latent), 0, 10))
    low, high = ends
    points = {
        name: {"experience": name, "scale": "s", "stage": ("before", "after")[i % 2], **keys}
        for i, name in enumerate(names)
    }
    return Study.from_frame(
        frame,
        points,
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": low, "max": high}},
        stages=[{"stage": "before"}, {"stage": "after"}],
    )


@pytest.fixture(scope="module")
def fit():
    return drivers.fit_loyalty(study(nps_frame()))


def estimators():
    return {name: getattr(drivers, name) for name in drivers.__all__ if name.islower()}


def test_the_room_is_small_and_costs_nothing_to_open(root):
    assert len(drivers.__all__) <= 20
    code = "import sys, cxlab.models.drivers; print('pandas' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", estimators())
def test_two_arguments_have_a_place_the_others_a_name_and_one_default(name):
    parameters = signature(estimators()[name]).parameters
    placed = [one for one in parameters.values() if one.kind is Parameter.POSITIONAL_OR_KEYWORD]
    assert len(placed) <= 2
    for one in parameters.values():
        wanted = ELSEWHERE.get((name, one.name), DEFAULTS.get(one.name))
        assert wanted is None or one.default == wanted


def test_every_table_is_a_result_of_a_kind_named_as_its_function(fit):
    ordinal = drivers.fit_loyalty(study(nps_frame()), family="ordinal", categories="nps")
    shares = drivers.importance(fit, n_boot=0, conf_level=0.9)
    tables = {
        "importance": shares,
        "rank_distribution": drivers.rank_distribution(fit, n_boot=50),
        "compare_importance": drivers.compare_importance(fit, n_boot=0),
        "dominance": drivers.dominance(fit, n_boot=0),
        "conditional_dominance": drivers.conditional_dominance(fit),
        "priorities": drivers.priorities(shares, cx.experience_scores(fit.study)),
        "effects": drivers.effects(fit),
        "what_if": drivers.what_if(fit, {"t": 1}),
        "diagnose": drivers.diagnose(fit),
        "parallel_lines": drivers.parallel_lines(ordinal),
        "compare_missing": drivers.compare_missing(fit),
        "moderation": drivers.moderation(study(nps_frame(), segments=["seg"]), "seg"),
        "simple_slopes": drivers.simple_slopes(study(nps_frame(), segments=["seg"]), "seg"),
    }
    assert {name: table.result_kind for name, table in tables.items()} == {n: n for n in tables}
    assert shares.conf_level == tables["priorities"].conf_level == 0.9
    assert shares.labels["en"]["t"] == "t"
    sums = cx.Moments.from_frame(nps_frame()[["t", "u", "v", "y"]])
    assert drivers.importance(drivers.fit_moments(sums, "y"), n_boot=0).result_kind == "importance"


# ---- stages


def test_more_than_fifteen_touchpoints_are_taken_by_stage():
    whole = staged(16)
    fit = drivers.fit_loyalty(whole, stages="where_needed")
    assert (fit.by_stage, fit.stage_reason, fit.single_touchpoints) == (True, "many", 16)
    assert fit.touchpoints == ["before", "after"] and fit.study.n == whole.n
    same = drivers.fit_loyalty(whole.by_stage())
    assert fit.params.tolist() == same.params.tolist()
    assert not drivers.fit_loyalty(whole).by_stage


def test_touchpoints_that_can_be_ranked_stay():
    fit = drivers.fit_loyalty(staged(4), stages="where_needed")
    assert (fit.by_stage, fit.stage_reason, fit.single_touchpoints) == (False, "", 0)
    assert sorted(fit.touchpoints) == ["t0", "t1", "t2", "t3"]


def test_too_few_answers_for_the_touchpoints_are_taken_by_stage():
    small = staged(14, n=24)
    with pytest.raises(cx.ModelError, match="too few to rank"):
        drivers.importance(drivers.fit_loyalty(small), n_boot=0)
    fit = drivers.fit_loyalty(small, stages="where_needed")
    assert (fit.by_stage, fit.stage_reason, fit.single_touchpoints) == (True, "few_answers", 14)
    fit = drivers.fit_loyalty(small, stages="always")
    assert (fit.by_stage, fit.stage_reason, fit.single_touchpoints) == (True, "", 14)


def test_without_stages_the_touchpoints_stay_and_importance_says_why_not():
    frame = nps_frame(14, slopes=(0.6, 0.3, 0.0, 0.1, 0.2))
    fit = drivers.fit_loyalty(study(frame), stages="where_needed")
    assert not fit.by_stage and fit.stage_reason == ""
    with pytest.raises(cx.ModelError):
        drivers.importance(fit)
    with pytest.raises(cx.ModelError, match="has no stage"):
        drivers.fit_loyalty(study(frame), stages="always")


# ---- what follows a fit


def test_the_treatments_of_a_fit_are_those_of_its_model():
    whole = study(nps_frame())
    fit = drivers.fit_loyalty(whole, touchpoints=["t", "u"], family="binary", link="probit")
    table = drivers.compare_missing(fit, seed=3)
    same = drivers.compare_missing(
        whole, touchpoints=["t", "u"], family="binary", link="probit", seed=3
    )
    pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(same))
    assert (table["model"] == "binary").all()


def test_what_is_to_be_fixed_first_is_raised(fit):
    table = pd.DataFrame(
        {
            "touchpoint": ["v", "u", "t"],
            "share_relative": [0.2, 0.3, 0.5],
            "sign": ["+", "+", "?"],
            "priority": ["fix_first", "fix_first", "watch"],
        }
    )
    raised = drivers.what_if(fit, table)
    assert raised["touchpoint"].drop_duplicates().tolist() == ["v", "u", "all_touchpoints"]
    assert set(raised["asked"].dropna()) == {0.5}
    alone = drivers.what_if(fit, table.assign(priority="watch"))
    assert alone["touchpoint"].drop_duplicates().tolist() == ["u", "all_touchpoints"]
    shares = drivers.importance(fit, n_boot=0)
    assert drivers.what_if(fit, shares)["touchpoint"].iloc[0] == "t"
    with pytest.raises(NotAskedError, match="nothing to raise"):
        drivers.what_if(fit, table.assign(priority="watch", sign="?"))


def test_on_a_long_scale_the_step_is_five_points():
    fit = drivers.fit_loyalty(staged(2, ends=(0, 100)))
    shares = drivers.importance(fit, n_boot=0)
    assert set(drivers.what_if(fit, shares)["asked"].dropna()) == {5.0}


# ---- the wrong kind of argument


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda fit: drivers.importance(fit.study), r"write importance\(fit, …\)"),
        (lambda fit: drivers.fit_loyalty(fit), r"write fit_loyalty\(study, …\)"),
        (lambda fit: drivers.fit_moments(fit, "y"), r"write fit_moments\(moments, outcome\)"),
        (lambda fit: drivers.compare_missing(fit.tidy()), r"write compare_missing\(fit\)"),
        (
            lambda fit: drivers.priorities(fit, fit),
            "takes a result as shares, not Fit",
        ),
        (
            lambda fit: drivers.priorities(drivers.importance(fit, n_boot=0), fit.tidy()),
            "what experience_scores or gap_scores gives as its second table",
        ),
        (lambda fit: drivers.what_if(fit, fit.tidy()), "what priorities or importance gives"),
        (lambda fit: drivers.what_if(fit, 0.5), r"such as \{'delivery': 0.5\}"),
        (lambda fit: drivers.importance(fit, n_boot=-1), "n_boot=-1"),
        (lambda fit: drivers.importance(fit, ["lmg"]), r"method=\['lmg'\]: give one id"),
        (lambda fit: drivers.importance(fit, groups=["t", "u"]), r"such as \{'digital'"),
        (lambda fit: drivers.importance(fit, seed=None), "seed=None"),
        (
            lambda fit: drivers.fit_loyalty(fit.study, stages="yes"),
            "stages=yes: give never, always or where_needed",
        ),
        (
            lambda fit: drivers.fit_loyalty(fit.study, touchpoints="t", stages="where_needed"),
            "leave out touchpoints=, or stages=",
        ),
    ],
)
def test_the_wrong_kind_of_argument_is_told_what_to_write(fit, call, message):
    with pytest.raises(cx.ModelError, match=message):
        call(fit)
