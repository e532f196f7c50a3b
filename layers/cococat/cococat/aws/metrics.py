"""
Counters and gauges, as CloudWatch metrics in the log's embedded metric format.

Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format".
"""

from collections.abc import Mapping

NAMESPACE = "CocoCat"


class EmbeddedMetrics:
    """`cococat.core.libraries.Counters` by Powertools, imported when something is counted."""

    def count(self, name: str, **dimensions: str) -> None:
        """Add one to the counter *name* with *dimensions*."""
        from aws_lambda_powertools.metrics import MetricUnit, single_metric

        with single_metric(name, MetricUnit.Count, value=1, namespace=NAMESPACE) as metric:
            for key, value in dimensions.items():
                metric.add_dimension(key, value)


class EmbeddedGauges:
    """
    `cococat.core.keeper_figures.Gauges`, over all replicas of a stack together.

    Their sum is the stack's, and their maximum the worst replica's. Each line names its replica,
    but not as a dimension: that would be another metric to pay for with each start.

    Args:
        stack: the stack.
        replica: this process; `keeper` for the keeper, of which there is one.

    """

    def __init__(self, stack: str, replica: str) -> None:
        self._stack = stack
        self._replica = replica

    def show(self, figures: Mapping[str, float]) -> None:
        """Show how each figure stands; see `Gauges.show`."""
        from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

        metrics = EphemeralMetrics(namespace=NAMESPACE)
        metrics.add_dimension("stack", self._stack)
        metrics.add_metadata("replica", self._replica)
        for name, value in figures.items():
            unit = MetricUnit.Seconds if name.endswith("Age") else MetricUnit.Count
            metrics.add_metric(name, unit, value)
        metrics.flush_metrics()
