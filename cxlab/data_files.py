"""Tables and words that stand as data beside the code that uses them."""

from functools import cache
from importlib import resources
from typing import Any

import yaml

# libyaml's parser, where PyYAML was built with it, takes a tenth of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def read_data(room: str, file: str) -> Any:
    """The YAML file of a room of cxlab, as in `read_data("models.gap", "forms.yml")`.

    It is parsed once and shared, so a caller must not change it.
    """
    text = (resources.files("cxlab") / room.replace(".", "/") / file).read_text("utf-8")
    return yaml.load(text, Loader=_LOADER)
