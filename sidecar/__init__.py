"""The sidecar: the container process that listens where a platform does not call us."""
