"""A blog as SQLAlchemy makes it, with its tables and rows. Prints the rows as SQLAlchemy itself reads them.
Usage: import_sqlalchemy.py <sqlite:path, or postgres://..>."""

import datetime
import enum
import sys
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import import_rows

url = sys.argv[1]
if url.startswith("sqlite:"):
    url = "sqlite:///" + url.removeprefix("sqlite:")
else:
    url = "postgresql+psycopg://" + url.partition("://")[2]


class Base(DeclarativeBase):
    pass


class Status(enum.Enum):
    DRAFT = 1
    PUBLISHED = 2


class User(Base):
    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(80), unique=True)
    password_hash: Mapped[str | None] = mapped_column(sa.String(128))
    active: Mapped[bool] = mapped_column(server_default=sa.true())
    balance: Mapped[Decimal | None] = mapped_column(sa.Numeric(12, 4))
    created_at: Mapped[datetime.datetime | None] = mapped_column(server_default=sa.func.current_timestamp())


class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(120), index=True)
    body: Mapped[str | None] = mapped_column(sa.Text)
    status: Mapped[Status] = mapped_column(sa.Enum(Status, native_enum=False, create_constraint=True, name="poststatus"))
    score: Mapped[float] = mapped_column(server_default="0")
    views: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    token: Mapped[uuid.UUID] = mapped_column(sa.Uuid, unique=True)
    extra: Mapped[dict | None] = mapped_column(sa.JSON(none_as_null=True))
    cover: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    day: Mapped[datetime.date | None] = mapped_column(sa.Date)
    starts: Mapped[datetime.time | None] = mapped_column(sa.Time)
    updated_at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True), onupdate=sa.func.now())
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))


class PostTag(Base):
    __tablename__ = "post_tag"
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("post.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(20), primary_key=True)


class Setting(Base):
    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(20), default="text")
    value: Mapped[str] = mapped_column(sa.Text)


class MailLog(Base):
    """Names as another language has them, and an enum of the engine's own where it has such."""

    __tablename__ = "MailLog"
    Id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    sentTo: Mapped[str] = mapped_column(sa.String(100))
    retryCount: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    state: Mapped[str] = mapped_column(sa.Enum("queued", "in flight", "sent", name="mail_state"), default="queued")


def zone(hours):
    return datetime.timezone(datetime.timedelta(hours=hours))


engine = sa.create_engine(url)
Base.metadata.create_all(engine)
with engine.begin() as connection:
    connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
with Session(engine) as session:
    for number, name in enumerate(("ada", "grace", "edsger")):
        session.add(User(username=name, password_hash=f"scrypt:{name}", balance=None if number == 2 else Decimal("-12.3456") * number))
    session.flush()
    for number in range(25):
        session.add(
            Post(
                title=f"Post {number:02}",
                body=None if number % 3 == 0 else "it's\n\"that\" — größe 🙂",
                status=Status.DRAFT if number % 2 else Status.PUBLISHED,
                score=number / 3,
                views=number * 400_000_000_000_000,
                token=uuid.UUID(int=0xA1932C07_209C_4A4B_8D1E_5F6A7B8C0000 + number),
                extra=None if number % 4 == 0 else {"n": number, "list": [1, "two", None, True]},
                cover=None if number % 5 == 0 else bytes(range(number)),
                day=datetime.date(1900 + number, 12, 31),
                starts=None if number % 6 == 0 else datetime.time(23, 59, number, number * 7),
                updated_at=datetime.datetime(2020, 1, 1, 0, 0, 0, number, tzinfo=datetime.timezone.utc),
                author_id=number % 3 + 1,
            )
        )
    session.flush()
    session.add_all(PostTag(post_id=number, tag=tag) for number in (1, 2) for tag in ("news", "old"))
    session.add_all(Setting(key=key, value=key.upper()) for key in ("theme", "time zone", "a/b?c=d&e", "ü"))
    session.add_all(MailLog(sentTo=f"{state}@example.com", state=state) for state in ("queued", "in flight", "sent"))
    session.commit()
    rows = {
        mapper.class_.__tablename__: [
            {
                column.name: value.name if isinstance(value := getattr(one, mapper.get_property_by_column(column).key), Status) else value
                for column in mapper.columns
            }
            for one in session.scalars(sa.select(mapper.class_).order_by(*mapper.primary_key))
        ]
        for mapper in Base.registry.mappers
    }
import_rows.write(rows)
