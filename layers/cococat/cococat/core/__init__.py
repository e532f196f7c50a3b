"""The rules of the bridge, free of AWS, of HTTP clients and of the environment."""
