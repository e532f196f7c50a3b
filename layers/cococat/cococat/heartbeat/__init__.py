"""`python -m cococat.heartbeat`: the process of an external agent."""
