"""Transactions: what a commit does, what is forgotten, which way messages go that wait for it (section 9)."""

from tests.differential.table import Section
from tests.differential.talk import Talk

tx = Section("transactions")


@tx
def after_confirms(talk: Talk) -> None:
    """Not both."""
    one = talk.channel()
    one.confirm()
    one.call("tx.select")


@tx.cases(("commit", "tx.commit"), ("rollback", "tx.rollback"))
def without_select(talk: Talk, method: str) -> None:
    """Refused."""
    talk.channel().call(method)


@tx
def commit_publishes(talk: Talk) -> None:
    """Nothing is to be seen before."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    one.call("tx.select")
    one.call("tx.select")
    one.publish("q", b"1")
    one.publish("q", b"2")
    two.count()
    one.call("tx.commit")
    two.count_soon(2)
    one.call("tx.commit")


@tx
def rollback_of_publishes(talk: Talk) -> None:
    """They have never been."""
    one = talk.channel()
    one.queue()
    one.call("tx.select")
    one.publish("q", b"1")
    one.call("tx.rollback")
    one.publish("q", b"2")
    one.call("tx.commit")
    one.get_all()


@tx
def close_is_a_rollback(talk: Talk) -> None:
    """Of the channel."""
    one = talk.channel()
    one.queue()
    one.call("tx.select")
    one.publish("q", b"1")
    one.call("channel.close", code=200)
    one.reopen()
    one.count()


@tx
def acks(talk: Talk) -> None:
    """Count with the commit; a rollback forgets them."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    for number in range(3):
        two.publish("q", b"%d" % number)
    two.settle()
    one.call("tx.select")
    for _ in range(3):
        one.get(no_ack=False)
    one.ack(1)
    one.call("tx.rollback")
    one.ack(1)
    one.nack(2)
    one.call("tx.commit")
    one.settle()
    two.count()
    one.reject(3, requeue=True)
    two.count()
    one.call("tx.commit")
    two.count_soon(2)
    two.get_all()


@tx
def ack_twice(talk: Talk) -> None:
    """The second is unknown at once."""
    one = talk.channel()
    one.queue()
    one.publish("q", b"1")
    one.get_soon(no_ack=False)
    one.call("tx.select")
    one.ack(1)
    one.ack(1)
    one.hear()


@tx
def credit_is_given_back_with_the_commit(talk: Talk) -> None:
    """Acknowledged before does not make room."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    for number in range(3):
        two.publish("q", b"%d" % number)
    one.call("tx.select")
    one.qos(1)
    one.consume()
    one.hear()
    one.ack(1)
    two.count()
    one.send("tx.commit")
    for name in sorted(one.answer().text() for _ in range(2)):
        talk.say(name)


@tx
def returns(talk: Talk) -> None:
    """Before the commit's answer."""
    one = talk.channel()
    one.call("tx.select")
    one.publish("none", b"1", mandatory=True)
    one.publish("none", b"2", mandatory=True)
    one.call("tx.commit")


@tx
def missing_exchange_in_tx(talk: Talk) -> None:
    """Told at once."""
    one = talk.channel()
    one.call("tx.select")
    one.publish("q", b"1", "none")
    one.hear()


@tx
def queue_deleted_before_commit(talk: Talk) -> None:
    """The commit succeeds all the same."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    one.call("tx.select")
    one.publish("q", b"1", mandatory=True)
    two.call("queue.delete", queue="q")
    one.call("tx.commit")


@tx
def route_is_found_at_publishing(talk: Talk) -> None:
    """Or at the commit: a queue that is bound in between."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", "fanout")
    two.queue()
    one.call("tx.select")
    one.publish("", b"1", "x")
    two.bind("q", "x")
    one.call("tx.commit")
    two.count()


@tx.cases(("direct", "direct"), ("headers", "headers"))
def bound_too_late(talk: Talk, kind: str) -> None:
    """What led nowhere when it was published comes back with the commit."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", kind)
    two.queue()
    one.call("tx.select")
    one.publish("k", b"1", "x", mandatory=True)
    two.bind("q", "x", "k")
    one.call("tx.commit")
    two.count()


@tx.cases(("direct", "direct"), ("fanout", "fanout"), ("topic", "topic"), ("headers", "headers"))
def unbound_before_commit(talk: Talk, kind: str) -> None:
    """A binding that is gone by then has done its work."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", kind)
    two.queue()
    two.bind("q", "x", "k")
    one.call("tx.select")
    one.publish("k", b"1", "x", mandatory=True)
    two.call("queue.unbind", queue="q", exchange="x", key="k", arguments={})
    one.call("tx.commit")
    two.get_all()


@tx
def exchange_deleted_before_commit(talk: Talk) -> None:
    """So has an exchange."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", "fanout")
    two.queue()
    two.bind("q", "x")
    one.call("tx.select")
    one.publish("", b"1", "x", mandatory=True)
    two.call("exchange.delete", exchange="x")
    one.call("tx.commit")
    two.get_all()


@tx
def queue_declared_again_before_commit(talk: Talk) -> None:
    """Queues are known by their names."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", "fanout")
    two.queue()
    two.bind("q", "x")
    one.call("tx.select")
    one.publish("", b"1", "x", mandatory=True)
    two.call("queue.delete", queue="q")
    two.queue()
    one.call("tx.commit")
    two.get_all()


@tx
def one_queue_of_two_deleted_before_commit(talk: Talk) -> None:
    """The other gets it, and nothing is returned."""
    one, two = talk.channel(), talk.channel()
    one.exchange("x", "fanout")
    for name in ("q", "q2"):
        two.queue(name)
        two.bind(name, "x")
    one.call("tx.select")
    one.publish("", b"1", "x", mandatory=True)
    two.call("queue.delete", queue="q")
    one.call("tx.commit")
    two.get_all("q2")


@tx
def queue_declared_before_commit(talk: Talk) -> None:
    """By the default exchange a name is enough."""
    one, two = talk.channel(), talk.channel()
    one.call("tx.select")
    one.publish("q", b"1", mandatory=True)
    two.queue()
    one.call("tx.commit")
    two.get_all()


@tx
def alternate_exchange_gone_before_commit(talk: Talk) -> None:
    """The way by an alternate exchange is found then, too; copies go by keys of their own."""
    one, two = talk.channel(), talk.channel()
    one.exchange("rest", "fanout")
    one.exchange("x", "direct", arguments={"alternate-exchange": "rest"})
    two.queue()
    two.bind("q", "rest")
    one.call("tx.select")
    one.publish("k", b"1", "x", mandatory=True, headers={"CC": ["other"]})
    two.call("exchange.delete", exchange="rest")
    one.call("tx.commit")
    two.get_all()


@tx
def full_queue_in_tx(talk: Talk) -> None:
    """A commit does not hear of a refusal."""
    one, two = talk.channel(), talk.channel()
    one.queue(arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    one.call("tx.select")
    one.publish("q", b"1")
    one.publish("q", b"2")
    one.call("tx.commit")
    two.get_all()


@tx
def recover_in_tx(talk: Talk) -> None:
    """Whether it waits for the commit."""
    one, two = talk.channel(), talk.channel()
    one.queue()
    two.publish("q", b"1")
    two.settle()
    one.call("tx.select")
    one.get(no_ack=False)
    one.call("basic.recover", requeue=True)
    two.count()
