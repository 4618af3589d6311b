"""The catalogues are complete: a message without a translation would reach a client in English."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from cxlab.extras import EXTRAS
from cxlab.glossary import GLOSSARY
from cxlab.languages import LANGUAGES
from cxlab.show.kinds import KINDS
from cxlab.show.words.catalogue import MESSAGES, PICTURES, SECTIONS, WORDS
from tests.show.words.fault_templates import fault_templates

PACKAGE = Path(__file__).resolve().parents[3] / "cxlab"
LOCALES = PACKAGE / "show" / "words" / "locale"


def shown_messages() -> set[str]:
    """First argument of every `_("…")`, `N_("…")` and `message("…")`, and the words that stand as
    data.
    """
    kinds = [[kind.title, kind.caption, kind.note] for kind in KINDS.values()]
    kinds.append([entry.label for entry in GLOSSARY.values()])
    kinds.append([said for said, _ in EXTRAS.values()])
    found = set(words_of([WORDS, SECTIONS, MESSAGES, PICTURES, kinds])) - {""}
    worded = (
        file for room in ("show", "exports", "learn") for file in (PACKAGE / room).rglob("*.py")
    )
    for source in sorted(worded):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                first = node.args[0]
                if name in ("_", "N_", "message") and isinstance(first, ast.Constant):
                    found.add(first.value)
    return found


def words_of(data: object) -> Iterator[str]:
    """The words that stand as data beside the catalogue."""
    if isinstance(data, str):
        yield data
    else:
        for one in data.values() if isinstance(data, dict) else data:
            yield from words_of(one)


def refusal_templates() -> set[str]:
    """First argument of every ModelError(…) in the floors that raise it."""
    found = set()
    for floor in ("stats", "models", "study", "show"):
        for source in sorted((PACKAGE / floor).rglob("*.py")):
            nodes = list(ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
            named = {
                node.targets[0].id: node.value
                for node in nodes
                if isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and isinstance(node.value, ast.Constant)
            }
            tables = {
                node.targets[0].id: [
                    part.value
                    for value in node.value.values
                    for part in ast.walk(value)
                    if isinstance(part, ast.Constant)
                ]
                for node in nodes
                if isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and isinstance(node.value, ast.Dict)
            }
            for node in nodes:
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", "") in ("ModelError", "NotAskedError")
                    and node.args
                ):
                    first = node.args[0]
                    if isinstance(first, ast.Call) and getattr(first.func, "id", "") == "N_":
                        continue  # found with the messages shown
                    if isinstance(first, ast.Subscript):  # a table of templates
                        while isinstance(first, ast.Subscript):
                            first = first.value
                        found.update(tables[first.id])
                        continue
                    first = named.get(first.id, first) if isinstance(first, ast.Name) else first
                    assert isinstance(first, ast.Constant), (
                        f"{source.name}:{node.lineno}: a template must be a literal"
                    )
                    found.add(first.value)
    return found


def places(message: str) -> set[tuple[str, str, str]]:
    return {
        (name, spec or "", how or "")
        for _text, name, spec, how in string.Formatter().parse(message)
        if name is not None
    }


@pytest.fixture(scope="module", params=[one for one in LANGUAGES if one != "en"])
def catalogue(request) -> dict[str, str]:
    locale = request.param.replace("-", "_")
    with (LOCALES / locale / "LC_MESSAGES" / "cxlab.po").open("rb") as file:
        return {one.id: one.string for one in read_po(file, locale=locale) if one.id}


@pytest.fixture(scope="module")
def wanted() -> set[str]:
    return shown_messages() | refusal_templates() | fault_templates()


def test_every_message_is_translated_with_the_same_places(catalogue, wanted):
    assert len(wanted) > 150
    assert sorted(message for message in wanted if not catalogue.get(message)) == []
    assert (
        sorted(message for message in wanted if places(message) != places(catalogue[message])) == []
    )


def test_nothing_is_left_over(catalogue, wanted):
    assert sorted(set(catalogue) - wanted) == []
