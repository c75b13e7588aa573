"""The rules, one a file; each has a RULE, and the registry finds them."""
