"""Data goes one way through the house: study → models, show → a notebook → report. The imports are
read, not run, those inside functions too. And how large it may be.
"""

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.size import by_room, report, tokens

# Code tokens of one file, and of the package; words of the data beside it.
FILE, PACKAGE, WITH_DATA = 3_000, 391_400, 428_900
COLUMNS = 100

# What each room may import of cxlab. models and show never meet but in a notebook.
ALLOWED = {
    "errors": set(),
    "data_files": {"errors"},
    "extras": {"errors"},
    "glossary": set(),
    "languages": {"data_files"},
    "result": {"glossary"},
    "moved": set(),
    "study": {
        "data_files",
        "errors",
        "extras",
        "glossary",
        "languages",
        "result",
        "stats",
        "study",
    },
    "stats": {"errors", "extras", "stats"},
    "models": {
        "data_files",
        "errors",
        "extras",
        "glossary",
        "languages",
        "result",
        "study",
        "stats",
        "models",
    },
    "show": {"data_files", "errors", "extras", "glossary", "languages", "result", "show"},
    "report": {"data_files", "errors", "extras", "languages", "moved", "study", "show", "report"},
    "exports": {"errors", "extras", "study", "show", "exports"},
    "learn": {"data_files", "errors", "extras", "languages", "study", "show", "learn"},
    "__main__": {
        "data_files",
        "errors",
        "exports",
        "extras",
        "languages",
        "learn",
        "study",
        "report",
        "__version__",
    },
}
SOLE = {
    "report": {"papermill", "nbclient", "nbconvert"},
    "show": {"matplotlib", "seaborn", "ipywidgets", "babel"},
}


def imports(path):
    """Full names of what a file imports, and of what it takes out of them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(name: str) -> str:
    return name.split(".")[1]


@pytest.fixture(scope="module")
def modules(root):
    return {
        path: path.relative_to(root / "cxlab").parts[0].removesuffix(".py")
        for path in (root / "cxlab").rglob("*.py")
        if path.parent != root / "cxlab" or path.stem != "__init__"
    }


def test_rooms_import_only_what_lies_before_them(modules):
    wrong = [
        f"{path.name} ({room}) imports {name}"
        for path, room in modules.items()
        for name in imports(path)
        if name.startswith("cxlab.") and room_of(name) not in ALLOWED[room]
    ]
    assert not wrong


def test_libraries_stay_in_their_room(modules):
    wrong = [
        f"{path.name} ({room}) imports {name}"
        for path, room in modules.items()
        for name in imports(path)
        for home, libraries in SOLE.items()
        if name.split(".")[0] in libraries and room != home
    ]
    assert not wrong


def test_importing_the_face_loads_no_heavy_library(root):
    import subprocess
    import sys

    code = (
        "import sys, cxlab; print([m for m in ('pandas', 'numpy', 'matplotlib', 'statsmodels',"
        " 'papermill', 'pydantic') if m in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_no_circle_between_files(root, modules):
    names = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in modules
    }
    # `from cxlab.room import name` means the file `name` where there is one, else the room's own.
    found = {
        module: {name for name in imports(path) if name in names and name != module}
        for module, path in names.items()
    }
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' → '.join(error.args[1])}")


def test_no_file_is_too_large_to_read(root, modules):
    large = {str(path.relative_to(root)): tokens(path) for path in modules if tokens(path) > FILE}
    assert not large
    wide = [
        f"{path.relative_to(root)}:{number}"
        for room in ("cxlab", "tests")
        for path in (root / room).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > COLUMNS
    ]
    assert not wide


def test_the_package_stays_small():
    rooms, data = by_room()
    assert rooms.total() <= PACKAGE and rooms.total() + data <= WITH_DATA, report()
