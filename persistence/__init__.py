"""What survives a restart: the journal, the snapshots, the way back, and the history to query.

Plain blocking files, no trio. docs/journal.md has the formats, byte by byte.
"""
