"""Counters, as CloudWatch metrics in the log's embedded metric format."""

NAMESPACE = "CocoCat"


class EmbeddedMetrics:
    """`cococat.core.libraries.Counters` by Powertools, imported when something is counted."""

    def count(self, name: str, **dimensions: str) -> None:
        """Add one to the counter *name* with *dimensions*."""
        from aws_lambda_powertools.metrics import MetricUnit, single_metric

        with single_metric(name, MetricUnit.Count, value=1, namespace=NAMESPACE) as metric:
            for key, value in dimensions.items():
                metric.add_dimension(key, value)
