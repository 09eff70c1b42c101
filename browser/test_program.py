"""The client for programs gives each line once and in order."""

import json
import signal
import subprocess
import threading
import unittest

from support import TARGET, Case, Speaker, until


class Program:
    def __init__(self, address, *topics):
        program = TARGET / "debug" / "examples" / "client"
        self.lines, self.words = [], []
        self.process = subprocess.Popen(
            [program, address, *topics], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        outputs = ((self.process.stdout, self.take), (self.process.stderr, self.words.append))
        self.readers = [threading.Thread(target=self.read, args=output) for output in outputs]
        for reader in self.readers:
            reader.start()

    def read(self, stream, take):
        with stream:
            for line in stream:
                take(line)

    def end(self):
        self.process.kill()
        self.process.wait(10)
        for reader in self.readers:
            reader.join()

    def take(self, line):
        self.lines.extend(line["text"] for line in json.loads(line)["lines"])

    def has(self, lines):
        until(lambda: self.lines[-1:] == lines[-1:], lambda: f"{self.lines} and {self.words}, not {lines}")
        assert self.lines == lines, f"{self.lines}, not {lines}"

    def says(self, text):
        until(lambda: any(text in words for words in self.words), lambda: f"{self.words}, without {text}")


class Programs(Case):
    def follow(self, address, *topics):
        program = Program(f"{address}/news", *topics)
        self.addCleanup(program.end)
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
            server.say("after the restart", room="garden")
            program.has([*said, "after the restart"])

    def test_it_polls_where_a_proxy_buffers(self):
        server = self.serve("chat")
        program = self.follow(self.buffer(server).address, "lobby")
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
