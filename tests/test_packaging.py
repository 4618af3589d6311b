"""What has to be installed is said in three files; here they are held to one another."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import cxlab


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def needs(project) -> dict[str, str]:
    """Every requirement, those of all extras and the tests too: name → bound."""
    found, left = {}, [*map(Requirement, project["dependencies"]), Requirement("cxlab[test]")]
    while left:
        need = left.pop()
        if need.name != "cxlab":
            found[canonicalize_name(need.name)] = str(need.specifier)
            continue
        for extra in need.extras:  # extras that are made of extras
            left += map(Requirement, project["optional-dependencies"][extra])
    return found


def bounds(requirements: list[str]) -> dict[str, str]:
    found = map(Requirement, requirements)
    return {canonicalize_name(need.name): str(need.specifier) for need in found}


@pytest.fixture(scope="module")
def pins(root) -> dict[str, str]:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    held = [line for line in lines if line.strip() and not line.startswith("#")]
    # One pattern says it all: no address, no option, no path, no marker.
    strange = [line for line in held if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)]
    assert strange == []
    return {
        canonicalize_name(name): version for name, version in (line.split("==") for line in held)
    }


def test_conda_and_pip_install_the_same(root, project, needs):
    """Protects the colleague who uses conda from another set of packages."""
    entries = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    from_pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    assert from_pip[-1] == "-e ."
    found = [
        Requirement(text)
        for text in [entry for entry in entries if isinstance(entry, str)] + from_pip[:-1]
    ]
    conda = {canonicalize_name(need.name): str(need.specifier) for need in found}
    assert conda.pop("python") == project["requires-python"]
    assert conda.pop("pip") == ""
    assert conda == needs


def test_every_need_is_pinned_within_its_bound(project, needs, pins):
    """Protects `make test` and `make docs` on another day: what was tested is what is installed."""
    needs = needs | bounds(project["optional-dependencies"]["docs"])
    assert sorted(set(needs) - set(pins)) == []
    outside = {
        name: pins[name]
        for name, bound in needs.items()
        if not Requirement(f"x{bound}").specifier.contains(Version(pins[name]))
    }
    assert outside == {}


def test_nothing_of_this_machine_is_pinned(root, pins):
    """Protects a fresh clone from an address or a path that only we can reach."""
    assert "cxlab" not in pins
    for name in ("constraints.txt", "environment.yml", "Makefile", ".ci/run"):
        text = (root / name).read_text(encoding="utf-8")
        assert not re.search(
            r"https?://|file://|--index-url|--extra-index-url|--trusted-host", text
        ), name


def test_the_version_is_said_once(project):
    """Protects a report's manifest, which names the version of cxlab."""
    assert project["version"] == cxlab.__version__


def test_a_browser_gets_what_the_notebooks_need(root, project):
    """Protects the reader on mybinder.org: no report is made there, and no PDF engine installed."""
    held = (root / ".binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    constraints, package = [line for line in held if not line.startswith("#")]
    assert constraints == "-c constraints.txt" and package.startswith(".[")
    extras = set(package[2:-1].split(","))
    assert extras == set(project["optional-dependencies"]) - {
        *("report", "cluster", "all", "test", "docs", "bench"),
    }
    python = (root / ".binder" / "runtime.txt").read_text(encoding="utf-8").strip()
    assert re.fullmatch(r"python-3\.1[123]", python)
    assert (root / ".binder" / "postBuild").stat().st_mode & 0o111


def test_the_continuous_check_can_be_run(root):
    assert (root / ".ci" / "run").stat().st_mode & 0o111
