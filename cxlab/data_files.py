"""Tables and words that stand as data beside the code that uses them."""

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def read_data(room: str, file: str) -> Any:
    """The YAML file of a room of cxlab, parsed once: `read_data("models.gap", "forms.yml")`. It is
    shared by whoever asks, so nobody changes it.
    """
    return yaml.safe_load(
        (resources.files("cxlab") / room.replace(".", "/") / file).read_text("utf-8")
    )
