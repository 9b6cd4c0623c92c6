"""What holds for all tests."""

import signal

from hypothesis import settings

# A deadline is an assertion about the machine. A blob is what a failure is played again from.
settings.register_profile("goquant", deadline=None, print_blob=True)
settings.load_profile("goquant")

# A shell lets what it starts in the background ignore this one, and whoever is started by that ignores it
# too: exchanges that tests start, and interrupt. A signal that is handled here is not ignored there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
