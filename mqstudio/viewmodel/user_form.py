"""The forms that make a user, and say what one may do where, with the names that each pattern allows."""

from mqstudio.model.access import Permission, PutPermission, PutReply, PutUser, User
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.viewmodel.access import EVERYTHING, Access, pattern_words
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind, Form, Preview
from mqstudio.viewmodel.matching import name_preview, pattern_problem
from mqstudio.viewmodel.site import Site, name_problem
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr

TAGS = (
    ("", "none: messaging only"),
    ("administrator", "administrator"),
    ("monitoring", "monitoring"),
    ("policymaker", "policymaker"),
    ("management", "management"),
)
VERBS = (
    ("configure", "Configure", "Names that the user may make and delete."),
    ("write", "Write", "Names that the user may publish to, and bind queues of."),
    ("read", "Read", "Names that the user may consume, purge, and bind from."),
)


class UserForm(Form):
    """A user in the making, or an existing one."""

    def __init__(self, site: Site, access: Access, user: User | None = None) -> None:
        old = user or User("")
        super().__init__({"name": old.name, "tags": ", ".join(old.tags), "may_all": TRUE})
        self._site, self._access = site, access
        self._is_new = user is None
        self._has_password = old.has_password
        self.heading = tr("Add a user") if self._is_new else tr("User {name}", name=plain(old.name, 60))
        self.verb = tr("Add user") if self._is_new else tr("Change")

    def entries(self) -> list[Entry]:
        """Name, password, tags; for a new one also a first permission."""
        keep = (
            tr("Leave it empty to keep the present one.")
            if self._has_password
            else tr("Empty: no login by password.")
        )
        entries = [
            Entry("name", tr("Name"), placeholder="shop", is_fixed=not self._is_new),
            Entry("password", tr("Password"), keep, EntryKind.PASSWORD),
            Entry("again", tr("Password again"), "", EntryKind.PASSWORD),
        ]
        if self._has_password:
            entries.append(
                Entry("no_password", tr("No password"), tr("No login by password any more."), EntryKind.FLAG)
            )
        entries.append(
            Entry("tags", tr("Tags"), tr("What else it may do: see and change the broker's settings."),
                  EntryKind.OFFER, tuple((each, tr(words)) for each, words in TAGS))
        )  # fmt: skip
        if self._is_new:
            says = tr("In the virtual host /. Change it afterwards under permissions.")
            entries.append(Entry("may_all", tr("May use everything"), says, EntryKind.FLAG))
        return entries

    def problems(self) -> dict[str, str]:
        """What is wrong, by entry."""
        problems: dict[str, str] = {}
        name = self.value("name")
        if self._is_new and self._access.user(name):
            problems["name"] = tr(
                "There is a user {name} already. Change that one, or rename this.", name=plain(name, 60)
            )
        elif name_problem(name):
            problems["name"] = name_problem(name)
        if self.value("again") and self.value("again") != self.value("password"):
            problems["again"] = tr("The two are not the same. Type both anew.")
        if self.value("password") and self.is_set("no_password"):
            problems["no_password"] = tr("Either a new password, or none.")
        return problems

    def missing(self) -> bool:
        """A name is needed, and a password typed twice."""
        return not self.value("name") or self.value("password") != self.value("again")

    def summary(self) -> str:
        """What it will be able to do."""
        tags = self._tags()
        extra = tr(" It is {join}.", join=", ".join(plain(tag, 40) for tag in tags)) if tags else ""
        if not self._is_new:
            return tr("Its connections stay open.{extra}", extra=extra)
        may = (
            tr("may use everything in /")
            if self.is_set("may_all")
            else tr("may do nothing until you permit it")
        )
        how = tr("logs in by password") if self.value("password") else tr("cannot log in by password")
        return tr("The user {how} and {may}.{extra}", how=how, may=may, extra=extra)

    def _tags(self) -> tuple[str, ...]:
        return tuple(tag.strip() for tag in self.value("tags").split(",") if tag.strip())

    async def act(self) -> None:
        """Add or change it, and give a new one its first permission."""
        name, client = self.value("name"), self._site.workspace.client
        is_without = self.is_set("no_password")
        user = PutUser(
            name, self._tags(), password=self.value("password") or None, has_no_password=is_without
        )
        await client.call(user, PutReply)
        if self._is_new and self.is_set("may_all"):
            everything = PutPermission(name, DEFAULT_VHOST, EVERYTHING, EVERYTHING, EVERYTHING)
            await client.call(everything, PutReply)
        self._access.look_again()
        self._site.notices.tell(
            tr(
                "User {name} {value}.",
                name=plain(name, 60),
                value="was added" if self._is_new else "was changed",
            )
        )


class PermissionForm(Form):
    """What a user may do in a virtual host."""

    verb = "Permit"

    def __init__(self, site: Site, access: Access, user: str, old: Permission | None = None) -> None:
        vhost = old.vhost if old else DEFAULT_VHOST
        patterns = (old.configure, old.write, old.read) if old else (EVERYTHING,) * 3
        names = [verb for verb, _, _ in VERBS]
        super().__init__({"vhost": vhost, **dict(zip(names, patterns, strict=True))})
        self._site, self._access, self._user = site, access, user
        self._is_new = old is None
        self.heading = tr("What {user} may do", user=plain(user, 60))

    def entries(self) -> list[Entry]:
        """Where, and a pattern for each verb."""
        patterns = [
            Entry(name, tr(title), tr(says), placeholder=tr("nothing"), group=tr("Patterns"))
            for name, title, says in VERBS
        ]
        return [*self._site.vhost_entry(is_fixed=not self._is_new), *patterns]

    def problems(self) -> dict[str, str]:
        """Patterns that are none."""
        texts = {name: self.value(name) for name, _, _ in VERBS}
        return {name: pattern_problem(text) for name, text in texts.items() if pattern_problem(text)}

    def summary(self) -> str:
        """In words."""
        if self.problems():
            return ""
        words = [f"{tr(title).lower()} {pattern_words(self.value(name))}" for name, title, _ in VERBS]
        return (
            tr("In {plain}, {user} may ", plain=plain(self.value("vhost"), 60), user=plain(self._user, 60))
            + ", ".join(words)
            + "."
        )

    def previews(self) -> list[Preview]:
        """The queues and exchanges there are that each pattern allows."""
        structure, vhost = self._site.structure, self.value("vhost")
        names = [row.spec.name for row in structure.queues(vhost)]
        names += [row.spec.name for row in structure.exchanges(vhost) if row.spec.name]
        return [name_preview(tr(title), self.value(name), names) for name, title, _ in VERBS]

    async def act(self) -> None:
        """Permit it."""
        texts = [self.value(name) for name, _, _ in VERBS]
        request = PutPermission(self._user, self.value("vhost"), *texts)
        await self._site.workspace.client.call(request, PutReply)
        self._access.look_again()
        where = plain(self.value("vhost"), 60)
        self._site.notices.tell(
            tr("The permissions of {user} in {where} were changed.", user=plain(self._user, 60), where=where)
        )
