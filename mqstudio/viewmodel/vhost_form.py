"""The form that makes a virtual host, or changes one."""

from mqstudio.model.rules import QueueKind
from mqstudio.model.topology import VhostSpec
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind, Form
from mqstudio.viewmodel.site import Site, name_problem
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr


class VhostForm(Form):
    """A virtual host in the making, or an existing one (`spec`)."""

    def __init__(self, site: Site, spec: VhostSpec | None = None) -> None:
        old = spec or VhostSpec("")
        super().__init__(
            {
                "name": old.name,
                "description": old.description,
                "tags": ", ".join(old.tags),
                "default_kind": old.default_kind,
                "is_traced": TRUE if old.is_traced else "",
            }
        )
        self._site = site
        self._is_new = spec is None
        self.heading = (
            tr("Make a virtual host") if self._is_new else tr("Virtual host {name}", name=plain(old.name, 60))
        )
        self.verb = tr("Make virtual host") if self._is_new else tr("Change")

    def entries(self) -> list[Entry]:
        """All there is to a virtual host."""
        kinds = (("", tr("classic (default)")), *((kind.value, kind.value) for kind in QueueKind))
        traced = tr("Copies everything published and delivered here to the exchange amq.rabbitmq.trace.")
        return [
            Entry("name", tr("Name"), tr("What clients put behind the port: amqp://localhost:5672/name."),
                  placeholder="shop", is_fixed=not self._is_new),
            Entry("description", tr("Description")),
            Entry("tags", tr("Tags"), tr("Words, with commas between them.")),
            Entry("default_kind", tr("Default type of queues"),
                  tr("For queues that are declared without a type."), EntryKind.CHOICE, kinds),
            Entry("is_traced", tr("Tracing"), traced, EntryKind.FLAG),
        ]  # fmt: skip

    def problems(self) -> dict[str, str]:
        """What is wrong, by entry."""
        name = self.value("name")
        if self._is_new and name in self._site.structure.vhosts():
            return {
                "name": tr(
                    "There is a virtual host {name} already. Choose another name.", name=plain(name, 60)
                )
            }
        problem = name_problem(name)
        return {"name": problem} if problem else {}

    def missing(self) -> bool:
        """It needs a name."""
        return not self.value("name")

    def spec(self) -> VhostSpec:
        """The virtual host as it stands."""
        tags = tuple(tag.strip() for tag in self.value("tags").split(",") if tag.strip())
        return VhostSpec(
            self.value("name"),
            self.value("description"),
            tags,
            self.value("default_kind"),
            self.is_set("is_traced"),
        )

    def summary(self) -> str:
        """What it is for."""
        kind = self.value("default_kind") or QueueKind.CLASSIC
        traced = tr(" Everything that happens in it is traced.") if self.is_set("is_traced") else ""
        return tr(
            "A world of its own: exchanges, queues and permissions. Its queues are {kind}.{traced}",
            kind=kind,
            traced=traced,
        )

    async def act(self) -> None:
        """Make or change it."""
        await self._site.workspace.client.put_vhost(self.spec())
        word = tr("is there") if self._is_new else tr("was changed")
        self._site.done(tr("Virtual host {plain} {word}.", plain=plain(self.value("name"), 60), word=word))
