"""The form of a virtual host."""

from mqstudio.model.topology import VhostSpec
from mqstudio.viewmodel.vhost_form import VhostForm
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop


def test_making_and_changing(shop: Shop) -> None:
    """With description, tags, a default type, and tracing."""
    form = VhostForm(shop.site)
    assert form.missing()
    for name, text in (("name", "eu"), ("tags", "a, b,"), ("default_kind", "quorum"), ("is_traced", "true")):
        form.edit(name, text)
    assert "Its queues are quorum. Everything that happens in it is traced." in form.summary()
    assert run_now(form.submit()) is True
    spec = VhostSpec("eu", "", ("a", "b"), "quorum", True)
    assert shop.broker.vhosts["eu"] == spec
    shop.look()
    change = VhostForm(shop.site, spec)
    change.edit("is_traced", "")
    assert run_now(change.submit()) is True
    assert shop.broker.vhosts["eu"].is_traced is False
    assert shop.words()[-1] == "Virtual host eu was changed."


def test_a_name_that_is_taken(shop: Shop) -> None:
    """Is said before anything is asked of the broker."""
    form = VhostForm(shop.site)
    form.edit("name", "/")
    assert form.problems() == {"name": "There is a virtual host / already. Choose another name."}
