"""The form that changes a queue: what is different then, what that costs, and the two ways there are.

Queues keep the arguments they were declared with for life, as RabbitMQ's do. So a rule comes by a policy,
where one can give it, or the messages go to a new queue that has the rules from the start. Both can be
undone.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from mqstudio.model.arguments import QUEUE_ARGUMENTS, Argument, ArgumentError, check_queue, queue_rules
from mqstudio.model.limits import PAGE_MAX_ROWS
from mqstudio.model.policies import FOR_QUEUES, AppliesTo, Policy, best_policy
from mqstudio.model.rows import MessageState, QueueRow
from mqstudio.model.rules import QueueKind, QueueRules
from mqstudio.model.topology import Arguments, BindingSpec, DestinationKind
from mqstudio.model.verbs import ActedReply, Destination
from mqstudio.protocols.native import hand
from mqstudio.viewmodel.argument_entries import argument_entries, read_arguments, write_values
from mqstudio.viewmodel.changes import Change, argument_changes, diff_preview, flag_change, shown
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind, Form, Preview
from mqstudio.viewmodel.pairs import read_pairs, write_pairs
from mqstudio.viewmodel.rules_words import rules_sentence
from mqstudio.viewmodel.site import Site, name_problem
from mqstudio.viewmodel.wording import counted, plain
from mqstudio.viewmodel.words import tr

POLICY, ANEW = "policy", "anew"
TYPE: Final = "x-queue-type"

LOWEST_COUNTS: Final = frozenset(
    {
        "x-message-ttl",
        "x-expires",
        "x-max-length",
        "x-max-length-bytes",
        "x-delivery-limit",
        "x-consumer-timeout",
    }
)
"""Of an argument and a policy the lower one counts: so a policy can lower what an argument says."""

MOST: Final = 1_000_000
"""Messages that are moved to a new queue at most, before it is given up: more arrive than can be moved."""


class QueueChange(Form):
    """An existing queue with other rules."""

    verb = "Change"

    def __init__(self, site: Site, row: QueueRow) -> None:
        self._site, self._row = site, row
        spec = row.spec
        known = {name: value for name, value in spec.arguments.items() if name in QUEUE_ARGUMENTS}
        others = {name: value for name, value in spec.arguments.items() if name not in known}
        super().__init__(
            {
                "name": spec.name,
                "vhost": row.vhost,
                "is_durable": TRUE if spec.is_durable else "",
                "is_auto_delete": TRUE if spec.is_auto_delete else "",
                "others": write_pairs(others),
                "new_name": self._free_name(),
                **write_values(QUEUE_ARGUMENTS, known),
            }
        )
        self.heading = tr("Queue {name}", name=plain(spec.name, 60))

    def _free_name(self) -> str:
        name, number = self._row.spec.name, 2
        while self._site.structure.queue(self._row.vhost, f"{name}-{number}") is not None:
            number += 1
        return f"{name}-{number}"

    # ---- what can be filled in

    @property
    def kind(self) -> QueueKind:
        """The type that is chosen."""
        chosen = self.value(TYPE)
        return QueueKind(chosen) if chosen in tuple(QueueKind) else QueueKind.CLASSIC

    def _fitting(self) -> list[Argument]:
        return [each for each in QUEUE_ARGUMENTS.values() if self.kind in each.kinds and each.name != TYPE]

    def entries(self) -> list[Entry]:
        """How to change it, then everything that there is to change."""
        table = QUEUE_ARGUMENTS[TYPE]
        types = (("", tr("classic (default)")), *((each, each) for each in table.choices))
        exchanges = [row.spec.name for row in self._site.structure.exchanges(self._row.vhost)]
        entries = [
            Entry("name", tr("Name"), is_fixed=True),
            *self._how(),
            Entry(TYPE, tr(table.title), tr(table.says), EntryKind.CHOICE, types, term=TYPE),
            Entry(
                "is_durable",
                tr("Durable"),
                tr("Its declaration survives a restart of the broker."),
                EntryKind.FLAG,
            ),
            Entry(
                "is_auto_delete",
                tr("Auto-delete"),
                tr("Deleted when its last consumer goes."),
                EntryKind.FLAG,
            ),
            *(
                self._with_policy(each)
                for each in argument_entries(self._fitting(), tr("Arguments"), exchanges)
            ),
            Entry(
                "others",
                tr("Other arguments"),
                tr("One a line, name = value. Kept and shown."),
                EntryKind.LINES,
                group=tr("Arguments"),
            ),
        ]
        return entries

    def _how(self) -> list[Entry]:
        changes = self.changes()
        if not changes:
            return []
        choices = [(ANEW, tr("move the messages to a new queue"))]
        if self.can_be_policy(changes):
            choices.insert(0, (POLICY, tr("by a policy for this queue alone")))
        says = (
            tr("Applies at once; the queue, its messages and consumers stay.")
            if self.how == POLICY
            else tr("A queue keeps the arguments it was made with: a new one gets them, and the messages.")
        )
        entries = [Entry("how", tr("How"), says, EntryKind.CHOICE, tuple(choices))]
        if self.how == ANEW:
            entries.append(
                Entry("new_name", tr("Name of the new queue"), tr("Bindings are copied; consumers are not."))
            )
        return entries

    def _with_policy(self, entry: Entry) -> Entry:
        """What a policy sets stands grey in the field."""
        argument = QUEUE_ARGUMENTS[entry.name]
        now = self._policy_now()
        definition = now.definition if now is not None else {}
        if argument.policy_key not in definition or entry.kind is EntryKind.FLAG:
            return entry
        words = tr(
            "{argument}, by policy {policy}",
            argument=shown(argument, definition[argument.policy_key]),
            policy=plain(self._row.policy, 40),
        )
        return Entry(
            entry.name, entry.title, entry.says, entry.kind, entry.choices, words, entry.group, entry.term
        )

    @property
    def how(self) -> str:
        """The way that is chosen, or the gentler one that is possible."""
        chosen = self.value("how")
        can_be_policy = self.can_be_policy(self.changes())
        return (
            chosen
            if chosen == ANEW or (chosen == POLICY and can_be_policy)
            else (POLICY if can_be_policy else ANEW)
        )

    # ---- what changes

    def _read(self) -> tuple[Arguments, dict[str, str]]:
        found, problems = read_arguments(self._fitting(), self.values)
        # A flag that is off and one that is not given are the same, to the form and to the broker.
        found = {name: value for name, value in found.items() if value is not False}
        others, wrong = read_pairs(self.value("others"))
        if wrong:
            problems["others"] = wrong
        if self.value(TYPE):
            found[TYPE] = self.value(TYPE)
        return {**found, **others}, problems

    def changes(self) -> list[Change]:
        """What becomes different."""
        spec = self._row.spec
        was = {name: value for name, value in spec.arguments.items() if value is not False}
        return [
            *flag_change("is_durable", tr("Durable"), spec.is_durable, self.is_set("is_durable")),
            *flag_change(
                "is_auto_delete", tr("Auto-delete"), spec.is_auto_delete, self.is_set("is_auto_delete")
            ),
            *argument_changes(QUEUE_ARGUMENTS, was, self._read()[0]),
        ]

    def can_be_policy(self, changes: Sequence[Change]) -> bool:
        """Whether a policy gives the same rules."""
        return bool(changes) and all(_by_policy(change) for change in changes)

    def _policy_now(self) -> Policy | None:
        policies = self._site.structure.policies(self._row.vhost)
        return next((p for p in policies if p.name == self._row.policy and not p.is_operator), None)

    def policy(self) -> Policy:
        """The policy that gives the rules: for this queue alone, with all that its policy of now gives."""
        name = self._row.spec.name
        now, mine = self._policy_now(), f"only {name}"[:255]
        definition = dict(now.definition) if now is not None else {}
        for change in self.changes():
            definition[QUEUE_ARGUMENTS[change.name].policy_key] = change.becomes
        policies = self._site.structure.policies(self._row.vhost)
        others = [p for p in policies if p.name != mine and not p.is_operator]
        above = best_policy(others, name, FOR_QUEUES[self._row.rules.kind], is_operator=False)
        priority = above.priority + 1 if above is not None else 0
        pattern = f"^{re.escape(name)}$"
        return Policy(self._row.vhost, mine, pattern, definition, priority, AppliesTo.QUEUES)

    def _rules(self) -> QueueRules:
        arguments = self._row.spec.arguments if self.how == POLICY else self._read()[0]
        now = self.policy() if self.how == POLICY else self._policy_now()
        return queue_rules(arguments, now.definition if now is not None else None)

    def problems(self) -> dict[str, str]:
        """What is wrong, by entry."""
        arguments, problems = self._read()
        if not problems:
            try:
                check_queue(arguments)
            except ArgumentError as error:
                problems[error.argument.name] = error.says
        if self.how == ANEW and self.changes():
            name = self.value("new_name")
            if name_problem(name):
                problems["new_name"] = name_problem(name)
            elif self._site.structure.queue(self._row.vhost, name) is not None:
                problems["new_name"] = tr(
                    "There is a queue {name} already. Choose another name.", name=plain(name, 60)
                )
        return problems

    def missing(self) -> bool:
        """Something has to change, and a new queue needs a name."""
        return not self.changes() or (self.how == ANEW and not self.value("new_name"))

    def summary(self) -> str:
        """What the queue will do."""
        if self.problems():
            return ""
        return rules_sentence(self._rules()) or tr("Messages wait until somebody takes them.")

    def previews(self) -> list[Preview]:
        """The difference, and what it costs."""
        changes = self.changes()
        return diff_preview(changes, self._costs() if changes else [])

    def _costs(self) -> list[str]:
        sample = self._site.workspace.queue(self._row.vhost, self._row.spec.name)
        if self.how == POLICY:
            costs = [
                tr(
                    "A policy “{name}” is made; it goes before all others here.",
                    name=plain(self.policy().name, 60),
                )
            ]
            if self._row.policy:
                costs.append(
                    tr(
                        "Policy {policy} no longer applies to it: its rules are copied.",
                        policy=plain(self._row.policy, 60),
                    )
                )
            return costs
        costs = [tr("Producers that publish to it by name must use the new one.")]
        if sample is not None:
            costs.append(tr("{ready} move to the new queue.", ready=counted(sample.ready, "ready message")))
            if sample.in_flight:
                costs.append(
                    tr(
                        "{in_flight} that consumers hold stay behind.",
                        in_flight=counted(sample.in_flight, "message"),
                    )
                )
            if sample.subscriptions:
                costs.append(
                    tr(
                        "{subscriptions} must consume from the new one.",
                        subscriptions=counted(sample.subscriptions, "consumer"),
                    )
                )
        return costs

    # ---- doing

    async def act(self) -> None:
        """Do it, one way or the other."""
        await (self._put_policy() if self.how == POLICY else self._make_anew())

    async def _put_policy(self) -> None:
        client, policy = self._site.workspace.client, self.policy()
        known = self._site.structure.policies(policy.vhost)
        old = next((p for p in known if p.name == policy.name and not p.is_operator), None)
        await client.put_policy(policy)
        name = plain(self._row.spec.name, 60)

        async def undo() -> None:
            if old is not None:
                await client.put_policy(old)
            else:
                await client.delete_policy(policy.name, vhost=policy.vhost)
            self._site.done(tr("Queue {name} has its old rules again.", name=name))

        self._site.undo.offer(
            tr("Changed the rules of queue {name}.", name=name),
            tr("the change of queue {name}", name=name),
            undo,
        )
        self._site.structure.look_again()

    async def _make_anew(self) -> None:
        vhost, old, new = self._row.vhost, self._row.spec.name, self.value("new_name")
        client = self._site.workspace.client
        await client.declare_queue(
            new,
            is_durable=self.is_set("is_durable"),
            is_auto_delete=self.is_set("is_auto_delete"),
            arguments=self._read()[0],
            vhost=vhost,
        )
        bindings = self._site.structure.bindings_to(vhost, old, DestinationKind.QUEUE)
        bindings = [each for each in bindings if each.exchange]
        for spec in bindings:
            await self._bind(spec, new)
            await self._unbind(spec, old)
        replies = await self._move_all(old, new)
        count = sum(reply.count for reply in replies)

        async def undo() -> None:
            for reply in reversed(replies):
                await client.call(hand.MoveBack(new, reply.successors, vhost), ActedReply)
            for spec in bindings:
                await self._bind(spec, old)
            for spec in bindings:
                await self._unbind(spec, new)
            self._site.done(
                tr("Queue {old} is as it was; {new} is there still.", old=plain(old, 60), new=plain(new, 60))
            )

        says = tr(
            "Queue {new} is there, with {count} of {old}.",
            new=plain(new, 60),
            count=counted(count, "message"),
            old=plain(old, 60),
        )
        self._site.undo.offer(says, tr("the move to {new}", new=plain(new, 60)), undo)
        self._site.structure.look_again()

    async def _move_all(self, old: str, new: str) -> list[ActedReply]:
        """Move what is ready, the oldest last to be seen; what comes meanwhile goes as well."""
        client, vhost = self._site.workspace.client, self._row.vhost
        replies: list[ActedReply] = []
        after: int | None = None
        found: list[int] = []
        while len(found) < MOST:
            page = await client.page(
                old, vhost=vhost, limit=PAGE_MAX_ROWS, after_id=after, states=[MessageState.READY]
            )
            found += [row.message_id for row in page.rows]
            after = page.next_id
            if after is None:
                break
        found.sort()
        for start in range(0, len(found), PAGE_MAX_ROWS):
            ids = tuple(found[start : start + PAGE_MAX_ROWS])
            while ids:
                reply = await client.call(
                    hand.MoveMessages(old, ids, Destination(new), vhost=vhost), ActedReply
                )
                replies.append(reply)
                ids = reply.later
        return replies

    async def _bind(self, spec: BindingSpec, queue: str) -> None:
        await self._site.workspace.client.bind(
            spec.exchange, queue, spec.routing_key, arguments=spec.arguments, vhost=self._row.vhost
        )

    async def _unbind(self, spec: BindingSpec, queue: str) -> None:
        await self._site.workspace.client.unbind(
            spec.exchange, queue, spec.routing_key, arguments=spec.arguments, vhost=self._row.vhost
        )


def _by_policy(change: Change) -> bool:
    argument = QUEUE_ARGUMENTS.get(change.name)
    if argument is None or not argument.policy_key or change.becomes is None:
        return False
    return change.was is None or (change.name in LOWEST_COUNTS and _is_lower(change.becomes, change.was))


def _is_lower(new: Any, old: Any) -> bool:  # Any: by argument
    return isinstance(new, int) and isinstance(old, int) and 0 <= new < old
