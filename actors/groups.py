"""Exception groups, in which a nursery raises whatever its tasks raise."""


def leaf(error: BaseException) -> BaseException:
    """The first exception in a group, or the exception itself if it is none."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
