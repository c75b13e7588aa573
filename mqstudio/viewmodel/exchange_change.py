"""The form that changes an exchange: by a policy where that gives the same, else by making it anew.

An exchange holds no messages: made anew under its name, with all its bindings, it is what it was but for what
changed. For a moment it is not there, which closes channels that publish to it then.
"""

import re
from collections.abc import Awaitable, Callable

from mqstudio.model.arguments import EXCHANGE_ARGUMENTS
from mqstudio.model.policies import FOR_EXCHANGES, AppliesTo, Policy, best_policy
from mqstudio.model.rows import ExchangeRow
from mqstudio.model.topology import Arguments, BindingSpec, DestinationKind, ExchangeSpec
from mqstudio.viewmodel.argument_entries import argument_entries, read_arguments, write_values
from mqstudio.viewmodel.changes import Change, argument_changes, diff_preview, flag_change, text_change
from mqstudio.viewmodel.exchange_form import DELAYED, DELAYED_TYPE, kind_words
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind, Form, Preview
from mqstudio.viewmodel.pairs import read_pairs, write_pairs
from mqstudio.viewmodel.site import Site
from mqstudio.viewmodel.wording import counted, exchange_title, plain
from mqstudio.viewmodel.words import tr

POLICY, ANEW = "policy", "anew"
ALTERNATE = "alternate-exchange"


