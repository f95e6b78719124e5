#!/usr/bin/env python3
"""Checks the arrows between the crates, the size of the trees, and that there is one cryptography library.

Arrows point down only. The sandbox depends on the types alone, so that its protocol cannot be the client's.
"""

import json
import subprocess
import sys

ALLOWED = {
    "erpnet-types": set(),
    "erpnet-access": {"erpnet-types"},
    "erpnet-core": {"erpnet-access", "erpnet-types"},
    "erpnet-client": {"erpnet-core", "erpnet-access", "erpnet-types"},
    "erpnet-ureq": {"erpnet-client"},
    "erpnet-reqwest": {"erpnet-client"},
    "erpnet-smol": {"erpnet-client"},
    "erpnet-redis": {"erpnet-client"},
    "erpnet": {
        "erpnet-types", "erpnet-access", "erpnet-core", "erpnet-client",
        "erpnet-ureq", "erpnet-reqwest", "erpnet-smol", "erpnet-redis",
    },
    "erpnet-sandbox": {"erpnet-types"},
    "erpnet-cli": {"erpnet", "erpnet-sandbox"},
}
MAX_CRATES = {"erpnet-core": 65, "erpnet": 80}
OTHER_CRYPTO = ["aws-lc-rs", "aws-lc-sys", "openssl-sys", "native-tls", "rsa", "sha2"]


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True).stdout


def main():
    problems = []
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--no-deps", "--locked"))
    for package in metadata["packages"]:
        name = package["name"]
        if package["publish"] == []:
            continue
        if name not in ALLOWED:
            problems.append(f"{name}: not in the list of layers")
            continue
        used = {
            dependency["name"]
            for dependency in package["dependencies"]
            if dependency["name"].startswith("erpnet") and dependency["kind"] != "dev"
        }
        for extra in sorted(used - ALLOWED[name]):
            problems.append(f"{name} depends on {extra}: arrows point down only")

    for name, limit in MAX_CRATES.items():
        tree = cargo("tree", "-p", name, "-e", "normal", "--prefix", "none", "--locked")
        crates = {line.removesuffix(" (*)") for line in tree.splitlines() if line}
        print(f"{name}: {len(crates)} crates (at most {limit})")
        if len(crates) > limit:
            problems.append(f"{name} has {len(crates)} crates, at most {limit} are allowed")

    tree = cargo("tree", "-p", "erpnet", "-e", "normal,build", "--target", "all", "--prefix", "none", "--locked")
    names = {line.split()[0] for line in tree.splitlines() if line}
    for other in OTHER_CRYPTO:
        if other in names:
            problems.append(f"erpnet brings {other}: ring is the one cryptography library by default")

    for problem in problems:
        print(f"layers: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
