"""The form that makes an exchange."""

from mqstudio.model.arguments import EXCHANGE_ARGUMENTS
from mqstudio.model.topology import DEFAULT_VHOST, Arguments
from mqstudio.viewmodel.argument_entries import argument_entries, read_arguments
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind, Form
from mqstudio.viewmodel.pairs import read_pairs
from mqstudio.viewmodel.site import Site, name_problem
from mqstudio.viewmodel.wording import exchange_title, plain
from mqstudio.viewmodel.words import tr

KIND_WORDS = {
    "direct": "sends a message to the bindings whose key is its routing key",
    "fanout": "sends every message to all its bindings, whatever the key",
    "topic": "matches keys of words: * is one word, # any number (orders.*.new, orders.#)",
    "headers": "matches the message's headers with the arguments of its bindings",
    "x-delayed-message": "holds a message for the milliseconds in its x-delay header, then routes it",
    "x-consistent-hash": "spreads keys over its bindings; a binding's key is its weight",
    "x-random": "sends each message to one of its bindings, at random",
    "x-modulus-hash": "spreads keys evenly over its bindings",
}
DELAYED, DELAYED_TYPE = "x-delayed-message", "x-delayed-type"


def kind_words(kind: str) -> str:
    """What an exchange of a kind does; "" of one that is not ours."""
    return tr(KIND_WORDS[kind]) if kind in KIND_WORDS else ""


class ExchangeForm(Form):
    """An exchange in the making."""

    heading = "Make an exchange"
    verb = "Make exchange"

    def __init__(self, site: Site, vhost: str = DEFAULT_VHOST) -> None:
        super().__init__({"vhost": vhost, "kind": "direct", "is_durable": TRUE})
        self._site = site
        self.made: tuple[str, str] | None = None
        """Virtual host and name of the exchange, once it is there."""

    def entries(self) -> list[Entry]:
        """Name, place, type and flags; then the arguments."""
        kinds = tuple((kind, kind) for kind in self._site.structure.exchange_kinds())
        exchanges = [row.spec.name for row in self._site.structure.exchanges(self.value("vhost"))]
        says = kind_words(self.value("kind"))
        return [
            Entry("name", tr("Name"), placeholder="shop"),
            *self._site.vhost_entry(),
            Entry(
                "kind", tr("Type"), says[:1].upper() + says[1:] + "." if says else "", EntryKind.OFFER, kinds
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

    def _read(self) -> tuple[Arguments, dict[str, str]]:
        found, problems = read_arguments(EXCHANGE_ARGUMENTS.values(), self.values)
        others, wrong = read_pairs(self.value("others"))
        known = next((name for name in others if name in EXCHANGE_ARGUMENTS), "")
        if wrong or known:
            problems["others"] = wrong or tr(
                "{known} has a field of its own above. Set it there.", known=known
            )
        return {**found, **others}, problems

    def problems(self) -> dict[str, str]:
        """What is wrong, by entry."""
        arguments, problems = self._read()
        name = self.value("name")
        wrong = tr("Names that begin with 'amq.' are the broker's own. Choose another.")
        wrong = wrong if name.startswith("amq.") else name_problem(name)
        if wrong:
            problems["name"] = wrong
        if not self.value("kind"):
            problems["kind"] = tr("Choose how it is to route.")
        if self.value("kind") == DELAYED and DELAYED_TYPE not in arguments:
            problems.setdefault(DELAYED_TYPE, tr("Say how it routes after the delay, such as direct."))
        return problems

    def missing(self) -> bool:
        """It needs a name."""
        return not self.value("name")

    def summary(self) -> str:
        """What it will do."""
        arguments, problems = self._read()
        if problems:
            return ""
        kind = self.value("kind")
        words = kind_words(kind) or tr("routes as {kind} exchanges do", kind=plain(kind, 40))
        other = arguments.get("alternate-exchange")
        rest = (
            tr("are dropped") if other is None else tr("go to exchange {other}", other=exchange_title(other))
        )
        lasting = "durable" if self.is_set("is_durable") else "transient"
        return tr(
            "A {lasting} exchange that {words}. Messages that match nothing {rest}.",
            lasting=lasting,
            words=words,
            rest=rest,
        )

    async def act(self) -> None:
        """Make it."""
        name, vhost = self.value("name"), self.value("vhost")
        await self._site.workspace.client.declare_exchange(
            name,
            self.value("kind"),
            is_durable=self.is_set("is_durable"),
            is_auto_delete=self.is_set("is_auto_delete"),
            is_internal=self.is_set("is_internal"),
            arguments=self._read()[0],
            vhost=vhost,
        )
        self.made = (vhost, name)
        self._site.done(tr("Exchange {name} is there.", name=plain(name)))
