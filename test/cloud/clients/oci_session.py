"""The oci command line, many commands in one process: each costs seconds to start otherwise.

A line of standard input is a list of arguments in JSON; a line of standard output says how that command ended.
"""

import json
import sys

services = sys.argv[1:]
sys.argv = ["oci", services[0]]

from click.testing import CliRunner  # noqa: E402
from oci_cli import dynamic_loader  # noqa: E402
from oci_cli.cli import cli  # noqa: E402

for service in services[1:]:
    dynamic_loader.load_service_from_command(["oci", service])

replies = sys.stdout
for line in sys.stdin:
    args = json.loads(line)
    sys.argv = ["oci", *args]
    result = CliRunner().invoke(cli, args)
    json.dump({"code": result.exit_code, "said": result.output}, replies)
    replies.write("\n")
    replies.flush()
