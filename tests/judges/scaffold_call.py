"""A service that was just made, as Python's grpcio sees it, by reflection alone.
Usage: scaffold_call.py <address> <package> <message> <JSON of one> <id of another one>."""

import json
import sys

import grpc
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

address, package, message, one, other = sys.argv[1:]
channel = grpc.insecure_channel(address)
pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
service = pool.FindServiceByName(f"{package}.{message}Service")


def call(method, **fields):
    method = service.FindMethodByName(method)
    request = message_factory.GetMessageClass(method.input_type)()
    json_format.ParseDict(fields, request)
    answer = message_factory.GetMessageClass(method.output_type)
    path = f"/{service.full_name}/{method.name}"
    return channel.unary_unary(path, lambda it: it.SerializeToString(), answer.FromString)(request, timeout=30)


name = next(field.name for field in service.FindMethodByName(f"Create{message}").input_type.fields if field.message_type)
made = call(f"Create{message}", **{name: json.loads(one)})
assert call(f"Get{message}", id=made.id) == made, made
assert call(f"Get{message}", id=other).id == other
try:
    call(f"Create{message}", **{name: {}})
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
else:
    raise AssertionError("nothing at all was taken")
