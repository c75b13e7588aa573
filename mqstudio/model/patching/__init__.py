"""Patches: small texts that change what messages say, `$.total = abs($.total); header.retries = 0`."""
