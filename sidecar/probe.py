"""`python -m sidecar.probe`: exit 0 while the sidecar of this container lives, for its engine."""

import http.client
import sys

from sidecar.health import PORT

SECONDS = 4


def main() -> int:
    """Ask it and return the exit code."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return 0 if connection.getresponse().status == http.client.OK else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
