"""The forms for what users and virtual hosts are kept to: topic permissions, and limits."""

from mqstudio.model.access import (
    DeleteTopicPermission,
    PutReply,
    PutTopicPermission,
    PutUserLimits,
    PutVhostLimits,
    TopicPermission,
    UserLimits,
    VhostLimits,
)
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.access import EVERYTHING, Access, pattern_words
from mqstudio.viewmodel.changes import Change, diff_preview
from mqstudio.viewmodel.form import Entry, EntryKind, Form, Preview
from mqstudio.viewmodel.matching import pattern_problem
from mqstudio.viewmodel.site import Site
from mqstudio.viewmodel.wording import count, plain
from mqstudio.viewmodel.words import tr

LIMIT_MAX = 1_000_000
"""More than anybody has; a longer number is a slip."""


class TopicPermissionForm(Form):
    """Which routing keys a user may write to, and read from, at a topic exchange."""

    def __init__(self, site: Site, access: Access, user: str, old: TopicPermission | None = None) -> None:
        super().__init__(
            {
                "vhost": old.vhost if old else DEFAULT_VHOST,
                "exchange": old.exchange if old else "",
                "write": old.write if old else EVERYTHING,
                "read": old.read if old else EVERYTHING,
            }
        )
        self._site, self._access, self._user, self._old = site, access, user, old
        self.verb = tr("Restrict") if old is None else tr("Change")
        self.heading = tr("Routing keys of {user}", user=plain(user, 60))

    def entries(self) -> list[Entry]:
        """Where, and a pattern for each way."""
        is_fixed = self._old is not None
        rows = self._site.structure.exchanges(self.value("vhost"))
        topics = tuple((r.spec.name, r.spec.name) for r in rows if r.spec.kind == "topic")
        return [
            *self._site.vhost_entry(is_fixed=is_fixed),
            Entry("exchange", tr("Topic exchange"), "", EntryKind.OFFER, topics, "amq.topic",
                  is_fixed=is_fixed),
            Entry("write", tr("Write"), tr("Routing keys that the user may publish with."),
                  placeholder=tr("nothing")),
            Entry("read", tr("Read"), tr("Routing keys that the user may bind queues with."),
                  placeholder=tr("nothing")),
        ]  # fmt: skip

    def problems(self) -> dict[str, str]:
        """Patterns that are none, and exchanges where keys do not count."""
        texts = {name: self.value(name) for name in ("write", "read")}
        problems = {name: pattern_problem(text) for name, text in texts.items() if pattern_problem(text)}
        row = self._site.structure.exchange(self.value("vhost"), self.value("exchange"))
        if row is not None and row.spec.kind != "topic":
            kind = plain(row.spec.kind, 40)
            says = tr("This is a {kind} exchange: only at topic exchanges keys are restricted.", kind=kind)
            problems["exchange"] = says
        return problems

    def missing(self) -> bool:
        """It needs an exchange."""
        return not self.value("exchange")

    def summary(self) -> str:
        """In words."""
        if self.problems() or self.missing():
            return ""
        return tr(
            "At {exchange}, {user} may publish with {write} and bind with {read}.",
            exchange=plain(self.value("exchange"), 60),
            user=plain(self._user, 60),
            write=pattern_words(self.value("write")),
            read=pattern_words(self.value("read")),
        )

    async def act(self) -> None:
        """Restrict it; undone, the user may what it could before."""
        vhost, exchange, user = self.value("vhost"), self.value("exchange"), self._user
        client, old = self._site.workspace.client, self._old
        await client.call(
            PutTopicPermission(user, exchange, vhost, self.value("write"), self.value("read")), PutReply
        )
        self._access.look_again()

        async def undo() -> None:
            if old is None:
                await client.call(DeleteTopicPermission(user, exchange, vhost), type(None))
            else:
                await client.call(PutTopicPermission(user, exchange, vhost, old.write, old.read), PutReply)
            self._access.look_again()

        says = tr("The routing keys of {user} at {exchange} were restricted.",
                  user=plain(user, 60), exchange=plain(exchange, 60))  # fmt: skip
        self._site.undo.offer(says, tr("the restriction of {user}", user=plain(user, 60)), undo)


