"""A disk in memory, for an exchange that lives no longer than a test."""

from ..persistence.disk import Disk


class MemoryFile:
    """A file that is being written."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> None:
        self.data += data

    def sync(self) -> None:
        """It is where it stays."""

    def close(self) -> None:
        """There is nothing to let go of."""


class MemoryDisk(Disk):
    """Files by their paths. Folders are there as soon as something is in them."""

    def __init__(self) -> None:
        self._files: dict[str, MemoryFile] = {}

    def names(self, folder: str) -> list[str]:
        start = f"{folder}/" if folder else ""
        inside = [path[len(start) :] for path in self._files if path.startswith(start)]
        return sorted({path.partition("/")[0] for path in inside})

    def size(self, path: str) -> int:
        return len(self._file(path).data)

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        data = self._file(path).data
        return bytes(data[offset:] if length < 0 else data[offset : offset + length])

    def make_folder(self, folder: str) -> None:
        """Nothing needs it."""

    def create(self, path: str) -> MemoryFile:
        self._files[path] = MemoryFile()
        return self._files[path]

    def rename(self, path: str, to: str) -> None:
        self._files[to] = self._file(path)
        del self._files[path]

    def remove(self, path: str) -> None:
        self._file(path)
        del self._files[path]

    def sync_folder(self, folder: str) -> None:
        """It is where it stays."""

    def _file(self, path: str) -> MemoryFile:
        try:
            return self._files[path]
        except KeyError:
            raise FileNotFoundError(f"there is no file {path}") from None
