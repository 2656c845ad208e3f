"""Compares what the lock said of each step with what buf says. Usage: lock_verdicts.py <folder>, which lock.sh fills."""

import collections
import json
import pathlib
import re
import sys


def findings(path):
    """What buf says, by package."""
    out = collections.defaultdict(list)
    for line in path.read_text().splitlines():
        finding = json.loads(line)
        package = re.search(r"(?:^|/)proto/(h\d+)/", finding.get("path", ""))
        if not package:
            sys.exit(f"a finding about no history: {line}")
        out[package[1]].append(f"{finding['type']}: {finding['message']}")
    return out


def is_rename_of_a_map(finding):
    """The entries of a map are a message called by the field; its name is not on the wire."""
    entries = re.search(r'^FIELD_WIRE_COMPATIBLE_TYPE: .* from "([\w.]+)\.\w+Entry" to "([\w.]+)\.\w+Entry"', finding)
    return bool(entries) and entries[1] == entries[2]


def is_about_a_name(finding):
    """What buf has among the rules of the wire, where no name is; the same finding is held to JSON, where names are."""
    return bool(re.match(r"RESERVED_(MESSAGE|ENUM)_NO_DELETE: Previously present reserved name ", finding))


def main():
    folder = pathlib.Path(sys.argv[1])
    steps = collections.defaultdict(dict)
    for line in (folder / "steps.tsv").read_text().splitlines():
        step, verdict, package, what = line.split("\t")
        steps[step, package][verdict] = what
    names = ("wire", "json", "file", "right_file", "wrong_wire", "wrong_json")
    said = {path.name: findings(path) for rules in names for path in folder.glob(f"{rules}.*")}
    counts = collections.Counter()
    rules = collections.Counter()
    maps = 0
    wrong = []
    for (step, package), verdicts in steps.items():
        wire, names, forced = (said[f"{rule}.{step}"][package] for rule in ("wire", "json", "file"))
        kind = "renamed" if "renamed" in verdicts else "accepted"
        counts[kind] += 1
        if kind == "renamed":
            others = [finding for finding in wire if not is_rename_of_a_map(finding)]
            maps += len(wire) - len(others)
            against = others
        else:
            against = wire + names
        if against:
            wrong.append((package, step, f"accepted ({verdicts[kind]}), and buf says", against))
        if "refused" in verdicts:
            counts["refused"] += 1
            rules.update(finding.split(":")[0] for finding in forced)
            if not forced:
                wrong.append((package, step, f"refused ({verdicts['refused']}), and buf says nothing", []))
        elif forced:
            sys.exit(f"{package} did not change at step {step}, and buf says {forced}")
        for which, by in (("right", ("wire", "json", "right_file")), ("wrong", ("wrong_wire", "wrong_json", "file"))):
            if f"check_{which}" not in verdicts:
                continue
            by_wire, by_json, by_file = (said[f"{rule}.{step}"][package] for rule in by)
            by_json = by_json + [finding for finding in by_wire if is_about_a_name(finding)]
            by_wire = [finding for finding in by_wire if not is_about_a_name(finding)]
            ours = re.fullmatch(r"wire=(\S*) json=(\S*)", verdicts[f"check_{which}"])
            counts["checked"] += 1
            for name, found, own in (("the wire", by_wire, ours[1]), ("JSON", by_json, ours[1] or ours[2])):
                found = [finding for finding in found if not is_rename_of_a_map(finding)]
                if found and not own:
                    wrong.append((package, step, f"`check` says nothing of {name} ({which}), and buf says", found))
            if (ours[1] or ours[2]) and not by_file:
                wrong.append((package, step, f"`check` says {ours[0]} ({which}), and buf says nothing", []))
    for package, all_of_it in said["wire.all"].items():
        all_of_it = [finding for finding in all_of_it if not is_rename_of_a_map(finding)]
        if all_of_it:
            wrong.append((package, "all", "accepted step by step, and of the first and the last buf says", all_of_it))
    for package, step, what, found in wrong:
        print(f"{package}, step {step}: {what}")
        for finding in found:
            print(f"  {finding}")
    checked = counts.pop("checked", 0)
    total = sum(counts.values())
    print(f"`cargo fourfold check` was judged on {checked} steps")
    disagreed = len({(package, step, what) for package, step, what, _ in wrong if step != "all"})
    print(f"refused steps broke {', '.join(f'{rule} ({count})' for rule, count in rules.most_common())}")
    print(f"{maps} maps were renamed: buf takes the new name of the entries for another type, and it is not on the wire")
    print(
        f"{total} steps were judged ({counts['accepted']} accepted, {counts['renamed']} accepted with new names, "
        f"{counts['refused']} refused): buf and the lock agree on {total - disagreed}"
    )
    if not counts["accepted"] or not counts["refused"] or not checked:
        sys.exit("there was too little to judge")
    sys.exit(1 if wrong else 0)


main()
