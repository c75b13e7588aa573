"""Verbs that take something away: each tells what went, and how to have it back where that is possible."""

from collections.abc import Awaitable, Callable, Sequence

from mqstudio.model.access import (
    DeletePermission,
    DeleteTopicPermission,
    DeleteUser,
    Permission,
    PutPermission,
    PutReply,
    PutTopicPermission,
    PutUser,
    TopicPermission,
)
from mqstudio.model.policies import Policy
from mqstudio.model.rows import QueueRow
from mqstudio.model.rules import QueueKind
from mqstudio.model.topology import BindingSpec, DestinationKind
from mqstudio.viewmodel.access import Access
from mqstudio.viewmodel.queue_deletion import QueueDeletion
from mqstudio.viewmodel.site import Site
from mqstudio.viewmodel.wording import counted, exchange_title, plain
from mqstudio.viewmodel.words import tr

Undo = Callable[[], Awaitable[object]]


class Removals:
    """Deletes exchanges, queues, bindings, policies, virtual hosts, users and permissions."""

    def __init__(self, site: Site, access: Access) -> None:
        self._site, self._access = site, access

    def _tell(self, says: str, title: str = "", undo: Undo | None = None) -> None:
        """Tell what went; `title` completes "Undo …"."""
        if undo is not None:
            self._site.undo.offer(says, title, undo)
        else:
            self._site.notices.tell(says)
        self._site.structure.look_again()

    async def unbind(self, vhost: str, spec: BindingSpec) -> None:
        """Remove a binding."""
        client = self._site.workspace.client
        await client.unbind(
            spec.exchange,
            spec.destination,
            spec.routing_key,
            arguments=spec.arguments,
            destination_kind=spec.destination_kind,
            vhost=vhost,
        )

        async def undo() -> None:
            await self._bind_all(vhost, [spec])
            self._site.done(tr("The binding is back."))

        says = tr(
            "Unbound {destination} from {exchange}.",
            destination=plain(spec.destination, 60),
            exchange=exchange_title(spec.exchange),
        )
        self._tell(says, "the unbinding", undo)

    async def _bind_all(self, vhost: str, specs: Sequence[BindingSpec]) -> None:
        for spec in specs:
            await self._site.workspace.client.bind(
                spec.exchange,
                spec.destination,
                spec.routing_key,
                arguments=spec.arguments,
                destination_kind=spec.destination_kind,
                vhost=vhost,
            )

    async def delete_exchange(self, vhost: str, name: str) -> None:
        """Delete an exchange with its bindings."""
        structure, client = self._site.structure, self._site.workspace.client
        row = structure.exchange(vhost, name)
        incoming = structure.bindings_to(vhost, name, DestinationKind.EXCHANGE)
        await client.delete_exchange(name, vhost=vhost)
        bindings = [*incoming, *(row.bindings if row else [])]
        with_them = f" and {counted(len(bindings), 'binding')}" if bindings else ""
        says = tr("Deleted exchange {name}{with_them}.", name=plain(name, 60), with_them=with_them)

        async def undo() -> None:
            assert row is not None  # undo is offered only then
            await client.declare_exchange(
                name,
                row.spec.kind,
                is_durable=row.spec.is_durable,
                is_auto_delete=row.spec.is_auto_delete,
                is_internal=row.spec.is_internal,
                arguments=row.spec.arguments,
                vhost=vhost,
            )
            await self._bind_all(vhost, bindings)
            self._site.done(tr("Exchange {name} is back.", name=plain(name, 60)))

        self._tell(says, f"the deletion of exchange {plain(name, 60)}", undo if row else None)

    def is_queue_undoable(self, vhost: str, name: str) -> bool:
        """Whether it is known how to make a queue again; a log's messages cannot be had back."""
        sample, row = self._site.workspace.queue(vhost, name), self._site.structure.queue(vhost, name)
        if sample is None or row is None or row.spec.is_exclusive:
            return False
        return row.rules.kind is not QueueKind.LOG or not sample.ready

    async def delete_queue(self, vhost: str, name: str, *, is_for_good: bool = False) -> None:
        """Delete a queue; its messages go to the bin before, and come back with it.

        Raises: RefusedError(TOO_MANY), and nothing is changed, if the bin cannot hold them.
        """
        structure, client = self._site.structure, self._site.workspace.client
        row = None if is_for_good or not self.is_queue_undoable(vhost, name) else structure.queue(vhost, name)
        bindings = [
            spec for spec in structure.bindings_to(vhost, name, DestinationKind.QUEUE) if spec.exchange
        ]
        if row is None:
            lost = await client.delete_queue(name, vhost=vhost)
            self._tell(_deleted(name, 0, lost))
            return
        deletion = QueueDeletion(self._site.workspace, vhost, row)
        await deletion.run()

        async def undo() -> None:
            await self._restore_queue(vhost, row, bindings, deletion)

        title = tr("the deletion of queue {name}", name=plain(name, 60))
        says = _deleted(name, deletion.count, deletion.lost)
        self._site.undo.offer(says, title, undo, bin_ids=deletion.bins)
        self._site.structure.look_again()

    async def _restore_queue(
        self, vhost: str, row: QueueRow, bindings: Sequence[BindingSpec], deletion: QueueDeletion
    ) -> None:
        await self._site.workspace.client.declare_queue(
            row.spec.name,
            is_durable=row.spec.is_durable,
            is_auto_delete=row.spec.is_auto_delete,
            arguments=row.spec.arguments,
            vhost=vhost,
        )
        await self._bind_all(vhost, bindings)
        back = await deletion.bring_back()
        name = plain(row.spec.name, 60)
        with_them = tr(" with {what}", what=counted(back, "message")) if back else ""
        self._site.done(tr("Queue {name} is back{with_them}.", name=name, with_them=with_them))

    async def delete_policy(self, policy: Policy) -> None:
        """Delete a policy; what it applied to goes back to its own rules."""
        client = self._site.workspace.client
        await client.delete_policy(policy.name, is_operator=policy.is_operator, vhost=policy.vhost)

        async def undo() -> None:
            await client.put_policy(policy)
            self._site.done(tr("Policy {name} applies again.", name=plain(policy.name, 60)))

        name = plain(policy.name, 60)
        self._tell(f"Deleted policy {name}.", f"the deletion of policy {name}", undo)

    async def delete_vhost(self, name: str) -> None:
        """Delete a virtual host with all that is in it; asked only after its name was typed: no undo."""
        structure = self._site.structure
        queues, exchanges = len(structure.queues(name)), len(structure.exchanges(name))
        await self._site.workspace.client.delete_vhost(name)
        what = f"{counted(queues, 'queue')} and {counted(exchanges, 'exchange')}"
        self._tell(f"Deleted virtual host {plain(name, 60)} with {what}.")

    async def delete_user(self, name: str) -> None:
        """Delete a user; its connections are closed."""
        user, permissions = self._access.user(name), self._access.permissions_of(name)
        client = self._site.workspace.client
        await client.call(DeleteUser(name), type(None))
        self._access.look_again()

        async def undo() -> None:
            assert user is not None  # undo is offered only then
            secret = user.password_hash or None
            back = PutUser(
                name,
                user.tags,
                password_hash=secret,
                hash_kind=user.hash_kind,
                has_no_password=secret is None,
            )
            await client.call(back, PutReply)
            for row in permissions:
                await client.call(_again(row), PutReply)
            self._access.look_again()
            self._site.notices.tell(tr("User {name} is back.", name=plain(name, 60)))

        has_more = any(row.user == name for row in self._access.table.topic_permissions)
        says = tr("Deleted user {name} and closed its connections.", name=plain(name, 60))
        can_undo = user is not None and not has_more
        self._tell(says, f"the deletion of user {plain(name, 60)}", undo if can_undo else None)

    async def delete_permission(self, row: Permission) -> None:
        """Keep a user out of a virtual host."""
        client = self._site.workspace.client
        await client.call(DeletePermission(row.user, row.vhost), type(None))
        self._access.look_again()

        async def undo() -> None:
            await client.call(_again(row), PutReply)
            self._access.look_again()
            self._site.notices.tell(
                tr("{user} may use {vhost} again.", user=plain(row.user, 60), vhost=plain(row.vhost, 60))
            )

        says = tr("{user} may no longer use {vhost}.", user=plain(row.user, 60), vhost=plain(row.vhost, 60))
        self._tell(says, f"what {plain(row.user, 60)} lost", undo)

    async def delete_topic_permission(self, row: TopicPermission) -> None:
        """Let a user use every routing key at a topic exchange again."""
        client = self._site.workspace.client
        await client.call(DeleteTopicPermission(row.user, row.exchange, row.vhost), type(None))
        self._access.look_again()

        async def undo() -> None:
            back = PutTopicPermission(row.user, row.exchange, row.vhost, row.write, row.read)
            await client.call(back, PutReply)
            self._access.look_again()
            self._site.notices.tell(tr("{user} is restricted again.", user=plain(row.user, 60)))

        names = {"user": plain(row.user, 60), "exchange": plain(row.exchange, 60)}
        says = tr("{user} may use every routing key at {exchange}.", **names)
        self._tell(says, tr("what was lifted for {user}", user=names["user"]), undo)


def _deleted(name: str, kept: int, lost: int) -> str:
    """What is told of a queue's deletion."""
    parts = [tr("{what} in it", what=counted(kept, "message"))] if kept else []
    if lost:
        parts.append(
            counted(lost, tr("message that is gone for good"), tr("messages that are gone for good"))
        )
    if not parts:
        return tr("Deleted {name}.", name=plain(name))
    return tr("Deleted {name} and {what}.", name=plain(name), what=tr(" and ").join(parts))


def _again(row: Permission) -> PutPermission:
    return PutPermission(row.user, row.vhost, row.configure, row.write, row.read)
