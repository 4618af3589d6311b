"""The table of kinds: what is written in it wrongly is found before a report is made."""

from importlib import import_module

import pytest
from pydantic import ValidationError

from cxlab.show.kinds import KINDS, ROWS, TOGETHER


def functions():
    for name, row in [*KINDS.items(), *TOGETHER.items()]:
        shown = [row.say, row.behind, *row.says.values(), *row.plots.values()]
        yield from ((name, one) for one in [*shown, row.rests and row.rests.rule] if one)


@pytest.mark.parametrize(("kind", "function"), [*functions()])
def test_every_function_that_a_kind_names_is_there(kind, function):
    module, _, name = function.rpartition(".")
    assert callable(getattr(import_module(f"cxlab.show.{module}"), name)), kind


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"title": "Gaps", "plts": {}}, r"gaps\.plts\n  Extra inputs are not permitted"),
        ({"say": "say.gap.say_gaps"}, r"gaps\.title\n  Field required"),
        ({"title": "Gaps", "layout": "list"}, r"gaps\.layout\n  Input should be 'prose', 'points'"),
        ({"title": "Gaps", "rests": {"rules": "x"}}, r"gaps\.rests\.rule\n  Field required"),
        ({"title": "Gaps", "columns": [["n", "rank"]]}, r"gaps\.columns"),
    ],
)
def test_what_is_written_wrongly_is_named_with_its_row(row, message):
    with pytest.raises(ValidationError, match=message):
        ROWS.validate_python({"gaps": row})
