"""The random draws of a made-up study: who answers, what they met, what they expected. Loyalty
comes later, in `simulate`.

Everything here is drawn before anything depends on the planted form, so that the same seed gives
the same ratings whatever the form. A cross-section draws expectation and experience as correlated
ratings; in a panel the expectation of a wave is made from what the same person met and expected
before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Touchpoints of one respondent resemble each other (halo), and so do the expectation and the
# experience of one touchpoint.
HALO, SHARED_HALO, SHARED_OWN = 0.35, 0.3, 0.2
MIDPOINT, LOWEST, HIGHEST = 4, 1, 7
# Of a panel's terms those that a person's own past or the constructs multiply; the rest (base,
# noise) stand alone.
PAST = ("previous_expectation", "previous_experience")
# Answers (if it is there, if it is not) that Kano's table puts into each class, in the order of a
# design's `kano` shares.
KANO_CELLS = {
    "must_be": [(2, 5), (3, 5), (4, 5)],
    "one_dimensional": [(1, 5)],
    "attractive": [(1, 2), (1, 3), (1, 4)],
    "indifferent": [(f, d) for f in (2, 3, 4) for d in (2, 3, 4)],
    "reverse": [(5, 1), (5, 2), (5, 3), (5, 4), (2, 1), (3, 1), (4, 1)],
    "questionable": [(1, 1), (5, 5)],
}


@dataclass(frozen=True)
class Plan:
    """A design with its form and slopes settled."""

    design: dict[str, Any]
    form: str
    noise: float

    @property
    def touchpoints(self) -> list[dict]:
        return self.design["touchpoints"]

    @property
    def study(self) -> dict[str, Any]:
        return {**self.design["study"], "responses": self.design["responses"]}

    def column(self, key: str) -> np.ndarray:
        return np.array([float(t.get(key, 0)) for t in self.touchpoints])

    def pair(self, key: str) -> tuple[np.ndarray, np.ndarray]:
        mean, sd = np.array([t[key] for t in self.touchpoints], dtype=float).T
        return mean, sd

    def formation(self) -> dict[str, float]:
        """What makes the expectation of a panel's wave, in whole scale points: `intercept` and the
        weight of each source.
        """
        formed = dict(self.design["formation"])
        base, _noise = formed.pop("base"), formed.pop("noise")
        return {"intercept": MIDPOINT + base - MIDPOINT * sum(formed.values()), **formed}


@dataclass(frozen=True)
class Draw:
    expectation: np.ndarray  # n × touchpoints, 1–7
    experience: np.ndarray
    importance: np.ndarray
    used: np.ndarray  # bool
    groups: dict[str, np.ndarray]  # segments, wave, account: text
    effect: np.ndarray  # what the account, or the person in a panel, adds to loyalty
    noise: np.ndarray  # standard normal
    rng: np.random.Generator
    people: np.ndarray  # position of the person that answers
    adequate: np.ndarray | None = None  # n × touchpoints, 1–7
    # touchpoint: n × 2 answers 1–5, NaN where not asked
    kano: dict[str, np.ndarray] = field(default_factory=dict)
    constructs: dict[str, np.ndarray] = field(default_factory=dict)  # n × questions, 1–7


def draw(plan: Plan, n: int, rng: np.random.Generator) -> Draw:
    return _draw_panel(plan, n, rng) if "formation" in plan.design else _draw_section(plan, n, rng)


def _draw_section(plan: Plan, n: int, rng: np.random.Generator) -> Draw:
    design, points = plan.design, len(plan.touchpoints)
    groups, lift = _segments(design, n, rng)
    effect = np.zeros(n)
    if account := design.get("account"):
        members = _members(n, account["accounts"], rng)
        groups[design["study"]["account"]] = np.array([f"Account {k + 1:02d}" for k in members])
        lift += account["latent"] * rng.standard_normal(account["accounts"])[members]
        effect = account["loyalty"] * rng.standard_normal(account["accounts"])[members]
    trend = np.zeros((n, points))
    if waves := design.get("waves"):
        number = np.arange(n) * len(waves) // n
        groups[design["study"]["wave"]] = np.array(waves)[number]
        trend = number[:, None] * plan.column("trend")
    halo_p, own_p = rng.standard_normal((n, 1)), rng.standard_normal((n, points))
    halo_e = _correlated(SHARED_HALO, halo_p, rng.standard_normal((n, 1)))
    own_e = _correlated(SHARED_OWN, own_p, rng.standard_normal((n, points)))
    expectation = _rated(plan.pair("e"), halo_e, own_e, 0.0)
    experience = _rated(plan.pair("p"), halo_p, own_p, lift[:, None] + trend)
    importance = _rated(
        (plan.column("i"), np.full(points, 1.0)), halo_e, rng.standard_normal((n, points)), 0.0
    )
    used = rng.random((n, points)) >= plan.column("never")
    return Draw(
        expectation,
        experience,
        importance,
        used,
        groups,
        effect,
        rng.standard_normal(n),
        rng,
        np.arange(n),
    )


def _segments(
    design: dict[str, Any], n: int, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Segment of each person, and how much better (latent scale points) each is served for it."""
    groups, lift = {}, np.zeros(n)
    for name, shares in design["draw"].items():
        groups[name] = rng.choice(list(shares), size=n, p=list(shares.values()))
        lifts = design.get("lift", {}).get(name, {})
        lift += np.array([lifts.get(level, 0.0) for level in groups[name]])
    return groups, lift


