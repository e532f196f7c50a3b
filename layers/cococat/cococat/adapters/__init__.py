"""Libraries behind the ports that the core names: AES, XML."""
