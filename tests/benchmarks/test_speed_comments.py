"""Words of many comments, masked, stemmed and counted. Nothing here asserts a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx


def study_of(n: int, length: int = 14) -> cx.Study:
    """Comments of words that are the rarer the later (Zipf), one in three with a denial, one in
    twenty with a telephone number; respondents with names.
    """
    rng = np.random.default_rng(1)
    letters = list("abcdefghilmnoprstuv")
    vocabulary = np.array(["".join(rng.choice(letters, k)) for k in rng.integers(4, 10, 5000)])
    shares = 1 / np.arange(1, 5001)
    drawn = vocabulary[rng.choice(5000, (n, length), p=shares / shares.sum())]
    ends = ["", ", não gostei", "!"]
    texts = [
        " ".join(row) + ends[i % 3] + (" ligue 11 98765-4321" if i % 20 == 0 else "")
        for i, row in enumerate(drawn)
    ]
    frame = pd.DataFrame({"why": texts, "nps": rng.integers(0, 11, n)})
    frame["name"] = [f"Nome{i % 1000} Sobrenome{i % 1000}" for i in range(n)]
    why = {"why": {"column": "why", "about": "r", "language": "pt-BR"}}
    recommend = {"r": {"kind": "nps", "column": "nps"}}
    return cx.Study.from_frame(frame, {}, recommend, comments=why, personal_data=["name"])


@pytest.mark.parametrize("n", [10_000, 100_000])
def test_words_of_many_comments(benchmark, n):
    """Asked: 100,000 in 10 CPU seconds."""
    study = study_of(n)
    benchmark.pedantic(cx.comments.keyness, (study, "why"), rounds=1)
