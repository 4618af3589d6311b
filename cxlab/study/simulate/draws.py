"""The random draws of a made-up study: who answers, what they met, what they expected. Loyalty
comes later, in `simulate`.

Everything here is drawn before anything depends on the planted form, so that the same seed gives
the same ratings whatever the form. A cross-section draws expectation and experience as correlated
ratings; in a panel the expectation of a wave is made from what the same person met and expected
before.
"""

import math
from collections.abc import ItemsView
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cxlab.study.codebook.schema import KANO_ROLES, kano_classes

# Touchpoints of one respondent resemble each other (halo), and so do the expectation and the
# experience of one touchpoint.
HALO, SHARED_HALO, SHARED_OWN = 0.35, 0.3, 0.2
MIDPOINT, LOWEST, HIGHEST = 4, 1, 7
Array = np.ndarray


@dataclass(frozen=True)
class Plan:
    """A design with its form settled, the number of answers and the random numbers."""

    design: dict[str, Any]
    form: str
    noise: float
    n: int
    rng: np.random.Generator
    later: np.random.Generator  # of what is asked beside the ratings
    after: np.random.Generator  # of what becomes of the customers

    @property
    def study(self) -> dict[str, Any]:
        """What study.yml will hold."""
        return self.design["study"]

    def each(self, key: str) -> ItemsView[str, Any]:
        """What the design says by name under a key, nothing where it has none."""
        return self.design.get(key, {}).items()

    @property
    def touchpoints(self) -> list[dict]:
        """What the design says of each touchpoint, in its order."""
        return self.design["touchpoints"]

    def column(self, key: str) -> Array:
        """A number of each touchpoint, 0 where the design gives none."""
        return np.array([float(point.get(key, 0)) for point in self.touchpoints])

    def pair(self, key: str) -> Array:
        """Mean and standard deviation of each touchpoint's ratings: 2 × touchpoints."""
        return np.array([point[key] for point in self.touchpoints], dtype=float).T

    def normal(self, columns: int | None = None, rows: int | None = None) -> Array:
        """Standard normal numbers, rows × columns: as many as answers × touchpoints if not said."""
        return self.rng.standard_normal((rows or self.n, columns or len(self.touchpoints)))

    def formation(self) -> dict[str, float]:
        """What makes the expectation of a panel's wave, in whole scale points:
        `expectation_intercept` and the weight of each source.
        """
        base, weights = self.design["formation"]["base"], self.design["formation"]["weights"]
        intercept = MIDPOINT + base - MIDPOINT * sum(weights.values())
        return {"expectation_intercept": intercept, **weights}


@dataclass(frozen=True)
class Draw:
    """What is drawn before loyalty: answers × touchpoints where nothing else is said."""

    ratings: dict[str, Array]  # by role, 1–7; of a Kano pair 1–5, NaN where not asked
    used: Array  # bool
    groups: dict[str, Array]  # segments, wave, account: text
    people: Array  # n, position of the person that answers
    rest: Array  # n, of loyalty: what the account, or the panel's person, adds, and noise
    constructs: dict[str, Array] = field(default_factory=dict)  # n × questions, 1–7


def draw(plan: Plan) -> Draw:
    """All ratings and groups of a plan."""
    return _draw_panel(plan) if "formation" in plan.design else _draw_section(plan)


def _draw_section(plan: Plan) -> Draw:
    design, n = plan.design, plan.n
    people, effect = np.arange(n), 0.0
    groups, shift = _segments(plan, people)
    if account := design.get("account"):
        accounts = account["accounts"]
        # One respondent at least in each where there are enough, the rest unevenly, as in real
        # client lists.
        sizes = plan.rng.dirichlet(np.full(accounts, 3.0))
        others = plan.rng.choice(accounts, size=max(0, n - accounts), p=sizes)
        members = np.sort(np.concatenate([people[:accounts], others]))
        groups[plan.study["account"]] = np.array([f"Account {k + 1:02d}" for k in members])
        shift = shift + account["latent"] * plan.normal(1, accounts)[members]
        effect = account["loyalty"] * plan.normal(1, accounts)[members, 0]
    if waves := design.get("waves"):
        number = people * len(waves) // n
        groups[plan.study["wave"]] = np.array(waves)[number]
        shift = shift + number[:, None] * plan.column("trend")
    halo_p, own_p = plan.normal(1), plan.normal()
    halo_e = _correlated(SHARED_HALO, halo_p, plan.normal(1))
    own_e = _correlated(SHARED_OWN, own_p, plan.normal())
    ratings = {
        "expectation": _rated(plan.pair("e"), halo_e, own_e),
        "experience": _rated(plan.pair("p"), halo_p, own_p, shift),
        "importance": _rated((plan.column("i"), 1.0), halo_e, plan.normal()),
    }
    used = plan.rng.random(own_p.shape) >= plan.column("never")
    return Draw(ratings, used, groups, people, effect + plan.noise * plan.normal(1)[:, 0])


