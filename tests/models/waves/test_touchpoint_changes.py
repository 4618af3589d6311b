"""Which touchpoints changed: the tests of SciPy, pairs of a panel, Holm over all of them, weights,
accounts, and what is refused.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

import cxlab as cx
from cxlab.errors import NotAskedError
from tests.models.waves_studies import NOT_USED, frame_of, study

changes = cx.waves.touchpoint_changes


def sides(frame, column, before=2016, after=2017):
    used = frame[frame[column] != NOT_USED]
    return used.loc[used["wave"] == before, column], used.loc[used["wave"] == after, column]


def test_each_change_is_welchs_t_and_p_is_holms_over_the_touchpoints():
    frame = frame_of(moved={"t": -0.4}, unused=0.3)
    table = changes(study(frame)).set_index("touchpoint")
    p_values = []
    for name, row in table.iterrows():
        before, after = sides(frame, name)
        tested = stats.ttest_ind(after, before, equal_var=False)
        low, high = tested.confidence_interval()
        found = row[["earlier", "later", "estimate", "statistic", "p_value"]].to_list()
        means = [before.mean(), after.mean(), after.mean() - before.mean()]
        assert found == pytest.approx([*means, tested.statistic, tested.pvalue], rel=1e-9)
        assert row[["conf_low", "conf_high"]].to_list() == pytest.approx([low, high], rel=1e-9)
        assert row["n"] == len(before) + len(after)
        p_values.append(tested.pvalue)
    np.testing.assert_allclose(table["p_holm"], multipletests(p_values, method="holm")[1])
    assert (table["level"] == "2016 → 2017").all()


def test_of_a_panel_a_change_is_that_of_each_customer():
    frame = frame_of(n=120)
    frame["id"] = np.tile(np.arange(120), 2)
    rng = np.random.default_rng(1)
    for name in "tuv":  # the same people answer much alike
        first = frame[name].to_numpy()[:120]
        frame.loc[120:, name] = np.clip(first + rng.integers(-1, 2, 120), 1, 7)
    panel = changes(study(frame, respondent="id", panel=True)).set_index("touchpoint")
    apart = changes(study(frame)).set_index("touchpoint")
    for name in "tuv":
        before, after = sides(frame, name)
        paired = stats.ttest_rel(after.to_numpy(), before.to_numpy())
        assert panel.loc[name, "statistic"] == pytest.approx(paired.statistic, rel=1e-6)
        assert panel.loc[name, "p_value"] == pytest.approx(paired.pvalue, rel=1e-5)
        assert panel.loc[name, "std_error"] < 0.6 * apart.loc[name, "std_error"]


def test_the_gap_and_its_expectation_are_of_those_who_answered_both():
    frame = frame_of()
    rng = np.random.default_rng(2)
    frame["e_t"] = np.clip(frame["t"] + rng.integers(-1, 3, len(frame)), 1, 7).astype(object)
    frame.loc[rng.random(len(frame)) < 0.2, "e_t"] = ""
    asked = study(frame)
    by_wave = cx.gap_scores(asked, by="wave").set_index("level")
    for role, column in (("gap", "estimate"), ("expectation", "expectation")):
        row = changes(asked, role=role).iloc[0]
        assert row["touchpoint"] == "t" and row["n"] == by_wave["n"].sum()
        both = by_wave.loc[["2016", "2017"], column]
        assert row[["earlier", "later"]].to_list() == pytest.approx(both.to_list())


def test_each_step_goes_to_the_next_wave_and_holm_counts_them_all():
    frame = frame_of(waves=3, moved={"u": 0.5})
    each = changes(study(frame), steps="each")
    assert each["level"].unique().tolist() == ["2016 → 2017", "2017 → 2018"]
    np.testing.assert_allclose(
        each["p_holm"], multipletests(each["p_value"], method="holm")[1], rtol=1e-9
    )
    last = changes(study(frame))
    pd.testing.assert_series_equal(
        last["estimate"], each["estimate"].iloc[3:].reset_index(drop=True)
    )


def test_the_whole_goes_from_the_first_wave_and_the_ends_are_both():
    frame = frame_of(waves=3, moved={"u": 0.5})
    whole, ends = (changes(study(frame), steps=one) for one in ("whole", "ends"))
    assert whole["level"].unique().tolist() == ["2016 → 2018"]
    assert ends["level"].unique().tolist() == ["2017 → 2018", "2016 → 2018"]
    np.testing.assert_allclose(ends["estimate"].iloc[3:], whole["estimate"])
    two = frame_of(moved={"u": 0.5})
    pd.testing.assert_frame_equal(
        pd.DataFrame(changes(study(two), steps="ends")), pd.DataFrame(changes(study(two)))
    )


def test_weights_of_one_size_change_nothing_and_others_weigh_the_means():
    frame = frame_of(moved={"t": 0.3})
    weight = {"column": "w", "kind": "sampling"}
    weighted = changes(study(frame, weight=weight))
    same = changes(study(frame.assign(w=frame["w"] * 7), weight=weight))
    pd.testing.assert_frame_equal(pd.DataFrame(weighted), pd.DataFrame(same), rtol=1e-9)
    part = frame[frame["wave"] == 2017]
    assert weighted["later"].iloc[0] == pytest.approx(np.average(part["t"], weights=part["w"]))
    equal = changes(study(frame.assign(w=2.0), weight=weight))
    pd.testing.assert_frame_equal(
        pd.DataFrame(equal), pd.DataFrame(changes(study(frame))), rtol=1e-9
    )


def test_accounts_widen_what_they_share():
    frame, rng = frame_of(n=200), np.random.default_rng(3)
    level = dict(zip(sorted(set(frame["c"])), rng.normal(0, 1.5, 60), strict=False))
    shift = np.where(frame["wave"] == 2017, frame["c"].map(level), 0)
    frame["t"] = np.clip(np.round(frame["t"] + shift), 1, 7).astype(int)
    plain, clustered = (changes(one).iloc[0] for one in (study(frame), study(frame, account="c")))
    assert clustered["estimate"] == pytest.approx(plain["estimate"])
    assert clustered["std_error"] > 1.2 * plain["std_error"]


def test_a_touchpoint_of_one_wave_is_named_and_not_compared():
    frame = frame_of()
    frame.loc[frame["wave"] == 2016, "v"] = NOT_USED
    table = changes(study(frame)).set_index("touchpoint")
    assert table.loc["v", "note"] == "one_wave" and np.isnan(table.loc["v", "estimate"])
    assert table.loc["v", "n"] == 300 and table["p_holm"].notna().sum() == 2
    said = cx.say(changes(study(frame)))
    assert said[-1] == "Rated in one of the two waves only, so not compared: v."


def test_too_few_accounts_give_no_figure():
    frame = frame_of(n=30).assign(c=["a", "b"] * 30)
    with pytest.raises(cx.ModelError, match="no touchpoint was rated by enough respondents"):
        changes(study(frame, account="c"))


def test_waves_of_two_scales_are_refused_with_what_to_declare():
    frame = frame_of(n=200)
    frame.loc[frame["wave"] == 2016, "t"] = frame["t"].clip(1, 5)
    with pytest.raises(cx.ModelError) as refused:
        changes(study(frame.assign(t=frame["t"] + 0)))
    above = (frame.loc[frame["wave"] == 2017, "t"] > 5).mean()
    assert str(refused.value) == (
        "touchpoint t: 2016 and 2017 look as if asked on different scales; in 2016 none of 200"
        f" answers lies beyond 5, in 2017 {above:.0%} do, up to 7: bring them to one scale by"
        " recode: or leave one out by include:"
    )


def test_a_last_answer_that_goes_out_of_use_is_a_change_and_no_other_scale():
    """Protects a service that got worse: of 150 nobody may be delighted any more."""
    frame = frame_of(n=200)
    frame.loc[frame.index[frame["wave"] == 2016][:40], "t"] = 7
    frame.loc[frame["wave"] == 2017, "t"] = frame["t"].clip(1, 6)
    table = changes(study(frame)).set_index("touchpoint")
    assert table.loc["t", "estimate"] < 0


def test_a_wave_of_few_is_taken_for_no_other_scale():
    frame = frame_of(n=12)
    frame.loc[frame["wave"] == 2016, "t"] = frame["t"].clip(1, 5)
    assert changes(study(frame))["estimate"].notna().all()


REFUSED = {
    "role": (lambda one: changes(one, role="desire"), "role='desire': give experience"),
    "steps": (lambda one: changes(one, steps="all"), "steps='all': give last, each, whole or ends"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_misspelt_is_refused(what):
    call, message = REFUSED[what]
    with pytest.raises(cx.ModelError, match=message):
        call(study(frame_of(n=30)))


def test_what_was_not_asked_is_said():
    with pytest.raises(NotAskedError, match="asks an expectation"):
        changes(study(frame_of(n=30)), role="gap")
    with pytest.raises(NotAskedError, match="answers by wave: one only"):
        changes(study(frame_of(n=30, waves=1)))
