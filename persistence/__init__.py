"""The journal, the snapshots and the recovery will live here; this version journals nothing."""
