"""Proves a channel end to end: a test message goes in, the agent has it, its reply comes back."""
