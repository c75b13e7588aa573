"""The form that makes a queue, built from the table of arguments; it says what the queue will do."""

from mqstudio.model.arguments import QUEUE_ARGUMENTS, Argument, ArgumentError, check_queue, queue_rules
from mqstudio.model.rules import QueueKind
from mqstudio.model.topology import DEFAULT_VHOST, Arguments
from mqstudio.viewmodel.argument_entries import argument_entries, read_arguments
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind, Form, translated
from mqstudio.viewmodel.pairs import read_pairs
from mqstudio.viewmodel.rules_words import rules_sentence
from mqstudio.viewmodel.site import Site, name_problem
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr

TYPE = "x-queue-type"
_FLAGS = (
    Entry("is_durable", "Durable", "Its declaration survives a restart of the broker.", EntryKind.FLAG),
    Entry("is_auto_delete", "Auto-delete", "Deleted when its last consumer goes.", EntryKind.FLAG),
    Entry(
        "is_exclusive",
        "Exclusive",
        "Only this window's connection may use it, and it goes with the window.",
        EntryKind.FLAG,
    ),
)
_OTHERS = Entry(
    "others",
    "Other arguments",
    "One a line, name = value. Kept and shown; the broker does nothing with them.",
    EntryKind.LINES,
    group="Arguments",
)


class QueueForm(Form):
    """A queue in the making."""

    heading = "Make a queue"
    verb = "Make queue"

    def __init__(self, site: Site, vhost: str = DEFAULT_VHOST) -> None:
        super().__init__({"vhost": vhost, "is_durable": TRUE})
        self._site = site
        self.made: tuple[str, str] | None = None
        """Virtual host and name of the queue, once it is there."""

    @property
    def kind(self) -> QueueKind:
        """The type of queue that is chosen."""
        chosen = self.value(TYPE) or self._default_kind()
        return QueueKind(chosen) if chosen in tuple(QueueKind) else QueueKind.CLASSIC

    def _default_kind(self) -> str:
        vhosts = self._site.structure.topology.vhosts
        mine = next((each for each in vhosts if each.name == self.value("vhost")), None)
        return (mine.default_kind if mine else "") or QueueKind.CLASSIC

    def entries(self) -> list[Entry]:
        """Name, place, type and flags; then the arguments that this type takes."""
        table = QUEUE_ARGUMENTS[TYPE]
        types = (
            ("", tr("{default_kind} (default)", default_kind=self._default_kind())),
            *((each, each) for each in table.choices),
        )
        exchanges = [row.spec.name for row in self._site.structure.exchanges(self.value("vhost"))]
        return [
            Entry("name", tr("Name"), tr("Empty: the broker chooses one."), placeholder="orders"),
            *self._site.vhost_entry(),
            Entry(TYPE, tr(table.title), tr(table.says), EntryKind.CHOICE, types, term=TYPE),
            *map(translated, _FLAGS),
            *argument_entries(self._fitting(), tr("Arguments"), exchanges),
            translated(_OTHERS),
        ]

    def _fitting(self) -> list[Argument]:
        """The arguments that queues of this kind take; what was typed into others does not count."""
        return [each for each in QUEUE_ARGUMENTS.values() if self.kind in each.kinds and each.name != TYPE]

    def _read(self) -> tuple[Arguments, dict[str, str]]:
        found, problems = read_arguments(self._fitting(), self.values)
        others, wrong = read_pairs(self.value("others"))
        known = next((name for name in others if name in QUEUE_ARGUMENTS), "")
        if wrong or known:
            problems["others"] = wrong or tr(
                "{known} has a field of its own above. Set it there.", known=known
            )
        if self.value(TYPE):
            found[TYPE] = self.value(TYPE)
        return {**found, **others}, problems

    def problems(self) -> dict[str, str]:
        """What is wrong, by entry."""
        arguments, problems = self._read()
        if self._name_problem():
            problems["name"] = self._name_problem()
        if not problems:
            try:
                check_queue(arguments)
            except ArgumentError as error:
                problems[error.argument.name] = error.says
        return problems

    def _name_problem(self) -> str:
        name = self.value("name")
        if name.startswith("amq."):
            return tr("Names that begin with 'amq.' are the broker's own. Choose another.")
        return name_problem(name)

    def summary(self) -> str:
        """What kind of queue this will be, and what it will do."""
        arguments, problems = self._read()
        if problems:
            return ""
        lasting = "durable" if self.is_set("is_durable") else "transient"
        article = tr("An exclusive") if self.is_set("is_exclusive") else "A"
        where = (
            ""
            if self.value("vhost") == DEFAULT_VHOST
            else tr(" in {plain}", plain=plain(self.value("vhost"), 60))
        )
        whole = {**arguments, TYPE: self.kind.value}
        does = rules_sentence(queue_rules(whole)) or tr("Messages wait until somebody takes them.")
        end = tr(" It goes with its last consumer.") if self.is_set("is_auto_delete") else ""
        return tr(
            "{article} {lasting} {value} queue{where}. {does}{end}",
            article=article,
            lasting=lasting,
            value=self.kind.value,
            where=where,
            does=does,
            end=end,
        )

    async def act(self) -> None:
        """Make it."""
        arguments, _ = self._read()
        status = await self._site.workspace.client.declare_queue(
            self.value("name"),
            is_durable=self.is_set("is_durable"),
            is_exclusive=self.is_set("is_exclusive"),
            is_auto_delete=self.is_set("is_auto_delete"),
            arguments=arguments,
            vhost=self.value("vhost"),
        )
        self.made = (self.value("vhost"), status.name)
        self._site.done(tr("Queue {name} is there.", name=plain(status.name)))
