"""Objects that cannot be changed in place: what they hand out is a copy, or read-only."""

from collections.abc import Callable
from functools import cache
from operator import methodcaller
from typing import Any

import numpy as np
import pandas as pd


class Sealed:
    """Base of frozen dataclasses. A frame, series, list or mapping is handed out as a copy (pandas
    copies its cells when they are written to), an array as a read-only view.
    """

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        hand_out = _handed(type(value))
        return value if hand_out is None or name.startswith("__") else hand_out(value)


@cache
def _handed(kind: type) -> Callable | None:
    """How something of this kind is handed out where not as it is."""
    if issubclass(kind, (pd.DataFrame, pd.Series)):
        return methodcaller("copy", deep=False)
    if issubclass(kind, np.ndarray):
        return _read_only
    return kind.copy if kind in (dict, list) else None


def _read_only(array: np.ndarray) -> np.ndarray:
    array = array.view()
    array.flags.writeable = False
    return array


class FrozenDict(dict):
    """A mapping that refuses to be changed, and can be copied and pickled."""

    def _refuse(self, *_: Any, **__: Any) -> None:
        raise TypeError("what a study declares cannot be changed: declare another")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple:
        return type(self), (dict(self),)


def frozen(value: Any) -> Any:
    """Nested mappings as frozen ones."""
    if not isinstance(value, dict):
        return value
    return FrozenDict({key: frozen(held) for key, held in value.items()})
