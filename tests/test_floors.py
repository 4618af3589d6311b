"""Data goes one way through the house: study → models, show → a notebook → report. The imports are
read, not run.
"""

import ast

import pytest

# What each room may import of cxlab. models and show never meet but in a notebook.
ALLOWED = {
    "errors": set(),
    "glossary": set(),
    "study": {"errors", "glossary", "stats", "study"},
    "stats": {"errors", "stats"},
    "models": {"errors", "glossary", "study", "stats", "models"},
    "show": {"errors", "glossary", "show"},
    "report": {"errors", "study", "show", "report"},
    "__main__": {"errors", "study", "report", "__version__"},
}
SOLE = {
    "report": {"papermill", "nbclient", "nbconvert"},
    "show": {"matplotlib", "seaborn", "ipywidgets", "babel"},
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "cxlab":
                yield from (f"cxlab.{alias.name}" for alias in node.names)
            else:
                yield node.module


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
