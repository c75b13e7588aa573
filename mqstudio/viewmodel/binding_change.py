"""The form that changes a binding: another key or other headers; the new one is there before the old goes."""

from collections.abc import Awaitable, Callable

from mqstudio.model.topology import BindingSpec
from mqstudio.viewmodel.binding_form import BindingForm
from mqstudio.viewmodel.changes import diff_preview, text_change
from mqstudio.viewmodel.form import Preview
from mqstudio.viewmodel.pairs import write_pairs
from mqstudio.viewmodel.site import Site
from mqstudio.viewmodel.wording import exchange_title, plain
from mqstudio.viewmodel.words import tr


class BindingChange(BindingForm):
    """An existing binding, between the same two ends."""

    verb = "Change"

    def __init__(self, site: Site, vhost: str, spec: BindingSpec) -> None:
        super().__init__(site, vhost, exchange=spec.exchange, queue=spec.destination)
        self._old = spec
        headers = {name: value for name, value in spec.arguments.items() if name != "x-match"}
        lines = write_pairs(headers).replace(" = null", "")
        self.values |= {
            "to": spec.destination_kind.value,
            "routing_key": spec.routing_key,
            "x-match": str(spec.arguments.get("x-match", "all")),
            "headers": lines,
        }
        self.heading = tr(
            "Binding of {exchange} to {destination}",
            exchange=exchange_title(spec.exchange),
            destination=plain(spec.destination, 60),
        )

    def spec(self) -> BindingSpec:
        """The binding as it stands; arguments that the form does not show are kept."""
        made = super().spec()
        if self._kind() == "headers":
            return made
        return BindingSpec(
            made.exchange, made.destination, made.routing_key, self._old.arguments, made.destination_kind
        )

    def missing(self) -> bool:
        """Something has to change."""
        return super().missing() or self.spec() == self._old

    def previews(self) -> list[Preview]:
        """The difference."""
        if self.problems():
            return diff_preview([], [])
        old, new = self._old, self.spec()
        changes = text_change("routing_key", tr("Routing key"), old.routing_key, new.routing_key)
        was, becomes = (write_pairs(each.arguments).replace("\n", ", ") for each in (old, new))
        changes += text_change("arguments", tr("Headers"), was, becomes)
        return diff_preview(changes, [tr("For a moment both are there: a message may go both ways.")])

    async def act(self) -> None:
        """Put the new one in the place of the old one."""
        old, new = self._old, self.spec()
        await self._swap(new, old)

        async def undo() -> None:
            await self._swap(old, new)
            self._site.done(tr("The binding is as it was."))

        self._tell(undo)

    def _tell(self, undo: Callable[[], Awaitable[object]]) -> None:
        name = plain(self._old.destination, 60)
        self._site.undo.offer(
            tr("Changed the binding to {name}.", name=name),
            tr("the change of the binding to {name}", name=name),
            undo,
        )
        self._site.structure.look_again()

    async def _swap(self, new: BindingSpec, old: BindingSpec) -> None:
        client = self._site.workspace.client
        for act, spec in ((client.bind, new), (client.unbind, old)):
            await act(
                spec.exchange,
                spec.destination,
                spec.routing_key,
                arguments=spec.arguments,
                destination_kind=spec.destination_kind,
                vhost=self._vhost,
            )
