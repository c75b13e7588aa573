-- Events of everything but messages are checked, too; and those that tell how much was recorded are found.

ALTER TABLE broker_event ADD COLUMN checksum INTEGER; -- CRC-32 of the others but the id, with a zero byte between them
CREATE INDEX broker_event_recording ON broker_event(id) WHERE kind = 'recording_changed';

-- What ends with the broker is found without a look at all that waits.
CREATE INDEX place_transient ON place(queue_id) WHERE NOT is_durable;
