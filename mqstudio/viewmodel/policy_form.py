"""The form that makes a policy, or changes one, and shows what it would apply to."""

from mqstudio.model.arguments import POLICY_KEYS, Argument
from mqstudio.model.policies import AppliesTo, Policy
from mqstudio.model.rules import QueueKind
from mqstudio.model.topology import DEFAULT_VHOST, Arguments
from mqstudio.viewmodel.argument_entries import argument_entries, read_arguments, write_values
from mqstudio.viewmodel.changes import Change, argument_changes, diff_preview, text_change
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind, Form, Preview
from mqstudio.viewmodel.matching import LINES_MAX, Match, match_preview, pattern_problem, policy_matches
from mqstudio.viewmodel.site import Site, name_problem
from mqstudio.viewmodel.wording import counted, plain
from mqstudio.viewmodel.words import tr

APPLIES_WORDS = {
    AppliesTo.ALL: "queues and exchanges",
    AppliesTo.QUEUES: "queues",
    AppliesTo.EXCHANGES: "exchanges",
    AppliesTo.CLASSIC_QUEUES: "classic queues",
    AppliesTo.QUORUM_QUEUES: "quorum queues",
    AppliesTo.STREAMS: "streams",
}
_KINDS = {
    AppliesTo.CLASSIC_QUEUES: QueueKind.CLASSIC,
    AppliesTo.QUORUM_QUEUES: QueueKind.QUORUM,
    AppliesTo.STREAMS: QueueKind.LOG,
}
FOR_EXCHANGES_ONLY = ("alternate-exchange",)


