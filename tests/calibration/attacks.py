"""Attacks on what may be shown, on 200 random studies each: of each kind the share of studies in
which a reader finds out what the level of protection promises that he cannot.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from harness import Kind, at_most  # noqa: E402

import cxlab as cx  # noqa: E402
from tests.show.disclosure import (  # noqa: E402
    test_attacks as attacks,
    test_disclosed_reports as files,
)
from tests.show.disclosure.attacks import drawn_splits, known_means, small_group  # noqa: E402


def linked(seed: int) -> Iterator[float]:
    sets, names = drawn_splits(seed)
    yield small_group(sets[~attacks.hidden(sets, names)]) is not None


def near(seed: int) -> Iterator[float]:
    sets, names = drawn_splits(seed)
    few = sets[(sets.sum(axis=1) < attacks.MIN) & sets.any(axis=1)]
    ratings = np.random.default_rng(seed).integers(3, 6, sets.shape[1])
    widths = known_means(sets[~attacks.hidden(sets, names)], ratings, few) if len(few) else [6]
    yield min(widths) < 6 / 4


def nested(seed: int) -> Iterator[float]:
    page = cx.Page(attacks.nested_study(seed))
    shown = [page(one).frame for one in (cx.experience_scores, cx.gap_scores)]
    yield attacks.nested_leaks(*shown, half=0.005) > 0


def classes(seed: int) -> Iterator[float]:
    yield bool(attacks.leaks_of_classes(seed))


def joined(seed: int) -> Iterator[float]:
    yield from attacks.named_beyond_guessing(seed)


def reports(seed: int, protect: str) -> Iterator[float]:
    """A whole report, from page, workbook and slides as they lie on the disk."""
    with TemporaryDirectory() as folder:
        report = files.written(files.whole_study(seed, protect), Path(folder))
        reads = (files.of_page, files.of_workbook)
        yield bool(files.more_digits(report))
        yield any(any(files.told_of_few(report, read)) for read in reads)
        apart = [one for read in reads for one in files.bases_apart(report, read)]
        # Where counts are told to the nearest 5, one apart is the other rounded.
        least = 1 if protect == "groups" else 6
        yield any(least <= one < attacks.MIN for one in apart)
        yield protect == "answers" and bool(files.solved_classes(report))


def _kind(answer, title: str) -> Kind:
    return Kind(answer, {"told": at_most(0)}, title, repeats=200)


KINDS = {
    "attack_linked": _kind(linked, "Sums of shown rows that are a small group"),
    "attack_near": _kind(near, "Means of few known to a quarter of the scale"),
    "attack_nested": _kind(nested, "Single ratings from two bases"),
    "attack_classes": _kind(classes, "Small classes solved for"),
    "attack_joined": Kind(
        joined,
        {"named": None, "guessed": None, "beyond": at_most(5)},
        "The class of one who joined",
        repeats=200,
    ),
    "attack_reports": Kind(
        reports,
        {"digits": at_most(0), "few": at_most(0), "bases": at_most(0), "classes": at_most(0)},
        "Whole reports as page, workbook and slides",
        repeats=200,
    ),
}


def cells() -> list[dict]:
    plain = [{"kind": kind} for kind in KINDS if kind != "attack_reports"]
    levels = ("groups", "answers")
    return plain + [{"kind": "attack_reports", "protect": protect} for protect in levels]
