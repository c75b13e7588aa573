"""Measures MQ Studio's broker against Debian's RabbitMQ; `make bench` runs it and writes the table."""
