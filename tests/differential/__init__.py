"""The same scripted conversations with RabbitMQ and with MQ Studio; what can be observed is compared."""
