"""What schemathesis has to be told about the contract's media types."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(_context, value):
    """One JSON value per line."""
    if isinstance(value, str):
        return value.encode()
    rows = value if isinstance(value, list) else [value]
    return "\n".join(json.dumps(row) for row in rows).encode()
