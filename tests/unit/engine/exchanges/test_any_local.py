"""Any local: queues only, classic ones, bound without a key."""

import pytest

from mqstudio.engine.exchanges.any_local import EXCHANGE_KIND
from mqstudio.model import commands as c
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.topology import DestinationKind
from tests.support.driver import Driver
from tests.support.exchanges import Bindings


def test_chance_chooses_a_queue() -> None:
    bindings = Bindings(EXCHANGE_KIND, 1)
    for queue in "ab":
        bindings.add("", queue)
    assert bindings.match("whatever") == {"b"}


def test_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key not permitted"):
        Bindings(EXCHANGE_KIND).add("key")


def test_it_leads_to_classic_queues_only() -> None:
    driver = Driver()
    channel = driver.channel()
    driver.do(c.DeclareExchange(channel, "x", "x-local-random"))
    driver.do(c.DeclareExchange(channel, "y", "fanout"))
    driver.queue(channel, "classic")
    driver.queue(channel, "quorum", is_durable=True, arguments={"x-queue-type": "quorum"})
    driver.do(c.Bind(channel, "x", "classic"))
    for name, kind in (("quorum", DestinationKind.QUEUE), ("y", DestinationKind.EXCHANGE)):
        with pytest.raises(RefusedError) as refused:
            driver.do(c.Bind(channel, "x", name, destination_kind=kind))
        assert refused.value.why is Refusal.INVALID_ARGUMENT
