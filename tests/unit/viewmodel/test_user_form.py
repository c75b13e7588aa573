"""The forms of users and permissions."""

import pytest

from mqstudio.model.access import Permission, PutUser, User
from mqstudio.viewmodel.access import Access
from mqstudio.viewmodel.user_form import PermissionForm, UserForm
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop


@pytest.fixture
def access(shop: Shop) -> Access:
    shop.broker.users = {"ada": User("ada", ("administrator",), "hash")}
    access = Access(shop.site.workspace)
    run_now(access.refresh())
    return access


def test_adding_a_user(shop: Shop, access: Access) -> None:
    """With a password typed twice, tags, and a first permission."""
    form = UserForm(shop.site, access)
    form.edit("name", "bot")
    form.edit("password", "secret")
    assert form.missing()
    form.edit("again", "secre")
    assert form.problems() == {"again": "The two are not the same. Type both anew."}
    form.edit("again", "secret")
    form.edit("tags", "monitoring, extra")
    assert form.summary() == (
        "The user logs in by password and may use everything in /. It is monitoring, extra."
    )
    assert run_now(form.submit()) is True
    assert shop.broker.users["bot"].tags == ("monitoring", "extra")
    assert shop.broker.permissions["bot", "/"] == Permission("bot", "/", ".*", ".*", ".*")
    assert shop.words() == ["User bot was added."]


def test_changing_one_keeps_the_password_unless_another_is_typed(shop: Shop, access: Access) -> None:
    """Or is taken away."""
    form = UserForm(shop.site, access, access.user("ada"))
    assert run_now(form.submit()) is True
    assert shop.broker.asked[-1] == PutUser("ada", ("administrator",))
    form.edit("no_password", "true")
    assert run_now(form.submit()) is True
    assert shop.broker.asked[-1] == PutUser("ada", ("administrator",), has_no_password=True)


def test_a_name_that_is_taken(shop: Shop, access: Access) -> None:
    """Is said."""
    form = UserForm(shop.site, access)
    form.edit("name", "ada")
    assert "already" in form.problems()["name"]


def test_permissions_show_what_they_allow(shop: Shop, access: Access) -> None:
    """The queues and exchanges there are, verb by verb."""
    form = PermissionForm(shop.site, access, "ada")
    form.edit("configure", "^orders$")
    form.edit("write", "")
    titles = [preview.title for preview in form.previews()]
    assert titles == ["Configure: 1 name", "Write: 0 names", "Read: 3 names"]
    assert form.summary() == "In /, ada may configure ^orders$, write nothing, read everything."
    assert run_now(form.submit()) is True
    assert shop.broker.permissions["ada", "/"] == Permission("ada", "/", "^orders$", "", ".*")
    form.edit("read", "((")
    assert set(form.problems()) == {"read"}
