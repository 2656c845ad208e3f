"""Rows between the programs of import.sh: as JSON that says of every value what it is, and how it is compared with what a
service answers."""

import base64
import datetime
import json
import re
import sys
import uuid
from decimal import Decimal

FORMS = {
    Decimal: ("decimal", str),
    datetime.datetime: ("moment", lambda it: (it if it.tzinfo else it.replace(tzinfo=datetime.timezone.utc)).isoformat()),
    datetime.date: ("date", datetime.date.isoformat),
    datetime.time: ("time", datetime.time.isoformat),
    datetime.timedelta: ("duration", lambda it: it // datetime.timedelta(microseconds=1)),
    uuid.UUID: ("text", str),
    bytes: ("bytes", lambda it: base64.b64encode(it).decode()),
    memoryview: ("bytes", lambda it: base64.b64encode(bytes(it)).decode()),
    dict: ("json", json.dumps),
    list: ("json", json.dumps),
    str: ("text", str),
    bool: ("bool", bool),
    int: ("number", int),
    float: ("number", float),
}


def tagged(value):
    if value is None:
        return None
    kind, form = FORMS[type(value)]
    return [kind, form(value)]


def write(rows):
    """Prints rows by table and column."""
    json.dump(
        {table: [{column: tagged(value) for column, value in row.items()} for row in some] for table, some in rows.items()},
        sys.stdout,
    )


def microseconds(text):
    whole, _, fraction = text.rstrip("s").partition(".")
    sign = -1 if whole.startswith("-") else 1
    return int(whole) * 1_000_000 + sign * int(fraction.ljust(6, "0")[:6] or 0)


def moment(text):
    # What has more digits than microseconds would not be what was written.
    return datetime.datetime.fromisoformat(re.sub(r"Z$", "+00:00", text))


def same(expected, answer):
    """Whether a service's answer is what was in the row; `answer` is JSON, of REST or of a message."""
    if expected is None or answer is None:
        return expected is None and answer is None
    kind, value = expected
    match kind:
        case "decimal":
            return Decimal(value) == Decimal(str(answer))
        case "moment":
            return moment(value) == moment(answer)
        case "time":
            return datetime.time.fromisoformat(value) == datetime.time.fromisoformat(answer)
        case "duration":
            return value == (microseconds(answer) if str(answer).endswith("s") else int(answer))
        case "json":
            # In a message it is text in bytes.
            return json.loads(value) == (json.loads(base64.b64decode(answer)) if isinstance(answer, str) else answer)
        case "number":
            return value == (answer if isinstance(answer, float) else float(answer) if isinstance(value, float) else int(answer))
        case "bool":
            return value is answer
        case "text":
            # A choice of a message is its name there.
            screaming = re.sub(r"\W", "_", value).upper()
            return value == answer or (answer.isupper() and answer.endswith("_" + screaming))
        case _:
            return value == answer
