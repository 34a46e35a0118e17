"""A machine's wall clock and disk as one program sees them, under the test's hand (faults.cpp)."""

import mmap
import struct

from harness import BIN

LIBRARY = BIN / "e2e-faults.so"


class Faults:
    """`environment` is for the program that shall see them; it may be started again and again."""

    def __init__(self, file):
        file.write_bytes(bytes(32))
        with open(file, "r+b") as stream:
            self._numbers = mmap.mmap(stream.fileno(), 32)
        if not LIBRARY.exists():  # or the loader would only grumble, and the test would test nothing
            raise AssertionError(f"{LIBRARY} is not built")
        self.environment = {"LD_PRELOAD": str(LIBRARY), "NOROSHI_FAULTS": str(file)}

    def _number(self, index, value=None):
        if value is not None:
            self._numbers[8 * index:8 * index + 8] = struct.pack("=q", value)
        return struct.unpack("=q", self._numbers[8 * index:8 * index + 8])[0]

    @property
    def ahead(self):
        """Seconds that its wall clock is ahead of the machine's."""
        return self._number(0) / 1_000_000

    @ahead.setter
    def ahead(self, seconds):
        self._number(0, round(seconds * 1_000_000))

    @property
    def disk_full(self):
        return self._number(1) != 0

    @disk_full.setter
    def disk_full(self, full):
        self._number(1, int(full))

    @property
    def mirror_held(self):
        """No sync of the mirror comes to its end."""
        return self._number(3) != 0

    @mirror_held.setter
    def mirror_held(self, held):
        self._number(3, int(held))

    @property
    def killed_at(self):
        """Before which change of a name, or fsync, counted from its start, it is killed; 0: never."""
        return self._number(2)

    @killed_at.setter
    def killed_at(self, step):
        self._number(2, step)
