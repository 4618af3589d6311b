"""Objects that cannot be changed in place: what they hand out is a copy, or read-only."""

from typing import Any

import numpy as np
import pandas as pd


class Sealed:
    """Base of frozen dataclasses. A frame, series, list or mapping is handed out as a copy (pandas
    copies its cells when they are written to), an array as a read-only view.
    """

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name.startswith("__"):
            return value
        if isinstance(value, (pd.DataFrame, pd.Series)):
            return value.copy(deep=False)
        if isinstance(value, np.ndarray):
            value = value.view()
            value.flags.writeable = False
        return value.copy() if type(value) in (dict, list) else value


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
