"""Path models through the front door: equal to seminr and lavaan, with the planted paths found, and
refused where they cannot be meant.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.constructs import (
    construct_effects,
    construct_quality,
    fit_constructs,
    htmt,
    importance_performance,
)

ECSI = {
    "Expectation": ["Image"],
    "Quality": ["Expectation"],
    "Value": ["Expectation", "Quality"],
    "Satisfaction": ["Image", "Expectation", "Quality", "Value"],
    "Complaints": ["Satisfaction"],
    "Loyalty": ["Image", "Satisfaction", "Complaints"],
}


@pytest.fixture(scope="module")
def ipe(root):
    return cx.read_study(root / "data" / "ipe")


@pytest.fixture(scope="module")
def fit(ipe):
    return fit_constructs(ipe, n_boot=200)


@pytest.fixture(scope="module")
def truth(root):
    table = pd.read_csv(root / "data" / "ipe" / "truth.csv")
    return table[table["quantity"] == "path"].set_index("touchpoint")["coefficient"]


# ---- peers


@pytest.fixture(scope="module")
def mobi(reference):
    peer = reference.results("h_pls_mobi")
    loadings = peer["seminr_path"]["loadings"]
    belongs = (np.array(loadings["values"]) != 0).argmax(axis=1)
    items = {
        name: [item for item, at in zip(loadings["rownames"], belongs, strict=True) if at == j]
        for j, name in enumerate(loadings["colnames"])
    }
    # One question on complaints: it is measured as it is answered.
    complaints = {"kind": "score", "column": items.pop("Complaints"), "scale": "s"}
    scales = {"s": {"min": 1, "max": 10}}
    study = cx.Study.from_frame(
        reference.frame("mobi"), {}, {"Complaints": complaints}, scales=scales, constructs=items
    )
    return peer, fit_constructs(study, ECSI, n_boot=0)


def test_effects_equal_seminrs(mobi):
    peer, fit = mobi
    table = construct_effects(fit).set_index(["construct", "leads_to", "route"])["estimate"]
    for path in peer["seminr_path"]["paths"]:
        ours = table[path["from"], path["to"], "direct"]
        assert ours == pytest.approx(path["est"], abs=1e-10)
    total = peer["seminr_total_effects"]
    told = dict(zip(total["rownames"], total["values"], strict=True))
    ways = table.xs("total", level="route")
    assert len(ways) == 21
    for (source, target), ours in ways.items():
        theirs = told[source][total["colnames"].index(target)]
        assert ours == pytest.approx(theirs, abs=1e-10)
    for name, theirs in peer["seminr_path"]["R2"].items():
        assert fit.r_squared[name] == pytest.approx(theirs, abs=1e-10)


def test_quality_equals_seminrs(mobi):
    peer, fit = mobi
    table = construct_quality(fit).set_index("construct")
    theirs = peer["seminr_reliability"]
    for name, values in zip(theirs["rownames"], theirs["values"], strict=True):
        if name != "Complaints":
            row = table.loc[name, ["alpha", "rho_c", "ave", "rho_a"]].astype(float)
            np.testing.assert_allclose(row, values, atol=1e-10)
    assert table.loc["Complaints", "note"] == "one_question"
    assert np.isnan(table.loc["Complaints", "alpha"])
    # Fornell and Larcker: the square root of AVE on the diagonal, correlations below it.
    larcker = peer["seminr_fl"]
    square = np.array(larcker["values"], dtype=float)
    whole = np.where(np.isnan(square), square.T, square)
    for j, name in enumerate(larcker["rownames"]):
        others = np.delete(np.abs(whole[j]), j)
        assert table.loc[name, "closest_r"] == pytest.approx(others.max(), abs=1e-10)
        assert table.loc[name, "distinct"] == (whole[j, j] > others.max())
    # Of image and expectations the questions have less than half in common; quality is too close
    # to satisfaction.
    wary = table.index[table["verdict"] == "caution"]
    assert {*wary} == {"Image", "Expectation", "Quality"}
    pairs = htmt(fit).set_index(["construct", "other"])
    assert pairs.loc[("Satisfaction", "Loyalty"), "estimate"] == pytest.approx(
        0.956645674591453, abs=1e-10
    )
    assert pairs.loc[("Satisfaction", "Loyalty"), "verdict"] == "caution"


def test_the_index_follows_its_definition(mobi):
    peer, fit = mobi
    index = {
        how: importance_performance(fit, index_weights=how).set_index("construct")["index"]
        for how in ("divided", "plain")
    }
    assert index["divided"]["Satisfaction"] == pytest.approx(72.4541, abs=5e-5)
    for name, ours in index["plain"].items():
        assert ours == pytest.approx(peer["index_0_100"]["index"][name], abs=1e-8)


def test_mediation_of_single_answers_equals_lavaans(reference):
    """Where each construct is one answer a path model is a chain of regressions, as in lavaan."""
    rows = pd.DataFrame(reference.results("i_lavaan")["observed_ml"]["est"])
    theirs = rows[rows["op"] == "~"].set_index(["rhs", "lhs"])["std.all"]
    scale = {"s": {"min": 0, "max": 10, "whole": False}}
    names = ("QUAL", "VAL", "EXP", "SAT", "LOY")
    outcomes = {one: {"kind": "score", "column": one, "scale": "s"} for one in names}
    study = cx.Study.from_frame(reference.frame("mobi_scales"), {}, outcomes, scales=scale)
    model = {"SAT": ["QUAL", "VAL", "EXP"], "LOY": ["SAT", "QUAL", "VAL", "EXP"]}
    table = construct_effects(fit_constructs(study, model, n_boot=0))
    table = table.set_index(["route", "construct", "leads_to"])["estimate"]
    for way, value in theirs.items():
        assert table["direct"][way] == pytest.approx(value, abs=1e-7)
    for source in ("QUAL", "VAL", "EXP"):
        product = theirs[source, "SAT"] * theirs["SAT", "LOY"]
        assert table["indirect"][source, "LOY"] == pytest.approx(product, abs=1e-7)


# ---- planted


def test_planted_paths_are_found(fit, truth):
    direct = construct_effects(fit).query("route == 'direct'")
    assert len(direct) == 10
    for row in direct.itertuples():
        planted = truth[f"{row.construct} → {row.leads_to}"]
        assert abs(row.estimate - planted) < 4 * row.std_error
        assert (row.p_holm < 0.05) == (planted > 0)


def test_appeals_to_the_brand_are_a_model_of_their_own(ipe, truth):
    table = construct_effects(
        fit_constructs(ipe, {"attitude": ["utilitarian", "emotional"]}, n_boot=200)
    ).set_index("construct")
    assert set(table["route"]) == {"direct", "total"}
    table = table[table["route"] == "direct"]
    for name in ("utilitarian", "emotional"):
        low, high = table.loc[name, ["conf_low", "conf_high"]]
        assert low < truth[f"{name} → attitude"] < high


def test_a_declared_model_is_the_one_that_is_named(ipe, fit):
    named = fit_constructs(ipe, "ecsi", n_boot=0)
    assert ipe.codebook.model == dict(named.model)
    np.testing.assert_array_equal(named.solution.paths, fit.solution.paths)
    assert fit.constructs == ("image", "expected", "quality", "value", "content", "bond")


def test_effects_add_up(fit):
    table = construct_effects(fit).set_index(["construct", "leads_to", "route"])["estimate"]
    wide = table.unstack("route").fillna(0)
    np.testing.assert_allclose(wide["total"], wide["direct"] + wide["indirect"], atol=1e-12)
    chain = table["expected", "quality", "direct"] * table["quality", "content", "direct"]
    chain += table["expected", "value", "total"] * table["value", "content", "direct"]
    assert table["expected", "content", "indirect"] == pytest.approx(chain)


def test_importance_is_the_slope_between_indices(ipe, fit):
    """Regressed by hand: with one source its total effect is a simple slope of the two indices."""
    alone = fit_constructs(ipe, {"bond": ["content"]}, n_boot=100)
    (row,) = importance_performance(alone).itertuples()
    weights = alone.weights.set_index("item")
    answers, scores = alone.design.x, {}
    for name, mine in weights.groupby("construct"):
        share = mine["weight"] / answers[mine.index].std(ddof=0)
        scores[name] = (answers[mine.index] - 1) @ (share / share.sum()) * 100 / 6
    slope = np.cov(scores["content"], scores["bond"])[0, 1] / scores["content"].var()
    assert row.estimate == pytest.approx(slope)
    assert row.index == pytest.approx(scores["content"].mean())
    assert row.index_low < row.index < row.index_high and row.conf_low < slope < row.conf_high


def test_what_to_fix_first_is_named_where_both_sides_are_clear():
    """One construct weighs most and is rated lowest; the others are alike."""
    rng = np.random.default_rng(3)
    cause = rng.normal(size=(500, 3))
    y = cause @ [0.7, 0.2, 0.2] + 0.5 * rng.normal(size=500)
    answers = {}
    for j, (name, mean) in enumerate({"a": 30, "b": 60, "c": 60, "y": 50}.items()):
        of = y if name == "y" else cause[:, j]
        for i in range(2):
            answers[f"{name}{i}"] = (mean + 8 * of + 3 * rng.normal(size=500)).round(3)
    frame = pd.DataFrame(answers)
    constructs = {name: [f"{name}0", f"{name}1"] for name in "abcy"}
    scales = {"s": {"min": -100, "max": 200, "whole": False}}
    study = cx.Study.from_frame(frame, {}, {}, scales=scales, constructs=constructs)
    table = importance_performance(fit_constructs(study, {"y": ["a", "b", "c"]}, n_boot=300))
    table = table.set_index("construct")
    assert table["priority"].to_dict() == {"a": "fix_first", "b": "maintain", "c": "maintain"}
    assert table["clear"].all()


# ---- samples


def sampled(ipe, **keys) -> cx.Study:
    """The constructs of the sample alone, with other rows or another design."""
    constructs = {one.id: list(one.columns) for one in ipe.codebook.constructs}
    scales = {"agree7": {"min": 1, "max": 7, "no_answer": [9]}}
    return cx.Study.from_frame(
        keys.pop("frame"), {}, {}, scales=scales, constructs=constructs, **keys
    )


def test_a_weight_of_2_is_a_respondent_who_stands_twice(ipe):
    frame = ipe.responses.iloc[:300]
    weights = np.where(np.arange(300) % 4, 1, 2)
    model = {"content": ["image", "quality"], "bond": ["content"]}
    heavy = sampled(
        ipe, frame=frame.assign(w=weights + 0.0), weight={"column": "w", "kind": "sampling"}
    )
    twice = sampled(ipe, frame=frame.loc[frame.index.repeat(weights)].reset_index(drop=True))
    ours, theirs = (fit_constructs(study, model, n_boot=0) for study in (heavy, twice))
    for table in (construct_effects, construct_quality, htmt, importance_performance):
        one, other = (pd.DataFrame(table(each)) for each in (ours, theirs))
        numbers = one.select_dtypes("number").columns.drop("n")
        np.testing.assert_allclose(one[numbers], other[numbers], atol=1e-10)


def test_whole_accounts_are_drawn(ipe):
    """Each respondent five times: errors are those of the respondents, not of the rows."""
    frame = ipe.responses.iloc[:150]
    many = frame.loc[frame.index.repeat(5)].reset_index(drop=True)
    model = {"bond": ["content"]}
    alone, plain, grouped = (
        construct_effects(fit_constructs(study, model, n_boot=400)).iloc[0]["std_error"]
        for study in (
            sampled(ipe, frame=frame),
            sampled(ipe, frame=many),
            sampled(ipe, frame=many.rename(columns={"id": "firm"}), account="firm"),
        )
    )
    assert grouped == pytest.approx(alone, rel=0.15)
    assert plain == pytest.approx(alone / np.sqrt(5), rel=0.15)


def test_who_left_a_question_out_is_counted(ipe):
    frame = ipe.responses.copy()
    frame.loc[frame.index[:30], "im1"] = "9"
    fit = fit_constructs(sampled(ipe, frame=frame), {"bond": ["image"]}, n_boot=0)
    assert fit.n == 570
    assert fit.dropped.to_dict("records") == [{"reason": "construct_not_answered", "n": 30}]
    assert len(fit.design.x) == 570 and "R²: bond" in repr(fit)


def test_the_same_seed_gives_the_same_intervals(ipe):
    model = {"bond": ["content"]}
    one, two, other = (
        construct_effects(fit_constructs(ipe, model, n_boot=60, seed=seed)) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other) and one["estimate"].equals(other["estimate"])


# ---- refusals


def refused(message: str):
    return pytest.raises(cx.ModelError, match=f"^{re.escape(message)}$")


KNOWN = (
    "image, expected, quality, value, content, bond, utilitarian, emotional, attitude, involvement,"
    " recommend, satisfaction, loyalty"
)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            {"bond": ["fame"]},
            f"model: 'fame' is no construct or rated outcome of this study; it has: {KNOWN}",
        ),
        (
            {"bond": ["content"], "content": ["image", "bond"]},
            "model: bond → content → bond is a circle; nothing may lead to itself",
        ),
        ({"bond": ["bond"]}, "model: bond → bond is a circle; nothing may lead to itself"),
        ({"bond": []}, "model.bond: nothing leads to it; leave it out"),
        ({"bond": ["image", "image"]}, "model.bond: 'image' stands twice"),
        (
            "acsi",
            (
                "model is ecsi or ecsi_complaints, or says what leads to each: {content: [image,"
                " quality]}"
            ),
        ),
        (
            {"bond": 5},
            (
                "model is ecsi or ecsi_complaints, or says what leads to each: {content: [image,"
                " quality]}"
            ),
        ),
    ],
)
def test_a_model_that_cannot_be_meant_is_refused(ipe, model, message):
    with refused(message):
        fit_constructs(ipe, model)


def test_a_study_without_a_model_is_told_how_to_declare_one():
    with pytest.raises(cx.ModelError, match="declare model: in study.yml, such as ecsi") as error:
        fit_constructs(cx.simulate_study(200, seed=1))
    assert type(error.value).__name__ == "NotAskedError"


def made(items: dict[str, np.ndarray], constructs: dict[str, list[str]], **keys) -> cx.Study:
    scales = {"s": {"min": -100, "max": 100, "whole": False}}
    frame = pd.DataFrame(items).round(4)
    return cx.Study.from_frame(frame, {}, {}, scales=scales, constructs=constructs, **keys)


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(8)
    cause = rng.normal(size=(150, 2))
    cause[:, 1] += 0.5 * cause[:, 0]
    return {
        f"{name}{i}": 10 * cause[:, j] + 5 * rng.normal(size=150)
        for j, name in enumerate("xy")
        for i in range(3)
    }


TWO = {"x": ["x0", "x1", "x2"], "y": ["y0", "y1", "y2"]}


def test_one_question_is_no_construct(answers):
    message = (
        "model: 'x' is one question, whose error cannot be told; name more columns of it, or"
        " declare it under outcomes"
    )
    with refused(message):
        fit_constructs(made(answers, TWO | {"x": ["x0"]}), {"y": ["x"]})


def test_an_answer_counts_in_one_construct(answers):
    message = "model: x and y rest on the same answers (column x2); give each its own"
    with refused(message):
        fit_constructs(made(answers, TWO | {"y": ["y0", "y1", "x2"]}), {"y": ["x"]})


def test_few_respondents_are_refused_with_their_number(answers):
    few = {name: values[:60] for name, values in answers.items()}
    message = (
        "a path model takes 100 respondents who answered all of its questions, and there are"
        " 60; left out: none"
    )
    with refused(message):
        fit_constructs(made(few, TWO), {"y": ["x"]})


def test_a_question_that_all_answer_alike_is_refused(answers):
    with refused("x1: all respondents answer it alike"):
        fit_constructs(made(answers | {"x1": np.full(150, 3.0)}, TWO), {"y": ["x"]})


def test_constructs_that_are_the_same_are_refused(answers):
    again = {f"z{i}": answers[f"x{i}"] for i in range(3)}
    study = made(answers | again, TWO | {"z": ["z0", "z1", "z2"]})
    message = (
        "model.y: what leads to it (x, z) cannot be told apart in these answers; leave one of them"
        " out"
    )
    with refused(message):
        fit_constructs(study, {"y": ["x", "z"]})


def test_resamples_without_a_solution_leave_no_interval(answers):
    """A question that one respondent alone answers otherwise never varies in a third of the
    resamples.
    """
    rare = answers | {"x1": np.eye(150)[0]}
    with pytest.raises(cx.ModelError, match=r"^in 3\d\.\d% of the resamples the weights of"):
        fit_constructs(made(rare, TWO), {"y": ["x"]}, n_boot=300)
    assert fit_constructs(made(rare, TWO), {"y": ["x"]}, n_boot=0).n == 150


def test_a_question_that_counts_against_the_others_has_no_index(answers):
    turned = made(answers | {"x0": -answers["x0"]}, TWO)
    fit = fit_constructs(turned, {"y": ["x"]}, n_boot=60)
    row = construct_quality(fit).set_index("construct").loc["x"]
    assert (row["note"], row["verdict"]) == ("against_the_rest", "caution")
    message = (
        "x0 weighs negatively in x, so that its index would be no mean of answers between 0 and"
        " 100; reverse the scale of the question, or leave it out"
    )
    with refused(message):
        importance_performance(fit)


def test_an_improper_reliability_is_refused_and_said():
    """Two questions that go together, of which what follows hangs on one: rho_A exceeds 1."""
    rng = np.random.default_rng(1)
    x, other = rng.normal(size=(2, 200))
    y = (x - 0.4 * other)[:, None] + 0.5 * rng.normal(size=(200, 2))
    items = {"x0": x, "x1": 0.6 * x + 0.8 * other, "y0": y[:, 0], "y1": y[:, 1]}
    study = made(items, {"x": ["x0", "x1"], "y": ["y0", "y1"]})
    table = construct_quality(fit_constructs(study, {"y": ["x"]}, n_boot=60)).set_index("construct")
    assert table["note"].to_dict() == {"x": "heywood", "y": ""}
    assert table.loc["x", ["rho_a", "rho_a_low", "rho_a_high"]].isna().all()
    assert table["verdict"].to_dict() == {"x": "caution", "y": "ok"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda study, fit: fit_constructs(study, scheme="ridge"),
            "scheme='ridge': it is one of path, factorial, centroid",
        ),
        (
            lambda study, fit: importance_performance(fit, "image"),
            (
                "target='image': nothing leads to it in this model; give one of expected, quality,"
                " value, content, bond"
            ),
        ),
        (
            lambda study, fit: importance_performance(fit, index_weights="raw"),
            "index_weights='raw': it is one of divided, plain",
        ),
        (
            lambda study, fit: construct_effects(study),
            (
                "construct_effects takes a fit first, not Study; write construct_effects(fit, …)"
                " with what fit_constructs gives"
            ),
        ),
    ],
)
def test_a_call_that_cannot_be_met_says_why(ipe, fit, call, message):
    with refused(message):
        call(ipe, fit)


def test_results_hold_columns_of_the_glossary_only(fit):
    for table in (construct_effects, construct_quality, htmt, importance_performance):
        found = table(fit, conf_level=0.9)
        assert {*found} <= {*cx.GLOSSARY}
        assert (found.result_kind, found.conf_level) == (table.__name__, 0.9)
