"""The demo shop: two producers and three consumers, ordinary clients of any AMQP 0-9-1 broker."""
