-- Rates of the last week, in steps of time; those in which nothing happened are left out.

CREATE TABLE rate (
    kind TEXT NOT NULL,                      -- total queue client consumer
    scope_id INTEGER NOT NULL,               -- queue.id, connection.id or subscription.id; 0 for the total
    step_us INTEGER NOT NULL,                -- how long the steps are of which this is one: 10 s or a minute
    at_us INTEGER NOT NULL,                  -- its end
    length_us INTEGER NOT NULL,              -- how much of it was watched
    published INTEGER NOT NULL,              -- what happened in it
    delivered INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    redelivered INTEGER NOT NULL,
    unroutable INTEGER NOT NULL,
    depth INTEGER NOT NULL,                  -- messages there at its end, ready and in flight
    in_flight INTEGER NOT NULL,
    waits BLOB NOT NULL,                     -- how long messages waited, as a histogram: msgpack of bucket, count ...
    holds BLOB NOT NULL,                     -- how long consumers took to accept
    one_in INTEGER NOT NULL,                 -- of how many one is in these
    PRIMARY KEY (kind, scope_id, step_us, at_us)
) WITHOUT ROWID;
CREATE INDEX rate_by_age ON rate(step_us, at_us);
