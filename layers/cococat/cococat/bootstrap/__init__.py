"""The only place that knows every concrete class: one module for each kind of process."""
