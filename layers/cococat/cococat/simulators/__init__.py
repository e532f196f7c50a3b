"""
The platforms' other side: correctly signed traffic to us, and what we send is received.

Used by tests, by `make run` and by `verify_channel`. A simulator imports no channel: both are
held by the platforms' published facts.
"""
