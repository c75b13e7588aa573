"""Forms about profiles: who is disturbed, what is wrong, and what is done."""

import pytest

from mqstudio.client.profile_files import ProfileFile
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.viewmodel.profile_forms import EncryptForm, NewProfileForm, SwitchForm, UnlockForm
from mqstudio.viewmodel.site import Site
from tests.support.list_broker import ListBroker, run_now


class ListHost:
    """Keeps a broker that is not there."""

    def __init__(self, key: str | None = None) -> None:
        self.key, self.kept = key, ""
        self.opened: list[str] = []
        self.has_keyring = True

    @property
    def is_encrypted(self) -> bool:
        return self.key is not None

    def profiles(self) -> list[ProfileFile]:
        return [ProfileFile("shop", "/data/shop.mqs", 1, 1, False)]

    def fits(self, key: str) -> bool:
        return key == self.key

    async def switch(self, profile: str) -> None:
        self.opened.append(profile)

    async def unlock(self, key: str) -> None:
        if not self.fits(key):
            raise RefusedError(Refusal.INVALID_ARGUMENT, "That passphrase does not fit.")

    async def set_key(self, new_key: str | None) -> None:
        self.key = new_key

    async def keep_in_keyring(self, key: str) -> None:
        if not self.has_keyring:
            raise RefusedError(Refusal.NOT_SUPPORTED, "The keyring does not answer.")
        self.kept = key


def fill(form: NewProfileForm | UnlockForm | EncryptForm, **values: str) -> None:
    for name, text in values.items():
        form.edit(name, text)


def test_who_would_be_cut_off_is_counted(site: Site, broker: ListBroker) -> None:
    host = ListHost()
    form = SwitchForm(site, host, "other")
    assert "No client is connected" in form.summary()
    broker.add_client(1)
    broker.add_client(2)
    broker.feed(site.workspace)
    assert "2 clients are connected and will be cut off" in form.summary()
    assert run_now(form.submit())
    assert host.opened == ["other"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Shop", "already"),
        ("a/b", "no slashes"),
        ("a\\b", "no slashes"),
        (".x", "no dot"),
        ("c:d", "no colon"),
    ],
)
def test_names_that_cannot_be(site: Site, name: str, problem: str) -> None:
    form = NewProfileForm(site, ListHost())
    fill(form, name=name)
    assert problem in form.problems()["name"]
    assert not run_now(form.submit())


def test_a_new_profile_is_opened(site: Site) -> None:
    host = ListHost()
    form = NewProfileForm(site, host)
    assert form.missing()
    fill(form, name="rehearsal")
    assert run_now(form.submit())
    assert host.opened == ["rehearsal"]


def test_a_passphrase_is_typed_twice(site: Site) -> None:
    host = ListHost()
    form = EncryptForm(site, host)
    fill(form, key="short", again="shart")
    assert "differ" in form.problems()["again"]
    assert "It is short" in form.summary()
    fill(form, key="correct horse battery", again="correct horse battery", keep="true")
    assert "short" not in form.summary()
    assert run_now(form.submit())
    assert host.key == host.kept == "correct horse battery"


def test_a_keyring_that_refuses_leaves_the_file_alone(site: Site) -> None:
    host = ListHost()
    host.has_keyring = False
    form = EncryptForm(site, host)
    fill(form, key="correct horse", again="correct horse", keep="true")
    assert not run_now(form.submit())
    assert (host.key, form.refusal) == (None, "The keyring does not answer.")


def test_changing_needs_the_present_passphrase(site: Site) -> None:
    host = ListHost("old")
    form = EncryptForm(site, host)
    fill(form, key="new one", again="new one")
    assert form.missing()
    fill(form, old="wrong")
    assert not run_now(form.submit())
    assert "does not fit" in form.refusal
    fill(form, old="old")
    assert run_now(form.submit())
    assert host.key == "new one"


def test_a_wrong_passphrase_says_so_and_is_not_kept(site: Site) -> None:
    host = ListHost("right")
    form = UnlockForm(site, host, "shop.mqs")
    fill(form, key="wrong", keep="true")
    assert not run_now(form.submit())
    assert (form.refusal, host.kept) == ("That passphrase does not fit.", "")
    fill(form, key="right")
    assert run_now(form.submit())
    assert host.kept == "right"
