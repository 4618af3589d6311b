"""Calls of the page as it was before `Page`, found in a template's cells before any of them runs.

Such a notebook would fail in the middle, client by client; so it is refused as a whole, and the
message holds the lines that take the place of the old ones.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

from cxlab.moved import new_line
from cxlab.report.messages import refusal

# A line for the shell or the notebook itself is not Python.
_MAGIC = re.compile(r"^\s*[%!].*", re.MULTILINE)


def refuse_gone_calls(notebook: Any, template: str) -> None:
    """Raise ReportError where a cell draws pages by functions that have gone."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    faces = {"cxlab"}  # the names that the package has in this notebook
    for number, source in enumerate(filter(str.strip, cells), 1):
        try:
            tree = ast.parse(_MAGIC.sub("", source))
        except SyntaxError:
            continue  # the run says it
        for name in _used(tree, faces):
            if new_line(name.rpartition(".")[2]):
                raise refusal(
                    f"{template}: cell {number} calls {name}, which has gone; a page is drawn so:"
                    " `page = cx.Page(study, languages, seed=seed, n_boot=n_boot)`,"
                    " `gaps = page(cx.gap_scores)`,"
                    ' `page.section("gaps", gaps.say(), gaps.plot())`'
                )


def _used(tree: ast.AST, faces: set[str]) -> Iterator[str]:
    """The names of the package that a cell takes, as they stand there; `faces` learns its names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            faces |= {one.asname for one in node.names if one.name == "cxlab" and one.asname}
        elif isinstance(node, ast.ImportFrom) and node.module == "cxlab":
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in faces:
            yield ast.unparse(node)
