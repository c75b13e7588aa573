"""Free ports for everything a broker listens on, chosen by the system."""

PORTS = ("amqp", "native", "management", "metrics")
ANY = [part for name in PORTS for part in (f"--port-{name}", "0")]
"""As options of the command line."""
ANY_OPTIONS = {f"port_{name}": 0 for name in PORTS}
"""As fields of LaunchOptions."""
