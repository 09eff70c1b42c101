"""The dashboard: it says what to try, shows what happens, and goes grey when the server is gone."""

import signal
import unittest

from support import Case, until


class Dashboard(Case):
    def setUp(self):
        self.browser, self.server = self.browse(), self.serve("dashboard")

    def shows(self, tab, graph, text):
        tab.waits_for(f"#graphs figure:nth-child({graph})", text)

    def test_it_says_what_to_try_and_shows_what_happens(self):
        tab = self.browser.open(self.server.address)
        tab.waits_for("#state span", "Connected")
        tab.waits_for("#groups", "requests that are held at this moment")
        tab.waits_for("#trying", "Nothing has happened yet")
        tab.is_fit_to_look_at("dashboard-empty")
        tab.find("#notify").click()
        tab.waits_for("#said", "No request was held")
        tab.find("#hold").click()
        self.shows(tab, 1, "at most 3")
        tab.find("#notify").click()
        tab.waits_for("#said", "They were answered: “there it is”")
        self.shows(tab, 3, "at most 3")
        tab.waits_for("#trying", "Try it")
        until(lambda: tab.text("#graphs figure output") == "0", "none is held")
        tab.is_fit_to_look_at("dashboard")
        tab.is_calm()

    def test_it_is_grey_while_the_server_is_gone(self):
        tab = self.browser.open(self.server.address)
        tab.waits_for("#state span", "Connected")
        tab.waits_for("#groups", "arrived")
        self.server.stop(signal.SIGKILL)
        tab.waits_for("#state span", "Connection lost at")
        until(lambda: tab.run("return document.querySelector('main.gone') !== null"), "it is not grey")
        tab.is_fit_to_look_at("dashboard-gone")
        self.server.start()
        tab.waits_for("#state span", "Connected")
        until(lambda: tab.run("return document.querySelector('main.gone') === null"), "it is still grey")
        tab.is_calm(despite_the_network=True)


if __name__ == "__main__":
    unittest.main()
