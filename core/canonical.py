"""One text for one value, so that equal values have equal hashes and signatures."""

import json


def canonical(value: object) -> bytes:
    """Return a JSON value as UTF-8: keys sorted, no spaces, no escapes but those that JSON needs.

    What was hashed or signed once hangs on these bytes: they never change. Outsiders redo them with
    `json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))`.
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
