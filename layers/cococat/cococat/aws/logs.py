"""Structured logs: every line of ours as JSON, with the function's name and request id."""

from aws_lambda_powertools import Logger


def start() -> Logger:
    """Return the logger under which every `cococat.…` logger writes."""
    return Logger(service="cococat", name="cococat")