def _segments(plan: Plan, people: Array) -> tuple[dict[str, Array], Array]:
    """Segment of each answer's person, and how much better (latent scale points, n × 1) each is
    served for it.
    """
    groups, lift = {}, np.zeros((len(people), 1))
    for name, shares in plan.design["draw"].items():
        drawn = plan.rng.choice(list(shares), size=people.max() + 1, p=list(shares.values()))
        groups[name] = drawn[people]
        lifts = plan.design.get("lift", {}).get(name, {})
        lift[:, 0] += [lifts.get(level, 0.0) for level in groups[name]]
    return groups, lift


def _correlated(r: float, known: Array, fresh: Array) -> Array:
    return r * known + math.sqrt(1 - r * r) * fresh


def _rated(level: tuple | Array, halo: Array, own: Array, shift: Array | float = 0.0) -> Array:
    mean, sd = level
    return whole(mean + shift + sd * _correlated(math.sqrt(HALO), halo, own))


def whole(values: Array, low: int = LOWEST, high: int = HIGHEST) -> Array:
    """Answers on a scale of whole numbers: rounded, and cut at its ends."""
    return np.clip(np.floor(values + 0.5), low, high).astype(int)


def picked(options: list, draws: Array) -> list:
    """One of the options of each draw (0–1): the lists of `options` are of unequal length."""
    return [some[int(one * len(some))] for some, one in zip(options, draws, strict=True)]


# ---- a panel: the same people, wave after wave


def _draw_panel(plan: Plan) -> Draw:
    """n answers spread evenly over the waves; where n does not divide, the last people are missing
    from the last waves.
    """
    design, n, waves = plan.design, plan.n, plan.design["waves"]
    # the first wave has as many answers as any: everybody is in it
    sizes = [len(part) for part in np.array_split(np.arange(n), len(waves))]
    number, people = np.repeat(range(len(waves)), sizes), np.concatenate([*map(np.arange, sizes)])
    groups, lift = _segments(plan, people)
    halo = plan.normal(1, sizes[0])[people]
    shift = lift + number[:, None] * plan.column("trend")
    experience = _rated(plan.pair("p"), halo, plan.normal(), shift)
    constructs = {
        name: whole(mean + sd * _correlated(0.8, plan.normal(1), plan.normal(2)))
        for name, (mean, sd) in design["constructs"].items()
    }
    expectation = _formed(plan, experience, constructs, number, people)
    width = _either_side(np.broadcast_to(plan.column("zone"), experience.shape), plan)
    ratings = {
        "expectation": expectation,
        "experience": experience,
        "adequate": np.maximum(expectation - width, LOWEST),
    }
    effect = design["person"] * plan.normal(1, sizes[0])[people, 0]
    rest = effect + plan.noise * plan.normal(1)[:, 0]
    return Draw(
        ratings | _kano(plan, number == 0),
        used=np.ones(experience.shape, dtype=bool),
        groups={plan.study["wave"]: np.array(waves)[number], **groups},
        people=people,
        rest=rest,
        constructs=constructs,
    )


def _formed(plan: Plan, experience: Array, constructs: dict, number: Array, people: Array) -> Array:
    """Expectations of a panel, n × touchpoints: in each wave exactly linear, on average, in the
    answers of the wave before.

    Two things keep it exact in whole numbers. What is not whole goes up or down by chance, in
    proportion, and noise that would lead beyond the scale is cut alike on both sides; neither moves
    the mean. So least squares on the ratings finds the planted weights.
    """
    weights, noise = plan.formation(), plan.design["formation"]["noise"]
    heard = weights["expectation_intercept"] + sum(
        weights[name] * answers.mean(axis=1, keepdims=True) for name, answers in constructs.items()
    )
    formed = np.zeros_like(experience)
    for wave in range(number.max() + 1):
        now = np.flatnonzero(number == wave)
        shaken = plan.normal(1, len(now)), plan.normal(rows=len(now))
        if not wave:
            formed[now] = _rated(plan.pair("e"), *shaken)
            continue
        before = np.flatnonzero(number == wave - 1)[people[now]]
        mean = (
            heard[now]
            + weights["previous_expectation"] * formed[before]
            + weights["previous_experience"] * experience[before]
        )
        room = np.maximum(np.minimum(mean - LOWEST, HIGHEST - mean), 0)
        wanted = mean + np.clip(noise * _correlated(math.sqrt(HALO), *shaken), -room, room)
        formed[now] = np.clip(_either_side(wanted, plan), LOWEST, HIGHEST)
    return formed


def _either_side(values: Array, plan: Plan) -> Array:
    """Whole numbers whose mean is `values`: 5.3 becomes 6 with probability 0.3, else 5. The nearest
    whole number would be off.
    """
    floor = np.floor(values)
    return (floor + (plan.rng.random(values.shape) < values - floor)).astype(int)


def _kano(plan: Plan, asked: Array) -> dict[str, Array]:
    """Both answers of each Kano pair: a class by the design's shares, then one of the class's
    cells. Asked in the first wave only.
    """
    classes, count = list(kano_classes().values()), asked.sum()
    answers = np.full((2, len(asked), len(plan.touchpoints)), np.nan)
    for j, point in enumerate(plan.touchpoints):
        if "kano" in point:
            kinds = plan.rng.choice(len(classes), size=count, p=point["kano"])
            cells = picked([classes[kind] for kind in kinds], plan.rng.random(count))
            answers[:, asked, j] = np.transpose(cells)
    return dict(zip(KANO_ROLES, answers, strict=True))
