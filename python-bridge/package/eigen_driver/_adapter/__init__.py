"""Between the wire and a driver: everything that depends on how drivers happen to be written.

The worker calls an `Adapter` with plain values and gets plain values back, in the order of the wire's
fields. What a driver may return, raise or leave out is known here and nowhere else.
"""

from .adapter import Adapter, load
from .errors import describe

__all__ = ["Adapter", "describe", "load"]
