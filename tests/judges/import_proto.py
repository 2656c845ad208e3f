"""Whether a service made of library.proto reads and writes the bytes of a book that the old contract has.
Usage: import_proto.py <address>; the modules that protoc makes of library.proto have to be found."""

import sys
import urllib.request
from urllib.parse import quote

import grpc
import library_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

address = sys.argv[1]


def rest(method, path, body=None):
    request = urllib.request.Request(
        f"http://{address}/v1/{path}",
        method=method,
        data=body,
        headers={"content-type": "application/protobuf", "accept": "application/protobuf"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


book = library_pb2.Book(
    name="emma",
    title="Emma — «größe»",
    author="Jane Austen",
    read=True,
    pages=474,
    genre=library_pb2.ART,
    tags=["old", ""],
    subtitle="",
    copies={"here": 3, "there": 2**40},
    binding=library_pb2.Book.BINDING_SOFT,
    chapters=[{"title": "One", "page": 1, "mood": library_pb2.SCIENCE}, {"title": "Two", "page": 4_000_000_000}],
    locker=2**60,
    cover=bytes(range(256)),
    shelf="1",
    isbnCode="x",
)
book.loan.FromSeconds(3600)
book.nickname.value = "Em"
book.price.currency = "EUR"


def without(message, *fields):
    copy = type(message)()
    copy.CopyFrom(message)
    for field in fields:
        copy.ClearField(field)
    return copy


def as_old(data, what):
    """What the old program reads; nothing of it is unknown to it."""
    found = library_pb2.Book.FromString(data)
    assert found.HasField("create_time") and found.HasField("update_time"), f"{what}: {found}"
    kept = without(found, "create_time", "update_time", "etag")
    assert kept == book, f"{what}: {kept} is not {book}"


as_old(rest("POST", "books", book.SerializeToString()), "create")
as_old(rest("GET", "books/emma"), "get")

# A name of this kind has slashes.
shelf = library_pb2.Shelf(name="shelves/1", theme="novels")
rest("POST", "shelves", shelf.SerializeToString())
found = library_pb2.Shelf.FromString(rest("GET", f"shelves/{quote(shelf.name, safe='')}"))
assert found.name == shelf.name and found.theme == shelf.theme, found

channel = grpc.insecure_channel(address)
pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
method = pool.FindServiceByName("example.library.v1.BookService").FindMethodByName("GetBook")
request = message_factory.GetMessageClass(method.input_type)(id="emma")
path = f"/{method.containing_service.full_name}/{method.name}"
as_old(channel.unary_unary(path, lambda it: it.SerializeToString(), lambda it: it)(request, timeout=30), "get over gRPC")
print("library: a book of the old contract is the same bytes over REST and gRPC")
