"""Adds the image's Python and Debian packages to the executable's bill of materials (CycloneDX 1.6), in place.
Usage: bill-of-materials.py FILE; run by the kernel environment's Python while the image is built."""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path


def component(name: str, version: str, purl: str, licence: str | None) -> dict:
    made = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return made if licence is None else {**made, "licenses": [{"expression": licence}]}


def python_packages() -> list[dict]:
    found = {}
    for package in importlib.metadata.distributions():
        name = package.metadata["Name"].lower().replace("_", "-")
        purl = f"pkg:pypi/{name}@{package.version}"
        found[name] = component(name, package.version, purl, package.metadata.get("License-Expression"))
    return [found[name] for name in sorted(found)]


def system_packages() -> list[dict]:
    ask = ["dpkg-query", "-W", "-f", "${binary:Package} ${Version} ${Architecture} ${db:Status-Abbrev}\n"]
    lines = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.splitlines()
    installed = sorted(line.split() for line in lines if line.endswith("ii "))
    return [
        component(name, version, f"pkg:deb/debian/{name.split(':')[0]}@{version}?arch={machine}", None)
        for name, version, machine, _ in installed
    ]


path = Path(sys.argv[1])
bill = json.loads(path.read_text())
bill["components"] += python_packages() + system_packages()
path.write_text(json.dumps(bill, indent=2) + "\n")