def _correlated(r: float, known: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    return r * known + math.sqrt(1 - r * r) * fresh


def _rated(
    level: tuple[np.ndarray, np.ndarray],
    halo: np.ndarray,
    own: np.ndarray,
    shift: np.ndarray | float,
) -> np.ndarray:
    mean, sd = level
    latent = mean + shift + sd * (math.sqrt(HALO) * halo + math.sqrt(1 - HALO) * own)
    return whole(latent, LOWEST, HIGHEST)


def whole(values: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.clip(np.floor(values + 0.5), low, high).astype(int)


def _members(n: int, accounts: int, rng: np.random.Generator) -> np.ndarray:
    """Account of each respondent: one at least in each where there are enough, the rest unevenly,
    as in real client lists.
    """
    sizes = rng.dirichlet(np.full(accounts, 3.0))
    members = np.concatenate(
        [np.arange(min(n, accounts)), rng.choice(accounts, size=max(n - accounts, 0), p=sizes)]
    )
    return np.sort(members)


# ---- a panel: the same people, wave after wave


def _draw_panel(plan: Plan, n: int, rng: np.random.Generator) -> Draw:
    """n answers spread evenly over the waves; where n does not divide, the last people are missing
    from the last waves.
    """
    design, points, waves = plan.design, len(plan.touchpoints), plan.design["waves"]
    sizes = [n // len(waves) + (wave < n % len(waves)) for wave in range(len(waves))]
    number, people, persons = (
        np.repeat(np.arange(len(waves)), sizes),
        np.concatenate([np.arange(size) for size in sizes]),
        sizes[0],
    )
    groups, lift = _segments(design, persons, rng)
    groups = {design["study"]["wave"]: np.array(waves)[number]} | {
        name: levels[people] for name, levels in groups.items()
    }
    halo = rng.standard_normal((persons, 1))[people]
    shift = lift[people, None] + number[:, None] * plan.column("trend")
    experience = _rated(plan.pair("p"), halo, rng.standard_normal((n, points)), shift)
    constructs = {
        name: whole(
            mean + sd * _correlated(0.8, rng.standard_normal((n, 1)), rng.standard_normal((n, 2))),
            LOWEST,
            HIGHEST,
        )
        for name, (mean, sd) in design["constructs"].items()
    }
    expectation = _formed(plan, experience, constructs, number, people, rng)
    width = _either_side(np.broadcast_to(plan.column("zone"), (n, points)), rng)
    return Draw(
        expectation,
        experience,
        np.zeros((n, points)),
        np.ones((n, points), dtype=bool),
        groups,
        float(design["person"]) * rng.standard_normal(persons)[people],
        rng.standard_normal(n),
        rng,
        people,
        np.maximum(expectation - width, LOWEST),
        _kano(plan, number == 0, rng),
        constructs,
    )


def _formed(
    plan: Plan,
    experience: np.ndarray,
    constructs: dict,
    number: np.ndarray,
    people: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Expectations of a panel, n × touchpoints: in each wave exactly linear, on average, in the
    answers of the wave before.

    Two things keep it exact in whole numbers. What is not whole goes up or down by chance, in
    proportion, and noise that would lead beyond the scale is cut alike on both sides; neither moves
    the mean. So least squares on the ratings finds the planted weights.
    """
    weights, noise = plan.formation(), float(plan.design["formation"]["noise"])
    formed = np.zeros(experience.shape, dtype=int)
    first = number == 0
    count = int(first.sum())
    formed[first] = _rated(
        plan.pair("e"),
        rng.standard_normal((count, 1)),
        rng.standard_normal((count, experience.shape[1])),
        0.0,
    )
    for wave in range(1, number.max() + 1):
        now = np.flatnonzero(number == wave)
        before = np.flatnonzero(number == wave - 1)[people[now]]
        mean = (
            weights["intercept"]
            + weights[PAST[0]] * formed[before]
            + weights[PAST[1]] * experience[before]
        )
        mean = mean + sum(
            weights[name] * answers[now].mean(axis=1, keepdims=True)
            for name, answers in constructs.items()
        )
        room = np.maximum(np.minimum(mean - LOWEST, HIGHEST - mean), 0)
        shaken = _correlated(
            math.sqrt(HALO), rng.standard_normal((len(now), 1)), rng.standard_normal(mean.shape)
        )
        wanted = mean + np.clip(noise * shaken, -room, room)
        formed[now] = np.clip(_either_side(wanted, rng), LOWEST, HIGHEST)
    return formed


def _either_side(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whole numbers whose mean is `values`: 5.3 becomes 6 with probability 0.3, else 5. The nearest
    whole number would be off.
    """
    floor = np.floor(values)
    return (floor + (rng.random(values.shape) < values - floor)).astype(int)


def _kano(plan: Plan, asked: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Both answers of each Kano pair: a class by the design's shares, then one of the class's
    cells. Asked in the first wave only.
    """
    answers = {}
    for touchpoint in (t for t in plan.touchpoints if "kano" in t):
        pairs = np.full((len(asked), 2), np.nan)
        kinds = rng.choice(len(KANO_CELLS), size=int(asked.sum()), p=touchpoint["kano"])
        cells = list(KANO_CELLS.values())
        pairs[asked] = [
            cells[kind][int(pick * len(cells[kind]))]
            for kind, pick in zip(kinds, rng.random(len(kinds)), strict=True)
        ]
        answers[touchpoint["touchpoint"]] = pairs
    return answers
