"""Pages of the site that nobody writes: what they say stands somewhere in the project already.

The reference follows the stubs of the face and its rooms, the methods the Notes of docstrings, the
gallery the table of kinds, the glossary its CSV, the numbers the READMEs that hold them. conf.py
calls `write_pages` before Sphinx reads anything.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

import cxlab as cx
from cxlab.show.kinds import KINDS, title_of
from cxlab.show.page.html import Html
from cxlab.show.words.wording import Wording

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MADE = HERE / "made"
# What each room is about, in the order of a study; of another one, its name.
PAGES = {
    "": "The face: `cx.name`",
    "describe": "How things stand",
    "gap": "Expectation and experience",
    "drivers": "Drivers of loyalty",
    "journey": "The journey",
    "waves": "Waves",
    "events": "Logs of contacts",
    "comments": "Comments",
    "money": "Money",
    "constructs": "What stands behind satisfaction and loyalty",
    "segments": "Kinds of customers",
    "exports": "Exports of survey tools",
    "learn": "Lessons",
}
# READMEs beside the figures that they tell.
NUMBERS = {
    "witnesses": "tests/README.md",
    "calibration": "tests/calibration/README.md",
    "benchmarks": "tests/benchmarks/README.md",
    "fuzz": "tests/fuzz/README.md",
    "samples": "data/README.md",
    "notebooks": "notebooks/research/README.md",
}
_LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")


def rooms() -> dict[str, ModuleType]:
    """The face (""), and each room by its name: `cx.name` and `cx.room.name`."""
    names = [name for name in sorted(cx.__all__) if inspect.ismodule(getattr(cx, name))]
    order = [*(name for name in PAGES if name in names), *(n for n in names if n not in PAGES)]
    return {"": cx} | {name: getattr(cx, name) for name in order}


def title_of_room(room: str) -> str:
    return PAGES.get(room, room.capitalize())


def public_names() -> Iterator[tuple[str, str, Any]]:
    """Room, name and object of what is public, each object once: where it is shortest to call."""
    seen: set[int] = set()
    for room, module in rooms().items():
        for name in sorted(module.__all__, key=str.lower):
            one = getattr(module, name)
            if not inspect.ismodule(one) and id(one) not in seen and not name.startswith("__"):
                seen.add(id(one))
                yield room, name, one


def full_name(room: str, name: str) -> str:
    """Of a public name, as the reference has it."""
    return ".".join(filter(None, ["cxlab", room, name]))


def write(name: str, text: str) -> None:
    """A page; one that says the same already is left, so that Sphinx need not read it again."""
    path = MADE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _listed(names: list[str], toctree: bool) -> list[str]:
    options = ["   :toctree: ../api"] if toctree else []
    return [".. autosummary::", *options, "", *(f"   ~{name}" for name in names), ""]


def reference() -> None:
    """A page a room with a line for each name; a name of the face stands in its room too."""
    for room, module in rooms().items():
        head = title_of_room(room) + (f": `cx.{room}`" if room else "")
        text = [head.replace("`", "``"), "=" * (len(head) + 4), ""]
        text += [textwrap.fill((module.__doc__ or "").partition("\n\n")[0], 90), ""]
        own = [full_name(r, n) for r, n, _one in public_names() if r == room]
        values = [one for one in own if one == "cxlab.GLOSSARY"]
        text += _listed([one for one in own if one not in values], toctree=True)
        if values:
            text += ["``cx.GLOSSARY`` is the :doc:`glossary <../glossary>` as a mapping.", ""]
        faced = [n for n in module.__all__ if room and getattr(module, n) in _values(cx)]
        if faced:
            text += ["On the face too:", "", *_listed([f"cxlab.{n}" for n in sorted(faced)], False)]
        write(f"reference/{room or 'face'}.rst", "\n".join(text))
    listed = [f"made/reference/{room or 'face'}" for room in rooms()]
    write("rooms.txt", "\n".join(["```{toctree}", ":maxdepth: 1", "", *listed, "```", ""]))


def _values(module: ModuleType) -> list[Any]:
    return [getattr(module, name) for name in module.__all__]


def methods() -> None:
    """What each function does and whose method it is: the Notes of its docstring."""
    text = ["Methods and their sources", "=" * 25, "", (HERE / "methods.txt").read_text("utf-8")]
    pages = rooms()
    homes = [(room, page.__all__) for room, page in pages.items() if room]
    public = {name: (full_name(room, name), one) for room, name, one in public_names()}
    roomy = {name for _room, names in homes for name in names}
    told: set[str] = set()
    for room, names in [*homes, ("", [name for name in public if name not in roomy])]:
        rows = [name for name in names if name in public and name not in told]
        noted = {name: notes for name in rows if (notes := section(public[name][1], "Notes"))}
        told |= set(rows)
        if noted:
            title = title_of_room(room) if room else "Studies, reports, results"
            text += [title, "-" * len(title), ""]
        for name, notes in noted.items():
            full = public[name][0]
            text += [f":obj:`{full.replace('cxlab', 'cx')} <{full}>`", ""]
            text += [textwrap.indent(escaped(notes), "   "), ""]
    text += [(HERE / "references.txt").read_text("utf-8")]
    write("methods.rst", "\n".join(text))


def citation() -> None:
    """CITATION.cff as BibTeX, which reference managers read."""
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    names = [
        f"{{{one['name']}}}" if "name" in one else f"{one['family-names']}, {one['given-names']}"
        for one in told["authors"]
    ]
    fields = {"author": " and ".join(names), "title": f"{{{told['title']}}}"}
    fields |= {"version": told["version"], "note": f"{told['license']} licence"}
    if "date-released" in told:
        fields["year"] = str(told["date-released"])[:4]
    lines = [f"  {key:7} = {{{words}}}," for key, words in fields.items()]
    write("cxlab.bib", "\n".join(["@software{cxlab,", *lines, "}", ""]))


def section(one: Any, name: str) -> str:
    """A section of a docstring."""
    text = inspect.getdoc(one) or ""
    found = re.search(rf"^{name}\n-+\n(.*?)(?=^\w[\w ]*\n---|\Z)", text, re.S | re.M)
    return found[1].strip() if found else ""


def escaped(text: str) -> str:
    """reStructuredText takes |x| for a name to be replaced; here it is an absolute value."""
    return "\n".join(
        line if line.lstrip().startswith((">>>", "...")) else line.replace("|", r"\|")
        for line in text.splitlines()
    )


def glossary() -> None:
    """Every column of every result."""
    text = [
        "# Glossary: the columns of results",
        "",
        "Every column of every result means one thing.",
    ]
    text += ["It is `cx.GLOSSARY` in Python, and gives the tables of reports their headings.", ""]
    portuguese = Wording("pt-BR")
    text += ["| column | heading | em português | meaning | unit |", "|---|---|---|---|---|"]
    for one in sorted(cx.GLOSSARY.values(), key=lambda entry: entry.name):
        told = (one.label, portuguese.heading(one.name), one.meaning, one.unit)
        cells = [f"`{one.name}`", *(cell.replace("|", r"\|") for cell in told)]
        text.append(f"| {' | '.join(cells)} |")
    write("glossary.md", "\n".join(text) + "\n")


def numbers() -> None:
    """READMEs of folders as pages; their links to files of the project become downloads."""
    for page, file in NUMBERS.items():
        folder = (ROOT / file).parent.relative_to(ROOT)

        def named(link: re.Match, folder: Path = folder) -> str:
            target = (folder / link[2]).as_posix()
            for other, known in NUMBERS.items():
                if (ROOT / target).resolve() == ROOT / known:
                    return f"[{link[1]}]({other}.md)"
            file = (ROOT / target).resolve()
            told = file.relative_to(ROOT).as_posix()
            return f"{{download}}`{link[1]} <../../{told}>`" if file.is_file() else f"`{told}`"

        text = _LINK.sub(named, (ROOT / file).read_text(encoding="utf-8"))
        text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.S)
        write(f"{page}.md", text)


# ------------------------------------------------------------------------------------ the gallery


def examples() -> dict[str, dict[str, str]]:
    """Room → kind → code. Refuses where a kind with a picture has no example, or one is of none."""
    told = yaml.safe_load((HERE / "gallery.yml").read_text(encoding="utf-8"))
    found = {room: rows for room, rows in told.items() if room != "studies"}
    shown = {kind for rows in found.values() for kind in rows}
    wanted = {kind for kind, row in KINDS.items() if row.plots}
    if shown != wanted:
        raise SystemExit(
            "docs/gallery.yml: give an example of these kinds, which have a picture:"
            f" {sorted(wanted - shown)}; take out these, which have none: {sorted(shown - wanted)}"
        )
    return found


def code_of(code: str, view: str, first: bool) -> str:
    """The whole of an example: import, the studies it names, the result and its picture."""
    studies = yaml.safe_load((HERE / "gallery.yml").read_text(encoding="utf-8"))["studies"]
    made = [f"{name} = {call}" for name, call in studies.items() if re.search(rf"\b{name}\b", code)]
    picture = "cx.plot(result)" if first else f'cx.plot(result, kind="{view}")'
    return "\n".join(["import cxlab as cx", "", *made, code.strip(), picture])


def gallery() -> None:
    """A page a room: each picture of each kind below the code that draws it."""
    known: dict[str, Any] = {}
    names = {name: full_name(room, name) for room, name, _one in public_names()}
    cards = ["# Gallery", "", "Every picture of cxlab, drawn by the code beside it.", ""]
    for room, rows in examples().items():
        text = [f"# {title_of_room(room)}: pictures", ""]
        cards += [f"## {title_of_room(room)}", "", "::::{grid} 2 2 3 3", ":gutter: 2", ""]
        for kind, code in rows.items():
            result = _run(code, known)
            words = Wording("en", result.labels.get("en", {})).about(result)
            title = title_of(words, KINDS[kind], result)
            title = title[:1].upper() + title[1:]
            text += [f"({kind})=", f"## {title}", ""]
            if kind in names:
                text += [f"{{py:obj}}`{names[kind].replace('cxlab', 'cx')} <{names[kind]}>`", ""]
            for place, view in enumerate(KINDS[kind].plots):
                text += ["```python", code_of(code, view, place == 0), "```", ""]
                text += [_shown(result, room, kind, view), ""]
            first = next(iter(KINDS[kind].plots))
            cards += _card(room, kind, title, first)
        write(f"gallery/{room}.md", "\n".join(text))
        cards += ["::::", ""]
    listed = "\n".join(f"{room}" for room in examples())
    cards += ["```{toctree}", ":hidden:", "", listed, "```", ""]
    write("gallery/index.md", "\n".join(cards))


def _run(code: str, known: dict[str, Any]) -> Any:
    """The result of an example; a study that several take is made once."""
    studies = yaml.safe_load((HERE / "gallery.yml").read_text(encoding="utf-8"))["studies"]
    for name, call in studies.items():
        if name not in known and re.search(rf"\b{name}\b", code):
            known[name] = eval(call, {"cx": cx})
    scope = {"cx": cx, **known}
    exec(compile(code, "docs/gallery.yml", "exec"), scope)
    return scope["result"]


def _shown(result: Any, room: str, kind: str, view: str) -> str:
    """A picture as a file and the line that shows it; what is drawn as text as it is."""
    picture = cx.plot(result, kind=view)
    if picture is None:
        raise SystemExit(f"docs/gallery.yml: the example of {kind} draws no picture {view}")
    if isinstance(picture, Html):
        return f"```{{raw}} html\n<div class='quotes'>{picture._repr_html_()}</div>\n```"
    file = f"{kind}-{view}.svg"
    (MADE / "gallery").mkdir(parents=True, exist_ok=True)
    picture.save(MADE / "gallery" / file)
    alt = " ".join(picture.alt.split()).replace('"', "”")
    return f"```{{image}} {file}\n:alt: {alt}\n:width: 100%\n```"


def _card(room: str, kind: str, title: str, view: str) -> list[str]:
    file = f"{kind}-{view}.svg"
    image = [f":img-top: {file}"] if (MADE / "gallery" / file).is_file() else []
    return [
        f":::{{grid-item-card}} {title}",
        f":link: {kind}",
        ":link-type: ref",
        *image,
        ":::",
        "",
    ]


def write_pages() -> None:
    """All of them. Rooms become modules by the names that users give them."""
    for room, module in rooms().items():
        if room:
            sys.modules.setdefault(f"cxlab.{room}", module)
    reference()
    methods()
    glossary()
    numbers()
    citation()
    gallery()


if __name__ == "__main__":
    write_pages()