class ExchangeChange(Form):
    """An existing exchange with other traits."""

    verb = "Change"

    def __init__(self, site: Site, row: ExchangeRow) -> None:
        self._site, self._row = site, row
        spec = row.spec
        known = {name: value for name, value in spec.arguments.items() if name in EXCHANGE_ARGUMENTS}
        others = {name: value for name, value in spec.arguments.items() if name not in known}
        super().__init__(
            {
                "name": spec.name,
                "kind": spec.kind,
                "is_durable": TRUE if spec.is_durable else "",
                "is_auto_delete": TRUE if spec.is_auto_delete else "",
                "is_internal": TRUE if spec.is_internal else "",
                "others": write_pairs(others),
                **write_values(EXCHANGE_ARGUMENTS, known),
            }
        )
        self.heading = tr("Exchange {name}", name=exchange_title(spec.name))

    def entries(self) -> list[Entry]:
        """How to change it, then all there is to change."""
        structure = self._site.structure
        known = dict.fromkeys([*structure.exchange_kinds(), self._row.spec.kind])
        kinds = tuple((kind, kind) for kind in known)
        exchanges = [row.spec.name for row in structure.exchanges(self._row.vhost)]
        says = kind_words(self.value("kind"))
        return [
            Entry("name", tr("Name"), is_fixed=True),
            *self._how(),
            Entry(
                "kind", tr("Type"), says[:1].upper() + says[1:] + "." if says else "", EntryKind.CHOICE, kinds
            ),
            Entry("is_durable", tr("Durable"), tr("Survives a restart of the broker."), EntryKind.FLAG),
            Entry("is_auto_delete", tr("Auto-delete"), tr("Deleted with its last binding."), EntryKind.FLAG),
            Entry(
                "is_internal", tr("Internal"), tr("Only other exchanges can publish to it."), EntryKind.FLAG
            ),
            *argument_entries(EXCHANGE_ARGUMENTS.values(), tr("Arguments"), exchanges),
            Entry(
                "others",
                tr("Other arguments"),
                tr("One a line, name = value. Kept and shown."),
                EntryKind.LINES,
                group=tr("Arguments"),
            ),
        ]

    def _how(self) -> list[Entry]:
        if not self.changes():
            return []
        choices = [(ANEW, tr("make it anew, with its bindings"))]
        if self._can_be_policy():
            choices.insert(0, (POLICY, tr("by a policy for this exchange alone")))
        return [Entry("how", tr("How"), "", EntryKind.CHOICE, tuple(choices))]

    @property
    def how(self) -> str:
        """The way that is chosen, or the gentler one that is possible."""
        return POLICY if self._can_be_policy() and self.value("how") != ANEW else ANEW

    def _can_be_policy(self) -> bool:
        changes = self.changes()
        return bool(changes) and all(
            each.name == ALTERNATE and each.was is None and each.becomes is not None for each in changes
        )

    def _read(self) -> tuple[Arguments, dict[str, str]]:
        found, problems = read_arguments(EXCHANGE_ARGUMENTS.values(), self.values)
        others, wrong = read_pairs(self.value("others"))
        if wrong:
            problems["others"] = wrong
        return {**found, **others}, problems

    def changes(self) -> list[Change]:
        """What becomes different."""
        spec = self._row.spec
        flags = (
            ("is_durable", tr("Durable"), spec.is_durable),
            ("is_auto_delete", tr("Auto-delete"), spec.is_auto_delete),
            ("is_internal", tr("Internal"), spec.is_internal),
        )
        return [
            *text_change("kind", tr("Type"), spec.kind, self.value("kind")),
            *(
                each
                for name, title, was in flags
                for each in flag_change(name, title, was, self.is_set(name))
            ),
            *argument_changes(EXCHANGE_ARGUMENTS, spec.arguments, self._read()[0]),
        ]

    def problems(self) -> dict[str, str]:
        """What is wrong, by entry."""
        arguments, problems = self._read()
        if not self.value("kind"):
            problems["kind"] = tr("Choose how it is to route.")
        if self.value("kind") == DELAYED and DELAYED_TYPE not in arguments:
            problems.setdefault(DELAYED_TYPE, tr("Say how it routes after the delay, such as direct."))
        return problems

    def missing(self) -> bool:
        """Something has to change."""
        return not self.changes()

    def summary(self) -> str:
        """What it will do."""
        arguments, problems = self._read()
        if problems:
            return ""
        kind = self.value("kind")
        words = kind_words(kind) or tr("routes as {kind} exchanges do", kind=plain(kind, 40))
        other = arguments.get(ALTERNATE)
        rest = (
            tr("are dropped") if other is None else tr("go to exchange {other}", other=exchange_title(other))
        )
        return tr("It {words}. Messages that match nothing {rest}.", words=words, rest=rest)

    def previews(self) -> list[Preview]:
        """The difference, and what it costs."""
        changes = self.changes()
        return diff_preview(changes, self._costs() if changes else [])

    def _costs(self) -> list[str]:
        if self.how == POLICY:
            return [
                tr(
                    "A policy “{name}” is made; it goes before all others here.",
                    name=plain(self._policy().name, 60),
                )
            ]
        number = len(self._row.bindings) + len(self._incoming())
        return [
            tr("For a moment it is not there: channels that publish to it then are closed."),
            tr("{number} made anew with it.", number=counted(number, "binding")),
        ]

    def _incoming(self) -> list[BindingSpec]:
        name = self._row.spec.name
        return self._site.structure.bindings_to(self._row.vhost, name, DestinationKind.EXCHANGE)

    def _policy(self) -> Policy:
        name, vhost = self._row.spec.name, self._row.vhost
        mine = f"only {name}"[:255]
        known = [p for p in self._site.structure.policies(vhost) if p.name != mine]
        above = best_policy(known, name, FOR_EXCHANGES, is_operator=False)
        definition = {ALTERNATE: self._read()[0].get(ALTERNATE)}
        priority = above.priority + 1 if above else 0
        return Policy(vhost, mine, f"^{re.escape(name)}$", definition, priority, AppliesTo.EXCHANGES)

    async def act(self) -> None:
        """Do it, one way or the other."""
        await (self._put_policy() if self.how == POLICY else self._make_anew())

    async def _put_policy(self) -> None:
        client, policy = self._site.workspace.client, self._policy()
        await client.put_policy(policy)

        async def undo() -> None:
            await client.delete_policy(policy.name, vhost=policy.vhost)
            self._site.done(tr("Exchange {name} is as it was.", name=plain(self._row.spec.name, 60)))

        self._tell(undo)

    async def _make_anew(self) -> None:
        spec = self._row.spec
        becomes = ExchangeSpec(
            spec.name,
            self.value("kind"),
            self.is_set("is_durable"),
            self.is_set("is_auto_delete"),
            self.is_set("is_internal"),
            self._read()[0],
        )
        await self._replace(becomes, spec)

        async def undo() -> None:
            await self._replace(spec, becomes)
            self._site.done(tr("Exchange {name} is as it was.", name=plain(spec.name, 60)))

        self._tell(undo)

    async def _replace(self, spec: ExchangeSpec, old: ExchangeSpec) -> None:
        """Put another in its place; one that is refused leaves the old one there, with its bindings."""
        client, vhost = self._site.workspace.client, self._row.vhost
        bindings = [*self._incoming(), *self._row.bindings]
        await client.delete_exchange(spec.name, vhost=vhost)
        try:
            await self._declare(spec)
        except BaseException:
            await self._declare(old)
            raise
        finally:
            for each in bindings:
                await client.bind(
                    each.exchange,
                    each.destination,
                    each.routing_key,
                    arguments=each.arguments,
                    destination_kind=each.destination_kind,
                    vhost=vhost,
                )

    async def _declare(self, spec: ExchangeSpec) -> None:
        await self._site.workspace.client.declare_exchange(
            spec.name,
            spec.kind,
            is_durable=spec.is_durable,
            is_auto_delete=spec.is_auto_delete,
            is_internal=spec.is_internal,
            arguments=spec.arguments,
            vhost=self._row.vhost,
        )

    def _tell(self, undo: Callable[[], Awaitable[object]]) -> None:
        name = plain(self._row.spec.name, 60)
        self._site.undo.offer(
            tr("Changed exchange {name}.", name=name), tr("the change of exchange {name}", name=name), undo
        )
        self._site.structure.look_again()
