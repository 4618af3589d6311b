"""The single questions behind a mean of several: a study keeps the mean only, so they are coded
again from the answers.
"""

from collections.abc import Iterable
from itertools import product
from typing import Any

import pandas as pd

from cxlab.study.read.cells import Codes, code_cells
from cxlab.study.study import Study


def items_of(study: Study, item: Any, columns: Iterable[str]) -> pd.DataFrame:
    """Answers of all respondents to these columns of a construct, outcome or touchpoint, coded as
    the study coded them (scale points, high as the scale means it; NaN unless answered).
    """
    book, text = study.codebook, study.responses
    # A study of several files does not keep which row came from which; a cell that one decimal mark
    # cannot read, the other may.
    marks = dict.fromkeys((spec.decimal or ".", spec.thousands) for spec in book.responses)
    marks = marks or [(".", "")]
    empty = pd.Series(None, index=text.index, dtype=object)
    scale, coded = book.scale_of(item), {}
    for column, (decimal, thousands) in product(columns, marks):
        codes = Codes(scale, decimal, thousands, book.no_answer_words)
        cells = code_cells(text.get(column, empty), codes, "")[0]
        values = pd.Series(cells, text.index)
        coded[column] = coded.get(column, values).fillna(values)
    items = pd.DataFrame(coded)
    if getattr(item, "direction", "ease") == "effort":
        items = scale.min + scale.max - items
    return items
