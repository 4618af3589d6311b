"""`pip install cxlab` is enough for statistics; what an extra brings says so where it is missing.

The wheel is built from the sdist and installed where nothing else is but what it asks for:
out of the environment of the tests, or with CXLAB_INSTALL=1 (the continuous check) by pip.
"""

import importlib.metadata
import json
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cxlab.extras import EXTRAS

SAYS = {
    "report": "reports, notes and tables in Markdown need",
    "lab": "JupyterLab and the explorers need",
    "files": "files of SPSS and Stata, .xls and .ods need",
    "events": "a log of events needs",
    "comments": "the words of comments need",
    "cluster": "a Dask cluster needs",
}


def run(*command: object, **options) -> str:
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def project(root) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory) -> Path:
    """Built from the sdist, which therefore lacks nothing."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=root)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as sdist:
        sdist.extractall(folder, filter="data")
    source = next(path for path in folder.iterdir() if path.is_dir())
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=source)
    return next(folder.glob("*.whl"))


def closure(needs: list[str]) -> set[str]:
    """The packages that these need, and that those need."""
    found, left = set(), [Requirement(one) for one in needs]
    while left:
        need = left.pop()
        name = canonicalize_name(need.name)
        if name in found or (need.marker and not need.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        left += map(Requirement, importlib.metadata.requires(name) or ())
    return found


@pytest.fixture(scope="module")
def installed(root, project, wheel, tmp_path_factory) -> Path:
    """The interpreter of the environment."""
    folder = tmp_path_factory.mktemp("light") / "env"
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-compile", "--quiet"]
    if os.environ.get("CXLAB_INSTALL") == "1":
        run(*pip, "-c", root / "constraints.txt", wheel)
        return python
    run(*pip, "--no-deps", "--no-index", wheel)
    there = Path(run(python, "-c", "import site; print(site.getsitepackages()[0])").strip())
    for name in closure(project["dependencies"]):
        files = importlib.metadata.files(name)
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            held = Path(files[0].locate()).parents[len(files[0].parts) - 1] / top
            if held.exists() and not (there / top).exists():
                (there / top).symlink_to(held)
    return python


@pytest.fixture(scope="module")
def told(root, installed, tmp_path_factory) -> dict:
    """What `tests/light_core.py` found there."""
    outside = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "CXLAB"))}
    folder, script = tmp_path_factory.mktemp("anywhere"), root / "tests" / "light_core.py"
    said = run(installed, "-P", script, cwd=folder, env=outside)
    return json.loads(said.splitlines()[-1]) | {"folder": folder}


def test_statistics_pictures_words_and_pages_need_no_extra(told):
    assert told["loaded"] == []
    assert any("explicam" in one for one in told["words"]) and "text/html" in told["html"]
    held = {path.name for path in told["folder"].iterdir()}
    assert {"shares.svg", "gaps.png", "gaps.xlsx", "gaps.tex", "made", "drafted"} <= held


def test_check_and_draft_work_from_any_folder_on_a_packaged_sample(told):
    assert told["check"]["code"] == 0 and "sound: Study 'Aurora Telecom'" in told["check"]["out"]
    assert told["draft"]["code"] == 0 and "written to drafted" in told["draft"]["out"]


@pytest.mark.parametrize(
    ("asked", "extra", "package"),
    [
        ("report", "report", None),
        ("render_studies", "report", None),
        ("to_markdown", "report", "tabulate"),
        ("note", "report", "mistune"),
        ("lab", "lab", "jupyterlab"),
        ("explore", "lab", "ipywidgets"),
        ("explore_codebook", "lab", "ipywidgets"),
        ("sav", "files", "pyreadstat"),
        ("xls", "files", "pyreadstat"),
        ("paths", "events", "duckdb"),
        ("keyness", "comments", "snowballstemmer"),
        ("from_dask", "cluster", "dask"),
    ],
)
def test_what_is_missing_says_which_extra_brings_it(told, asked, extra, package):
    said = told[asked]["err"] if isinstance(told[asked], dict) else told[asked]
    said = " ".join((said[0] if isinstance(said, list) else said).split())
    named = package or next(one for one in EXTRAS[extra][1] if f" {one}," in said)
    assert named in EXTRAS[extra][1]
    install = f"which is not installed; install it with: pip install 'cxlab[{extra}]'"
    assert f"{SAYS[extra]} {named}, {install}" in said


def test_what_is_missing_is_said_in_portuguese_too(told):
    (_, sav), (_, xls) = told["sav"], told["xls"]
    for said, extra in ((sav, "files"), (xls, "files"), (told["events"]["out"], "events")):
        words = " ".join(said.split())
        assert f"que não está instalado; instale com: pip install 'cxlab[{extra}]'" in words
    assert told["report"]["code"] == 2 and told["lab"]["code"] == told["events"]["code"] == 1


def test_an_extra_asks_for_what_its_packages_are_called(project):
    """Protects the message: what it tells to install brings what is missing."""
    owners = importlib.metadata.packages_distributions()
    brought = project["optional-dependencies"]
    for extra, (_, modules) in EXTRAS.items():
        names = {canonicalize_name(Requirement(one).name) for one in brought[extra]}
        asked = {canonicalize_name(owners[module][0]) for module in modules}
        # Pillow comes with matplotlib already; dask's extra is a package of its own.
        assert names - asked <= {"pillow"} and asked - names <= {"distributed"}
    assert set(Requirement(brought["all"][0]).extras) == set(EXTRAS)


def test_the_wheel_carries_notebooks_samples_and_templates(root, wheel):
    with zipfile.ZipFile(wheel) as held:
        names = set(held.namelist())
    for folder in ("notebooks/learn", "notebooks/research", "data", "templates"):
        files = [path for path in (root / folder).rglob("*") if path.is_file()]
        kept = [one for one in files if not {"__pycache__", ".ipynb_checkpoints"} & {*one.parts}]
        assert kept and {f"cxlab/{one.relative_to(root).as_posix()}" for one in kept} <= names
    assert wheel.stat().st_size < 4_000_000
    assert not any(name.startswith(("tests/", "cxlab/tests")) for name in names)


def test_the_console_script_answers(installed, tmp_path):
    said = run(installed.parent / "cxlab", "check", "sample:quadrante", cwd=tmp_path)
    assert "sample:quadrante: 0 errors" in said
