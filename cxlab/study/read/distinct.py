"""Which texts a column holds, and where each stands: a million ratings are eleven texts, and what
is asked of a cell is asked of a text once.
"""

import ctypes

import numpy as np
import pandas as pd

FEW = 0.05  # texts a cell, above which most cells hold a text of their own


def distinct(cells: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The place of each cell's text among the texts, −1 where it is missing, and the texts in the
    order in which they come: what `pandas.factorize` gives.

    Readers make one object of equal texts, so the objects are told apart first, by their
    addresses, which takes a fifth of the time of comparing texts.
    """
    held = cells.to_numpy()
    if held.dtype != object or len(held) < 1000:
        return pd.factorize(cells, use_na_sentinel=True)
    held = np.ascontiguousarray(held)
    addresses = (ctypes.c_ssize_t * len(held)).from_address(held.ctypes.data)
    places, objects = pd.factorize(np.frombuffer(addresses, dtype=np.intp))
    if len(objects) > FEW * len(held):
        return pd.factorize(cells, use_na_sentinel=True)
    somewhere = np.empty(len(objects), dtype=np.intp)
    somewhere[places] = np.arange(len(held))
    again, texts = pd.factorize(held[somewhere], use_na_sentinel=True)
    is_same = len(texts) == len(objects) and (again == np.arange(len(objects))).all()
    return places if is_same else again[places], texts
