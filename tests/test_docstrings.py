"""What is public is documented: each name has its sections and an example that runs."""

import doctest
import inspect
import re
import warnings
from importlib import import_module
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import cxlab as cx
from cxlab.moved import ROOMS

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def public() -> dict[str, object]:
    """What is public, by the name that a notebook writes; each object once."""
    found: dict[int, tuple[str, object]] = {}
    for room in ("", *ROOMS, "exports"):
        module = getattr(cx, room) if room else cx
        for name in module.__all__:
            one = getattr(module, name)
            if callable(one):
                found.setdefault(id(one), (f"cx.{room}.{name}".replace("..", "."), one))
    return dict(found.values())


PUBLIC = public()


def section(one: object, name: str) -> str:
    """A section of a docstring, empty where there is none."""
    text = inspect.getdoc(one) or ""
    found = re.search(rf"^{name}\n-{{{len(name)}}}\n(.*?)(?=^\w[\w ]*\n---|\Z)", text, re.S | re.M)
    return found[1].strip() if found else ""


def missing(one: object) -> list[str]:
    """What the docstring of a public name does not say: sections, and parameters by name."""
    wanted = ["Examples"] if inspect.isclass(one) else ["Returns", "Examples"]
    lacks = [name for name in wanted if not section(one, name)]
    if not inspect.isclass(one):
        told = section(one, "Parameters") + section(one, "Other Parameters")
        heads = ",".join(line for line in told.splitlines() if not line.startswith(" "))
        named = set(re.findall(r"\w+", heads))
        lacks += [name for name in inspect.signature(one).parameters if name not in named]
    return lacks


def failed(name: str, one: object) -> str:
    """What doctest says of the example, which knows nothing but what it imports."""
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(inspect.getdoc(one) or "", {}, name, None, None)
    if not test.examples:
        return "no example"
    with warnings.catch_warnings():  # a name that has moved is no example
        warnings.simplefilter("error", DeprecationWarning)
        doctest.DocTestRunner(verbose=False, optionflags=OPTIONS).run(test, out=said.append)
    plt.close("all")
    return "".join(said)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_is_documented_and_its_example_runs(name, tmp_path, monkeypatch):
    """Protects whoever pastes the example: in a checkout, after an installation, in any folder."""
    monkeypatch.chdir(tmp_path)
    assert missing(PUBLIC[name]) == []
    assert failed(name, PUBLIC[name]) == ""


def modules_with_examples() -> list[str]:
    """Modules in which something has an example, by their names."""
    folder = Path(cx.__file__).parent
    return [
        ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(folder.rglob("*.py"))
        if ">>> " in path.read_text(encoding="utf-8")
    ]


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_of_what_is_not_public_hold_as_well(name):
    module = import_module(name)
    shown = {id(inspect.unwrap(one)) for one in PUBLIC.values()}
    for test in doctest.DocTestFinder().find(module):
        member = getattr(module, test.name.removeprefix(f"{name}."), None)
        if id(inspect.unwrap(member) if callable(member) else member) not in shown:
            said: list[str] = []
            doctest.DocTestRunner(verbose=False, optionflags=OPTIONS).run(test, out=said.append)
            assert said == []


def test_the_search_finds_what_is_missing():
    def bare(frame, *, by=None):
        """Nothing is said.

        Examples
        --------
        >>> 1 + 1
        3
        """

    assert missing(bare) == ["Returns", "frame", "by"]
    assert "Expected:\n    3\nGot:\n    2" in failed("bare", bare)
    assert len(PUBLIC) > 100 and {"cx.nps", "cx.comments.keyness", "cx.Study"} <= set(PUBLIC)
