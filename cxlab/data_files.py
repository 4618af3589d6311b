"""Tables and words that stand as data beside the code that uses them."""

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def read_data(room: str, file: str) -> Any:
    """The YAML file of a room of cxlab, as in `read_data("models.gap", "forms.yml")`.

    It is parsed once and shared, so a caller must not change it.
    """
    return yaml.safe_load(
        (resources.files("cxlab") / room.replace(".", "/") / file).read_text("utf-8")
    )
