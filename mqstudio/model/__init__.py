"""Values that every floor shares: messages, commands, queries, events, samples, errors, limits."""
