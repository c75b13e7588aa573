"""The form that makes a queue."""

import pytest

from mqstudio.model.arguments import QUEUE_ARGUMENTS
from mqstudio.model.rules import QueueKind
from mqstudio.model.topology import VhostSpec
from mqstudio.viewmodel.form import TRUE
from mqstudio.viewmodel.queue_form import QueueForm
from tests.support.list_broker import run_now
from tests.unit.viewmodel.conftest import Shop


@pytest.fixture
def form(shop: Shop) -> QueueForm:
    return QueueForm(shop.site)


@pytest.mark.parametrize("kind", QueueKind)
def test_only_what_a_type_takes_is_asked_for(form: QueueForm, kind: QueueKind) -> None:
    """Every argument of the table that fits the type, and no other."""
    form.edit("x-queue-type", kind.value)
    shown = {entry.name for entry in form.entries()} & QUEUE_ARGUMENTS.keys()
    assert shown == {a.name for a in QUEUE_ARGUMENTS.values() if kind in a.kinds} | {"x-queue-type"}


def test_it_says_what_the_queue_will_do(form: QueueForm) -> None:
    """In sentences, as one types."""
    assert form.summary() == "A durable classic queue. Messages wait until somebody takes them."
    for name, text in (
        ("x-message-ttl", "30000"), ("x-max-length", "1000"), ("x-dead-letter-exchange", "dlx"),
        ("x-dead-letter-routing-key", "dead"),
    ):  # fmt: skip
        form.edit(name, text)
    assert form.summary() == (
        "A durable classic queue. "
        "Messages that wait longer than 30 s go to exchange dlx with routing key dead. "
        "It holds at most 1,000 messages; beyond it the oldest goes to exchange dlx with routing key dead. "
        "Rejected ones go to exchange dlx with routing key dead."
    )


def test_mistakes_are_said_where_they_are(form: QueueForm) -> None:
    """And keep the queue from being made."""
    form.edit("name", "amq.mine")
    form.edit("x-message-ttl", "-1")
    form.edit("others", "x-max-length = 5")
    assert form.problems() == {
        "name": "Names that begin with 'amq.' are the broker's own. Choose another.",
        "x-message-ttl": "Message TTL (ms) is -1; it must be 0 or more.",
        "others": "x-max-length has a field of its own above. Set it there.",
    }
    assert run_now(form.submit()) is False
    form.edit("name", "ü" * 128)
    assert form.problems()["name"] == "The name has 256 bytes; 255 is the most. Shorten it."


def test_a_routing_key_for_dead_letters_needs_their_exchange(form: QueueForm) -> None:
    """The table's rule about both together."""
    form.edit("x-dead-letter-routing-key", "dead")
    assert "needs" in form.problems()["x-dead-letter-routing-key"]
    form.edit("x-dead-letter-exchange", "(default)")
    assert form.problems() == {}


def test_what_another_type_had_does_not_count(form: QueueForm, shop: Shop) -> None:
    """Typed for a classic queue, then made a stream."""
    form.edit("name", "log")
    form.edit("x-max-priority", "nonsense")
    form.edit("x-queue-type", "stream")
    assert form.problems() == {}
    assert run_now(form.submit()) is True
    assert shop.broker.specs["log"].arguments == {"x-queue-type": "stream"}


def test_making_it(form: QueueForm, shop: Shop) -> None:
    """All that was chosen reaches the broker."""
    form.edit("name", "mail")
    form.edit("is_durable", "")
    form.edit("is_auto_delete", TRUE)
    form.edit("x-single-active-consumer", TRUE)
    form.edit("others", "x-team = eu")
    assert run_now(form.submit()) is True
    spec = shop.broker.specs["mail"]
    assert (spec.is_durable, spec.is_auto_delete) == (False, True)
    assert spec.arguments == {"x-single-active-consumer": True, "x-team": "eu"}
    assert form.made == ("/", "mail")
    assert shop.words() == ["Queue mail is there."]


def test_a_refusal_stays_in_the_form(form: QueueForm) -> None:
    """What the broker says is shown, until something is changed."""
    form.edit("name", "orders")
    form.edit("is_durable", "")
    assert run_now(form.submit()) is False
    assert form.refusal == "Queue 'orders' exists with other arguments."
    form.edit("name", "orders.2")
    assert form.refusal == ""


def test_the_virtual_hosts_default_type_counts(shop: Shop) -> None:
    """Where a type is left out."""
    shop.broker.vhosts["eu"] = VhostSpec("eu", default_kind="quorum")
    shop.look()
    form = QueueForm(shop.site, "eu")
    assert form.kind is QueueKind.QUORUM
    assert form.summary().startswith("A durable quorum queue in eu.")
    assert [entry.choices for entry in form.entries() if entry.name == "vhost"] == [
        (("/", "/"), ("eu", "eu"))
    ]
