"""Which queues and exchanges a pattern finds, and which policy counts for each: shown while one types."""

from collections.abc import Iterable

from msgspec import Struct

from mqstudio.model.patterns import compile_pattern
from mqstudio.model.policies import FOR_EXCHANGES, FOR_QUEUES, Policy, best_policy
from mqstudio.viewmodel.form import Preview
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.wording import count, counted, plain
from mqstudio.viewmodel.words import tr

LINES_MAX = 100
"""Names shown; of more, their number is."""


class Match(Struct, frozen=True):
    """A name that a policy finds. `winner` is the policy that counts for it."""

    name: str
    is_queue: bool
    winner: str
    does_win: bool


def pattern_problem(text: str) -> str:
    """Why a text is no pattern, "" if it is one."""
    try:
        compile_pattern(text)
    except ValueError as error:
        return str(error)
    return ""


def policy_matches(structure: Structure, policy: Policy) -> list[Match]:
    """What a policy, as it stands, would find among what there is, and whether it would count there.

    Shape: queues first, then exchanges, each by name. Empty if its pattern is none.
    """
    if pattern_problem(policy.pattern):
        return []
    policies = [*structure.policies(policy.vhost)]
    key = (policy.is_operator, policy.name)
    others = [each for each in policies if (each.is_operator, each.name) != key]
    pattern = compile_pattern(policy.pattern)
    named = [(row.spec.name, True, FOR_QUEUES[row.rules.kind]) for row in structure.queues(policy.vhost)]
    if not policy.is_operator:
        named += [
            (row.spec.name, False, FOR_EXCHANGES)
            for row in structure.exchanges(policy.vhost)
            if row.spec.name
        ]
    found = []
    for name, is_queue, kinds in named:
        if policy.applies_to in kinds and pattern.search(name):
            best = best_policy([*others, policy], name, kinds, is_operator=policy.is_operator)
            found.append(Match(name, is_queue, best.name if best else "", best is policy))
    return found


def match_preview(matches: list[Match]) -> Preview:
    """Matches as lines: where the policy counts, and where another wins."""
    lines = []
    for match in matches[:LINES_MAX]:
        what = "queue" if match.is_queue else "exchange"
        note = "" if match.does_win else tr(": policy {winner} wins", winner=plain(match.winner, 40))
        lines.append(("good" if match.does_win else "quiet", f"{plain(match.name, 60)} ({what}){note}"))
    wins = sum(match.does_win for match in matches)
    title = (
        _title(wins)
        if wins == len(matches)
        else tr("{wins} of {count} matched", wins=_title(wins), count=count(len(matches)))
    )
    return Preview(title if matches else tr("Matches nothing there is now"), (*lines, *_rest(len(matches))))


def name_preview(title: str, pattern: str, names: Iterable[str]) -> Preview:
    """The names that a pattern allows; none for an empty one, as permissions have it."""
    if pattern_problem(pattern):
        return Preview(tr("{title}: no pattern yet", title=title), ())
    find = compile_pattern(pattern).search
    found = [name for name in names if pattern and find(name)]
    lines = tuple(("good", plain(name, 60)) for name in found[:LINES_MAX])
    return Preview(f"{title}: {counted(len(found), 'name')}", (*lines, *_rest(len(found))))


def _title(number: int) -> str:
    return tr("Applies to {number}", number=counted(number, "name"))


def _rest(number: int) -> tuple[tuple[str, str], ...]:
    more = number - LINES_MAX
    return (("quiet", f"and {count(more)} more"),) if more > 0 else ()
