"""Whether a service on an imported database answers with the rows that the old program wrote, over REST and gRPC, and writes them.
Usage: import_call.py <address> <folder of the package> <rows, as import_rows.py writes them> <database URL>."""

import base64
import json
import re
import sqlite3
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlencode

import grpc
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import import_rows

address, folder, rows, url = sys.argv[1:]
rows = json.loads(Path(rows).read_text())
channel = grpc.insecure_channel(address)
pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
compared = 0


def rest(method, path, body=None):
    request = urllib.request.Request(
        f"http://{address}/v1/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def expect(status, method, path, body=None):
    found, answer = rest(method, path, body)
    assert found == status, f"{method} {path} {body}: {found}, not {status}: {answer}"
    return answer


def sql(statement, *values):
    """The rows of a statement, by another driver than the service's; its parameters are `?`."""
    if url.startswith("sqlite:"):
        connection = sqlite3.connect(url.removeprefix("sqlite:"), timeout=30)
    else:
        import psycopg

        connection = psycopg.connect(url)
        statement = statement.replace("?", "%s")
    with connection:
        found = connection.execute(statement, values).fetchall()
    connection.close()
    return found


class Resource:
    """What the generated struct says of itself."""

    def __init__(self, text):
        self.package = re.search(r'package = "([^"]+)"', text)[1]
        self.path = re.search(r'path = "([^"]+)"', text)[1]
        table = re.search(r'table = "([^"]+)"', text)
        self.table = table[1] if table else self.path.replace("-", "_")
        # Of the file's structs it is the one with the attribute.
        body = text[text.index("#[resource(") :]
        self.name = re.search(r"pub struct (\w+)", body)[1]
        body = body[: body.index("\n}")]
        self.fields = {}
        attribute = ""
        for line in body.splitlines():
            line = line.strip()
            found = re.match(r"pub (?:r#)?(\w+): (.+),$", line)
            if found:
                self.fields[found[1]] = (attribute, found[2])
                attribute = ""
            elif line.startswith("#[field(") or attribute:
                attribute += line
        self.id = next(name for name, (attribute, _) in self.fields.items() if re.match(r"#\[field\(\s*id\b", attribute))
        self.secret = {name for name, (attribute, _) in self.fields.items() if "input_only" in attribute}
        self.service = pool.FindServiceByName(f"{self.package}.{self.name}Service")

    def call(self, method, **fields):
        method = self.service.FindMethodByName(f"{method}{self.name}")
        request = message_factory.GetMessageClass(method.input_type)()
        json_format.ParseDict(fields, request)
        answer = message_factory.GetMessageClass(method.output_type)
        path = f"/{self.service.full_name}/{method.name}"
        found = channel.unary_unary(path, lambda it: it.SerializeToString(), answer.FromString)(request, timeout=30)
        return json_format.MessageToDict(found, preserving_proto_field_name=True)

    def all(self):
        """All rows over REST, a few at a time."""
        found, token = [], ""
        while True:
            page = expect(200, "GET", f"{self.path}?{urlencode({'page_size': 7, **({'page_token': token} if token else {})})}")
            (items,) = (value for value in page.values() if isinstance(value, list))
            found += items
            token = page.get("next_page_token")
            if not token:
                return found


def field(column):
    """The name that import gives a column of another manner."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column).lower()


def compare(resource, expected):
    global compared
    answers = {str(one[resource.id]): one for one in resource.all()}
    assert len(answers) == len(expected), f"{resource.table}: {len(expected)} rows, and {len(answers)} are listed"
    for row in expected:
        row = {field(column): value for column, value in row.items()}
        key = row[resource.id][1]
        one = expect(200, "GET", f"{resource.path}/{quote(str(key), safe='')}")
        assert one == answers[str(key)], f"{resource.table} {key}: get and list differ: {one} {answers[str(key)]}"
        message = resource.call("Get", id=key)
        for name in resource.fields:
            if name not in row:
                continue
            if name in resource.secret:
                assert name not in one and name not in message, f"{resource.table}.{name} is shown"
                continue
            over_grpc = message.get(name)
            if over_grpc is None and row[name] is not None:
                # What is the zero of its type is not in JSON of a message.
                over_grpc = {"number": 0, "bool": False, "text": "", "bytes": "", "json": one[name]}.get(row[name][0])
            for way, answer in (("REST", one.get(name)), ("gRPC", over_grpc)):
                assert import_rows.same(row[name], answer), (
                    f"{resource.table}.{name} of {key} over {way}: {answer!r}, and the row has {row[name]!r}"
                )
                compared += 1


resources = [Resource(path.read_text()) for path in sorted(Path(folder, "src/resources").glob("*.rs")) if path.stem != "mod"]
by_table = {resource.table: resource for resource in resources}
rows = {field(table): some for table, some in rows.items()}
for resource in resources:
    compare(resource, rows[resource.table])


def of_django():
    product = by_table["shop_product"]
    old = rows["shop_product"][5]
    path = f"shop-products/{old['id'][1]}"
    # The old row, changed by REST, is seen over gRPC and by SQL.
    changed = expect(200, "PATCH", path, {"stock": 7, "price": "12.30", "meta": {"a": [1]}, "released": None})
    assert changed["modified"] > old["modified"][1], changed
    message = product.call("Get", id=old["id"][1])
    assert message["stock"] in (7, "7") and float(message["price"]) == 12.3 and "released" not in message, message
    stock, price, released = sql("SELECT stock, price, released FROM shop_product WHERE title = ?", old["title"][1])[0]
    assert stock == 7 and float(price) == 12.3 and released is None, (stock, price, released)
    # What the old program checked is checked.
    for wrong in ({"stock": -1}, {"rating": 6}, {"title": "x" * 201}, {"category_id": None}):
        status, answer = rest("PATCH", path, wrong)
        assert status in (400, 422), f"{wrong}: {status} {answer}"
    status, answer = rest("PATCH", path, {"category_id": 99})
    assert 400 <= status < 500, f"a category that is not there: {status} {answer}"
    status, answer = rest("POST", "shop-categories", {"name": "Books", "slug": "b"})
    assert status == 409, f"a name that is there: {status} {answer}"
    through = {"product_id": rows["shop_product_tags"][0]["product_id"][1], "tag_id": rows["shop_product_tags"][0]["tag_id"][1]}
    status, answer = rest("POST", "shop-product-tags", through)
    assert status == 409, f"unique together: {status} {answer}"
    # The next id is one that no row ever had.
    made = expect(201, "POST", "shop-tags", {"label": "fresh"})
    assert made["id"] == 5, made
    made = by_table["shop_tag"].call("Create", shop_tag={"label": "over gRPC"})
    assert made["id"] == "6", made
    assert sql("SELECT label FROM shop_tag WHERE id > 4 ORDER BY id") == [("fresh",), ("over gRPC",)]
    # A filter on what was an index.
    found = expect(200, "GET", f"shop-products?{urlencode({'title': 'Book 11'})}")
    assert len(next(value for value in found.values() if isinstance(value, list))) == 1, found
    # A secret is taken, and is in the row.
    expect(200, "PATCH", "auth-users/1", {"password": "md5$new"})
    assert sql("SELECT password FROM auth_user ORDER BY id")[0] == ("md5$new",)
    assert sql("SELECT password FROM auth_user ORDER BY id")[1][0] == rows["auth_user"][1]["password"][1]
    expect(204, "DELETE", f"shop-product-tags/{rows['shop_product_tags'][0]['id'][1]}")
    assert sql("SELECT count(*) FROM shop_product_tags") == [(len(rows["shop_product_tags"]) - 1,)]


def of_sqlalchemy():
    changed = expect(200, "PATCH", "posts/2", {"status": "PUBLISHED", "body": "new", "cover": base64.b64encode(b"\0\xff").decode()})
    assert changed["updated_at"] > rows["post"][1]["updated_at"][1], changed
    assert by_table["post"].call("Get", id=2)["status"].endswith("PUBLISHED")
    assert sql("SELECT status, body FROM post WHERE id = 2") == [("PUBLISHED", "new")]
    assert bytes(sql("SELECT cover FROM post WHERE id = 2")[0][0]) == b"\0\xff"
    status, answer = rest("PATCH", "posts/2", {"status": "LOST"})
    assert status in (400, 422), f"{status} {answer}"
    status, answer = rest("DELETE", "users/1")
    assert status in (400, 409), f"a user with posts: {status} {answer}"
    made = expect(201, "POST", "users", {"username": "new", "password_hash": "x", "active": False})
    assert made["id"] == 4 and made["active"] is False, made
    made = by_table["mail_log"].call("Create", mail_log={"sent_to": "a@example.com", "retry_count": 0, "state": "in flight"})
    assert made["id"] == "4", made
    assert sql("SELECT sent_to, state FROM mail_log WHERE id = 4") == [("a@example.com", "in flight")]
    expect(200, "PATCH", f"settings/{quote('a/b?c=d&e', safe='')}", {"value": "slashed"})
    assert sql("SELECT value FROM setting WHERE key = ?", "a/b?c=d&e") == [("slashed",)]
    # What was left out is as it was.
    assert len(sql("SELECT 1 FROM post_tag")) == len(rows["post_tag"])


if "shop_product" in by_table:
    of_django()
elif "post" in by_table:
    of_sqlalchemy()
print(f"{compared} values of {sum(len(rows[one.table]) for one in resources)} rows in {len(resources)} tables are what they were")
