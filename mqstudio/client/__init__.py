"""The one way into a broker: call, watch, launch. The window, the command line and scripts all use it."""
