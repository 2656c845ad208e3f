"""What the documents say rightly and schemathesis can't use."""

import schemathesis


@schemathesis.hook
def before_load_schema(context, raw_schema):
    schemas = raw_schema["components"]["schemas"]
    complete_values(schemas, schemas)
    shorter_decimals(raw_schema)
    for path in raw_schema["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "requestBody" in operation:
                # It writes XML without xsi:nil for null, without the names of a list's elements where their schema is a
                # reference, and without the keys of a map's entries, which OpenAPI has no words for. Answers in XML it reads.
                operation["requestBody"]["content"].pop("application/xml", None)
                # It writes no protobuf either, and this parameter goes with nothing else.
                parameters = operation.get("parameters", [])
                operation["parameters"] = [one for one in parameters if one.get("name") != "update_mask"]


def complete_values(schema, schemas):
    """A partial object in a merge patch is enough where there is one already, and not where there is none, which only the
    service knows. Here they are complete."""
    if isinstance(schema, dict):
        target = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
        whole = target.removesuffix("Update") + "Input"
        if target.endswith("Update") and whole in schemas:
            schema["$ref"] = "#/components/schemas/" + whole
        for member in schema.values():
            complete_values(member, schemas)
    elif isinstance(schema, list):
        for member in schema:
            complete_values(member, schemas)


def shorter_decimals(schema):
    """A decimal has up to 28 digits before and after the point together, which a pattern can't count."""
    if isinstance(schema, dict):
        pattern = schema.get("pattern")
        if schema.get("format") == "decimal" and isinstance(pattern, str):
            for endless, few in (("0*", "0{0,2}"), ("0+", "0{1,2}"), ("[0-9]*", "[0-9]{0,8}"), ("[0-9]+", "[0-9]{1,8}")):
                pattern = pattern.replace(endless, few)
            schema["pattern"] = pattern
        for member in schema.values():
            shorter_decimals(member)
    elif isinstance(schema, list):
        for member in schema:
            shorter_decimals(member)
