"""Forms about profiles: another one, a new one; a passphrase given, set, changed, taken away."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from mqstudio.client.profile_files import ProfileFile
from mqstudio.viewmodel.form import TRUE, Entry, EntryKind, Form
from mqstudio.viewmodel.site import Site, name_problem
from mqstudio.viewmodel.wording import counted, plain
from mqstudio.viewmodel.words import tr

WEAK_CHARACTERS: Final = 12
"""Shorter passphrases are said to be easily guessed by those who have the file."""

_NO_NAME: Final = re.compile(r"^\.|[/\\:\0]")


class Host(Protocol):
    """Who keeps the window's broker: each as the Keeper's method of that name."""

    @property
    def is_encrypted(self) -> bool:
        """Whether the profile has a passphrase."""

    def profiles(self) -> Sequence[ProfileFile]:
        """The profiles there are."""

    def fits(self, key: str) -> bool:
        """Whether this is the passphrase."""

    async def switch(self, profile: str) -> None:
        """Open another profile."""

    async def unlock(self, key: str) -> None:
        """Try a passphrase."""

    async def set_key(self, new_key: str | None) -> None:
        """Encrypt the profile, or change its passphrase."""

    async def keep_in_keyring(self, key: str) -> None:
        """Have the keyring remember it."""


def who_is_here(site: Site) -> str:
    """What becomes of those who are connected when the broker stops for a moment."""
    apps = len(site.workspace.apps()) if site.workspace.is_live else 0
    if not apps:
        return tr("No client is connected, so that nobody is disturbed.")
    are = "is" if apps == 1 else "are"
    return tr(
        "{apps} {are} connected and will be cut off; most programs connect again.",
        apps=counted(apps, "client"),
        are=are,
    )


class SwitchForm(Form):
    """Asks before those who are connected are cut off."""

    needs_broker = False
    verb = "Open"

    def __init__(self, site: Site, host: Host, profile: str) -> None:
        super().__init__()
        self._site, self._host, self._profile = site, host, profile
        self.heading = tr("Open profile {profile}", profile=plain(profile, 60))

    def entries(self) -> list[Entry]:
        """There is nothing to fill in."""
        return []

    def problems(self) -> dict[str, str]:
        """Nothing can be wrong."""
        return {}

    def summary(self) -> str:
        """Who would notice."""
        return tr("The broker stops, and starts on the other profile. {site}", site=who_is_here(self._site))

    async def act(self) -> None:
        """Open it."""
        await self._host.switch(self._profile)


class NewProfileForm(SwitchForm):
    """Makes a profile, and opens it."""

    verb = "Make profile"

    def __init__(self, site: Site, host: Host) -> None:
        super().__init__(site, host, "")
        self.heading = tr("Make a profile")

    def entries(self) -> list[Entry]:
        """Its name."""
        says = tr(
            "A file of this name in the data folder: queues, messages and all that happens are kept in it."
        )
        return [Entry("name", tr("Name"), says, placeholder="shop")]

    def problems(self) -> dict[str, str]:
        """A name that cannot be a file's, or that is taken."""
        name = self.value("name")
        if _NO_NAME.search(name):
            return {"name": tr("It becomes a file: no slashes, no colon, no dot first.")}
        if name.lower() in {each.name.lower() for each in self._host.profiles()}:
            return {
                "name": tr(
                    "There is a profile {name} already. Choose another name, or open that.",
                    name=plain(name, 60),
                )
            }
        problem = name_problem(name)
        return {"name": problem} if problem else {}

    def missing(self) -> bool:
        """It needs a name."""
        return not self.value("name")

    async def act(self) -> None:
        """Make and open it."""
        await self._host.switch(self.value("name"))


class KeyForm(Form):
    """The ground of forms about passphrases: each can be kept in the keyring."""

    def __init__(self, site: Site, host: Host) -> None:
        super().__init__()
        self._site, self._host = site, host

    @staticmethod
    def _keep() -> Entry:
        says = tr("So that this computer opens the profile for you. Without it you are asked each time.")
        return Entry("keep", tr("Keep it in this computer's keyring"), says, EntryKind.FLAG)

    def problems(self) -> dict[str, str]:
        """Two that differ."""
        again = self.value("again")
        if again and self.value("key") != again:
            return {"again": tr("The two differ. Type the same passphrase twice.")}
        return {}

    async def _keep_if_wanted(self, key: str) -> None:
        if self.value("keep") == TRUE:
            await self._host.keep_in_keyring(key)


class UnlockForm(KeyForm):
    """Asks for the passphrase of a profile that is to be opened."""

    needs_broker = False
    verb = "Open"

    def __init__(self, site: Site, host: Host, name: str) -> None:
        super().__init__(site, host)
        self.heading = tr("{name} is encrypted", name=plain(name, 60))

    def entries(self) -> list[Entry]:
        """The passphrase."""
        says = tr("It was chosen when the profile was encrypted. Without it nobody can read the file.")
        return [Entry("key", tr("Passphrase"), says, EntryKind.PASSWORD), self._keep()]

    def missing(self) -> bool:
        """It needs one."""
        return not self.value("key")

    def summary(self) -> str:
        """Nothing is lost by waiting."""
        return tr("The broker starts as soon as the passphrase fits. Until then the file stays as it is.")

    async def act(self) -> None:
        """Try it; keep it if it fits."""
        await self._host.unlock(self.value("key"))
        await self._keep_if_wanted(self.value("key"))


class EncryptForm(KeyForm):
    """Encrypts the profile, or gives it another passphrase."""

    def __init__(self, site: Site, host: Host) -> None:
        super().__init__(site, host)
        self._is_change = host.is_encrypted
        self.heading = tr("Change the passphrase") if self._is_change else tr("Encrypt the profile")
        self.verb = tr("Change key") if self._is_change else tr("Encrypt")

    def entries(self) -> list[Entry]:
        """The present passphrase, if there is one, and the new one twice."""
        says = tr("Some words that nobody guesses. There is no other way in: write it down where it is safe.")
        old = [Entry("old", tr("Present passphrase"), "", EntryKind.PASSWORD)] if self._is_change else []
        return [
            *old,
            Entry(
                "key", tr("New passphrase") if self._is_change else tr("Passphrase"), says, EntryKind.PASSWORD
            ),
            Entry("again", tr("Once more"), "", EntryKind.PASSWORD),
            self._keep(),
        ]

    def missing(self) -> bool:
        """It needs all of them."""
        wanted = ("old", "key", "again") if self._is_change else ("key", "again")
        return not all(self.value(name) for name in wanted)

    def summary(self) -> str:
        """What happens meanwhile."""
        key = self.value("key")
        weak = (
            tr("It is short: who has the file may guess it. ") if key and len(key) < WEAK_CHARACTERS else ""
        )
        return tr(
            "{weak}The file is written anew, which takes a while where it is large; the "
            "broker is away meanwhile. Earlier backups stay as they are. {site}",
            weak=weak,
            site=who_is_here(self._site),
        )

    async def submit(self) -> bool:
        """Do it, unless the present passphrase is wrong."""
        if self._is_change and self.value("old") and not self._host.fits(self.value("old")):
            self.refusal = tr("The present passphrase does not fit. Capitals and spaces count.")
            self.changed.emit()
            return False
        return await super().submit()

    async def act(self) -> None:
        """Write the file anew; the keyring first, since it may refuse."""
        await self._keep_if_wanted(self.value("key"))
        await self._host.set_key(self.value("key"))
        word = tr("has another passphrase") if self._is_change else tr("is encrypted")
        self._site.notices.tell(tr("The profile {word}.", word=word))
