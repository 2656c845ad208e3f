"""The example services as Python's grpcio sees them. Usage: grpc_client.py <address of user> <address of order>."""

import sys
import uuid

import grpc
from google.protobuf import descriptor_pool, empty_pb2, field_mask_pb2, message_factory
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

from shop.order.v1 import order_pb2, order_pb2_grpc
from shop.user.v1 import user_pb2, user_pb2_grpc

NOBODY = str(uuid.UUID(int=7 << 76))


def fails(call, request, code, reason):
    """The details of an error, by the name of their message."""
    try:
        call(request)
    except grpc.RpcError as error:
        assert error.code() == code, (error.code(), error.details())
        details = {}
        for any_ in rpc_status.from_call(error).details:
            name = any_.type_url.rsplit(".", 1)[-1]
            details[name] = getattr(error_details_pb2, name).FromString(any_.value)
        assert details["ErrorInfo"].reason == reason, details
        assert details["ErrorInfo"].domain == "fourfold", details
        metadata = dict(error.initial_metadata() or ()) | dict(error.trailing_metadata() or ())
        assert details["RequestInfo"].request_id == metadata["x-request-id"], (details, metadata)
        return details
    raise AssertionError(f"{request} was taken")


def fields(details):
    return [(one.field, one.reason) for one in details["BadRequest"].field_violations]


