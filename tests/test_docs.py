"""What README and the pages of docs/ say is so: names, commands, files, examples of study.yml."""

import re
import shlex
import sys
from itertools import zip_longest
from pathlib import Path

import pytest
import yaml

import cxlab as cx
from cxlab.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

import check_links  # noqa: E402
import make_pages  # noqa: E402

PAGES = [
    ROOT / "README.md",
    ROOT / "notebooks" / "research" / "README.md",
    *(path for path in sorted(DOCS.rglob("*.md")) if "made" not in path.parts),
]
HOW_TO = sorted(path.name for path in (DOCS / "how-to").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.M | re.S)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    return [code for told, code in BLOCK.findall(text_of(path)) if told == language]


def commands(path: Path) -> list[str]:
    """The calls of cxlab in a page, without what stands behind them."""
    lines = [line for code in blocks(path, "sh") for line in code.splitlines()]
    lines += re.findall(r"`(cxlab [^`]*)`", text_of(path))
    return [line.partition("  #")[0].strip() for line in lines if line.startswith("cxlab ")]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_name_that_a_page_calls_is_there(path):
    """Protects the reader from a call of an earlier release."""
    missing = []
    for name in sorted(set(re.findall(r"\bcx\.([A-Za-z_]\w*(?:\.[a-z_]\w*)?)", text_of(path)))):
        first, _, second = name.partition(".")
        one = getattr(cx, first, None)
        if name not in ("name", "room.name", "attempt", "suppress") and (
            one is None or (second and not hasattr(one, second))
        ):
            missing.append(f"cx.{name}")
    assert missing == []


@pytest.mark.parametrize("path", [one for one in PAGES if commands(one)], ids=name_of)
def test_every_command_of_a_page_is_taken(path, capsys):
    """Protects the reader from an option that there is not."""
    helps: dict[str, str] = {}
    wrong = []
    for line in commands(path):
        command, *words = shlex.split(line)[1:] or [""]
        if command not in helps:
            with pytest.raises(SystemExit):
                main([command, "--help"])
            helps[command] = capsys.readouterr().out
        options = [word for word in words if word.startswith("--")]
        wrong += [f"{line}: {one}" for one in options if one not in helps[command]]
        assert helps[command].startswith(f"usage: cxlab {command}"), line
    assert wrong == []


def test_each_how_to_page_stands_in_portuguese_with_the_same_code():
    """Protects the Brazilian reader from a page that was changed in English alone."""
    translated = sorted(path.name for path in (DOCS / "pt-BR").glob("*.md"))
    assert set(HOW_TO) - set(translated) == {"developing.md"}

    def shown(path: Path) -> list[tuple[str, str]]:
        code = [(told, re.sub(r'\s+#.*|"[^"]*"', "", one)) for told, one in BLOCK.findall(path)]
        return [(told, one) for told, one in code if not told.startswith("{")]

    for name in set(translated) & set(HOW_TO) - {"index.md"}:
        english, portuguese = (shown(text_of(DOCS / one / name)) for one in ("how-to", "pt-BR"))
        for ours, theirs in zip_longest(english, portuguese):
            assert re.sub(r"\.(en|pt-BR)\.md", "", str(ours)) == re.sub(
                r"\.(en|pt-BR)\.md", "", str(theirs)
            ), name


def test_readme_is_short_and_its_files_are_there():
    """Protects the door to the site: README leads there and is no second one."""
    text = text_of(ROOT / "README.md")
    assert len(text.splitlines()) <= 150
    targets = re.findall(r"\]\(([^)#\s]+)\)", text)
    assert len(targets) > 10 and [one for one in targets if not (ROOT / one).exists()] == []
    assert "make reports" in text and "make test" in text


@pytest.mark.parametrize("page", ["README.md", "docs/study.md"])
def test_an_example_of_study_yml_holds_but_for_its_answers(page, tmp_path):
    """Protects whoever copies it: nothing is missing but the file of answers."""
    (told,) = [code for code in blocks(ROOT / page, "yaml") if code.startswith("schema: 1")]
    (tmp_path / "study.yml").write_text(told, encoding="utf-8")
    touchpoints = "touchpoint,stage,scale,experience\ndelivery,act,agree7,q7\nstore,act,agree7,q8\n"
    actions = "touchpoint,what,who,date,due,metric\nstore,Repair,Ana,2026-03-01,,\n"
    for name, text in {"touchpoints.csv": touchpoints, "actions.csv": actions}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "brand.yml").write_text("name: Example\n", encoding="utf-8")
    faults = cx.check_study(tmp_path).query("severity == 'error'")
    assert faults[["column", "problem"]].values.tolist() == [["responses", "there is no such file"]]


def test_the_gallery_has_an_example_of_every_kind_with_a_picture():
    """Protects the gallery from a picture that nobody finds: `make docs` draws them all."""
    assert len(make_pages.examples()) > 5
    for room, rows in make_pages.examples().items():
        assert room in make_pages.rooms()
        for kind, code in rows.items():
            assert "result = " in code, kind


def test_a_kind_without_an_example_stops_the_build(monkeypatch):
    row = next(row for row in make_pages.KINDS.values() if row.plots)
    monkeypatch.setattr(make_pages, "KINDS", {**make_pages.KINDS, "new_kind": row})
    with pytest.raises(SystemExit, match=r"give an example of these kinds.*\['new_kind'\]"):
        make_pages.examples()


def test_the_reference_has_every_public_name(tmp_path, monkeypatch):
    """Protects a new name, and a new room, from being left out."""
    monkeypatch.setattr(make_pages, "MADE", tmp_path)
    make_pages.reference()
    told = "\n".join(text_of(path) for path in (tmp_path / "reference").glob("*.rst"))
    told = told.replace("cx.GLOSSARY", "cxlab.GLOSSARY")
    names = [make_pages.full_name(room, name) for room, name, _one in make_pages.public_names()]
    assert len(names) > 100
    assert [name for name in names if not re.search(rf"{re.escape(name)}\b", told)] == []


def test_the_index_of_research_notebooks_has_each_of_them():
    folder = ROOT / "notebooks" / "research"
    listed = re.findall(r"\]\((\w+\.ipynb)\)", text_of(folder / "README.md"))
    assert sorted(listed) == sorted(path.name for path in folder.glob("*.ipynb"))


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    (tmp_path / "index.html").write_text('<a id="here" href="page.html#there">x</a>', "utf-8")
    (tmp_path / "page.html").write_text('<p id="there"><a href="index.html#gone">y</a>', "utf-8")
    assert check_links.broken(tmp_path) == ["page.html: index.html#gone"]


def test_the_citation_names_this_version():
    told = yaml.safe_load(text_of(ROOT / "CITATION.cff"))
    assert told["cff-version"] == "1.2.0" and told["version"] == cx.__version__
    assert {"message", "title", "authors", "license"} <= set(told)
