"""CocoCat Channels: a serverless bridge between chat platforms and AI agents."""

__version__ = "0.1.0"
