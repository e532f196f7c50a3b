"""HTTP routes that are not a platform's."""
