"""What aio-pika does when a worker raises an exception, told by the rules: rejected, or put back."""

import asyncio

import aio_pika

from tests.support.reasons import Asker, only


async def _work(url: str, queue: str, *, requeue: bool | None) -> None:
    """Take one message as its documentation shows, and fail over it; requeue None: do not fail."""
    connection = await aio_pika.connect(url, client_properties={"connection_name": "aio worker"})
    async with connection:
        channel = await connection.channel()
        made = await channel.declare_queue(queue)
        await channel.default_exchange.publish(aio_pika.Message(queue.encode()), queue)
        message = await made.get(timeout=20)
        try:
            async with message.process(requeue=bool(requeue)):
                if requeue is not None:
                    raise ValueError("total < 0")
        except ValueError:
            await made.declare()  # a round trip: the rejection has been dealt with


def _run(asker: Asker, queue: str, *, requeue: bool | None) -> None:
    asyncio.run(_work(asker.broker.url, queue, requeue=requeue))


def test_an_exception_rejects_the_message(asker: Asker) -> None:
    """The usual surprise: it is gone, for nobody said requeue and there are no dead letters."""
    _run(asker, "raises", requeue=False)
    says = ("'aio worker' rejected it, without putting it back", "has no dead-letter exchange")
    only(asker.message("raises"), "gone_rejected", *says)


def test_an_exception_puts_the_message_back(asker: Asker) -> None:
    """With requeue it comes again, as often as it fails."""
    _run(asker, "raises and requeues", requeue=True)
    rules = {each.rule for each in asker.message("raises and requeues")}
    assert "redelivered_given_back" in rules
    assert "gone_rejected" not in rules


def test_without_an_exception_it_is_done(asker: Asker) -> None:
    """As it should be."""
    _run(asker, "works well", requeue=None)
    only(asker.message("works well"), "done", "'aio worker' acknowledged it")