class PolicyForm(Form):
    """A policy in the making, or an existing one (`policy`)."""

    def __init__(self, site: Site, vhost: str = DEFAULT_VHOST, policy: Policy | None = None) -> None:
        old = policy or Policy(vhost, "", "", {})
        super().__init__(
            {
                "name": old.name,
                "vhost": old.vhost,
                "pattern": old.pattern,
                "applies_to": old.applies_to.value,
                "priority": str(old.priority),
                "is_operator": TRUE if old.is_operator else "",
                **write_values(POLICY_KEYS, old.definition),
            }
        )
        self._site, self._old = site, policy
        self._is_new = policy is None
        self.heading = tr("Make a policy") if self._is_new else tr("Policy {name}", name=plain(old.name, 60))
        self.verb = tr("Make policy") if self._is_new else tr("Change")

    def entries(self) -> list[Entry]:
        """For what, how important, and every key that a policy can set there."""
        exchanges = [row.spec.name for row in self._site.structure.exchanges(self.value("vhost"))]
        applies = tuple((each.value, tr(words)) for each, words in APPLIES_WORDS.items())
        is_fixed = not self._is_new
        return [
            Entry("name", tr("Name"), placeholder="orders-ttl", is_fixed=is_fixed),
            *self._site.vhost_entry(is_fixed=is_fixed),
            Entry("pattern", tr("Pattern"), tr("A regular expression, found anywhere in the name."),
                  placeholder="^orders"),
            Entry("applies_to", tr("Applies to"), "", EntryKind.CHOICE, applies),
            Entry("priority", tr("Priority"), tr("Of all that match a name, the highest counts.")),
            Entry("is_operator", tr("Operator policy"), tr("No way around it: of numbers the lower counts."),
                  EntryKind.FLAG, is_fixed=is_fixed),
            *argument_entries(self._fitting(), tr("Sets"), exchanges, by_policy_key=True),
        ]  # fmt: skip

    def _fitting(self) -> list[Argument]:
        applies_to = AppliesTo(self.value("applies_to"))
        kind = _KINDS.get(applies_to)
        return [
            argument
            for key, argument in POLICY_KEYS.items()
            if (applies_to in (AppliesTo.ALL, AppliesTo.EXCHANGES) or key not in FOR_EXCHANGES_ONLY)
            and (applies_to is not AppliesTo.EXCHANGES or key in FOR_EXCHANGES_ONLY)
            and (kind is None or kind in argument.kinds)
        ]

    def _read(self) -> tuple[Arguments, dict[str, str]]:
        return read_arguments(self._fitting(), self.values, by_policy_key=True)

    def problems(self) -> dict[str, str]:
        """What is wrong, by entry."""
        _, problems = self._read()
        name, pattern = self.value("name"), self.value("pattern")
        taken = [p.name for p in self._policies() if p.is_operator is self.is_set("is_operator")]
        if self._is_new and name in taken:
            problems["name"] = tr(
                "There is a policy {name} already. Edit that, or rename this.", name=plain(name, 60)
            )
        elif name_problem(name):
            problems["name"] = name_problem(name)
        if pattern_problem(pattern):
            problems["pattern"] = pattern_problem(pattern)
        if _number(self.value("priority")) is None:
            problems["priority"] = tr("The priority is a whole number; 0 is usual.")
        return problems

    def _policies(self) -> list[Policy]:
        return self._site.structure.policies(self.value("vhost"))

    def missing(self) -> bool:
        """A name, a pattern and something to set are needed; and of one that is there something changes."""
        has_all = self.value("name") and self.value("pattern") and self._read()[0]
        return not has_all or (self._old is not None and not self.changes())

    def policy(self) -> Policy:
        """The policy as it stands."""
        return Policy(
            self.value("vhost"),
            self.value("name"),
            self.value("pattern"),
            self._read()[0],
            _number(self.value("priority")) or 0,
            AppliesTo(self.value("applies_to")),
            self.is_set("is_operator"),
        )

    def summary(self) -> str:
        """What it sets, and for how many."""
        if not self.value("pattern"):
            return tr("Type a pattern to see what it applies to: “^orders” finds every name that begins so.")
        definition, problems = self._read()
        if problems or pattern_problem(self.value("pattern")):
            return ""
        wins = [match for match in policy_matches(self._site.structure, self.policy()) if match.does_win]
        sets = ", ".join(f"{key} = {plain(str(value), 40)}" for key, value in definition.items())
        return tr(
            "Sets {value} for {counted} now.", value=sets or "nothing yet", counted=counted(len(wins), "name")
        )

    def previews(self) -> list[Preview]:
        """What changes, what the pattern finds, and where this policy would count."""
        if not self.value("pattern"):
            return [Preview(tr("Matches"), ())]
        matches = policy_matches(self._site.structure, self.policy())
        return [*self._difference(matches), match_preview(matches)]

    def _difference(self, matches: list[Match]) -> list[Preview]:
        """Of a policy that is there: what becomes different, and for whom it counts no longer."""
        if self._old is None:
            return []
        now = {(match.name, match.is_queue) for match in matches if match.does_win}
        before = [match for match in policy_matches(self._site.structure, self._old) if match.does_win]
        gone = [plain(each.name, 60) for each in before if (each.name, each.is_queue) not in now]
        lost = [tr("Applies to {name} no longer.", name=name) for name in gone[:LINES_MAX]]
        return diff_preview(self.changes(), lost)

    def changes(self) -> list[Change]:
        """What becomes different from the policy there is; nothing of one that is new."""
        old = self._old
        if old is None:
            return []
        applies = (APPLIES_WORDS[old.applies_to], APPLIES_WORDS[AppliesTo(self.value("applies_to"))])
        return [
            *text_change("pattern", tr("Pattern"), old.pattern, self.value("pattern")),
            *text_change("applies_to", tr("Applies to"), *(tr(each) for each in applies)),
            *text_change("priority", tr("Priority"), str(old.priority), self.value("priority").strip()),
            *argument_changes(POLICY_KEYS, old.definition, self._read()[0]),
        ]

    async def act(self) -> None:
        """Make or change it; undone, it is as it was, or there is none."""
        policy, old, client = self.policy(), self._old, self._site.workspace.client
        await client.put_policy(policy)
        name = plain(policy.name, 60)

        async def undo() -> None:
            if old is not None:
                await client.put_policy(old)
                self._site.done(tr("Policy {plain} is as it was.", plain=name))
            else:
                await client.delete_policy(policy.name, is_operator=policy.is_operator, vhost=policy.vhost)
                self._site.done(tr("There is no policy {plain} any more.", plain=name))

        title = tr("the change of policy {plain}", plain=name)
        self._site.undo.offer(tr("Policy {plain} applies.", plain=name), title, undo)
        self._site.structure.look_again()


def _number(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) < 2**31 else None
