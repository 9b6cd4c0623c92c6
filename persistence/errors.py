"""Why a data folder is not used as it is. Nothing in it was changed."""


class DataRefused(Exception):
    """The data folder cannot be used; the message says why, where, and what to do."""


class DataInUse(DataRefused):
    """Another process has the folder."""


class Corrupt(DataRefused):
    """Bytes that were once synced are not what was written.

    `path` is the file, `offset` the first byte that cannot be trusted; `first` is the first journal
    sequence that is lost, `last` the last one that is known to have been there, if any is.
    """

    def __init__(
        self, path: str, offset: int, problem: str, first: int, last: int | None = None
    ) -> None:
        self.path = path
        self.offset = offset
        self.problem = problem
        self.first = first
        self.last = last
        lost = f"{first} and later, if any" if last is None else f"{first} to {last}"
        if last is not None and last < first:
            lost = "none, only a marker"
        super().__init__(
            f"{path} is damaged at byte {offset}: {problem}; journal sequences lost: {lost}. "
            "Nothing was changed. `goquant verify DIR` tells more; `goquant recover DIR "
            "--accept-loss` goes back to what came before the damage and keeps a copy of "
            "everything it cuts off"
        )
