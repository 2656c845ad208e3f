"""A shop as Django makes it: its tables, those of its accounts, and rows. Prints the rows as Django itself reads them.
Usage: import_django.py <sqlite:path, or postgres://..>."""

import datetime
import sys
import tempfile
import types
import uuid
from decimal import Decimal
from urllib.parse import urlsplit

import django
from django.conf import settings

import import_rows

url = sys.argv[1]
if url.startswith("sqlite:"):
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:")}
else:
    parts = urlsplit(url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username,
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname,
        "PORT": parts.port or 5432,
    }
# An app is a module with a folder; its models are below.
shop = types.ModuleType("shop")
shop.__path__ = [tempfile.gettempdir()]
sys.modules["shop"] = shop
settings.configure(
    DATABASES={"default": database},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.apps import apps  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models  # noqa: E402


class Category(models.Model):
    class Meta:
        app_label = "shop"

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField()
    parent = models.ForeignKey("self", models.SET_NULL, null=True)


class Tag(models.Model):
    class Meta:
        app_label = "shop"

    label = models.CharField(max_length=30)


class Product(models.Model):
    class Meta:
        app_label = "shop"
        indexes = [models.Index(fields=["category", "-created"])]
        constraints = [models.CheckConstraint(condition=models.Q(rating__gte=0, rating__lte=5), name="rated")]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=200, db_index=True)
    description = models.TextField(blank=True, default="")
    price = models.DecimalField(max_digits=10, decimal_places=2)
    in_stock = models.BooleanField(default=True)
    stock = models.PositiveIntegerField()
    rating = models.SmallIntegerField(default=0)
    weight = models.FloatField(null=True)
    meta = models.JSONField(default=dict)
    released = models.DateField(null=True)
    opens = models.TimeField(null=True)
    lasts = models.DurationField(null=True)
    seen_from = models.GenericIPAddressField(null=True)
    picture = models.BinaryField(null=True)
    created = models.DateTimeField()
    modified = models.DateTimeField(auto_now=True)
    category = models.ForeignKey(Category, models.CASCADE)
    tags = models.ManyToManyField(Tag)


def zone(hours):
    return datetime.timezone(datetime.timedelta(hours=hours))


call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    for model in (Category, Tag, Product):
        editor.create_model(model)

books = Category.objects.create(name="Books", slug="books")
novels = Category.objects.create(name="Novels — «größe»", slug="novels", parent=books)
tags = [Tag.objects.create(label=label) for label in ("new", "it's \"quoted\"", "日本")]
for number in range(60):
    product = Product.objects.create(
        id=uuid.UUID(int=0x01932C07_209C_7A4B_8D1E_5F6A7B8C0000 + number),
        title=f"Book {number:02}",
        description="" if number % 3 else "two\nlines \\ and a tab\t",
        price=Decimal(number) + Decimal("0.10") * (number % 10),
        in_stock=number % 2 == 0,
        stock=number * 30_000_000,
        rating=number % 6,
        weight=None if number % 4 == 0 else number / 7,
        meta={"pages": number, "of": [1, 2.5, None, "x"]} if number % 2 else [],
        released=None if number % 5 == 0 else datetime.date(1970 + number, 2, 28),
        opens=None if number % 5 == 1 else datetime.time(number % 24, number, 0, number),
        lasts=None if number % 5 == 2 else datetime.timedelta(days=number, microseconds=number * 1001),
        seen_from=None if number % 5 == 3 else f"10.0.0.{number}",
        picture=None if number % 5 == 4 else bytes([0, number, 255]),
        created=datetime.datetime(1960 + number, 3, 4, 5, 6, 7, number * 1001, tzinfo=zone(number % 3)),
        category=novels if number % 2 else books,
    )
    product.tags.set(tags[: number % 4])
Tag.objects.create(label="gone").delete()
group = Group.objects.create(name="editors")
for name in ("ada", "grace"):
    user = User.objects.create_user(name, f"{name}@example.com", "correct horse", first_name=name.title())
    user.groups.add(group)
Session.objects.create(
    session_key="k" * 32, session_data="e30:1", expire_date=datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
)

rows = {}
for model in apps.get_models(include_auto_created=True):
    columns = [(field.attname, field.column) for field in model._meta.concrete_fields]
    rows[model._meta.db_table] = [
        {column: getattr(one, attribute) for attribute, column in columns} for one in model.objects.all()
    ]
import_rows.write(rows)
