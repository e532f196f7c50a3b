"""What can go wrong with a measurement."""


class MeasurementFailed(Exception):
    """Raised when something can't be measured, or gave a wrong answer; the text is for people."""