class _LimitForm(Form):
    """Two numbers, or none."""

    fields: tuple[tuple[str, str, str], ...] = ()

    def _begin(self, site: Site, access: Access, limits: UserLimits | VhostLimits) -> None:
        self._site, self._access, self._limits = site, access, limits
        self.verb = tr("Change")
        self.values |= {
            name: "" if self._was(name) is None else str(self._was(name)) for name, _, _ in self.fields
        }

    def _was(self, name: str) -> int | None:
        found: int | None = getattr(self._limits, name)
        return found

    def entries(self) -> list[Entry]:
        """The limits there are."""
        return [
            Entry(name, tr(title), tr(says), placeholder=tr("no limit")) for name, title, says in self.fields
        ]

    def limit(self, name: str) -> int | None:
        """A limit as it stands; None is none."""
        text = self.value(name).strip()
        return int(text) if text else None

    def problems(self) -> dict[str, str]:
        """What is no number."""
        wrong = tr("A whole number up to {most}; empty: no limit.", most=count(LIMIT_MAX))
        return {name: wrong for name, _, _ in self.fields if not _is_limit(self.value(name).strip())}

    def missing(self) -> bool:
        """Something has to change."""
        return not self.problems() and all(self.limit(name) == self._was(name) for name, _, _ in self.fields)

    def previews(self) -> list[Preview]:
        """The difference."""
        if self.problems():
            return diff_preview([], [])
        changes = [
            Change(name, tr(title), self._was(name), self.limit(name), _shown(self._was(name)),
                   _shown(self.limit(name)))
            for name, title, _ in self.fields
            if self._was(name) != self.limit(name)
        ]  # fmt: skip
        return diff_preview(changes, [])

    def summary(self) -> str:
        """What is open stays open."""
        return "" if self.problems() else tr("What is open stays open; what would be too many is refused.")


class UserLimitsForm(_LimitForm):
    """How much a user may have open at once."""

    fields = (
        ("max_connections", "Connections", "The most connections that the user may have open at once."),
        ("max_channels", "Channels", "The most channels in all its connections."),
    )

    def __init__(self, site: Site, access: Access, user: str) -> None:
        super().__init__()
        rows = (row for row in access.table.user_limits if row.user == user)
        self._begin(site, access, next(rows, UserLimits(user)))
        self.heading = tr("Limits of {name}", name=plain(user, 60))
        self._user = user

    async def act(self) -> None:
        """Set them."""
        client, user = self._site.workspace.client, self._user
        was = PutUserLimits(user, self._was("max_connections"), self._was("max_channels"))
        becomes = PutUserLimits(user, self.limit("max_connections"), self.limit("max_channels"))
        await client.call(becomes, type(None))
        self._access.look_again()

        async def undo() -> None:
            await client.call(was, type(None))
            self._access.look_again()

        name = plain(user, 60)
        self._site.undo.offer(
            tr("The limits of {name} were changed.", name=name), tr("the limits of {name}", name=name), undo
        )


class VhostLimitsForm(_LimitForm):
    """How much a virtual host may hold at once."""

    fields = (
        ("max_connections", "Connections", "The most connections to the virtual host at once."),
        ("max_queues", "Queues", "The most queues in it."),
    )

    def __init__(self, site: Site, access: Access, vhost: str) -> None:
        super().__init__()
        rows = (row for row in access.table.vhost_limits if row.vhost == vhost)
        self._begin(site, access, next(rows, VhostLimits(vhost)))
        self.heading = tr("Limits of {name}", name=plain(vhost, 60))
        self._vhost = vhost

    async def act(self) -> None:
        """Set them."""
        client, vhost = self._site.workspace.client, self._vhost
        was = PutVhostLimits(vhost, self._was("max_connections"), self._was("max_queues"))
        becomes = PutVhostLimits(vhost, self.limit("max_connections"), self.limit("max_queues"))
        await client.call(becomes, type(None))
        self._access.look_again()

        async def undo() -> None:
            await client.call(was, type(None))
            self._access.look_again()

        name = plain(vhost, 60)
        self._site.undo.offer(
            tr("The limits of {name} were changed.", name=name), tr("the limits of {name}", name=name), undo
        )


def _is_limit(text: str) -> bool:
    return not text or (text.isascii() and text.isdecimal() and len(text) < 9 and int(text) <= LIMIT_MAX)


def _shown(limit: int | None) -> str:
    return tr("no limit") if limit is None else count(limit)
