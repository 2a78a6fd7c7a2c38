"""Starts a worker: `python -I bootstrap.py FD [sealed]`, where FD is a socket to the host.

A sealed worker gives up the right to execute programs before it loads anything of a driver.

Beside this file lie the module `eigen_worker` and the package `eigen_driver`; nothing else needs to be
installed in the interpreter's environment.
"""

import os
import sys
from _signal import SIG_IGN, SIGINT, signal


def main() -> None:
    # In a terminal, Ctrl-C reaches the worker too; the host alone decides when it ends.
    signal(SIGINT, SIG_IGN)
    # Lines that the driver prints are the host's as soon as they are whole.
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

    import eigen_worker

    eigen_worker.run(int(sys.argv[1]), "sealed" in sys.argv[2:])


if __name__ == "__main__":
    main()
