"""The whole bundle on this machine: a local AWS, the built template, and a banner."""
