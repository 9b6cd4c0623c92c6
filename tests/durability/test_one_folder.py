"""One exchange to a folder. Row of the fault table: two processes one data dir."""

from pathlib import Path

from processes import Caller, Server, run


def test_a_second_process_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    """Fault table: two processes one data dir. Those that only look are refused, too."""
    folder = tmp_path / "data"
    with Server(folder, "--history", "off") as server, Caller(server.ready()) as caller:
        assert caller.place().status == 201
        (journal,) = (folder / "journal").iterdir()
        before = journal.read_bytes()
        for command in (
            ["serve", "--port", "0", "--data-dir", folder],
            ["verify", folder],
            ["recover", folder, "--accept-loss"],
        ):
            ended = run(*command)
            assert (ended.returncode, ended.stdout) == (3, "")
            assert (
                f"{folder} is in use by process {server.process.pid}: stop that one" in ended.stderr
            )
        assert journal.read_bytes().startswith(before)
        assert not (folder / "quarantine").exists()
        assert caller.place().status == 201
    assert run("verify", folder).returncode == 0, "a process that was killed has it no more"
