"""What a person asks of a replay: the fields of the panel, and what is wrong with them. Pure."""

from typing import Final

from msgspec import Struct

from mqstudio.client.replay_values import Target, TargetKind, Wishes
from mqstudio.model.patching.syntax import parse_patch
from mqstudio.model.patching.tree import PatchError
from mqstudio.model.replay_limits import REPLAY_FAILURES_MAX, REPLAY_SPEED_MAX, REPLAY_SPEED_MIN
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr

SLIDER_STEPS: Final = 300
"""Steps of the speed slider, a hundred for each ten times; 1× is at 100."""

_DETENT: Final = 4
"""So near to 1×, or to 10×, the slider means it."""


class ReplayForm(Struct, frozen=True):
    """The fields. speed: as many times; has_gaps: without, as fast as can be."""

    target: TargetKind = TargetKind.ORIGINAL
    name: str = ""
    speed: float = 1.0
    has_gaps: bool = True
    keeps_key_order: bool = False
    has_own_ids: bool = True
    is_stepping: bool = False
    is_changing: bool = False
    patch: str = ""
    key: str = ""
    is_marked: bool = True
    may_loop: bool = False
    failures: str = str(REPLAY_FAILURES_MAX)


class FormProblem(Struct, frozen=True):
    """A field that cannot be so, and why. at, length: where in its text, if that is known."""

    field: str
    says: str
    at: int = -1
    length: int = 0


def problem_of(form: ReplayForm) -> FormProblem | None:
    """The first thing that is wrong; None if it can begin."""
    if form.target in (TargetKind.QUEUE, TargetKind.EXCHANGE) and not form.name:
        kind = tr("queue") if form.target is TargetKind.QUEUE else tr("exchange")
        return FormProblem("name", tr("Say which {kind}.", kind=kind))
    if form.is_changing and form.patch.strip():
        try:
            parse_patch(form.patch)
        except PatchError as error:
            return FormProblem("patch", error.says, error.at, error.length)
    if not (form.failures.isascii() and form.failures.isdigit() and len(form.failures) < 10):
        return FormProblem("failures", tr("After how many failures is a number; 0: never."))
    return None


def wishes_of(form: ReplayForm) -> Wishes:
    """What the engine is asked for. The form must be sound."""
    return Wishes(
        target=Target(
            form.target, form.name if form.target in (TargetKind.QUEUE, TargetKind.EXCHANGE) else ""
        ),
        speed=form.speed if form.has_gaps else None,
        keeps_key_order=form.keeps_key_order,
        has_new_ids=not form.has_own_ids,
        patch=form.patch if form.is_changing else "",
        key=form.key if form.is_changing else "",
        is_marked=form.is_marked,
        is_stepping=form.is_stepping,
        failures_max=int(form.failures),
        may_loop=form.may_loop,
    )


def speed_at(step: int) -> float:
    """The speed at a place of the slider."""
    for whole in (0, 100, 200, SLIDER_STEPS):
        if abs(step - whole) <= _DETENT:
            step = whole
    speed = 10 ** (step / 100 - 1)
    digits = 2 if speed < 1 else 1 if speed < 10 else 0
    return float(min(REPLAY_SPEED_MAX, max(REPLAY_SPEED_MIN, round(speed, digits))))


def step_at(speed: float) -> int:
    """The place of a speed on the slider: the nearest that means it."""
    return min(range(SLIDER_STEPS + 1), key=lambda step: (abs(speed_at(step) - speed), abs(step - 100)))


def speed_says(form: ReplayForm) -> str:
    """The speed, in words."""
    return tr("{speed}×", speed=f"{form.speed:g}") if form.has_gaps else tr("max")


def target_says(form: ReplayForm) -> str:
    """Where it goes, in words."""
    name = plain(form.name, 60)
    return {
        TargetKind.ORIGINAL: tr("the exchanges it was published to"),
        TargetKind.QUEUES: tr("the queues it was in"),
        TargetKind.QUEUE: tr("queue {name}", name=name),
        TargetKind.EXCHANGE: tr("exchange {name}", name=name),
    }[form.target]
