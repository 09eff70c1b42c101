"""The chat, on both frameworks. No line is lost, doubled or out of order, whatever happens to the connection."""

import signal
import unittest

from support import Case, Keys, Speaker, until

AXUM, ACTIX = "chat", "chat_actix"


class Page:
    """A page of the chat, in a tab."""

    def __init__(self, browser, server, name):
        self.tab = browser.open(server.address)
        field = self.tab.find("#name")
        field.clear()
        field.send_keys(name, Keys.ENTER)
        self.waits_for_state("Connected")

    def waits_for_state(self, text):
        self.tab.waits_for("#state span", text)

    def say(self, text):
        self.tab.find("#text").send_keys(text, Keys.ENTER)

    def lines(self):
        return self.tab.run("return [...document.querySelectorAll('#lines li:not(.notice, .pending) p')].map((p) => p.textContent)")

    def has(self, lines):
        until(lambda: len(self.lines()) >= len(lines), lambda: f"{len(self.lines())} lines, not {len(lines)}: {self.state()}")
        assert self.lines() == lines, f"{self.lines()}, not {lines}"

    def state(self):
        return self.tab.text("#state span")


class Chat(Case):
    def setUp(self):
        self.browser = self.browse()

    def test_two_tabs_chat_and_a_third_on_the_other_framework(self):
        axum, actix = self.serve(AXUM), self.serve(ACTIX)
        ada, bob, eve = Page(self.browser, axum, "Ada"), Page(self.browser, axum, "Bob"), Page(self.browser, actix, "Eve")
        for turn in range(3):
            ada.say(f"question {turn}")
            bob.say(f"answer {turn}")
            eve.say(f"alone {turn}")
        talk = [f"{what} {turn}" for turn in range(3) for what in ("question", "answer")]
        for page in (ada, bob):
            page.has(talk)
        eve.has([f"alone {turn}" for turn in range(3)])
        mine = ada.tab.run("return [...document.querySelectorAll('#lines .mine strong')].map((who) => who.textContent)")
        assert mine == ["Ada (you)"] * 3, mine
        for page in (ada, bob, eve):
            page.tab.is_calm()

    def test_nothing_is_lost_when_a_page_is_loaded_again(self):
        for example in (AXUM, ACTIX):
            server = self.serve(example)
            page = Page(self.browser, server, "Ada")
            speaker = Speaker(server)
            for _ in range(3):
                page.tab.reload()
                page.waits_for_state("Connected")
            said = speaker.stop()[-200:]
            until(lambda: page.lines()[-1:] == said[-1:], lambda: f"{page.lines()[-3:]}, not {said[-3:]}, {page.state()}, {len(page.lines())}")
            page.has(said)
            page.tab.is_calm()

    def test_nothing_is_lost_when_the_network_is_gone_for_a_while(self):
        server = self.serve(AXUM)
        page = Page(self.browser, server, "Ada")
        speaker = Speaker(server)
        until(lambda: len(page.lines()) > 3, "lines")
        page.tab.offline(True)
        page.waits_for_state("Connection lost")
        page.say("said without a network")
        page.tab.waits_for("#lines .pending p", "said without a network")
        page.tab.is_fit_to_look_at("chat-lost")
        page.tab.offline(False)
        page.waits_for_state("Connected")
        until(lambda: "said without a network" in page.lines(), "the line that was said without a network")
        said = speaker.stop()
        others = lambda: [line for line in page.lines() if line.startswith("line ")]
        until(lambda: others()[-1:] == said[-1:], "the last line")
        assert others() == said
        assert page.lines().count("said without a network") == 1
        page.tab.is_calm(despite_the_network=True)

    def test_a_restart_of_the_server_says_what_has_happened(self):
        for example in (AXUM, ACTIX):
            server = self.serve(example)
            ada, bob = Page(self.browser, server, "Ada"), Page(self.browser, server, "Bob")
            ada.say("before")
            for page in (ada, bob):
                page.has(["before"])
            server.stop(signal.SIGKILL)
            bob.waits_for_state("Connection lost")
            bob.say("during")
            server.start()
            for page in (ada, bob):
                page.waits_for_state("Connected")
            bob.tab.waits_for("#lines .notice", "The server has been restarted")
            ada.has(["before", "during"])
            ada.say("after")
            for page in (ada, bob):
                page.has(["before", "during", "after"])
                page.tab.is_calm(despite_the_network=True)
            ada.tab.is_fit_to_look_at("chat-restarted")

    def test_ten_tabs_have_one_connection(self):
        server = self.serve(AXUM)
        pages = [Page(self.browser, server, f"Guest {number}") for number in range(10)]
        assert server.held() == 1, server.held()
        said = []
        for page in (pages[0], pages[5], pages[9]):
            said.append(f"line {len(said)}")
            page.say(said[-1])
            pages[3].has(said)
        for gone in range(2):  # the tab with the connection, each time
            pages.pop(0).tab.close(then=pages[0].tab)
            said.append(f"without {gone}")
            server.say(said[-1])
        for page in pages:
            page.has(said)
        until(lambda: server.held() == 1, lambda: f"{server.held()} are held")
        for page in pages:
            page.tab.is_calm()

    def test_a_proxy_that_buffers_is_noticed(self):
        server = self.serve(AXUM)
        page = Page(self.browser, self.buffer(server), "Ada")
        said = [f"line {number}" for number in range(5)]
        for line in said:
            page.say(line)
        page.has(said)
        assert page.tab.run("return document.querySelector('#state').title") == "by long polls"
        page.tab.is_calm()

    def test_what_the_server_refuses_is_no_lost_connection(self):
        page = Page(self.browser, self.serve(AXUM), "Ada")
        page.tab.run("sessionStorage.setItem('rooms', '[\"no such room!\"]')")
        page.tab.reload()
        page.waits_for_state("Refused")
        page.tab.waits_for("#lines .notice", "a room has a name of 1 to 24 letters, digits and hyphens")
        page.tab.is_fit_to_look_at("chat-refused")

    def test_a_room_may_have_the_name_of_anything_in_the_language(self):
        server = self.serve(AXUM)
        page = Page(self.browser, server, "Ada")
        page.tab.run("sessionStorage.setItem('rooms', '[\"lobby\", \"constructor\", \"toString\"]')")
        page.tab.reload()
        page.waits_for_state("Connected")
        server.say("in a strange room", room="constructor")
        server.say("and in the lobby")
        page.has(["and in the lobby"])
        page.tab.waits_for("#rooms button:nth-child(2) b", "1")
        page.tab.find("#rooms button:nth-child(3)").click()
        page.tab.waits_for("#lines .empty", "Be the first")
        page.tab.find("#rooms button:nth-child(2)").click()
        page.has(["in a strange room"])
        page.tab.is_calm()

    def test_a_keyboard_is_enough_and_nothing_blank_is_sent(self):
        server = self.serve(AXUM)
        tab = self.browser.open(server.address)
        tab.is_fit_to_look_at("chat-entry")
        tab.press("   ", Keys.ENTER)
        tab.waits_for("#unnamed", "Please type a name first")
        tab.press("Ada", Keys.ENTER)
        tab.waits_for("#state span", "Connected")
        tab.waits_for("#lines .empty", "Be the first")
        tab.is_fit_to_look_at("chat-empty")
        tab.press("  ", Keys.ENTER)
        tab.waits_for("#trouble", "Type something first")
        tab.press("Good morning!", Keys.ENTER)
        tab.waits_for("#lines .mine p", "Good morning!")
        tab.press(Keys.SHIFT + Keys.TAB)  # to the lines
        tab.press(Keys.SHIFT + Keys.TAB)  # to the button for another room
        tab.press(Keys.ENTER)
        tab.press("not a room!", Keys.ENTER)
        tab.waits_for("#unfit", "A room's name has 1 to 24")
        tab.is_fit_to_look_at("chat-room")
        tab.press(Keys.CONTROL + "a")
        tab.press("attic", Keys.ENTER)
        tab.waits_for("#rooms [aria-current=true]", "attic")
        server.say("Is anybody up here?", room="attic")
        server.say("A line for those who are elsewhere.", room="lobby")
        tab.waits_for("#lines p", "Is anybody up here?")
        tab.waits_for("#rooms b", "1")
        tab.is_calm()

    def test_a_conversation_is_fit_to_look_at(self):
        server = self.serve(AXUM)
        page = Page(self.browser, server, "Ada")
        server.say("Good morning! Has anyone seen the blue kettle?", name="Bob")
        page.tab.waits_for("#lines", "kettle")
        page.say("It is in the kitchen, behind the large pot.")
        server.say("https://example.org/a-very-long-address-without-any-space/" + "kettle" * 20, name="Christiane-Wilhelmina")
        page.tab.waits_for("#lines", "Christiane")
        page.say("Thank you. That is a long address.")
        server.say("Tea is ready.", room="kitchen")
        page.tab.waits_for("#rooms b", "1")
        page.tab.waits_for("#lines li:last-child", "long address")
        page.tab.is_fit_to_look_at("chat")
        page.tab.is_calm()


if __name__ == "__main__":
    unittest.main()
