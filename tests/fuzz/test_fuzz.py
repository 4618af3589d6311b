"""A damaged study is read right, or refused or warned of with file, place and what to do; it never
ends in a traceback, never hangs and never gives other numbers without a word.

`python -m tests.fuzz.run` tries every kind with ten seeds; here each is tried once.
"""

from __future__ import annotations

import sys

import pytest
from hypothesis import settings

from tests.fuzz import sound
from tests.fuzz.judge import BAD, undamaged
from tests.fuzz.run import KINDS, everything

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are Linux's")
# Bombs cost seconds to make.
QUICK = [name for name in KINDS if "bomb" not in name]
steady = settings(deadline=None, derandomize=True, max_examples=60)


@pytest.mark.parametrize("form", sound.FORMATS)
def test_the_sound_study_is_the_same_in_every_format(form):
    assert undamaged(form) == undamaged("csv")


@pytest.mark.parametrize("part", range(8))
def test_each_kind_of_damage_is_known(part):
    results = everything(QUICK[part::8], seeds=1)
    bad = {name: one for name, (one,) in results.items() if one.judged in BAD}
    assert not bad, "\n".join(f"{one.judged}: {name}: {one.said}" for name, one in bad.items())
