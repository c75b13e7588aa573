"""Why: rules that answer why a message or queue is as it is, from facts alone. See docs/why.md."""
