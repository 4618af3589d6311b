from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.disclosure.threshold import suppress
from cxlab.show.page.html import reason
from cxlab.show.page.tables import cards
from cxlab.show.plot.metrics import plot_metrics
from cxlab.show.say.drivers import say_by_stage, say_drivers, say_priorities
from cxlab.show.say.metrics import say_changes, say_metrics, say_waves
from cxlab.show.say.report import say_limits, states_table, weights_table
from cxlab.show.say.touchpoints import say_gaps
from cxlab.show.words.wording import Wording
from tests.show.drawn import drawn
from tests.show.said import said


def test_nps_in_both_languages(nps):
    assert said(say_metrics(nps)) == [
        "The Net Promoter Score is 12 (95% interval 8 to 16, n = 1,234). Promoters are 41% of"
        " customers, detractors 29%."
    ]
    assert said(say_metrics(nps), language="pt-BR") == [
        "O Net Promoter Score é 12 (intervalo de 95%: 8 a 16; n = 1.234). Promotores são 41% dos"
        " clientes; detratores, 29%."
    ]


def test_metrics_in_their_units(metrics, labels):
    lines = said(say_metrics(metrics), labels=labels)
    assert (
        lines[1]
        == "Satisfação: 62% give one of the top two answers (95% interval 59% to 65%, n = 900)."
    )
    assert lines[2] == "Satisfação: the mean is 5.60 (95% interval 5.50 to 5.71, n = 900)."


def test_waves_without_the_question_are_named(waves):
    assert said(say_waves(waves, waves=["2016", "2017", "2018"])) == [
        "recommend: 40 in 2017, 35 in 2018.",
        "recommend was not asked in 2016.",
    ]


def test_changes_are_held_against_chance():
    levels = ["2016 → 2017", "2017 → 2018", "2016 → 2018"]
    frame = pd.DataFrame(
        {
            "outcome": "recommend",
            "metric": "nps",
            "level": levels,
            "estimate": [1.0, -6.3, -5.3],
            "conf_low": -9.0,
            "conf_high": [5.0, 1.0, -1.6],
        }
    )
    assert said(say_changes(frame)) == [
        "recommend, 2017 → 2018: −6 points (−9 to +1), no statistically significant difference.",
        "recommend, 2016 → 2018: fall of 5 points (2 to 9), statistically significant.",
    ]
    share = frame.tail(1).assign(metric="csat_top2", estimate=0.02, conf_low=-0.01, conf_high=0.05)
    assert said(say_changes(share)) == [
        "recommend, 2016 → 2018: +2 percentage points (−1 to +5), no statistically significant"
        " difference."
    ]


def test_suppressed_rows_are_said_to_be_so(waves):
    blank = suppress(waves.assign(n=[4, 5]), 10)
    assert said(say_metrics(blank))[0] == "recommend: too few answers to show (2017)."


def test_gaps_speak_only_of_what_leaves_out_zero(gaps, labels):
    assert said(say_gaps(gaps), labels=labels) == [
        (
            "Experience falls short of expectation at 2 of 5 touchpoints; the widest gap, in"
            " scale points: Support −1.8 (−2.1 to −1.5)."
        ),
        (
            "Experience exceeds expectation at 1 of 5 touchpoints, in scale points: Advertising"
            " +0.5 (+0.2 to +0.8)."
        ),
    ]
    near = gaps.assign(conf_low=gaps["conf_low"] - 0.5)  # −0.9 (−1.7 to −0.6): may be as wide
    assert (
        "among the widest gaps, in scale points: Support (−1.8) and Installation (−0.9)."
        in said(say_gaps(near), labels=labels)[0]
    )
    one = said(say_gaps(gaps.head(1)), "pt-BR", labels)
    assert one == [
        "A experiência supera a expectativa, em pontos da escala: Advertising +0,5 (+0,2 a +0,8)."
    ]
    none = gaps.assign(conf_low=-1.0, conf_high=1.0, p_holm=0.5)
    assert said(say_gaps(none)) == [
        "At none of the 5 touchpoints is there a statistically significant difference between"
        " expectation and experience."
    ]


