#!/usr/bin/env python3
"""Times every command of `cargo fourfold` on a service of 20 resources of 14 fields, as a whole process: the median of some
runs, each from the same committed tree. Usage: benches/commands/measure.py [<runs>], after
`cargo build --release -p cargo-fourfold`."""

import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/cargo-fourfold"
NAMES = (
    "product customer order invoice payment shipment review category brand supplier "
    "warehouse coupon cart address ticket message employee device account contract"
).split()
FIELDS = (
    "sku:string!unique!length(1..=20) name:string!filter!sort!length(1..=100) price:decimal!sort stock:i32? "
    "status:choice(draft|for-sale|gone)=draft!filter active:bool=true born:date? starts_at:timestamp!filter!sort "
    "labels:string[] ratio:f64?"
)
DATABASE = "sqlite:measured.db"
# Cargo says where it is when it starts the program, which finds rustfmt there.
SYSROOT = subprocess.run(["rustc", "--print", "sysroot"], check=True, capture_output=True, text=True).stdout.strip()
os.environ["CARGO"] = f"{SYSROOT}/bin/cargo"
# What is measured, and what is done before, each time, to the committed tree.
COMMANDS = [
    ("add resource 'gadget: name:string price:decimal'", None),
    ("add operation product archive --set status=gone --event archived", None),
    ("add subscriber audit --on product", None),
    ("add task tidy-up 'older_than:duration=30s'", None),
    ("init --resource 'gadget: name:string price:decimal'", None),
    ("eject product create", None),
    ("generate", None),
    ("generate", "change"),
    ("generate --check", None),
    ("show", None),
    ("show Product", None),
    ("show Product --only expansion", None),
    ("check --against HEAD~1", None),
    ("check --against ../before", None),
    ("migrate new more", "change"),
    ("migrate check", None),
    (f"migrate status --database {DATABASE}", None),
    (f"migrate run --database {DATABASE}", None),
    (f"events groups --database {DATABASE} --url {DATABASE}", None),
    (f"tasks list --database {DATABASE} --url {DATABASE}", None),
    ("completions bash", None),
    ("--help", None),
]


def run(folder, command, **more):
    words = command if isinstance(command, list) else ["sh", "-c", command]
    return subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)


def commit(folder, message):
    run(folder, f"git add -A && git -c user.name=x -c user.email=x@example.com commit -qm '{message}'")


def change(folder, resource):
    path = folder / f"src/resources/{resource}.rs"
    path.write_text(path.read_text().replace("    pub stock: ", "    pub more: Option<i64>,\n    pub stock: ", 1))


def service(folder):
    resources = [word for name in NAMES for word in ("--resource", f"{name}: {FIELDS}")]
    run(folder, [str(PROGRAM), "fourfold", "new", "shop", "--fourfold-path", str(ROOT), *resources])
    shop = folder / "shop"
    run(shop, "git init -q")
    commit(shop, "as it was")
    shutil.copytree(shop, folder / "before")
    (shop / ".gitignore").open("a").write("measured.db*\n")
    change(shop, "product")
    run(shop, [str(PROGRAM), "fourfold", "generate"])
    run(shop, [str(PROGRAM), "fourfold", "migrate", "new", "first"])
    run(shop, [str(PROGRAM), "fourfold", "migrate", "run", "--database", DATABASE])
    commit(shop, "as it is")
    return shop


def measured(shop, command, before, runs):
    times = []
    for _ in range(runs + 1):
        run(shop, "git reset -q --hard && git clean -fdq")
        if before == "change":
            change(shop, "customer")
        began, used = time.perf_counter(), processor_time()
        try:
            run(shop, f"exec {PROGRAM} fourfold {command}")
        except subprocess.CalledProcessError as error:
            sys.exit(f"{command}: {error.stderr.decode()}")
        times.append((1000 * (time.perf_counter() - began), 1000 * (processor_time() - used)))
    walls, processors = zip(*times[1:])
    return walls, statistics.median(processors)


def processor_time():
    """Of all that was started and has ended, with what that started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    with tempfile.TemporaryDirectory() as folder:
        shop = service(pathlib.Path(folder))
        print("| command | median ms | least | most | processor ms |\n| --- | ---: | ---: | ---: | ---: |")
        for command, before in COMMANDS:
            walls, processor = measured(shop, command, before, runs)
            said = f"`{command}`" + (", a field is new" if before else "")
            figures = (statistics.median(walls), min(walls), max(walls), processor)
            print("|", said, *(f"| {figure:.0f}" for figure in figures), "|", flush=True)


main()
