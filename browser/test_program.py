"""The client for programs gives each line once and in order."""

import json
import signal
import subprocess
import threading
import unittest

from support import TARGET, BufferingProxy, Server, Speaker, until


class Program:
    def __init__(self, address, *topics):
        program = TARGET / "debug" / "examples" / "client"
        self.lines, self.words = [], []
        self.process = subprocess.Popen(
            [program, address, *topics], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for stream, take in ((self.process.stdout, self.take), (self.process.stderr, self.words.append)):
            threading.Thread(target=lambda stream=stream, take=take: [take(line) for line in stream], daemon=True).start()

    def take(self, line):
        self.lines.extend(line["text"] for line in json.loads(line)["lines"])

    def has(self, lines):
        until(lambda: self.lines[-1:] == lines[-1:], lambda: f"{self.lines} and {self.words}, not {lines}")
        assert self.lines == lines, f"{self.lines}, not {lines}"

    def says(self, text):
        until(lambda: any(text in words for words in self.words), lambda: f"{self.words}, without {text}")


class Programs(unittest.TestCase):
    def serve(self, example):
        server = Server(example)
        self.addCleanup(server.process.kill)
        return server

    def follow(self, address, *topics):
        program = Program(f"{address}/news", *topics)
        self.addCleanup(program.process.kill)
        return program

    def test_it_misses_nothing_and_comes_back_after_a_restart(self):
        for example in ("chat", "chat_actix"):
            server = self.serve(example)
            program = self.follow(server.address, "lobby", "garden")
            program.says("connected, by an event stream")
            speaker = Speaker(server)
            until(lambda: len(program.lines) > 20, "twenty lines")
            said = speaker.stop()
            program.has(said)
            server.stop(signal.SIGTERM)
            program.says("trying again in")
            server.start()
            self.addCleanup(server.process.kill)
            server.say("after the restart", room="garden")
            program.has([*said, "after the restart"])

    def test_it_polls_where_a_proxy_buffers(self):
        server = self.serve("chat")
        proxy = BufferingProxy(server)
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        program = self.follow(proxy.address, "lobby")
        program.says("connected, by long polls")
        server.say("one")
        server.say("two")
        program.has(["one", "two"])

    def test_it_ends_when_the_server_refuses_it(self):
        program = self.follow(self.serve("chat").address, "no such room!")
        program.says("the server refuses this client: 400 Bad Request: Failed to deserialize query string")
        assert program.process.wait(10) != 0


if __name__ == "__main__":
    unittest.main()
