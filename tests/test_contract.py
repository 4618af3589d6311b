"""Every result of the face keeps the contract: glossary columns only, glance is one row, augment
keeps the study's rows.
"""

import inspect

import pandas as pd
import pytest

import cxlab as cx
from cxlab.languages import LANGUAGES
from cxlab.show.words.wording import Wording


@pytest.fixture(scope="module")
def study():
    return cx.simulate_study(n=150, seed=1)


def fits(study):
    yield cx.fit_loyalty(study, outcome="loyalty")
    yield from (
        cx.fit_loyalty(study, outcome="recommend", family="ordinal", categories=categories)
        for categories in ("answers", "nps")
    )
    yield from (
        cx.fit_loyalty(study, outcome="repurchase", family="binary", penalty=penalty)
        for penalty in (None, "firth")
    )
    yield from (
        cx.fit_gap(study, form=form, outcome="loyalty")
        for form in ("intercept", "P", "difference", "E+P", "quadratic")
    )
    yield cx.fit_gap(study, study.touchpoints["touchpoint"].iloc[0], outcome="loyalty")


def test_every_fit_tidies_glances_and_augments(study):
    for fit in fits(study):
        tidy, glance, augmented = fit.tidy(), fit.glance(), fit.augment()
        assert set(tidy) | set(glance) | set(augmented) <= set(cx.GLOSSARY)
        assert list(tidy.columns) == [
            "term",
            "touchpoint",
            "outcome",
            "estimate",
            "std_error",
            "statistic",
            "p_value",
            "conf_low",
            "conf_high",
            "df_error",
        ]
        assert len(glance) == 1
        assert augmented.index.equals(study.index)
        assert augmented["used"].sum() == glance["n"].item() == fit.n
        pd.testing.assert_series_equal(
            augmented["observed"] - augmented["fitted"], augmented["residual"], check_names=False
        )
        wide, narrow = fit.tidy(conf_level=0.99), fit.tidy(conf_level=0.90)
        assert (wide["conf_high"] >= narrow["conf_high"]).all() and list(wide) == list(narrow)


def test_every_frame_of_the_face_holds_glossary_columns_only(study):
    drivers = cx.fit_loyalty(study, outcome="loyalty")
    quadratic = cx.fit_gap(study, outcome="loyalty")
    shares = cx.importance(drivers, n_boot=50, seed=1)
    frames = {
        "nps": cx.nps(study),
        "csat": cx.describe.csat(study),
        "ces": cx.describe.ces(study),
        "score": cx.score(study),
        "metrics": cx.metrics(study),
        "distribution": cx.distribution(study, "recommend"),
        "experience_scores": cx.experience_scores(study),
        "gap_scores": cx.gap_scores(study),
        "compare_gap_forms": cx.compare_gap_forms(study, outcome="loyalty"),
        "surface": cx.surface(quadratic, n_boot=50, seed=1),
        "surface_grid": cx.surface_grid(quadratic, steps=9),
        "gap_points": cx.gap_points(quadratic),
        "importance": shares,
        "moments_of_truth": cx.journey.moments_of_truth(study, drivers),
        "priorities": cx.priorities(shares, cx.gap_scores(study)),
        "missing": study.missing(),
        "flow": study.flow,
        "touchpoints": study.touchpoints,
        "outcomes": study.outcomes,
        "truth": study.truth,
        "provenance": study.provenance(),
        "predict": quadratic.predict(4, 5),
        "dropped": drivers.dropped,
    }
    for name, frame in frames.items():
        assert isinstance(frame, pd.DataFrame), name
        assert set(frame.columns) <= set(cx.GLOSSARY), (name, set(frame.columns) - set(cx.GLOSSARY))


def test_check_study_holds_glossary_columns_only(root):
    assert set(cx.check_study(root / "data" / "aurora").columns) <= set(cx.GLOSSARY)


def test_glossary_is_complete_in_every_language():
    for entry in cx.GLOSSARY.values():
        assert entry.meaning and entry.label
        assert all(Wording(language).heading(entry.name) for language in LANGUAGES)
        assert entry.format in {
            "text",
            "int",
            "number",
            "share",
            "percent",
            "points",
            "pvalue",
            "bool",
            "date",
        }


def test_face_is_what_it_says():
    for name in cx.__all__:
        value = getattr(cx, name)
        if callable(value):
            assert inspect.getdoc(value), f"cx.{name} has no docstring"
    with pytest.raises(AttributeError, match="no attribute 'npz'"):
        getattr(cx, "npz")  # noqa: B009  the attribute access itself is what is tested
