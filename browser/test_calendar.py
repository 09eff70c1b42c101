"""The calendar: each tab gets each change but its own."""

import signal
import unittest

from support import Case, Keys, until


class Calendar(Case):
    def setUp(self):
        self.browser, self.server = self.browse(), self.serve("calendar")

    def open(self):
        tab = self.browser.open(self.server.address)
        tab.waits_for("#state span", "Connected")
        return tab

    def write(self, tab, day, text):
        field = tab.find(f"#day{day}")
        field.clear()
        field.send_keys(text, Keys.ENTER)

    def shows(self, tab, day, text):
        value = lambda: tab.run("return document.querySelector(arguments[0]).value", f"#day{day}")
        until(lambda: value() == text, lambda: f"{value()!r}, not {text!r}")

    def state(self, day):
        return f"#days div:nth-child({day + 1}) output"

    def test_a_change_appears_in_the_other_tab(self):
        ada, bob = self.open(), self.open()
        ada.is_fit_to_look_at("calendar-empty")
        self.write(ada, 1, "tea with Bob")
        self.shows(bob, 1, "tea with Bob")
        bob.waits_for(self.state(1), "changed elsewhere")
        ada.waits_for(self.state(1), "saved at")
        self.write(bob, 2, "dentist")
        self.shows(ada, 2, "dentist")
        bob.is_fit_to_look_at("calendar")
        for tab in (ada, bob):
            tab.is_calm()

    def test_what_is_being_typed_is_not_overwritten(self):
        ada = self.open()
        ada.find("#day3").send_keys("half a sen")
        self.server.put("/days/3?tab=of-bob", "bins")
        self.server.put("/days/4?tab=of-bob", "choir")
        self.shows(ada, 4, "choir")
        self.shows(ada, 3, "half a sen")
        ada.press("tence", Keys.ENTER)
        ada.waits_for(self.state(3), "saved at")
        assert "half a sentence" in self.server.get("/days?tab=of-bob")

    def test_a_change_without_a_network_is_saved_later(self):
        ada, bob = self.open(), self.open()
        ada.offline(True)
        ada.waits_for("#state span", "Connection lost")
        self.write(ada, 5, "market")
        ada.waits_for(self.state(5), "not saved yet")
        ada.is_fit_to_look_at("calendar-lost")
        ada.offline(False)
        ada.waits_for(self.state(5), "saved at")
        self.shows(bob, 5, "market")
        ada.is_calm(despite_the_network=True)

    def test_a_change_that_the_server_could_not_take_is_saved_later(self):
        ada = self.open()
        ada.run("""
            window.real = window.fetch;
            window.fetch = (url, options) =>
              options.method === "PUT" ? Promise.resolve(new Response("", { status: 503 })) : real(url, options);
        """)
        self.write(ada, 5, "market")
        ada.waits_for(self.state(5), "not saved: the server answers 503")
        self.server.put("/days/5?tab=of-bob", "bins")
        self.server.put("/days/4?tab=of-bob", "choir")
        self.shows(ada, 4, "choir")
        self.shows(ada, 5, "market")
        ada.run("window.fetch = window.real")
        self.server.put("/days/4?tab=of-bob", "orchestra")
        ada.waits_for(self.state(5), "saved at")
        assert "market" in self.server.get("/days?tab=of-bob")

    def test_a_restart_says_what_has_happened(self):
        ada = self.open()
        self.write(ada, 6, "rest")
        ada.waits_for(self.state(6), "saved at")
        self.server.stop(signal.SIGKILL)
        ada.waits_for("#state span", "Connection lost")
        self.server.start()
        ada.waits_for("#notice", "The server was restarted")
        self.shows(ada, 6, "")
        ada.is_fit_to_look_at("calendar-restarted")
        ada.is_calm(despite_the_network=True)


if __name__ == "__main__":
    unittest.main()
