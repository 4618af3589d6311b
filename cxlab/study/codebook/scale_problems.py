"""Scales that study.yml declares or leaves out, held against what is answered on them."""

import math
from collections.abc import Iterator
from typing import Any

from cxlab.errors import said
from cxlab.study.codebook.roles import KANO_SCALE, RATED_ROLES
from cxlab.study.codebook.scale import Scale

# What the target of a kind of outcome may be: of its first metric, NPS points or a share; of others
# a mean on its scale.
_TARGETS = {"nps": (-100, 100), "csat": (0, 1), "ces": (0, 1), "binary": (0, 1)}
# What a kind of outcome is answered on; an amount is any number, a duration none below 0.
SCALES = {
    "nps": Scale(min=0, max=10),
    "binary": Scale(min=0, max=1),
    "amount": Scale.model_construct(min=-math.inf, max=math.inf, whole=False, reverse=False),
    "duration": Scale.model_construct(min=0.0, max=math.inf, whole=False, reverse=False),
}


def scale_problems(codebook: Any) -> Iterator[str]:
    """What is wrong with a codebook's scales, and with its targets on them."""
    yield from _of_files(codebook)
    yield from _of_items(codebook)
    yield from _of_targets(codebook)


def _of_files(codebook: Any) -> Iterator[str]:
    for spec in codebook.responses:
        for name, own in spec.scales.items():
            if (known := codebook.scales.get(name)) is None:
                yield said(
                    "{file}: scale {name!r} is not declared under scales",
                    file=spec.file,
                    name=name,
                )
            elif (own.min, own.max) != (known.min, known.max):
                yield said(
                    "{file}: scale {name!r} runs {own_low:g}–{own_high:g} there and"
                    " {low:g}–{high:g} elsewhere: answers on two scales are not comparable;"
                    " recode them, or give them a touchpoint of their own",
                    file=spec.file,
                    name=name,
                    own_low=own.min,
                    own_high=own.max,
                    low=known.min,
                    high=known.max,
                )


def _of_items(codebook: Any) -> Iterator[str]:
    for outcome in codebook.outcomes:
        fixed = SCALES.get(outcome.kind, SCALES["amount"])
        scale = codebook.named_scale(outcome) or fixed
        if fixed.whole and (scale.min, scale.max) != (fixed.min, fixed.max):
            yield said(
                "{outcome}: kind {kind} is defined on {low:g}–{high:g}, this scale is"
                " {own_low:g}–{own_high:g}; recode the answers, or declare kind score",
                outcome=outcome.id,
                kind=outcome.kind,
                low=fixed.min,
                high=fixed.max,
                own_low=scale.min,
                own_high=scale.max,
            )
        if scale.reverse and outcome.direction == "effort":
            yield said(
                "{outcome}: `reverse: true` and `direction: effort` would turn the answers"
                " twice; keep one",
                outcome=outcome.id,
            )
    for item in codebook.items:
        if hasattr(item, "touchpoint") and not set(item.questions) & set(RATED_ROLES):
            continue  # a Kano pair needs no scale of the touchpoint's own
        own = getattr(item, "importance_scale", None)
        if own and not item.importance:
            yield said("{item}: importance_scale, and no importance", item=item.id)
        for scale in (item.scale, own):
            if isinstance(scale, str) and scale not in codebook.scales:
                yield said(
                    "{item}: scale {scale!r} is not declared under scales",
                    item=item.id,
                    scale=scale,
                )
        if (
            item.scale is None
            and getattr(item, "kind", "") not in SCALES
            and len(set(codebook.scales) - {KANO_SCALE}) != 1
        ):
            yield said(
                "{item}: which scale? declare one under scales, such as {{agree7: {{min: 1,"
                " max: 7}}}}, and name it",
                item=item.id,
            )


def _of_targets(codebook: Any) -> Iterator[str]:
    """Targets that no figure of their outcome can reach."""
    declared = {outcome.id: outcome for outcome in codebook.outcomes}
    for name, target in codebook.targets.items():
        if name not in declared:
            yield said("targets: outcome {name!r} is not declared under outcomes", name=name)
            continue
        kind = declared[name].kind
        scale = codebook.named_scale(declared[name]) or SCALES["amount"]
        low, high = _TARGETS.get(kind, (scale.min, scale.max))
        if not low <= target <= high:
            share = said("; write 0.8 for 80 %") if _TARGETS.get(kind) == (0, 1) else ""
            yield said(
                "targets.{name}: {target:g} is not within {low:g} to {high:g}{share}",
                name=name,
                target=target,
                low=low,
                high=high,
                share=share,
            )