def test_drivers_tell_direction_rank_and_never_cause(shares, labels):
    lines = said(say_drivers(shares, top=5), labels=labels)
    assert (
        lines[0]
        == "All touchpoints together explain 40% of the variation between customers (n = 1,150)."
    )
    assert (
        lines[1] == "Support: 40% of the explained variation (rank in new samples of customers: 1)."
    )
    assert lines[2].endswith(
        "of the explained variation (rank in new samples of customers: 1 to 3)."
    )
    assert lines[4].endswith(
        "but its association with the outcome is not statistically significant."
    )
    assert "but higher ratings are associated with a lower outcome" in lines[5]
    assert not any("cause" in one for one in lines)


def test_drivers_without_a_bootstrap(shares):
    plain = shares.drop(
        columns=[
            "relative_low",
            "relative_high",
            "rank_low",
            "rank_high",
            "conf_low",
            "conf_high",
            "p_top3",
        ]
    )
    assert (
        said(say_drivers(plain, top=1))[1]
        == "support: 40% of the explained variation; each additional point is associated with"
        " +0.40 (+0.30 to +0.50) in the outcome."
    )


def test_why_drivers_are_taken_by_stage(study):
    many, few, alone = (
        said(say_by_stage(SimpleNamespace(stage_reason=why, study=study, single_touchpoints=5)))
        for why in ("many", "few_answers", "")
    )
    assert many[0].startswith("With 5 touchpoints, more than can be ranked one by one, they are")
    assert few[0].startswith("With 1,200 respondents, too few to rank 5 touchpoints one by one")
    assert alone == []


def test_priorities_separate_sure_from_unsure(priorities):
    lines = said(say_priorities(priorities))
    assert lines[0].startswith("Fix first: support.")
    assert lines[1] == "To investigate (not yet confirmed statistically): install."
    assert said(say_priorities(priorities, only_clear=True))[1].startswith(
        "Possible strengths (not yet confirmed statistically): ads."
    )


def test_limits_count_what_is_missing(study):
    lines = said(say_limits(study, hidden=2))
    assert lines[0] == (
        "Of 1,300 answers read, 1,200 are in this report; the declared filters left out the others."
    )
    assert lines[2:5] == [
        "Experience ratings that were answered: 75.0%.",
        "Of a touchpoint that the respondent never used: 16.7%.",
        "Left unanswered: 4.2%.",
    ]
    hidden = [line for line in lines if line.startswith("2 rows are not shown")]
    assert hidden and "because they are based on fewer than 10" in hidden[0]
    none = said(say_limits(study, hidden=0))
    assert (
        none[lines.index(hidden[0])]
        == "No row had to be hidden: each is based on at least 10 answers."
    )


def test_the_tables_behind_the_limits_tell_no_small_cell(study):
    """Protects a handful who met one touchpoint: beside the effective n of the weights the workbook
    holds how each question was answered, without those that few answered.
    """
    few = study.missing().assign(answered=[900, 4, 900, 900, 900])
    study.missing = lambda: few
    states = suppress(states_table(few), 10).set_index("touchpoint")
    assert states.loc["store"].isna().all() and states.loc["ads", "answered"] == 900
    assert weights_table(study).empty
    study.weights = pd.Series([1.0, 1.0, 2.0])
    assert weights_table(study)["n_eff"].tolist() == [16 / 6]
    assert "the information of 3 unweighted answers" in said(say_limits(study, hidden=0))[1]


def test_a_refusal_says_its_reason_in_the_readers_language():
    why = reason(ModelError("this study declares no outcome to explain"), Wording("pt-BR"))
    assert why == "Não apresentado: este estudo não declara nenhum resultado a explicar."


def test_a_mean_without_an_interval_is_said_without_one():
    """Protects the reader from "(95% interval –": beside a share that few stand behind, a mean
    keeps its value alone.
    """
    row = {
        "outcome": "sat",
        "metric": "csat_mean",
        "group": "all",
        "level": "all",
        "estimate": 3.59,
        "conf_low": float("nan"),
        "conf_high": float("nan"),
        "n": 120,
    }
    frame = pd.DataFrame([row])
    assert said(say_metrics(frame)) == ["sat: the mean is 3.59 (n = 120)."]
    assert said(say_metrics(frame.assign(group="plan", level="a")), language="pt-BR") == [
        "sat, a: a média é 3,59 (n = 120)."
    ]
    assert (
        "3.59" in str(cards(Wording(), frame))
        and "interval" not in str(cards(Wording(), frame))
        and "(–)" not in drawn(plot_metrics, frame).svg()
    )
