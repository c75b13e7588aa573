"""Unroutable: no binding matched, and which nearly did."""

from mqstudio.model.message import plain_headers
from mqstudio.model.rows import ExchangeRow, LifeStep
from mqstudio.why import links
from mqstudio.why.base import NOTHING, About, Proof, Rule, Said, Severity, Subject, Text, text
from mqstudio.why.facts import MessageFacts
from mqstudio.why.matching import KNOWN, matches, reached
from mqstudio.why.nearly import near_bindings, near_names
from mqstudio.why.words import duration, listed


def look(facts: MessageFacts) -> Said | None:
    """What its exchanges would have had to have."""
    step = facts.last("unroutable")
    if step is None:
        return None
    if not facts.row.exchange:
        return _by_name(facts, step)
    headers = plain_headers(facts.properties.headers)
    key = facts.row.routing_key
    came_to = reached(facts.topology, facts.vhost, facts.row.exchange, key, headers)
    proofs = [_proof(facts, step)]
    if not came_to:
        gone = text("Exchange '{exchange}' is gone by now.", exchange=facts.row.exchange)
        return Said(says=_says(facts), proofs=(*proofs, Proof(gone)), then=_THEN)
    late = _later(facts, came_to, step, key)
    if late is not None:
        then = text("Publish again what came too early, or declare and bind before anybody publishes.")
        return Said(says=_says(facts), proofs=(*proofs, late), then=then, verb="resend")
    at = Subject(About.EXCHANGE, facts.vhost, came_to[-1].spec.name)
    nearest = ""
    for row in came_to:
        near = near_bindings(row, key, headers)
        nearest = nearest or (near[0].key if near and row.spec.kind != "headers" else "")
        proofs += [Proof(each.says) for each in near]
        if not near:
            proofs.append(Proof(_what_there_is(row)))
    return Said(says=_says(facts), proofs=tuple(proofs), then=_then(facts, nearest), verb="bind", at=at)


def _says(facts: MessageFacts) -> Text:
    if _kind(facts) == "headers":
        return text(
            "No binding of headers exchange '{exchange}' fits its headers.", exchange=facts.row.exchange
        )
    return text(
        "No binding of exchange '{exchange}' matches its routing key '{key}'.",
        exchange=facts.row.exchange,
        key=facts.row.routing_key,
    )


def _kind(facts: MessageFacts) -> str:
    for row in facts.topology.exchanges:
        if (row.vhost, row.spec.name) == (facts.vhost, facts.row.exchange):
            return row.spec.kind
    return ""


def _proof(facts: MessageFacts, step: LifeStep) -> Proof:
    if step.detail.startswith("returned"):
        return Proof(text("The broker sent it back to its publisher, which had asked for that."), step.at_us)
    return Proof(text("The broker dropped it: its publisher had not asked to have it back."), step.at_us)


_THEN = text("Declare the exchange and bind a queue to it, then publish again.")


def _then(facts: MessageFacts, nearest: str) -> Text:
    if nearest and "*" not in nearest and "#" not in nearest:
        return text(
            "Publish with key '{nearest}', or bind a queue with '{key}'. To hear of such messages publish "
            "them as mandatory, or give the exchange an alternate one.",
            nearest=nearest,
            key=facts.row.routing_key,
        )
    return text(
        "Bind a queue so that it matches. To hear of such messages publish them as mandatory, or give the "
        "exchange an alternate one."
    )


def _what_there_is(row: ExchangeRow) -> Text:
    if not row.bindings:
        return text("Exchange '{name}' has no bindings at all.", name=row.spec.name)
    keys = sorted({binding.routing_key for binding in row.bindings})
    if row.spec.kind in {"direct", "topic"}:
        shown = listed([f"'{key}'" for key in keys])
        return text("Exchange '{name}' is bound with {keys} only.", name=row.spec.name, keys=shown)
    return text(
        "None of the {count} bindings of exchange '{name}' fits.", count=len(row.bindings), name=row.spec.name
    )


def _later(facts: MessageFacts, came_to: list[ExchangeRow], step: LifeStep, key: str) -> Proof | None:
    """A binding that fits, and that was made when it was too late, or was gone too early."""
    kinds = {row.spec.name: row.spec.kind for row in came_to if row.spec.kind in KNOWN}
    headers = plain_headers(facts.properties.headers)
    for each in facts.happenings:
        binding, kind = each.binding, kinds.get(each.exchange)
        if binding is None or kind is None or each.vhost != facts.vhost:
            continue
        if not matches(kind, binding, key, headers):
            continue
        values = {"key": binding.routing_key, "to": binding.destination}
        away = duration(abs(each.at_us - step.at_us))
        if each.what == "binding_added" and each.at_us >= step.at_us:
            says = text("Binding '{key}' to '{to}' fits, and was made {away} too late.", away=away, **values)
            return Proof(says, each.at_us)
        if each.what == "binding_removed" and each.at_us <= step.at_us:
            says = text(
                "Binding '{key}' to '{to}' did fit; it was removed {away} before.", away=away, **values
            )
            return Proof(says, each.at_us)
    return None


def _by_name(facts: MessageFacts, step: LifeStep) -> Said:
    """The default exchange: a key is the name of a queue."""
    key = facts.row.routing_key
    says = text("There was no queue named '{key}', which the default exchange looked for.", key=key)
    proofs = [_proof(facts, step)]
    for each in facts.happenings:
        away = duration(abs(each.at_us - step.at_us))
        if (each.vhost, each.queue) != (facts.vhost, key):
            continue
        if each.what == "queue_declared" and each.at_us >= step.at_us:
            late = text("Queue '{key}' was declared {away} too late.", key=key, away=away)
            then = text("Publish it again, and declare queues before anybody publishes.")
            return Said(
                says=says,
                proofs=(*proofs, Proof(late, each.at_us)),
                then=then,
                verb="resend",
                link=links.QUEUES,
            )
        if each.what == "queue_deleted" and each.at_us <= step.at_us:
            gone = text(
                "Queue '{key}' was deleted {away} before: {why}.", key=key, away=away, why=each.reason
            )
            proofs.append(Proof(gone, each.at_us))
    names = [row.spec.name for row in facts.topology.queues if row.vhost == facts.vhost]
    near = near_names(names, key)
    if near:
        proofs.append(Proof(text("There is {names}.", names=listed([f"'{name}'" for name in near]))))
    then = text("Declare queue '{key}', or publish with the name of one that exists.", key=key)
    return Said(says=says, proofs=tuple(proofs), then=then if key else NOTHING, verb="declare")


RULE = Rule(
    asks="Why did it reach no queue?",
    about=About.MESSAGE,
    look=look,
    link=links.PUBLISHERS_UNROUTABLE,
    severity=Severity.WARN,
    explains=("unroutable",),
)
