"""Where our management API answers otherwise than RabbitMQ 3.10.8's, and why: patterns of lines.

A line is `R` (only RabbitMQ says it) or `O` (only we do), the request, and a value with its path.
"""

from typing import NamedTuple


class Difference(NamedTuple):
    """Lines in which the two differ, and the reason."""

    pattern: str
    reason: str


_ERLANG = "figures of Erlang's machine or of its storage, which we do not have"
_UNCOUNTED = "we do not count this apart; the sums that tools draw are there"
_WORDS = "our own words: they say what would work"
_SETUP = "how this one is set up"
_CRASH = "a crash of a handler in RabbitMQ"

DIFFERENCES: tuple[Difference, ...] = (
    # ---- overview and nodes
    Difference(
        r"^R GET (overview|nodes): .*\b(churn_rates|(channel|connection|queue)_\w+ed(_details)?)\b",
        _UNCOUNTED,
    ),
    Difference(r"^O GET overview: \.churn_rates = {}", _UNCOUNTED),
    Difference(r"^[RO] GET (overview|nodes): .*\bcontexts\b", "the parts of RabbitMQ's own web server"),
    Difference(r"^[RO] GET (overview|nodes): .*\.description = ", "texts for people"),
    Difference(r"^O GET (overview|nodes): .*x-(delayed-message|local-random)\]?\.", "we have more kinds"),
    Difference(r"^[RO] GET overview: \.listeners\[\]\.(ip_address|protocol|socket_opts)", _SETUP),
    Difference(r"^[RO] GET overview: \.object_totals\.(queues|exchanges|consumers|connections)", _SETUP),
    Difference(r"^[RO] GET overview: \.(message_stats|queue_totals)\.\w+ = \d", "other tests' messages"),
    Difference(r"^R GET overview: \.message_stats\.disk_", _UNCOUNTED),
    Difference(r"^[RO] GET overview: \.sample_retention_policies", "we keep an hour"),
    Difference(r"^R GET overview: \.release_series_support_status", "about RabbitMQ's releases"),
    Difference(r"^O GET overview: \.mqstudio_version", "so that tools can tell"),
    Difference(r"^R GET nodes: .*\.(RABBIT-CR-DEMO|auth_mechanisms\[RABBIT)", "a demonstration"),
    Difference(r"^[RO] GET nodes: .*\.(applications|config_files|log_files|db_dir|enabled_plugins)", _SETUP),
    Difference(
        r"^R GET nodes: .*\.(context_switches|disk_free|fd_|gc_|io_|mem_calc|mem_used_details|metrics_gc"
        r"|mnesia|msg_store|net_ticktime|proc_|processors|queue_index|ra_open|run_queue|sockets_used_details)",
        _ERLANG,
    ),
    Difference(r"^O GET nodes: .*\.being_drained", "from 3.13"),
    Difference(r"^[RO] GET cluster-name: ", _SETUP),
    Difference(r"^[RO] GET auth: ", "3.10 calls it UAA; later versions oauth_enabled"),
    Difference(r"^R GET feature-flags.*\[(classic_mirrored_queue_version|maintenance_mode_status)\]", _SETUP),
    Difference(r"^[RO] GET global-parameters: ", "there is no cluster"),
    # ---- queues and exchanges
    Difference(
        r"^R GET queues/http/scene.q: \.(backing_queue_status|garbage_collection|head_message_timestamp"
        r"|message_bytes|messages_paged_out|messages_persistent|messages_ram|messages_\w+_ram"
        r"|recoverable_slaves|reductions)",
        _ERLANG,
    ),
    Difference(r"^R GET queues/http/scene.q: \.(idle_since|deliveries|incoming|memory) = ", _UNCOUNTED),
    Difference(r"^R GET queues/http/scene.q: \.consumer_(capacity|utilisation) = ", _UNCOUNTED),
    Difference(
        r"^[RO] GET exchanges/http/\w.*: \.(incoming|outgoing|user_who_performed_action) = ", _UNCOUNTED
    ),
    Difference(r"^[RO] GET exchanges/http/scene.x: \.message_stats\.publish_(in|out)", _UNCOUNTED),
    Difference(
        r"^[RO] GET queues/http/nothing/bindings: ", "3.10 makes one up for a queue that is not there"
    ),
    Difference(r"^[RO] (POST|GET) .*with~", "the key of a binding's arguments is any broker's own"),
    # ---- clients
    Difference(
        r"^R GET vhosts/http/(connections|channels): .*\.(garbage_collection|reductions|recv_cnt|send_cnt"
        r"|send_pend|recv_oct|send_oct|pending_raft_commands)",
        _ERLANG,
    ),
    Difference(
        r"^R GET vhosts/http/connections: .*\.client_properties\.(capabilities|information)", "not kept"
    ),
    Difference(r"^R GET vhosts/http/connections: .*\.(ssl_|peer_cert_)", "not kept"),
    Difference(r"^R GET vhosts/http/(connections|channels): .*\.user_who_performed_action", _UNCOUNTED),
    Difference(r"^R GET vhosts/http/channels: .*\.(message_stats|idle_since)", _UNCOUNTED),
    Difference(r"^O GET (queues/http/scene.q|consumers/http): .*\.consumer_timeout = 0", "from 3.13"),
    # ---- refusals
    Difference(r"^[RO] PUT queues/http/q4 b'.*: \.reason", _WORDS),
    Difference(r"^[RO] PUT queues/http/(q5|quorum) .*: \.reason", _WORDS),
    Difference(r"^[RO] GET queues/http\?page=(0|1&name=\[).*: \.reason", _WORDS),
    Difference(r"^[RO] PUT (vhost|user)-limits/.*: \.reason", _WORDS),
    Difference(r"^[RO] PUT policies/http/p2 .*: \.reason", _WORDS),
    Difference(r"^[RO] PUT permissions/http/u1 .*: \.reason", _WORDS),
    Difference(r"^[RO] PUT policies/http/p2 .*'definition': \[\]", _CRASH),
    Difference(r"^[RO] POST queues/http/m/get .*'nack'", _CRASH),
    Difference(r"^[RO] (PUT|DELETE) users/u3", "a hash nobody could log in with is refused"),
    Difference(r"^[RO] GET health/checks/port-listener/1: \.ports", _SETUP),
)
