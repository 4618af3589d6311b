"""A damaged study is read right, or refused or warned of with file, place and what to do; it never
ends in a traceback, never hangs and never gives other numbers without a word.

`python -m tests.fuzz.run` tries every kind with ten seeds; here every third is tried once.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings, strategies as st

import cxlab as cx
from tests.fuzz import sound
from tests.fuzz.damage_bytes import ANY
from tests.fuzz.judge import BAD, undamaged
from tests.fuzz.run import KINDS, everything

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are Linux's")
# Bombs cost seconds to make, and all kinds a minute and a half: every third is tried.
QUICK = [name for name in KINDS if "bomb" not in name][::3]
steady = settings(deadline=None, derandomize=True, max_examples=40)


@pytest.mark.parametrize("form", sound.FORMATS)
def test_the_sound_study_is_the_same_in_every_format(form):
    assert undamaged(form) == undamaged("csv")


@pytest.mark.parametrize("part", range(4))
def test_damage_is_known(part):
    results = everything(QUICK[part::4], seeds=1)
    bad = {name: one for name, (one,) in results.items() if one.judged in BAD}
    assert not bad, "\n".join(f"{one.judged}: {name}: {one.said}" for name, one in bad.items())


def checked(folder: Path, form: str, file: str, data: bytes) -> None:
    """Whatever stands in a file, there is a table of faults, and each says what to do."""
    sound.write(folder, form)
    (folder / file).write_bytes(data)
    faults = cx.check_study(folder)
    assert (faults["fix"] != "").all() or set(faults["severity"]) <= {"warning"}, faults.to_string()


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "html", "zip"])
@steady
@given(seed=st.integers(0, 2**32), times=st.integers(1, 4), data=st.data())
def test_no_damage_to_bytes_is_a_traceback(form, seed, times, data):
    """Protects from damage that nobody thought of: several kinds, one upon another."""
    rng, held = random.Random(seed), sound.made(form)
    for _ in range(times):
        change = data.draw(st.sampled_from([*ANY.values()]))
        held = change(rng, held) if len(held) > 2 else held
    with tempfile.TemporaryDirectory() as folder:
        checked(Path(folder), form, f"r.{form}", held)


CELLS = st.one_of(
    st.integers(-3, 12).map(str), st.text(max_size=6), st.sampled_from(["", "NA", "4,5"])
)


@steady
@given(rows=st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=6))
def test_no_cell_is_a_traceback(rows):
    with tempfile.TemporaryDirectory() as folder:
        checked(Path(folder), "csv", "r.csv", sound.as_csv([sound.HEADER, *rows]))


KEYS = [
    "schema",
    "client",
    "responses",
    "scales",
    "touchpoints",
    "outcomes",
    "segments",
    "include",
    "min",
    "max",
    "labels",
    "column",
    "kind",
    "report",
    "wave",
    "weight",
    "x",
]
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(KEYS),
    ),
    lambda held: (
        st.lists(held, max_size=3) | st.dictionaries(st.sampled_from(KEYS), held, max_size=4)
    ),
    max_leaves=12,
)


@steady
@given(more=st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
def test_no_key_is_a_traceback(more):
    """Protects from declarations of any shape, which are refused key by key."""
    with tempfile.TemporaryDirectory() as folder:
        sound.write(Path(folder))
        held = yaml.safe_load(sound.STUDY.format(file="r.csv")) | more
        checked(Path(folder), "csv", "study.yml", yaml.safe_dump(held, allow_unicode=True).encode())
