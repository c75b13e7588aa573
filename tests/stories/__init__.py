"""What people do with MQ Studio, from the beginning to the end, with real programs."""
