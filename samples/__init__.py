"""Sample order flow and configuration, so that the README's commands need nothing else."""
