"""The form that binds an exchange to a queue or to another exchange, and says what will go that way."""

from mqstudio.model.limits import SHORT_TEXT_BYTES
from mqstudio.model.topology import Arguments, BindingSpec, DestinationKind
from mqstudio.viewmodel.form import Entry, EntryKind, Form
from mqstudio.viewmodel.pairs import read_pairs
from mqstudio.viewmodel.site import Site
from mqstudio.viewmodel.wording import exchange_title, plain
from mqstudio.viewmodel.words import tr

_MODES = (
    ("all", "all: every header listed must match"),
    ("any", "any: one of them is enough"),
    ("all-with-x", "all-with-x: also those that begin with x-"),
    ("any-with-x", "any-with-x: also those that begin with x-"),
)


class BindingForm(Form):
    """A binding in the making. Begun from an exchange's page or a queue's, whichever is known."""

    heading = "Bind"
    verb = "Bind"

    def __init__(self, site: Site, vhost: str, *, exchange: str = "", queue: str = "") -> None:
        super().__init__({"exchange": exchange, "to": "queue", "destination": queue, "x-match": "all"})
        self._site = site
        self._vhost = vhost
        self._is_from_exchange = bool(exchange)
        self._is_to_queue = bool(queue)

    def entries(self) -> list[Entry]:
        """From where, to where, and what."""
        structure = self._site.structure
        exchanges = [row.spec.name for row in structure.exchanges(self._vhost) if row.spec.name]
        queues = [row.spec.name for row in structure.queues(self._vhost)]
        found = queues if self._to_kind() is DestinationKind.QUEUE else exchanges
        entries = [
            Entry(
                "exchange",
                tr("From exchange"),
                "",
                EntryKind.OFFER,
                _both(exchanges),
                placeholder="exchange",
                is_fixed=self._is_from_exchange,
            ),
            Entry(
                "to",
                tr("To"),
                "",
                EntryKind.CHOICE,
                (("queue", tr("a queue")), ("exchange", tr("an exchange"))),
                is_fixed=self._is_to_queue,
            ),
            Entry(
                "destination",
                tr("Queue") if self._to_kind() is DestinationKind.QUEUE else tr("Exchange"),
                "",
                EntryKind.OFFER,
                _both(found),
                placeholder="name",
                is_fixed=self._is_to_queue,
            ),
            Entry("routing_key", tr("Routing key"), self._key_words(), placeholder=self._key_example()),
        ]
        if self._kind() == "headers":
            entries += [
                Entry(
                    "x-match",
                    tr("Match"),
                    "",
                    EntryKind.CHOICE,
                    tuple((each, tr(words)) for each, words in _MODES),
                    term="x-match",
                ),
                Entry(
                    "headers",
                    tr("Headers"),
                    tr("One a line, name = value. Without a value: it has to be there."),
                    EntryKind.LINES,
                    placeholder=tr("format = pdf"),
                ),
            ]
        return entries

    def _to_kind(self) -> DestinationKind:
        return DestinationKind(self.value("to") or "queue")

    def _kind(self) -> str:
        row = self._site.structure.exchange(self._vhost, self.value("exchange"))
        return row.spec.kind if row else ""

    def _key_words(self) -> str:
        return {
            "direct": tr("Messages with exactly this key."),
            "topic": tr("Words between dots; * is one word, # any number of them."),
            "fanout": tr("Does not matter here: a fanout exchange sends everything."),
            "headers": tr("Does not matter here: headers do."),
            "x-consistent-hash": tr("A number: the share of keys that goes this way."),
        }.get(self._kind(), "")

    def _key_example(self) -> str:
        return {"topic": "orders.*.new", "x-consistent-hash": "1"}.get(self._kind(), "")

    def _arguments(self) -> tuple[Arguments, str]:
        if self._kind() != "headers":
            return {}, ""
        lines = [
            line if "=" in line or not line.strip() else f"{line} = null"
            for line in self.value("headers").splitlines()
        ]
        found, problem = read_pairs("\n".join(lines))
        return {"x-match": self.value("x-match"), **found}, problem

    def problems(self) -> dict[str, str]:
        """What is wrong, by entry."""
        problems: dict[str, str] = {}
        structure, exchange, to = self._site.structure, self.value("exchange"), self.value("destination")
        if exchange and structure.exchange(self._vhost, exchange) is None:
            problems["exchange"] = tr(
                "There is no exchange {exchange}. Make it first.", exchange=plain(exchange, 60)
            )
        find = structure.queue if self._to_kind() is DestinationKind.QUEUE else structure.exchange
        if to and find(self._vhost, to) is None:
            problems["destination"] = tr(
                "There is no {value} {to}. Make it first.", value=self._to_kind().value, to=plain(to, 60)
            )
        if len(self.value("routing_key").encode(errors="surrogatepass")) > SHORT_TEXT_BYTES:
            problems["routing_key"] = tr(
                "A routing key has up to {short_text_bytes} bytes. Shorten it.",
                short_text_bytes=SHORT_TEXT_BYTES,
            )
        if self._kind() == "x-consistent-hash" and not _is_weight(self.value("routing_key")):
            problems["routing_key"] = tr("The weight is a whole number above 0.")
        _, wrong = self._arguments()
        if wrong:
            problems["headers"] = wrong
        return problems

    def missing(self) -> bool:
        """Both ends are needed."""
        return not (self.value("exchange") and self.value("destination"))

    def spec(self) -> BindingSpec:
        """The binding as it stands."""
        return BindingSpec(
            self.value("exchange"),
            self.value("destination"),
            self.value("routing_key"),
            self._arguments()[0],
            self._to_kind(),
        )

    def summary(self) -> str:
        """What will go that way."""
        if self.missing() or self.problems():
            return ""
        spec = self.spec()
        which = {
            "fanout": tr("Every message"),
            "headers": tr("Messages with these headers"),
            "x-consistent-hash": tr("A share of the messages"),
        }.get(self._kind(), tr("Messages with key “{routing_key}”", routing_key=plain(spec.routing_key, 60)))
        if self._kind() == "topic":
            which = tr("Messages whose key matches “{routing_key}”", routing_key=plain(spec.routing_key, 60))
        to = plain(spec.destination, 60)
        return tr(
            "{which} at {exchange} go to {value} {to}.",
            which=which,
            exchange=exchange_title(spec.exchange),
            value=spec.destination_kind.value,
            to=to,
        )

    async def act(self) -> None:
        """Add it."""
        spec = self.spec()
        await self._site.workspace.client.bind(
            spec.exchange,
            spec.destination,
            spec.routing_key,
            arguments=spec.arguments,
            destination_kind=spec.destination_kind,
            vhost=self._vhost,
        )
        self._site.done(
            tr(
                "{exchange} is bound to {destination}.",
                exchange=exchange_title(spec.exchange),
                destination=plain(spec.destination, 60),
            )
        )


def _both(names: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


def _is_weight(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:20]) > 0
