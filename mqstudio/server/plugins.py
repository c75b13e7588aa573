"""What a broker finds of plug-ins: wire protocols, and the exchange kinds of its engine."""

from random import Random

from mqstudio.engine.engine import Engine
from mqstudio.model.message import Message, Properties
from mqstudio.protocols.base import WireProtocol
from mqstudio.registry import discover
from mqstudio.server import log
from mqstudio.server.reading import properties_of


def find_protocols() -> dict[str, WireProtocol]:
    """All wire protocols by name; one that fails is reported and left out."""
    found = discover("mqstudio.protocols", "PROTOCOL")
    _report(found.failed)
    return {protocol.name: protocol for protocol in found.found.values()}


def new_engine(protocols: dict[str, WireProtocol], engine_type: type[Engine] = Engine) -> Engine:
    """An engine with all exchange kinds, and the exchanges that protocols expect to find."""
    kinds = discover("mqstudio.engine.exchanges", "EXCHANGE_KIND")
    _report(kinds.failed)
    predeclared = [s for p in protocols.values() for s in getattr(p, "predeclared_exchanges", ())]
    chance = Random()

    def read_properties(message: Message) -> Properties:
        return properties_of(message, protocols)[0]

    return engine_type(
        {kind.name: kind for kind in kinds.found.values()},
        predeclared,
        read_properties=read_properties,
        choose=chance.randrange,
    )


def _report(failed: dict[str, str]) -> None:
    for name, why in failed.items():
        log.warning("plugin_failed", name=name, why=why)
