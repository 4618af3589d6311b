"""The path model that a study may declare: which of its constructs lead to which."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from typing import Annotated, Any

from pydantic import BeforeValidator

from cxlab.data_files import read_data
from cxlab.errors import said
from cxlab.study.codebook.declared import Id, Texts
from cxlab.study.codebook.normal import repeated

# Outcomes that are answered on a scale; of these one question is enough, for what it measures is
# the answer itself.
RATED = ("nps", "csat", "ces", "score")


def named_models() -> dict[str, dict[str, tuple[str, ...]]]:
    """The models that `model:` may name."""
    models = read_data("study.codebook", "models.yml").items()
    return {name: {one: tuple(held) for one, held in model.items()} for name, model in models}


def in_full(value: Any) -> dict[str, Sequence[str]]:
    """A named model as the mapping that it stands for; one source alone as a list of it. Raises
    ValueError for what is no model.
    """
    if isinstance(value, Mapping):
        full = {name: [one] if isinstance(one, str) else one for name, one in value.items()}
    else:
        full = named_models().get(value) if isinstance(value, str) else None
    if full is None or not all(isinstance(one, (list, tuple)) for one in full.values()):
        raise ValueError(
            said(
                "model is {models}, or says what leads to each: {{content: [image, quality]}}",
                models=" or ".join(named_models()),
            )
        )
    return full


Model = Annotated[dict[Id, Texts], BeforeValidator(in_full)]


def in_order(model: Mapping[str, Sequence[str]]) -> list[str]:
    """All constructs of a model, each after those that lead to it. Raises graphlib's CycleError."""
    return [*TopologicalSorter(model).static_order()]


def model_problems(book: Any, model: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What a model may not say of the constructs, or rated outcomes, of a study."""
    rated = [one for one in book.outcomes if one.kind in RATED]
    known = {one.id: one.columns for one in (*book.constructs, *rated)}
    named = dict.fromkeys(name for target in model for name in (*model[target], target))
    for name in named:
        if name not in known:
            yield said(
                "model: {name!r} is no construct or rated outcome of this study; it has: {known}",
                name=name,
                known=", ".join(known) or "none",
            )
        elif len(known[name]) == 1 and name in {one.id for one in book.constructs}:
            yield said(
                "model: {name!r} is one question, whose error cannot be told; name more columns of"
                " it, or declare it under outcomes",
                name=name,
            )
    for target, sources in model.items():
        if not sources:
            yield said("model.{target}: nothing leads to it; leave it out", target=target)
        for name in repeated(sources):
            yield said("model.{target}: {name!r} stands twice", target=target, name=name)
    try:
        in_order(model)
    except CycleError as error:
        circle = " → ".join(error.args[1])
        yield said("model: {circle} is a circle; nothing may lead to itself", circle=circle)
    for one, other in combinations([name for name in named if name in known], 2):
        for column in sorted({*known[one]} & {*known[other]}):
            yield said(
                "model: {one} and {other} rest on the same answers (column {column}); give each"
                " its own",
                one=one,
                other=other,
                column=column,
            )
