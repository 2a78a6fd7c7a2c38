"""`python -m eigen_driver check FILE` and `python -m eigen_driver new NAME`."""

from __future__ import annotations

import argparse
import sys

from . import testing

TEMPLATE = '''"""The driver `{name}`."""

from eigen_driver import BaseDriver, DeviceInfo, ExecutionResult, current_call


class {title}Driver(BaseDriver):
    name = "{name}"
    version = "0.1.0"

    def initialize(self, config):
        self.endpoint = config.get("endpoint", "")

    def get_devices(self):
        return [DeviceInfo("{name}:device", name="{title}", capabilities={{"qubits": 2}})]

    def execute_circuit(self, device_id, circuit, shots, options):
        # `circuit` is text in the format that `current_call().circuit_format` names.
        # Here the answer is made up: always all zeros.
        return ExecutionResult({{"00": shots}}, execution_time_sec=0.0)
'''


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eigen_driver", description="Help for authors of drivers.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="try a driver without the manager")
    check.add_argument("file")
    check.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting for `initialize`")
    check.add_argument("--format", choices=sorted(testing.BELLS), default="AQO_JSON", help="of the circuit that is run")
    new = commands.add_parser("new", help="print a driver to start from")
    new.add_argument("name")
    arguments = parser.parse_args()

    if arguments.command == "new":
        title = "".join(part.capitalize() for part in arguments.name.replace("-", "_").split("_"))
        if not title.isidentifier():
            parser.error(f"{arguments.name!r} is no name: use letters, digits and `_`")
        print(TEMPLATE.format(name=arguments.name, title=title), end="")
        return 0
    config = dict(setting.partition("=")[::2] for setting in arguments.set)
    problems = testing.check(arguments.file, config, arguments.format)
    print(f"{len(problems)} problems" if problems else "The driver works.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
