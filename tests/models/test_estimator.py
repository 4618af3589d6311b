"""What every estimator refuses before it computes, with what to write instead."""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import NotAskedError

AGREE = {"min": 1, "max": 7}


@pytest.fixture(scope="module")
def study():
    return cx.simulate_study(80, seed=1)


@pytest.fixture(scope="module")
def fit(study):
    return cx.fit_gap(study, "delivery")


WRONG = [
    (
        lambda study, fit: cx.nps(study.responses),
        "nps takes a study first, not DataFrame; write nps(study, …) with what read_study gives, or"
        " Study.from_frame for a DataFrame",
    ),
    (
        lambda study, fit: cx.gap_scores(fit),
        "gap_scores takes a study first, not GapFit; write gap_scores(study, …) with what"
        " read_study gives, or Study.from_frame for a DataFrame",
    ),
    (
        lambda study, fit: cx.surface(study),
        "surface takes a fit first, not Study; write surface(fit, …) with what fit_gap gives",
    ),
    (
        lambda study, fit: cx.congruence(cx.surface(fit, n_boot=0)),
        "congruence takes a fit first, not Result; write congruence(fit, …) with what fit_gap"
        " gives",
    ),
    (
        lambda study, fit: cx.surface_grid(cx.fit_loyalty(study)),
        "surface_grid takes a fit first, not Fit; write surface_grid(fit, …) with what fit_gap"
        " gives",
    ),
    (
        lambda study, fit: cx.differences(study, "recommend", by="channel", among=study),
        "differences takes a result as among, not Study; give the table that an estimator made",
    ),
    (
        lambda study, fit: cx.differences(study, "recommend", by=["channel", "wave"]),
        "by=['channel', 'wave']: give one split of the study as text, such as by='wave'",
    ),
    (
        lambda study, fit: cx.fit_gap(study, "delivery", outcome=["loyalty"]),
        "outcome=['loyalty']: give one id or word as text",
    ),
    (
        lambda study, fit: cx.gap.expectation_sources(study, sources="channel"),
        "sources=channel: give a list of ids, such as ['delivery']",
    ),
    (
        lambda study, fit: cx.fit_gap(study, "delivery", center="4"),
        "center=4: give a number",
    ),
    (
        lambda study, fit: cx.surface_grid(fit, steps=9.5),
        "steps=9.5: give a whole number",
    ),
    (
        lambda study, fit: cx.disconfirmation(study, "delivery", with_expectation="no"),
        "with_expectation=no: give True or False",
    ),
    *(
        (
            lambda study, fit, n=n: cx.surface(fit, n_boot=n),
            f"n_boot={n}: give a number of resamples, such as 2000; 0 draws none",
        )
        for n in (-1, 99.5, True, None)
    ),
    *(
        (
            lambda study, fit, seed=seed: cx.surface(fit, n_boot=0, seed=seed),
            f"seed={seed}: give a whole number from 0 on",
        )
        for seed in (-1, 0.5, True, None)
    ),
    *(
        (
            lambda study, fit, level=level: fit.tidy(conf_level=level),
            f"conf_level={level}: give a number between 0 and 1, such as 0.95",
        )
        for level in (0, 1, 95)
    ),
    (lambda study, fit: fit.tidy(conf_level="0.9"), "conf_level=0.9: give a number"),
]


@pytest.mark.parametrize(("call", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_the_wrong_kind_of_argument_is_refused_with_what_to_write(study, fit, call, message):
    with pytest.raises(cx.ModelError) as refused:
        call(study, fit)
    assert str(refused.value) == message


def test_what_is_as_good_as_the_declared_type_is_taken(study, fit):
    surface = cx.surface(fit, n_boot=np.int64(50), seed=np.uint8(3), conf_level=np.float64(0.9))
    pd.testing.assert_frame_equal(surface, cx.surface(fit, n_boot=50, seed=3, conf_level=0.9))
    assert cx.fit_gap(study, pd.Series(["delivery"])).touchpoint == "delivery"
    assert cx.fit_gap(study, (name for name in ["delivery"]), center=4).center == 4


def test_too_many_or_unknown_arguments_name_the_function(study):
    with pytest.raises(TypeError, match="^nps: too many positional arguments$"):
        cx.nps(study, "recommend", "channel")
    with pytest.raises(TypeError, match="^nps: got an unexpected keyword argument 'split'$"):
        cx.nps(study, split="channel")


def experience_only() -> cx.Study:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 8, (60, 2)), columns=["p", "y"])
    return cx.Study.from_frame(
        frame.assign(segment=["a", "b"] * 30, why=""),
        {"t": {"experience": "p", "scale": AGREE}},
        {"y": {"kind": "csat", "column": "y", "scale": AGREE}},
        segments=["segment"],
        comments={"why": {"column": "why"}},
    )


NOT_ASKED = {
    "gap_scores": lambda s: cx.gap_scores(s),
    "servqual": lambda s: cx.describe.servqual(s),
    "gap_reliability": lambda s: cx.describe.gap_reliability(s),
    "expectation_ceiling": lambda s: cx.describe.expectation_ceiling(s),
    "fit_gap": lambda s: cx.fit_gap(s),
    "fit_gaps": lambda s: cx.gap.fit_gaps(s),
    "compare_gap_forms": lambda s: cx.compare_gap_forms(s),
    "disconfirmation": lambda s: cx.disconfirmation(s),
    "tolerance": lambda s: cx.tolerance(s),
    "kano": lambda s: cx.kano(s),
    "expectation_sources": lambda s: cx.gap.expectation_sources(s),
    "reliability": lambda s: cx.reliability(s),
    "item_rest": lambda s: cx.item_rest(s),
    "nps": lambda s: cx.nps(s),
    "metrics by wave": lambda s: cx.metrics(s, by="wave"),
    "changes": lambda s: cx.changes(s, "y"),
    "verbatims, not declared": lambda s: cx.comments.verbatims(s, "praise"),
    "verbatims, none written": lambda s: cx.comments.verbatims(s, "why"),
}


@pytest.mark.parametrize("what", NOT_ASKED)
def test_what_the_study_did_not_ask_is_told_apart(what):
    with pytest.raises(NotAskedError):
        NOT_ASKED[what](experience_only())


def test_no_panel_and_no_second_wave_are_not_asked(study):
    with pytest.raises(NotAskedError, match="is no panel"):
        cx.gap.expectation_sources(study)
    frame = pd.DataFrame({"p": [1, 2, 3, 4] * 5, "y": [9, 3, 10, 7] * 5, "year": "2017"})
    points = {"t": {"experience": "p", "scale": AGREE}}
    once = cx.Study.from_frame(frame, points, {"nps": {"kind": "nps", "column": "y"}}, wave="year")
    with pytest.raises(NotAskedError, match="answered in one wave only"):
        cx.changes(once, "nps")


def test_what_was_asked_and_cannot_be_had_is_a_reason_to_give():
    for call in (
        lambda s: cx.metrics(s, by="region"),
        lambda s: cx.nps(s, "y"),
        lambda s: cx.penalty_reward(s, low=9),
    ):
        with pytest.raises(cx.ModelError) as refused:
            call(experience_only())
        assert not isinstance(refused.value, NotAskedError)
