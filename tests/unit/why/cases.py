"""For each rule facts that it is made for, and facts that differ in the one thing that counts."""

from typing import Any

from msgspec.structs import replace

from mqstudio.model import attempts as a
from mqstudio.model.rules import Overflow, QueueKind, QueueRules
from mqstudio.model.samples import Counters
from mqstudio.why.facts import Rates
from tests.support import why_facts as m
from tests.support.why_facts import DONE, DROPPED, HELD, NOW, PURGED, READY, SECOND

SINGLE = QueueRules(is_single_active=True)
URGENT = QueueRules(max_priority=5)
LETTERS = QueueRules(dead_letter_exchange="", dead_letter_key="dlq")
WAITS = m.row(died_of="rejected", died_in="orders", died_first_us=NOW - SECOND)
GONE = m.happened("subscription_closed", vhost="/", queue="orders", client="worker", tag="c1")
LOOP = m.queue_row("orders", QueueRules(ttl_us=1, dead_letter_exchange="", dead_letter_key="orders"))
LONG = m.queue(5, 0, m.consumer(credit=10))


def _ending(reason: str, **more: Any) -> Any:  # Any: facts of one kind or another
    return m.message(DROPPED, m.step("dropped", reason=reason), **more)


def _attempt(refusal: str, why: str, **more: Any) -> Any:  # Any: likewise
    return m.attempt(why, refusal=refusal, user="ann", vhost="shpo", **more)


DEATH = m.step("dead_lettered", reason="rejected", exchange="dlx")
TAKEN = m.delivered(tag="", is_auto_settled=True)
SENT = m.delivered(is_auto_settled=True)

