"""Problems and what goes with their being resolved: shares, three contrasts, equivalence, what is
declared wrongly, and what a page shows.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import ttost_ind

import cxlab as cx
from cxlab.errors import NotAskedError
from cxlab.stats.inference import holm

SCALES = {"s": {"min": 0, "max": 10}}
LOYALTY = {"loyalty": {"kind": "score", "column": "y", "scale": "s"}}
ASKED = {"had": "p", "resolved": {"column": "s", "yes": [1], "no_answer": [9]}}


def study_of(frame, problems=ASKED, outcomes=LOYALTY, points=None, **keys):
    return cx.Study.from_frame(
        frame, points or {}, outcomes, scales=SCALES, problems=problems, **keys
    )


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    had = rng.random(600) < 0.4
    solved = np.where(had, rng.choice([1, 1, 2, 9], 600), None)
    y = np.clip(np.round(7 - 3 * (solved == 2) + rng.normal(0, 1.5, 600)), 0, 10)
    made = pd.DataFrame({"p": np.where(had, 1, 2), "s": solved, "y": y})
    return made.assign(
        plan=rng.choice(["a", "b"], 600),
        w=rng.lognormal(0, 0.5, 600),
        firm=rng.integers(0, 60, 600),
        t=rng.integers(0, 11, 600),
    )


def groups(frame):
    had = frame["p"] == 1
    return {
        "none": frame["y"][~had].to_numpy(),
        "resolved": frame["y"][had & (frame["s"] == 1)].to_numpy(),
        "unresolved": frame["y"][had & (frame["s"] == 2)].to_numpy(),
    }


def test_shares_are_wilsons_and_who_does_not_say_is_left_out(frame):
    table = cx.journey.problem_incidence(study_of(frame)).set_index("metric")
    had, said = (frame["p"] == 1).sum(), frame["s"].isin([1, 2]).sum()
    assert table["n"].tolist() == [600, said]
    ends = proportion_confint(had, 600, method="wilson")
    np.testing.assert_allclose(table.loc["problem_share", ["conf_low", "conf_high"]], ends)
    assert table.loc["resolved_share", "estimate"] == (frame["s"] == 1).sum() / said


def test_each_contrast_is_welchs_and_equivalence_is_two_one_sided_tests(frame):
    table = cx.journey.recovery(study_of(frame), margin=0.4)
    y, tests = groups(frame), []
    for row in table.itertuples():
        one, other = y[row.level], y[row.against]
        found = stats.ttest_ind(one, other, equal_var=False)
        assert row.estimate == pytest.approx(one.mean() - other.mean())
        assert (row.figure, row.n) == (pytest.approx(one.mean()), len(one))
        assert row.p_value == pytest.approx(found.pvalue, rel=1e-8)
        interval = found.confidence_interval()
        assert (row.conf_low, row.conf_high) == pytest.approx((interval.low, interval.high))
        tests.append(ttost_ind(one, other, -0.4, 0.4, usevar="unequal")[0])
    assert table["p_equivalent"].min() == pytest.approx(3 * min(tests), rel=1e-8)
    np.testing.assert_allclose(table["p_holm"], holm(table["p_value"]))


def test_two_contrasts_make_the_third(frame):
    resolved, unresolved, between = cx.journey.recovery(study_of(frame))["estimate"]
    assert between == pytest.approx(resolved - unresolved)


def test_of_an_nps_figures_are_those_of_the_groups(frame):
    study = study_of(frame, outcomes={"recommend": {"kind": "nps", "column": "y"}})
    table = cx.journey.recovery(study)
    alone = cx.nps(study, by="problem").set_index("level")["estimate"]
    assert table["figure"].tolist() == alone[table["level"]].tolist()
    told = cx.differences(study, "recommend", by="problem").set_index("level")
    row = table.set_index("level").loc["unresolved"]
    assert row["p_value"] == pytest.approx(told.loc["unresolved → none", "p_value"])


def test_weights_and_accounts_are_reckoned_with(frame):
    plain, same = study_of(frame), study_of(frame.assign(w=1.0), weight="w")
    pd.testing.assert_frame_equal(cx.journey.recovery(plain), cx.journey.recovery(same))
    weighted = cx.journey.recovery(study_of(frame, weight="w")).iloc[1]
    mine = frame["s"] == 2
    mean = np.average(frame["y"][mine], weights=frame["w"][mine])
    assert weighted["figure"] == pytest.approx(mean)
    # Errors by account are those of a regression with clusters.
    one = frame[(frame["p"] == 2) | (frame["s"] == 1)]
    model = sm.OLS(one["y"], sm.add_constant((one["s"] == 1).astype(float)))
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": one["firm"], "use_correction": False})
    clustered = cx.journey.recovery(study_of(frame, account="firm"))["std_error"]
    assert clustered.iloc[0] == pytest.approx(fit.bse.iloc[1], rel=0.02)


def test_problems_are_a_split_and_are_held_constant_in_a_driver_model(frame):
    study = study_of(frame, points={"t": "t"}, segments=["plan"])
    assert study.levels("problem") == ["none", "resolved", "unresolved"]
    assert study.codebook.splits == ("plan", "problem")
    fit = cx.fit_loyalty(study, "loyalty", controls="problem")
    terms = fit.params[["problem[resolved]", "problem[unresolved]"]]
    known = frame[(frame["p"] == 2) | frame["s"].isin([1, 2])]
    x = np.column_stack([np.ones(len(known)), known["t"], known["s"] == 1, known["s"] == 2])
    b = np.linalg.lstsq(x.astype(float), known["y"].to_numpy(), rcond=None)[0]
    np.testing.assert_allclose(terms, b[2:], rtol=1e-8)
    assert cx.moderation(study, "problem", outcome="loyalty")["df"].iloc[0] == 2
    assert study.where("problem == 'none'").n == (frame["p"] == 2).sum()


def test_one_question_may_tell_both(frame):
    one = frame.assign(p=np.select([frame["p"] == 2, frame["s"] == 1], [1, 2], 3))
    asked = {"had": {"column": "p", "yes": [2, 3]}, "resolved": {"column": "p", "yes": [2]}}
    table = cx.journey.problem_incidence(study_of(one, asked))
    assert (table["estimate"] * table["n"]).round().tolist() == [
        (one["p"] > 1).sum(),
        (one["p"] == 2).sum(),
    ]


def test_what_was_not_asked_is_said(frame):
    plain = cx.Study.from_frame(frame, {}, LOYALTY, scales=SCALES)
    for estimator in (cx.journey.recovery, cx.journey.problem_incidence):
        with pytest.raises(NotAskedError, match="declares no problems; declare who had one"):
            estimator(plain)
    had_alone = study_of(frame, {"had": "p"})
    assert cx.journey.problem_incidence(had_alone)["metric"].tolist() == ["problem_share"]
    assert had_alone.levels("problem") == ["none", "had"]
    with pytest.raises(NotAskedError, match="declare it as resolved: under problems:"):
        cx.journey.recovery(had_alone)
    with pytest.raises(NotAskedError, match="no outcome"):
        cx.journey.recovery(study_of(frame, outcomes=()))
    with pytest.raises(NotAskedError, match="by='problem': this study declares no such split"):
        cx.nps(cx.simulate_study(60, seed=1), by="problem")


def test_what_cannot_be_compared_is_refused_with_the_group(frame):
    lucky = frame.assign(s=frame["s"].replace(2, 1))
    with pytest.raises(cx.ModelError, match="of those whose problem is: unresolved; there is no"):
        cx.journey.recovery(study_of(lucky))
    with pytest.raises(cx.ModelError, match="margin=-1: give a difference above 0"):
        cx.journey.recovery(study_of(frame), margin=-1)


DECLARED = {
    "no such column": ({"had": "z"}, "no such column"),
    "no key": ({"had": "p", "solved": "s"}, "no such key"),
    "nothing had": ({"resolved": "s"}, "Field required"),
    "no yes": ({"had": {"column": "p", "yes": []}}, "yes: names no answer"),
    "both": ({"had": {"column": "p", "no_answer": [1]}}, "declared as yes and as no answer"),
    "an outcome": ({"had": "y"}, "the column 'y' plays several roles"),
}


@pytest.mark.parametrize("what", DECLARED)
def test_problems_are_declared_in_full_or_refused(frame, what):
    problems, message = DECLARED[what]
    with pytest.raises(cx.StudyError, match=message):
        study_of(frame, problems)


def test_a_split_of_the_same_name_is_refused(frame):
    with pytest.raises(cx.StudyError, match="a split may not be called 'problem'"):
        study_of(frame.assign(problem="x"), segments=["problem"])


def test_what_contradicts_itself_in_the_data_is_said(frame):
    first = frame.index < 3
    odd = frame.assign(s=np.where(first, 1, frame["s"]), p=np.where(first, 2, 1))
    problems = [notice.problem for notice in study_of(odd).notices]
    assert "3 say that their problem was resolved, and that they had none" in problems
    told = cx.journey.problem_incidence(study_of(odd))["n"]
    assert told.tolist() == [600, odd["s"].iloc[3:].isin([1, 2]).sum()]
    asked = {"had": {"column": "p", "yes": [1, 5]}}
    lost = [n for n in study_of(frame, asked).notices if "under problems, had" in n.problem]
    assert [n.value for n in lost] == ["5"]


def test_a_page_shows_a_contrast_of_two_groups_that_are_shown(frame):
    few = frame.assign(
        s=np.where((frame["s"] == 2) & (frame["s"].eq(2).cumsum() > 6), 1, frame["s"])
    )
    page = cx.Page(study_of(few), ["en"], seed=1, n_boot=0)
    shown = page(cx.journey.recovery).frame
    assert shown["estimate"].notna().tolist() == [True, False, False]
    assert shown.loc[1, ["figure", "figure_against", "n", "p_holm"]].isna().all()
    assert "too few" in cx.plot(shown).svg() and "Problem not resolved against" not in " ".join(
        cx.say(shown)
    )


def test_a_page_hides_of_whom_few_had_a_problem(frame):
    few = frame.assign(plan=np.where(frame["p"].eq(1).cumsum() > 5, frame["plan"], "c"))
    page = cx.Page(study_of(few, segments=["plan"]), ["en"], seed=1, n_boot=0)
    shown = page(cx.journey.problem_incidence, by="plan").frame.set_index(["metric", "level"])
    assert np.isnan(shown.loc[("resolved_share", "c"), "estimate"])
    assert page(cx.journey.problem_incidence).frame["estimate"].notna().all()
    answers = cx.Page(study_of(frame, report={"protect": "answers"}), ["en"], seed=1, n_boot=0)
    assert "single answers are protected" in answers(cx.journey.problem_incidence).reason


def test_recovery_is_said_without_a_cause(frame):
    table = cx.journey.recovery(study_of(frame), margin=0.5)
    first, paradox, cost, *_ = cx.say(table)
    assert first.startswith("“loyalty”: No problem (6.9")
    assert paradox.startswith("Problem resolved against No problem: equivalent within the declared")
    assert "statistically significant difference of −" in cost
    pt = " ".join(cx.say(table, language="pt-BR"))
    assert "Problema não resolvido em comparação com Sem problema: diferença" in pt
    (line,) = cx.say(cx.journey.problem_incidence(study_of(frame, {"had": "p"})))
    assert line.endswith("had a problem (n = 600).")
