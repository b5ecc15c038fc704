"""A real server answers as the folder that it serves, ends with its block, and says why when it can't start."""

import json
import socket
import urllib.request

import pytest

from course_utils import command_line, serving
from course_utils.parity import parity_report
from course_utils.serving import free_port, serve
from course_utils.session import ASSETS

ASSISTANT = ASSETS / "assistant"


def listens(url):
    port = int(url.split(":")[2].split("/")[0])
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_folder_is_served_and_the_server_ends_with_the_block_even_after_an_error():
    with pytest.raises(KeyError), serve(ASSISTANT) as server:
        with urllib.request.urlopen(server.url + "/models") as models:
            assert json.load(models)["data"] == []
        report = parity_report({"folder": ASSISTANT, "served": server})
        assert report.faults() == [] and report.rows[1]["replies alike"].startswith("5 of 5")
        raise KeyError("something in the block")
    assert server.process.poll() is not None and not listens(server.url)


def test_a_server_that_does_not_come_up_says_why_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="config.json"), serve(tmp_path):
        pass
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(RuntimeError, match="did not come up: it ended with code") as error, serve(tmp_path):
        pass
    assert "log" in str(error.value) and len(str(error.value).splitlines()) > 2


def test_a_slow_server_is_not_waited_for_without_end_and_missing_packages_are_named(monkeypatch):
    with pytest.raises(RuntimeError, match="took longer than 0.01 s"), serve(ASSISTANT, wait=0.01):
        pass
    monkeypatch.setattr(serving, "NEEDED", ("fastapi", "no_such_package"))
    with pytest.raises(RuntimeError, match="no_such_package not installed"), serve(ASSISTANT):
        pass


def test_the_command_line_serves_a_folder_itself(tmp_path, capsys):
    assert command_line.main(["parity", str(ASSISTANT), "--serve", str(tmp_path)]) == 2
    assert "config.json" in capsys.readouterr().err
    chats = [[{"role": "user", "content": text}] for text in ("Hi?", "Is it red or blue?")]
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"messages": chat}) + "\n" for chat in chats))
    command = ["parity", str(ASSISTANT), "--serve", str(ASSISTANT), "--rows", str(rows), "--json"]
    assert command_line.main(command) == 0
    assert [side["replies alike"] for side in json.loads(capsys.readouterr().out)["sides"]] == ["–", "2 of 2"]


def test_ports_are_free():
    assert not listens(f"http://127.0.0.1:{free_port()}/v1")
