"""Numbers in digits are judged many at once, because amounts differ from row to row. They must come
out as each would for itself.
"""

import math

import numpy as np
import pytest

from cxlab.study.codebook.schema import Scale
from cxlab.study.read.cells import Codes

AMOUNTS = [repr(float(x)) for x in np.random.default_rng(1).normal(5, 30, 500)]
ODD = [
    "5.",
    "1e2",
    ".5",
    "+4",
    "07",
    "1_0",
    "nan",
    "inf",
    "9" * 16,
    "1e15",
    "1e16",
    "٣",
    "４",
    "4,5",
]
ODD += [
    " 6 ",
    "",
    "N/A",
    "10 - top",
    "-0",
    "99",
    "99.0",
    "3.0",
    "777",
    "777.0",
    "8 ",
    "oito",
    "0x1A",
]
CELLS = [*AMOUNTS, *map(str, range(-3, 200)), *ODD]
SCALES = {
    "whole": Scale(min=0, max=10),
    "amounts": Scale(min=-50, max=1e16, whole=False),
    "codes": Scale(min=-5, max=150, no_answer=["777"], not_used=["x", "-99"], labels={"3": "bom"}),
}


@pytest.mark.parametrize("scale", SCALES)
def test_many_numbers_are_judged_as_each_for_itself(scale):
    """Protects amounts and codes among them: whatever is told by its digits at once is what the
    slow way says, a declared code is left to it, and most amounts are told.
    """
    codes = Codes(SCALES[scale], ".")
    at_once = dict(zip(CELLS, codes.plain(CELLS).tolist(), strict=True))
    told = {cell: number for cell, number in at_once.items() if not math.isnan(number)}
    assert {cell: codes.judged(cell.strip()) for cell in told} == {
        cell: (number, 0, "") for cell, number in told.items()
    }
    answered = {cell for cell in CELLS if codes.judged(cell.strip())[1:] == (0, "")}
    assert len(told) >= 0.9 * len(answered)


@pytest.mark.parametrize("marks", [(",", ""), (".", ",")])
def test_other_marks_are_left_to_the_slow_way(marks):
    """Protects "4.5" in a file of decimal commas, which is no number there."""
    assert np.isnan(Codes(SCALES["amounts"], *marks).plain(CELLS)).all()
