"""The broker's logic: commands in, replies, mail and events out. Never waits, reads no clock.

`engine.py` is the door. One file per family of commands: `declaring`, `publishing`, `subscribing`,
`settling`, `purging`, `connecting`; the state they work on is in `vhost`, `queue`, `channel`.
"""
