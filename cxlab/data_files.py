"""Tables and words that stand as data beside the code that uses them, and folders of the repository
that go with it.
"""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from cxlab.errors import CxlabError

PACKAGE = Path(__file__).parent

# libyaml's parser, where PyYAML was built with it, takes a tenth of the time.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def read_data(room: str, file: str) -> Any:
    """The YAML file of a room of cxlab, as in `read_data("models.gap", "forms.yml")`.

    It is parsed once and shared, so a caller must not change it.
    """
    text = (resources.files("cxlab") / room.replace(".", "/") / file).read_text("utf-8")
    return yaml.load(text, Loader=_LOADER)


def shipped(folder: str) -> Path:
    """templates/, notebooks/ or data/: inside the package once installed, at the top of the
    repository in a checkout. Raises CxlabError where it is missing.
    """
    for place in (PACKAGE, PACKAGE.parent):
        if (place / folder).is_dir():
            return place / folder
    raise CxlabError(
        "the {folder} of cxlab are missing; install it again, or run it from a checkout",
        folder=folder,
    )
