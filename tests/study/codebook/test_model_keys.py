"""Is a path model that study.yml declares held to be one of its own constructs, without circles?"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

FRAME = pd.DataFrame(np.arange(48).reshape(6, 8) % 7 + 1, columns=list("abcdefgh"))
SCALES = {"s": {"min": 1, "max": 7}}
CONSTRUCTS = {"image": ["a", "b"], "content": ["c", "d"], "bond": ["e", "f"], "alone": ["g"]}
OUTCOMES = {"sat": {"kind": "csat", "column": "h"}}


def study(model: object, **keys) -> cx.Study:
    given = {"constructs": CONSTRUCTS, "scales": SCALES} | keys
    return cx.Study.from_frame(FRAME, {}, OUTCOMES, model=model, **given)


def test_a_model_names_what_leads_to_each():
    found = study({"content": "image", "bond": ["image", "content"], "sat": ["bond"]})
    assert dict(found.codebook.model) == {
        "content": ("image",),
        "bond": ("image", "content"),
        "sat": ("bond",),
    }
    with pytest.raises(TypeError, match="cannot be changed"):
        found.codebook.model["bond"] = ()
    assert cx.Study.from_frame(FRAME, {}, OUTCOMES, scales=SCALES).codebook.model == {}


def test_known_models_go_by_their_name():
    ids = ("image", "expected", "quality", "value", "content", "bond")
    constructs = {name: [f"{name}1", f"{name}2"] for name in ids}
    frame = pd.DataFrame({column: [1, 2, 3] for pair in constructs.values() for column in pair})
    complaints = {"complaints": {"kind": "score", "column": "c", "scale": "s"}}
    plain = cx.Study.from_frame(
        frame, {}, {}, constructs=constructs, scales=SCALES, model="ecsi"
    ).codebook.model
    with_complaints = cx.Study.from_frame(
        frame.assign(c=1),
        {},
        complaints,
        constructs=constructs,
        scales=SCALES,
        model="ecsi_complaints",
    ).codebook.model
    assert sum(map(len, plain.values())) == 10 and plain["bond"] == ("image", "content")
    assert sum(map(len, with_complaints.values())) == 12
    assert with_complaints["bond"] == ("image", "content", "complaints")


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ("acsi", "model is ecsi or ecsi_complaints, or says what leads to each"),
        (["image"], "model is ecsi or ecsi_complaints, or says what leads to each"),
        ({"bond": {"image": 1}}, "model is ecsi or ecsi_complaints, or says what leads to each"),
        (
            "ecsi",
            (
                "model: 'expected' is no construct or rated outcome of this study; it has: image,"
                " content, bond, alone, sat"
            ),
        ),
        (
            {"bond": ["alone"]},
            (
                "model: 'alone' is one question, whose error cannot be told; name more columns of"
                " it, or declare it under outcomes"
            ),
        ),
        ({"bond": []}, "model.bond: nothing leads to it; leave it out"),
        ({"bond": ["image", "image"]}, "model.bond: 'image' stands twice"),
        (
            {"bond": ["content"], "content": ["bond"]},
            "model: bond → content → bond is a circle; nothing may lead to itself",
        ),
    ],
)
def test_what_is_no_model_is_refused_when_declared(model, problem):
    with pytest.raises(cx.StudyError, match=re.escape(problem)):
        study(model)


def test_an_outcome_that_is_no_answer_on_a_scale_has_no_place_in_it():
    outcomes = {"spend": {"kind": "amount", "column": "h"}}
    with pytest.raises(cx.StudyError, match="'spend' is no construct or rated outcome"):
        cx.Study.from_frame(
            FRAME, {}, outcomes, scales=SCALES, constructs=CONSTRUCTS, model={"spend": ["image"]}
        )


def test_an_answer_counts_in_one_construct_of_the_model():
    shared = CONSTRUCTS | {"content": ["b", "c"]}
    message = r"model: image and content rest on the same answers \(column b\); give each its own"
    with pytest.raises(cx.StudyError, match=message):
        study({"content": ["image"]}, constructs=shared)
    # Beside the model a question may belong to two.
    assert study({"bond": ["image"]}, constructs=shared).n == 6
