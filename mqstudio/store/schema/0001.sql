-- The first schema of a profile. Times are microseconds since 1970, sizes are bytes. What a message goes
-- through is told by message_life below; the current state is in definition, place, held, bin and binned.

CREATE TABLE progress (          -- one row
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    last_commit INTEGER NOT NULL,
    is_clean INTEGER NOT NULL,               -- 1 while no broker runs on it and the last one ended as it should
    next_message_id INTEGER NOT NULL,
    next_queue_id INTEGER NOT NULL,
    next_subscription_id INTEGER NOT NULL,
    next_bin_id INTEGER NOT NULL,
    next_id INTEGER NOT NULL,                -- of connections and channels
    flagged_up_to INTEGER NOT NULL,          -- messages up to this id may have been handed over, unknown to us
    checksum INTEGER NOT NULL                -- 3 * last_commit + 5 * is_clean + 7 * next_message_id + ...
);
INSERT INTO progress VALUES (1, 0, 1, 1, 1, 1, 1, 1, 0, 72);

CREATE TABLE definition (        -- what exists and survives a restart
    kind TEXT NOT NULL,                      -- vhost exchange queue binding policy user permission ...
    vhost TEXT NOT NULL,
    name TEXT NOT NULL,
    spec TEXT NOT NULL,                      -- JSON
    checksum INTEGER,                        -- CRC-32 of the other columns, with a zero byte between them
    PRIMARY KEY (kind, vhost, name)
) WITHOUT ROWID;

CREATE TABLE message (           -- each message once, in order of arrival
    id INTEGER PRIMARY KEY,
    published_at_us INTEGER NOT NULL,
    publisher_id INTEGER NOT NULL,           -- connection.id, 0 for the broker itself
    exchange TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    format TEXT NOT NULL,                    -- the protocol that can read the properties
    properties BLOB NOT NULL,
    traits TEXT,                             -- JSON: how it wants to be treated
    past TEXT,                               -- JSON: what it was before, if it is a dead letter or was delayed
    body BLOB NOT NULL,                      -- cut to its head once the message has ended, if it was large
    body_size INTEGER NOT NULL,              -- of the whole body
    checksum INTEGER NOT NULL,               -- CRC-32 of the columns from exchange to body, as strings of bytes
    facts_checksum INTEGER NOT NULL          -- CRC-32 of the others
);

CREATE INDEX message_large ON message(id) WHERE body_size > 1048576;

CREATE TABLE place (             -- where messages wait, or are held by consumers
    queue_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    priority INTEGER NOT NULL,               -- 0 unless the queue has priorities
    log_offset INTEGER,                      -- in streams
    deliveries INTEGER NOT NULL,             -- how often it was handed over
    body_size INTEGER NOT NULL,
    is_durable INTEGER NOT NULL,             -- 0: it is here for want of memory only, and ends with the broker
    checksum INTEGER NOT NULL,               -- 3 * queue_id + 5 * message_id + 7 * priority + ...
    PRIMARY KEY (queue_id, message_id)
) WITHOUT ROWID;
CREATE INDEX place_by_message ON place(message_id);
CREATE INDEX place_by_priority ON place(queue_id, priority, message_id) WHERE priority > 0;
CREATE INDEX place_by_offset ON place(queue_id, log_offset) WHERE log_offset IS NOT NULL;

CREATE TABLE held (              -- messages that an exchange delays
    message_id INTEGER PRIMARY KEY,
    vhost TEXT NOT NULL,
    exchange TEXT NOT NULL,
    until_us INTEGER NOT NULL,
    checksum INTEGER NOT NULL                -- CRC-32 of the other columns, with a zero byte between them
);

CREATE TABLE bin (               -- what purges and deletions took away, until it is brought back or forgotten
    id INTEGER PRIMARY KEY,
    queue_id INTEGER NOT NULL,
    made_at_us INTEGER NOT NULL,
    count INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL
);
CREATE TABLE binned (
    bin_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    deliveries INTEGER NOT NULL,
    PRIMARY KEY (bin_id, message_id)
) WITHOUT ROWID;
CREATE INDEX binned_by_message ON binned(message_id);

CREATE TABLE log_end (           -- of streams, which may have lost all their messages
    queue_id INTEGER PRIMARY KEY,
    next_offset INTEGER NOT NULL
);

CREATE TABLE queue_counters (    -- since the queue was declared
    queue_id INTEGER PRIMARY KEY,
    published INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    redelivered INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    dropped INTEGER NOT NULL
);

-- The ledger: what has happened, kept within bounds of age and size.

CREATE TABLE queue (id INTEGER PRIMARY KEY, vhost TEXT NOT NULL, name TEXT NOT NULL, declared_at_us INTEGER NOT NULL);
CREATE INDEX queue_by_name ON queue(vhost, name);
CREATE TABLE connection (id INTEGER PRIMARY KEY, name TEXT NOT NULL, opened_at_us INTEGER NOT NULL, info TEXT NOT NULL);
CREATE TABLE channel (id INTEGER PRIMARY KEY, connection_id INTEGER NOT NULL, number INTEGER NOT NULL);
CREATE TABLE subscription (
    id INTEGER PRIMARY KEY,
    connection_id INTEGER NOT NULL,
    channel_number INTEGER NOT NULL,
    tag TEXT NOT NULL,
    queue_id INTEGER NOT NULL
);

CREATE TABLE event_kind (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO event_kind VALUES
    (1, 'enqueued'), (2, 'delivered'), (3, 'redelivered'), (4, 'delivered, settled at once'),
    (5, 'redelivered, settled at once'), (6, 'accepted'), (7, 'released'), (8, 'rejected'), (9, 'requeued'),
    (10, 'dropped'), (11, 'dead-lettered'), (12, 'refused'), (13, 'delayed'), (14, 'purged'), (15, 'restored'),
    (16, 'unroutable'), (17, 'returned to its publisher'), (18, 'read from a log'), (19, 'accepted by a reader of a log');

CREATE TABLE event (             -- what happened to messages after they were published
    id INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    queue_id INTEGER,
    channel_id INTEGER,
    subscription_id INTEGER,
    delivery_tag INTEGER,
    detail TEXT                              -- JSON: what only some kinds tell
);
CREATE INDEX event_by_message ON event(message_id);
CREATE INDEX event_by_queue ON event(queue_id, message_id) WHERE kind IN (6, 10, 11, 14); -- how they ended

CREATE TABLE broker_event (      -- what happened to everything else: declared, opened, closed, purged
    id INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    told TEXT NOT NULL                       -- JSON
);

CREATE VIEW message_life AS
SELECT event.message_id, datetime(event.at_us / 1000000, 'unixepoch') AS at, event_kind.name AS what,
       queue.vhost, queue.name AS queue, connection.name AS client, event.detail
FROM event
JOIN event_kind ON event_kind.id = event.kind
LEFT JOIN queue ON queue.id = event.queue_id
LEFT JOIN channel ON channel.id = event.channel_id
LEFT JOIN connection ON connection.id = channel.connection_id;
