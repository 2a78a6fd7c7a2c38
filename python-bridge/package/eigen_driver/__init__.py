"""Write a driver for the Eigen OS driver manager in Python.

Derive a class from `BaseDriver`, in a file named `*_driver.py`, and say what your devices are and how
to run a circuit on them. `python -m eigen_driver new NAME` prints one to start from, and
`python -m eigen_driver check FILE` tells what is wrong with yours, without the manager.
"""

from .base import BaseDriver
from .call import Call, current_call
from .errors import DriverExecutionError
from .types import (
    DeviceInfo,
    DeviceStatus,
    DeviceStatusInfo,
    DriverCapabilities,
    DriverHealth,
    ExecutionResult,
    PendingJob,
)

__all__ = [
    "BaseDriver",
    "Call",
    "DeviceInfo",
    "DeviceStatus",
    "DeviceStatusInfo",
    "DriverCapabilities",
    "DriverExecutionError",
    "DriverHealth",
    "ExecutionResult",
    "PendingJob",
    "current_call",
]
