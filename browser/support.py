"""A browser, the servers of the examples, and what a page must fulfil."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request
import uuid
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
PICTURES = TARGET / "browser"
PATIENCE = 20  # seconds


def until(condition, what):
    """Waits until the condition holds, and returns what it has returned."""
    end = time.monotonic() + PATIENCE
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(0.05)


class Server:
    """An example as a server. It keeps its port when it is started again."""

    def __init__(self, example):
        self.example, self.port = example, 0
        self.start()

    def start(self):
        program = TARGET / "debug" / "examples" / self.example
        environment = {**os.environ, "PORT": str(self.port)}
        self.process = subprocess.Popen([program], env=environment, stdout=subprocess.PIPE, text=True)
        self.port = int(re.search(r"http://[^:]+:(\d+)", self.process.stdout.readline()).group(1))
        self.address = f"http://127.0.0.1:{self.port}"

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(10)
        self.process.stdout.close()

    def end(self):
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return answer.read().decode()

    def put(self, path, text):
        request = urllib.request.Request(self.address + path, text.encode(), method="PUT")
        urllib.request.urlopen(request, timeout=10).close()

    def held(self):
        return int(self.get("/healthz"))

    def say(self, text, room="lobby", name="Cem"):
        line = {"id": str(uuid.uuid4()), "room": room, "name": name, "text": text}
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.address + "/say", json.dumps(line).encode(), headers)
        urllib.request.urlopen(request, timeout=10).close()


class Speaker(threading.Thread):
    """Says one line after another, until it is told to stop."""

    def __init__(self, server):
        super().__init__()
        self.server, self.said, self.is_told = server, [], threading.Event()
        self.start()

    def run(self):
        while not self.is_told.wait(0.02):
            text = f"line {len(self.said)}"
            self.server.say(text)
            self.said.append(text)

    def stop(self):
        self.is_told.set()
        self.join()
        return self.said


class Case(unittest.TestCase):
    """A test that ends what it has started."""

    def serve(self, example):
        server = Server(example)
        self.addCleanup(server.end)
        return server

    def buffer(self, server):
        proxy = BufferingProxy(server)
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)
        return proxy

    def browse(self):
        browser = Browser()
        self.addCleanup(browser.close)
        return browser


class BufferingProxy(ThreadingHTTPServer):
    """Passes an answer on when it has all of it."""

    daemon_threads = True

    def __init__(self, server):
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                self.pass_on(None)

            def do_POST(self):
                self.pass_on(self.rfile.read(int(self.headers["content-length"])))

            def pass_on(self, body):
                headers = {name: self.headers[name] for name in ("accept", "content-type") if name in self.headers}
                request = urllib.request.Request(server.address + self.path, body, headers)
                try:
                    with urllib.request.urlopen(request) as answer:
                        text = answer.read()
                        self.send_response(answer.status)
                        self.send_header("content-type", answer.headers.get("content-type", "text/plain"))
                        self.send_header("content-length", str(len(text)))
                        self.end_headers()
                        self.wfile.write(text)
                except (OSError, HTTPException):
                    pass  # the browser has gone, or the server has ended

        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Browser:
    """A browser with a profile of its own. Its tabs share storage and connections."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="dacapo-browser-")
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", f"user-data-dir={self.profile}"):
            options.add_argument(f"--{argument}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_page_load_timeout(PATIENCE)
        self.is_fresh = True

    def open(self, address):
        if not self.is_fresh:
            self.driver.switch_to.new_window("tab")
        self.is_fresh = False
        tab = Tab(self.driver)
        tab.command("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        tab.desktop()
        self.driver.get(address)
        return tab

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)


class Tab:
    """A tab. Each of its methods turns to it first."""

    def __init__(self, driver):
        self.driver, self.handle = driver, driver.current_window_handle

    def here(self):
        if self.driver.current_window_handle != self.handle:
            self.driver.switch_to.window(self.handle)
        return self.driver

    def command(self, name, **arguments):
        return self.here().execute_cdp_cmd(name, arguments)

    def find(self, selector):
        return self.here().find_element(By.CSS_SELECTOR, selector)

    def run(self, script, *arguments):
        return self.here().execute_script(script, *arguments)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def waits_for(self, selector, text):
        until(lambda: text in self.text(selector), lambda: f"{selector} is {self.text(selector)!r}, without {text!r}")

    def close(self, then):
        self.here().close()
        then.driver.switch_to.window(then.handle)

    def reload(self):
        self.here().refresh()

    def press(self, *keys):
        self.here().switch_to.active_element.send_keys(*keys)

    def offline(self, is_offline):
        self.here().set_network_conditions(offline=is_offline, latency=0, throughput=-1)

    def desktop(self, width=1200, height=800, mobile=False):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def phone(self):
        self.desktop(360, 740, True)

    def dark(self, is_dark):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.here().save_screenshot(str(PICTURES / f"{name}.png"))

    def is_fit_to_look_at(self, name):
        """On a desktop and on a phone, light and dark. Leaves a picture of each."""
        self.has_not_moved()
        for size, resize in (("desktop", self.desktop), ("phone", self.phone)):
            resize()
            for light in ("light", "dark"):
                self.dark(light == "dark")
                self.picture(f"{name}-{size}-{light}")
                faint = self.run(CONTRAST)
                assert not faint, f"{name}, {size}, {light}: too faint: {faint}"
            wide, room = self.run("return [document.documentElement.scrollWidth, innerWidth]")
            assert wide <= room, f"{name}, {size}: the page is {wide} wide, and the screen {room}"
        self.dark(False)
        self.desktop()
        self.has_names_for_all(name)
        # A page may move when its size changes: it has been drawn with the new one before the second frame.
        self.here().execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
        self.run("window.watch.takeRecords(); window.shifts.length = 0")

    def has_names_for_all(self, name):
        """What a screen reader says of each control is not nothing."""
        nodes = self.command("Accessibility.getFullAXTree")["nodes"]
        controls = ("button", "textbox", "link", "log", "navigation", "image", "dialog")
        mute = [
            node["role"]["value"]
            for node in nodes
            if node.get("role", {}).get("value") in controls and not node.get("name", {}).get("value") and not node["ignored"]
        ]
        assert not mute, f"{name}: without a name: {mute}"

    def is_calm(self, despite_the_network=False):
        """Nothing has moved without the user, and there is no error in the console."""
        entries = [entry for entry in self.here().get_log("browser") if entry["level"] == "SEVERE"]
        if despite_the_network:
            entries = [entry for entry in entries if entry["source"] != "network"]
        assert not entries, f"the console: {entries}"
        self.has_not_moved()

    def has_not_moved(self):
        shift = self.run("return window.shifts")
        assert sum(part["value"] for part in shift) < 0.01, f"the layout has shifted: {shift}"


WATCH = """
window.shifts = [];
window.watch = new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (!hadRecentInput) window.shifts.push({ value, of: sources.map(({ node }) => node?.id || node?.className || node?.nodeName) });
  }
});
window.watch.observe({ type: "layout-shift", buffered: true });
"""

# The texts whose contrast is below that of WCAG AA. Controls that are disabled are exempt.
CONTRAST = """
const channels = (text) => text.match(/[\\d.]+/g).map(Number);
const over = ([r, g, b, a = 1], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
const light = (rgb) => {
  const [r, g, b] = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
function ground(element) {
  if (!element) return dark ? [18, 18, 18] : [255, 255, 255];
  const { backgroundColor, opacity } = getComputedStyle(element);
  const below = ground(element.parentElement);
  const [r, g, b, a = 1] = channels(backgroundColor);
  return over([r, g, b, a * opacity], below);
}
const opacity = (element) => element ? getComputedStyle(element).opacity * opacity(element.parentElement) : 1;
function ratio(element, pseudo) {
  const behind = ground(element);
  const [r, g, b, a = 1] = channels(getComputedStyle(element, pseudo).color);
  const [one, other] = [light(over([r, g, b, a * opacity(element)], behind)), light(behind)].sort((a, b) => b - a);
  return (one + 0.05) / (other + 0.05);
}
const faint = [];
function check(element, text, pseudo) {
  if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(":disabled, .hidden-text")) return;
  const { fontSize, fontWeight } = getComputedStyle(element), size = parseFloat(fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && fontWeight >= 700);
  const found = ratio(element, pseudo);
  if (found < (isLarge ? 3 : 4.5)) faint.push(`${text.trim().slice(0, 40)}: ${found.toFixed(2)}`);
}
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const { parentElement, data } = texts.currentNode;
  if (data.trim() && !parentElement.closest("script, style")) check(parentElement, data);
}
for (const input of document.querySelectorAll("input")) {
  if (!input.value && input.placeholder) check(input, input.placeholder, "::placeholder");
  if (input.value) check(input, input.value);
}
return faint;
"""
