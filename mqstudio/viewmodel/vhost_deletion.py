"""The question before a virtual host is deleted: it cannot be undone, so its name has to be typed."""

from mqstudio.viewmodel.form import Entry, Form
from mqstudio.viewmodel.site import Site
from mqstudio.viewmodel.undoing import Removals
from mqstudio.viewmodel.wording import counted, plain
from mqstudio.viewmodel.words import tr


class VhostDeletion(Form):
    """Deletes once the name was typed."""

    verb = "Delete virtual host"
    takes_away = True

    def __init__(self, site: Site, removals: Removals, vhost: str) -> None:
        super().__init__()
        self._site, self._removals, self._vhost = site, removals, vhost
        self.heading = tr("Delete virtual host {vhost}", vhost=plain(vhost, 60))

    def entries(self) -> list[Entry]:
        """The name again."""
        return [Entry("name", tr("Type its name to go on"), placeholder=plain(self._vhost, 60))]

    def problems(self) -> dict[str, str]:
        """None: as long as the name is not the one, it is merely not typed yet."""
        return {}

    def missing(self) -> bool:
        """The very name is needed."""
        return self.value("name") not in (self._vhost, plain(self._vhost))

    def summary(self) -> str:
        """What will be gone."""
        structure = self._site.structure
        queues = structure.queues(self._vhost)
        messages = sum(row.ready + row.in_flight for row in queues)
        return tr(
            "Its {counted} with {messages} and its exchanges will be gone, and its clients "
            "disconnected. This cannot be undone.",
            counted=counted(len(queues), "queue"),
            messages=counted(messages, "message"),
        )

    async def act(self) -> None:
        """Delete it."""
        await self._removals.delete_vhost(self._vhost)
