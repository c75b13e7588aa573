"""What became of a message that was published, and why one would reach nobody, in words."""

from mqstudio.client.sending import Parcel
from mqstudio.protocols.native.messages import PublishReply
from mqstudio.viewmodel.publish_draft import Draft
from mqstudio.viewmodel.wording import exchange_title, plain
from mqstudio.viewmodel.words import tr


def outcome(parcel: Parcel, reply: PublishReply, *, kind: str) -> tuple[str, bool]:
    """What became of a message, and whether that is well. kind: of its exchange, "" if that is not known."""
    exchange = exchange_title(parcel.exchange)
    to = plain(parcel.routing_key, 60) or exchange
    if reply.was_refused:
        says = tr(
            "Refused: a queue that {to} leads to is full, and its rule is to refuse what is new. "
            "Consume or purge some first.",
            to=to,
        )
        return says, False
    if reply.was_routed:
        return tr("Sent to {to}.", to=to), True
    if _is_delayed(parcel, kind):
        return tr("Sent to {exchange}, which holds it for its x-delay.", exchange=exchange), True
    why = nowhere(parcel.exchange, parcel.routing_key)
    return tr("Sent, but dropped by the broker: {why}", why=why), False


def _is_delayed(parcel: Parcel, kind: str) -> bool:
    has_delay = any(header.name == "x-delay" for header in parcel.properties.headers or ())
    return has_delay and kind == "x-delayed-message"


def nowhere(exchange: str, routing_key: str) -> str:
    """Why a message would reach no queue."""
    if not exchange and not routing_key:
        return tr("Choose an exchange, or type a queue's name as the routing key.")
    key = plain(routing_key, 60)
    if not exchange:
        return tr("There is no queue “{key}”: the message would be dropped.", key=key)
    title = exchange_title(exchange)
    return tr("No binding of {exchange} matches “{key}”: it would be dropped.", exchange=title, key=key)


def aim_title(draft: Draft) -> str:
    """Where a draft goes, for people."""
    return (
        exchange_title(draft.exchange)
        if draft.exchange or not draft.routing_key
        else plain(draft.routing_key, 60)
    )
