"""Answers to the questions of constructs, with planted paths from one construct to the next, and to
those by which planted classes of customers tell themselves apart.

A path is planted between constructs as answered, the standardised means of their questions: what a
path model of such means finds is then the planted number, without the attenuation that a path
between unseen variables would have.
"""

from collections.abc import Iterator

import numpy as np

from cxlab.study.simulate.draws import Array, Plan, whole

# A rounded answer varies by so much more than what was rounded.
ROUNDING = 1 / 12


def construct_answers(plan: Plan, loyalty: Array, rng: np.random.Generator) -> dict[str, Array]:
    """Answers × questions (1–7) of each construct of a design with paths, each after those that
    lead to it; `loyalty` is one of what may.
    """
    paths = plan.design.get("paths")
    if paths is None:
        return {}
    scores, found = {"loyalty": _standardised(loyalty)}, {}
    for name, (mean, sd) in sorted(plan.each("constructs"), key=lambda one: one[0] in paths):
        count = len(plan.study["constructs"][name]["columns"])
        common = plan.design["common"]
        # Correlation of two answered questions, and of their mean with what they have in common.
        shared = common * sd**2 / (sd**2 + ROUNDING)
        seen = np.sqrt(count * shared / (1 + (count - 1) * shared))
        led = sum((b / seen * scores[one] for one, b in paths.get(name, {}).items()), np.zeros(1))
        cause = led + np.sqrt(1 - led.var()) * rng.standard_normal(plan.n)
        own = np.sqrt(1 - common) * rng.standard_normal((plan.n, count))
        found[name] = whole(mean + sd * (np.sqrt(common) * cause[:, None] + own))
        scores[name] = _standardised(found[name].mean(axis=1))
    return found


def _standardised(values: Array) -> Array:
    return (values - values.mean()) / max(values.std(), 1e-12)


def planted_items(plan: Plan) -> Iterator[tuple[str, str, float]]:
    """Quantity, path and number."""
    for target, sources in plan.each("paths"):
        yield from (("path", f"{source} → {target}", b) for source, b in sources.items())


def class_answers(plan: Plan, rng: np.random.Generator) -> dict[str, Array]:
    """Answers of a design with classes: `clear` of a class give its own answer to a question, the
    others one of the rest.
    """
    if (classes := plan.design.get("classes")) is None:
        return {}
    mine, found = rng.choice(len(classes["shares"]), plan.n, p=classes["shares"]), {}
    for name, asked in plan.study["classes"]["indicators"].items():
        levels = [*asked["levels"]]
        own = np.array([levels.index(one) for one in classes["answers"][name]])[mine]
        other = (own + rng.integers(1, len(levels), plan.n)) % len(levels)
        places = np.where(rng.random(plan.n) < classes["clear"], own, other)
        found[name] = np.array(levels)[places]
    return found


def planted_classes(plan: Plan) -> Iterator[tuple[str, str, float]]:
    """Quantity, class (a question with the own answer of each) and number."""
    if classes := plan.design.get("classes"):
        for i, share in enumerate(classes["shares"], 1):
            yield "class_share", str(i), share
        for name, answers in classes["answers"].items():
            yield "class_answer", f"{name}: {', '.join(answers)}", classes["clear"]
