-- What is counted of a queue besides: how its messages were handed over, and which left it as dead letters.

ALTER TABLE queue_counters ADD COLUMN dead_lettered INTEGER NOT NULL DEFAULT 0; -- before, dropped had them
ALTER TABLE queue_counters ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue_counters ADD COLUMN auto_settled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue_counters ADD COLUMN auto_taken INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue_counters ADD COLUMN empty_takes INTEGER NOT NULL DEFAULT 0;