CASES: dict[str, tuple[Any, Any]] = {  # Any: facts of what the rule is about
    "unroutable": (m.message(DROPPED, m.step("unroutable")), m.message(READY, m.step("enqueued"))),
    "publish_refused": (m.message(DROPPED, m.step("refused")), m.message(READY, m.step("enqueued"))),
    "dead_lettered_rejected": (m.dead("rejected", m.settled("rejected")), m.dead("expired")),
    "dead_lettered_expired": (m.dead("expired"), m.dead("rejected")),
    "dead_lettered_full": (m.dead("maxlen"), m.dead("expired")),
    "dead_lettered_limit": (m.dead("delivery_limit"), m.dead("maxlen")),
    "redelivered_given_back": (m.message(READY, *m.released()), m.message(READY, *m.released("recovered"))),
    "redelivered_recovered": (m.message(READY, *m.released("recovered")), m.message(READY, *m.released())),
    "redelivered_channel_closed": (
        m.message(READY, *m.released("channel_closed")),
        m.message(READY, *m.released("connection_closed")),
    ),
    "redelivered_connection_closed": (
        m.message(READY, *m.released("connection_closed")),
        m.message(READY, *m.released("channel_closed")),
    ),
    "redelivered_lease_ended": (
        m.message(READY, *m.released("lease_ended")),
        m.message(READY, *m.released("channel_closed")),
    ),
    "redelivered_kicked": (
        m.message(READY, *m.released("kicked")),
        m.message(READY, *m.released("connection_closed")),
    ),
    "redelivered_by_hand": (m.message(READY, *m.released(forced_by=9)), m.message(READY, *m.released())),
    "redelivered_restart": (
        m.message(READY, row={"is_redelivered": True, "published_at_us": NOW - 9_000 * SECOND}),
        m.message(READY, *m.released(), row={"is_redelivered": True}),
    ),
    "delayed": (
        m.message(READY, m.step("delayed", exchange="later"), row={"queue": ""}),
        m.message(READY, m.step("enqueued")),
    ),
    "kept_in_log": (
        m.message(READY, queue=m.queue(1, rules=QueueRules(kind=QueueKind.LOG))),
        m.message(READY, queue=m.queue(1)),
    ),
    "behind_priority": (
        m.message(
            READY, queue=m.queue(2, 1, m.consumer(1, 1), rules=URGENT), first=m.row(number=9, priority=4)
        ),
        m.message(READY, queue=m.queue(2), first=m.row(number=9, priority=4)),
    ),
    "behind_others": (
        m.message(READY, ahead=2, first=m.row(number=3, delivery_count=3)),
        m.message(READY, ahead=0, first=m.row()),
    ),
    "held_by_consumer": (
        m.message(HELD, row={"delivered_at_us": NOW - SECOND, "holder": "worker · c1"}),
        m.message(READY),
    ),
    "done": (
        m.message(DONE, m.delivered(), m.settled("accepted")),
        m.message(DONE, SENT, m.settled("accepted")),
    ),
    "gone_auto_ack": (m.message(DONE, SENT), m.message(DONE, m.delivered())),
    "gone_taken": (m.message(DONE, TAKEN), m.message(DONE, SENT)),
    "gone_expired": (_ending("expired"), _ending("maxlen")),
    "gone_full": (_ending("maxlen"), _ending("expired")),
    "gone_rejected": (_ending("rejected"), _ending("delivery_limit")),
    "gone_delivery_limit": (_ending("delivery_limit"), _ending("rejected")),
    "gone_queue_deleted": (_ending("queue_deleted"), _ending("expired")),
    "gone_cycle": (_ending("cycle"), _ending("expired")),
    "gone_retention": (_ending("retention"), _ending("expired")),
    "gone_purged": (m.message(PURGED, m.step("purged")), m.message(READY, m.step("purged"))),
    "gone_moved": (m.message(PURGED, m.step("moved", successor_id=8)), m.message(PURGED, m.step("purged"))),
    "accepted_by_hand": (
        m.message(DONE, m.delivered(), m.settled("accepted", forced_by=9)),
        m.message(DONE, m.delivered(), m.settled("accepted")),
    ),
    "gone_restart": (
        m.message(DROPPED, row={"ended_because": "broker_stopped"}),
        m.message(DROPPED, row={"ended_because": "rejected"}),
    ),
    # ---- queues
    "queue_no_consumer": (m.queue(3, happenings=(GONE,)), m.queue(3, 0, m.consumer())),
    "queue_nobody_reads": (m.queue(3, sample={"counters": Counters(published=3)}), m.queue(3)),
    "dead_letters_wait": (m.queue(3, first=WAITS), m.queue(3)),
    "queue_paused": (m.queue(1, sample={"is_paused": True}), m.queue(1)),
    "all_paused": (m.queue(1, is_all_paused=True), m.queue(1)),
    "consumers_paused": (
        m.queue(1, 0, m.consumer(is_paused=True)),
        m.queue(1, 0, m.consumer(is_paused=True), m.consumer(tag="c2")),
    ),
    "credit_spent": (m.queue(1, 2, m.consumer(2, 2)), m.queue(1, 2, m.consumer(2, 3))),
    "active_consumer_busy": (
        m.queue(1, 1, m.consumer(1, 1), m.consumer(tag="c2", is_active=False), rules=SINGLE),
        m.queue(1, 1, m.consumer(1, 1), m.consumer(tag="c2")),
    ),
    "exclusive_consumer_busy": (
        m.queue(1, 1, m.consumer(1, 1, is_exclusive=True)),
        m.queue(1, 1, m.consumer(1, 1)),
    ),
    "consumer_does_not_read": (m.queue(1, 0, m.consumer(is_slow=True)), m.queue(1, 0, m.consumer())),
    "queue_grows": (
        replace(LONG, rates=Rates(30 * SECOND, 50.0, 10.0, 10.0, 0.0, 1_200)),
        replace(LONG, rates=Rates(30 * SECOND, 50.0, 49.0, 49.0, 0.0, 30)),
    ),
    "unacked_grow": (
        m.queue(0, 50, m.consumer(50), rates=Rates(30 * SECOND, 2.0, 2.0, 0.0, 0.0, 50, 50)),
        m.queue(0, 50, m.consumer(50), rates=Rates(30 * SECOND, 2.0, 2.0, 0.1, 0.0, 50, 50)),
    ),
    "redelivery_loop": (
        m.queue(1, first=m.row(delivery_count=20)),
        m.queue(1, first=m.row(delivery_count=19)),
    ),
    "dead_letter_cycle": (
        m.queue(row=LOOP, topology=m.topology(LOOP), sample={"counters": Counters(dead_lettered=1)}),
        m.queue(row=LOOP, topology=m.topology(LOOP)),
    ),
    "dead_letters_lost": (
        m.queue(rules=LETTERS),
        m.queue(rules=LETTERS, topology=m.topology(m.queue_row("dlq"))),
    ),
    "queue_full": (
        m.queue(2, rules=QueueRules(max_messages=2, overflow=Overflow.REFUSE)),
        m.queue(1, rules=QueueRules(max_messages=2, overflow=Overflow.REFUSE)),
    ),
    "consumers_without_prefetch": (
        m.queue(0, 100, m.consumer(100), m.consumer(tag="c2")),
        m.queue(0, 100, m.consumer(100, 100)),
    ),
    # ---- consumers
    "consumer_queue_empty": (m.one_of(m.consumer(), m.queue()), m.one_of(m.consumer(), m.queue(1))),
    "consumer_credit_spent": (
        m.one_of(m.consumer(1, 1), m.queue(1, 1)),
        m.one_of(m.consumer(1, 2), m.queue(1, 1)),
    ),
    "consumer_low_priority": (
        m.one_of(m.consumer(), m.queue(0, 0, m.consumer(tag="c2", priority=5))),
        m.one_of(m.consumer(), m.queue(0, 0, m.consumer(1, 1, tag="c2", priority=5))),
    ),
    "consumer_not_active": (
        m.one_of(m.consumer(is_active=False), m.queue(rules=SINGLE)),
        m.one_of(m.consumer(), m.queue(rules=SINGLE)),
    ),
    "consumer_paused": (m.one_of(m.consumer(is_paused=True), m.queue()), m.one_of(m.consumer(), m.queue())),
    "consumer_socket_full": (
        m.one_of(m.consumer(is_slow=True), m.queue()),
        m.one_of(m.consumer(), m.queue()),
    ),
    # ---- exchanges, clients, the broker
    "exchange_no_bindings": (
        m.exchange_facts(m.exchange()),
        m.exchange_facts(m.exchange("ex", "topic", "#")),
    ),
    "exchange_unroutable": (
        m.exchange_facts(m.exchange("ex", "topic", "a"), unroutable=1),
        m.exchange_facts(m.exchange("ex", "topic", "a")),
    ),
    "publisher_blocked": (m.client(is_blocked=True, blocked_by=("disk",)), m.client(blocked_by=("disk",))),
    "memory_full": (
        m.broker(is_publishing_blocked=True, blocked_by=("memory",)),
        m.broker(is_publishing_blocked=True, blocked_by=("disk",)),
    ),
    "disk_low": (m.broker(blocked_by=("disk",)), m.broker(blocked_by=("memory",))),
    "store_failed": (m.broker(blocked_by=("store",), store_problem="no"), m.broker(blocked_by=("disk",))),
    "everything_paused": (m.broker(is_paused=True), m.broker()),
    # ---- who could not connect
    "http_on_amqp_port": (m.attempt(a.SPEAKS_HTTP), m.attempt(a.SPEAKS_HTTP, was_client=True)),
    "tls_on_plain_port": (m.attempt(a.SPEAKS_TLS), m.attempt(a.SPEAKS_TLS, is_tls=True)),
    "amqp_on_http_port": (m.attempt(a.SPEAKS_AMQP, "management"), m.attempt(a.SPEAKS_AMQP)),
    "tls_on_http_port": (m.attempt(a.SPEAKS_TLS, "management"), m.attempt(a.SPEAKS_TLS)),
    "amqp_1_0": (m.attempt(a.SPEAKS_AMQP_1), m.attempt(a.SPEAKS_OTHER_AMQP)),
    "other_protocol": (m.attempt(f"{a.SPEAKS_SOMETHING} AMQP"), m.attempt(f"{a.SPEAKS_SOMETHING} TLS")),
    "plain_on_tls_port": (
        m.attempt(f"{a.SPEAKS_AMQP} {a.WITHOUT_TLS}", is_tls=True),
        m.attempt(a.HUNG_UP_AMID_TLS, is_tls=True),
    ),
    "certificate_not_trusted": (
        m.attempt(a.REFUSES_CERTIFICATE, is_tls=True),
        m.attempt("TLS failed: no shared cipher", is_tls=True),
    ),
    "unknown_vhost": (_attempt("NO_SUCH_VHOST", "no"), _attempt("VHOST_REFUSED", "no")),
    "no_permission": (_attempt("VHOST_REFUSED", "no"), _attempt("NO_SUCH_VHOST", "no")),
    "login_refused": (
        _attempt("LOGIN_REFUSED", "user and password do not fit"),
        _attempt("LOGIN_REFUSED", "let in from this computer only"),
    ),
    "guest_from_elsewhere": (
        _attempt("LOGIN_REFUSED", "let in from this computer only"),
        _attempt("LOGIN_REFUSED", "user and password do not fit"),
    ),
    "heartbeat_missed": (
        m.attempt(f"{a.MISSED_HEARTBEATS}, timeout: 60s", was_client=True),
        m.attempt(f"{a.NO_HANDSHAKE} 10 s"),
    ),
    "frame_too_large": (
        m.attempt(f"FRAME_ERROR - {{{a.FRAME_TOO_LARGE},9000,4088}}", was_client=True),
        m.attempt("FRAME_ERROR - {invalid_frame_end_marker,0}", was_client=True),
    ),
    "no_login": (m.attempt(f"{a.NO_HANDSHAKE} 10 s"), m.attempt(a.SPEAKS_HTTP)),
    "too_many_connections": (_attempt("TOO_MANY_CONNECTIONS_OF_USER", "no"), _attempt("NO_SUCH_VHOST", "no")),
    "broken_off": (
        m.attempt("CHANNEL_ERROR - second open", was_client=True),
        m.attempt("CONNECTION_FORCED - closed", was_client=True),
    ),
}
