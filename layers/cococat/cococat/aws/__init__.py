"""Everything that knows AWS: queues, tables, secrets, and the shape of Lambda's events."""
