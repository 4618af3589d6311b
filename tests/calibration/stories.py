"""Does the report on a random study contradict itself?

Studies of every design with settings drawn by lot: how many respondents and touchpoints, waves,
panel, accounts, weights, segments, the form that is planted and which outcome is the main one. The
report of the template is read in both languages by `tests/show/story.py`.
"""

from __future__ import annotations

from dataclasses import replace

import matplotlib
import numpy as np
from harness import Kind, Mean

import cxlab as cx
from cxlab.study.simulate.simulate_study import DESIGNS, FORMS
from tests.show.story import contradictions, made

OUTCOMES = {"nps": "recommend", "csat": "satisfaction", "score": "loyalty", "amount": "spend"}
SIZES = (20, 45, 90, 180, 400, 900)


def random_study(seed: int, design: str) -> cx.Study:
    """A study of this design, its settings drawn by the seed."""
    rng = np.random.default_rng(seed)
    size, form = int(rng.choice(SIZES)), rng.choice(FORMS)
    study = cx.simulate_study(size, seed=seed % 2**31, design=design, form=form)
    codebook = study.codebook
    points = list(codebook.touchpoints)
    kept = rng.permutation(len(points))[: rng.integers(1, len(points) + 1)]
    declared = [outcome.outcome for outcome in codebook.outcomes]
    wanted = [one for one in OUTCOMES.values() if one in declared]
    changed = {
        "touchpoints": tuple(points[i] for i in sorted(kept)),
        "segments": dict(list(codebook.segments.items())[: rng.integers(0, 3)]),
        "report": codebook.report.model_copy(update={"outcome": str(rng.choice(wanted))}),
    }
    if codebook.events:  # whose log goes on naming all of them
        names = {one.touchpoint: one.label for one in points} | codebook.events.contacts
        left = {one.touchpoint for one in changed["touchpoints"]}
        more = {"contacts": {name: label for name, label in names.items() if name not in left}}
        changed["events"] = codebook.events.model_copy(update=more)
    if rng.random() < 0.3:
        changed["weight"] = None
    return replace(study, codebook=codebook.model_copy(update=changed))


def story(seed: int, *, design: str) -> list[float]:
    """How many contradictions the two reports hold, and whether there is any."""
    matplotlib.use("agg")
    found = [
        words
        for report in made(random_study(seed, design), n_boot=50).values()
        for words in contradictions(report)
    ]
    for words in found:
        print(design, seed, *words)
    return [float(len(found))]


KINDS = {
    "story": Kind(
        story,
        {"contradictions": Mean(most=0)},
        "Contradictions in the reports on random studies",
        repeats=40,
        refusable=False,
    )
}


def cells() -> list[dict]:
    return [{"kind": "story", "design": design} for design in DESIGNS]