def users_by_stubs(channel):
    stub = user_pb2_grpc.UserServiceStub(channel)
    user = user_pb2.User(email="zoe@example.com", name="Zoe", password="correct horse", labels={"vip": "yes"})
    request = user_pb2.CreateUserRequest(user=user, request_id=str(uuid.uuid4()))
    made = stub.CreateUser(request)
    assert made.etag == '"1"' and not made.HasField("password"), made
    assert made.role == user_pb2.ROLE_CUSTOMER and made.labels == {"vip": "yes"}, made
    again, call = stub.CreateUser.with_call(request)
    assert again == made and dict(call.initial_metadata())["idempotency-replayed"] == "true"
    assert stub.GetUser(user_pb2.GetUserRequest(id=made.id)) == made

    for name in ["b", "a", "c"]:
        user = user_pb2.User(email=f"{name}@example.com", name=name, password="correct horse")
        stub.CreateUser(user_pb2.CreateUserRequest(user=user))
    seen, token = [], ""
    while True:
        page = stub.ListUsers(user_pb2.ListUsersRequest(
            page_size=2, page_token=token, filter='name != "Zoe"', order_by="name desc"))
        seen += [user.name for user in page.users]
        token = page.next_page_token
        if not token:
            break
    assert seen == ["c", "b", "a"], seen

    mask = field_mask_pb2.FieldMask(paths=["name", "address"])
    changed = stub.UpdateUser(user_pb2.UpdateUserRequest(
        user=user_pb2.User(id=made.id, etag=made.etag, name="Ada", email="not looked at"), update_mask=mask))
    assert (changed.name, changed.email, changed.etag) == ("Ada", "zoe@example.com", '"2"'), changed
    stale = user_pb2.UpdateUserRequest(user=user_pb2.User(id=made.id, etag=made.etag, name="Eve"))
    details = fails(stub.UpdateUser, stale, grpc.StatusCode.ABORTED, "VERSION_MISMATCH")
    assert details["ResourceInfo"].resource_name == made.id, details

    bad = user_pb2.User(email="nobody", password="short", address=user_pb2.Address(street="x", country="xx"))
    details = fails(stub.CreateUser, user_pb2.CreateUserRequest(user=bad),
                    grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT")
    wanted = {("name", "REQUIRED"), ("email", "EMAIL"), ("password", "LENGTH"), ("address.city", "REQUIRED"),
              ("address.country", "PATTERN")}
    assert set(fields(details)) == wanted, details
    twice = user_pb2.CreateUserRequest(
        user=user_pb2.User(email="zoe@example.com", name="Zoe", password="correct horse"))
    details = fails(stub.CreateUser, twice, grpc.StatusCode.ALREADY_EXISTS, "ALREADY_EXISTS")
    assert fields(details) == [("email", "UNIQUE")], details

    assert stub.DeleteUser(user_pb2.DeleteUserRequest(id=made.id, etag='"2"')) == empty_pb2.Empty()
    gone = user_pb2.GetUserRequest(id=made.id)
    details = fails(stub.GetUser, gone, grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    assert details["ResourceInfo"].resource_type == "shop.user.v1.User", details


def orders_by_stubs(users, orders):
    """An order needs a user of the other service, and has an operation of its own."""
    user = user_pb2.User(email="buyer@example.com", name="Buyer", password="correct horse")
    user = user_pb2_grpc.UserServiceStub(users).CreateUser(user_pb2.CreateUserRequest(user=user))
    stub = order_pb2_grpc.OrderServiceStub(orders)
    item = order_pb2.Item(sku="TEA-1", quantity=3, price="2.50")
    made = stub.CreateOrder(order_pb2.CreateOrderRequest(order=order_pb2.Order(user_id=user.id, items=[item])))
    assert (made.total, made.status) == ("7.50", order_pb2.ORDER_STATUS_PLACED), made
    nobodys = order_pb2.CreateOrderRequest(order=order_pb2.Order(user_id=NOBODY, items=[item]))
    details = fails(stub.CreateOrder, nobodys, grpc.StatusCode.FAILED_PRECONDITION, "FAILED_PRECONDITION")
    assert fields(details) == [("user_id", "REFERENCE")], details
    cancel = order_pb2.CancelOrderRequest(id=made.id, input=order_pb2.CancelOrder(reason="too late"))
    cancelled = stub.CancelOrder(cancel)
    assert (cancelled.status, cancelled.note) == (order_pb2.ORDER_STATUS_CANCELLED, "too late"), cancelled
    fails(stub.CancelOrder, cancel, grpc.StatusCode.FAILED_PRECONDITION, "FAILED_PRECONDITION")
    without = order_pb2.CancelOrderRequest(id=made.id)
    details = fails(stub.CancelOrder, without, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT")
    assert fields(details) == [("reason", "REQUIRED")], details


def changes(stream):
    """What a watch tells, without the messages that bring a token alone."""
    return (message for message in stream if message.happened)


def users_are_watched(channel):
    stub = user_pb2_grpc.UserServiceStub(channel)
    stream = stub.WatchUsers(user_pb2.WatchUsersRequest(), timeout=60)
    first = next(stream)
    assert first.resume_token and not first.happened, first
    user = user_pb2.User(email="seen@example.com", name="Seen", password="correct horse")
    made = stub.CreateUser(user_pb2.CreateUserRequest(user=user))
    stub.UpdateUser(user_pb2.UpdateUserRequest(user=user_pb2.User(id=made.id, name="Sane")))
    told = changes(stream)
    created, updated = next(told), next(told)
    assert (created.happened, created.user.id) == ("created", made.id), created
    assert (updated.happened, updated.before.name, updated.user.name) == ("updated", "Seen", "Sane"), updated
    assert "name" in updated.changed, updated
    stream.cancel()
    stub.DeleteUser(user_pb2.DeleteUserRequest(id=made.id))
    # From the token of a change it goes on, without a repeat.
    again = stub.WatchUsers(user_pb2.WatchUsersRequest(resume_token=updated.resume_token), timeout=60)
    deleted = next(changes(again))
    assert (deleted.happened, deleted.user.name) == ("deleted", "Sane"), deleted
    again.cancel()
    fails(lambda request: list(stub.WatchUsers(request, timeout=60)), user_pb2.WatchUsersRequest(resume_token="x"),
          grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT")


def users_by_reflection(channel):
    """Without any file: what the server says of itself is enough to call it."""
    database = ProtoReflectionDescriptorDatabase(channel)
    names = set(database.get_services())
    assert {"shop.user.v1.UserService", "grpc.health.v1.Health"} <= names, names
    pool = descriptor_pool.DescriptorPool(database)
    service = pool.FindServiceByName("shop.user.v1.UserService")

    def method(name):
        found = service.methods_by_name[name]
        answer = message_factory.GetMessageClass(found.output_type)
        path = f"/{service.full_name}/{name}"
        call = channel.unary_unary(path, lambda message: message.SerializeToString(), answer.FromString)
        return call, message_factory.GetMessageClass(found.input_type)

    create, request = method("CreateUser")
    request = request()
    request.user.email, request.user.name, request.user.password = "eve@example.com", "Eve", "correct horse"
    made = create(request)
    get, request = method("GetUser")
    assert get(request(id=made.id)) == made
    update, request = method("UpdateUser")
    request = request()
    request.user.id, request.user.name = made.id, "Ida"
    request.update_mask.paths.append("name")
    assert update(request).name == "Ida"
    listed, request = method("ListUsers")
    assert [user.id for user in listed(request(filter='name = "Ida"')).users] == [made.id]
    delete, request = method("DeleteUser")
    delete(request(id=made.id))
    get, request = method("GetUser")
    fails(get, request(id=made.id), grpc.StatusCode.NOT_FOUND, "NOT_FOUND")


def health(channel, service):
    stub = health_pb2_grpc.HealthStub(channel)
    for name in ["", service]:
        answer = stub.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, answer


def main():
    users, orders = (grpc.insecure_channel(address) for address in sys.argv[1:3])
    gzip = grpc.insecure_channel(sys.argv[1], compression=grpc.Compression.Gzip)
    health(users, "shop.user.v1.UserService")
    health(orders, "shop.order.v1.OrderService")
    users_by_stubs(users)
    orders_by_stubs(users, orders)
    users_are_watched(users)
    users_by_reflection(users)
    users_by_reflection(gzip)
    print("grpcio: as expected")


if __name__ == "__main__":
    main()
