import assert from "node:assert/strict";

import { follow } from "../dacapo.js";
import { settled, test } from "./world.js";

const event = (id, value) => `id: ${id}\ndata: ${JSON.stringify(value)}\n\n`;

/** A tab whose state is the list of all values. */
function open(topics = ["lobby"], url = "/news") {
  const reduce = (values = [], value) => [...values, value];
  return follow(url, { topics, reduce });
}

const states = (tabs) => tabs.map((tab) => tab.state?.join());

test("ten tabs have one request, and the same state", async (world) => {
  const tabs = Array.from({ length: 10 }, () => open());
  await settled();
  assert.equal(world.requests.length, 1);
  await world.last.stream(event(1, "one"), event(2, "two"));
  assert.deepEqual(states(tabs), Array(10).fill("one,two"));
  assert.ok(tabs.every((tab) => tab.status.kind === "live"));
});

test("a tab that comes later gets the state, and no request is made for it", async (world) => {
  const tabs = [open()];
  await settled();
  await world.last.stream(event(1, "one"));
  tabs.push(open());
  await settled();
  await world.last.send(event(2, "two"));
  assert.deepEqual(states(tabs), ["one,two", "one,two"]);
  assert.equal(world.requests.length, 1);
  assert.equal(tabs[1].status.kind, "live");
});

test("when the leader closes, the next tab goes on from the same position", async (world) => {
  const tabs = [open(), open(), open()];
  await settled();
  await world.last.stream(event(1, "one"));
  tabs.shift().close();
  await settled();
  assert.deepEqual(world.open().length, 1);
  assert.equal(world.last.asked.lastEventId, "1");
  await world.last.stream(event(2, "two"));
  tabs.shift().close();
  await settled();
  await world.last.stream(event(3, "three"));
  assert.deepEqual(states(tabs), ["one,two,three"]);
  assert.ok(!world.hadTwo);
});

test("a tab that is hidden for a while misses nothing", async (world) => {
  const tabs = [open(), open()];
  await settled();
  await world.last.stream(event(1, "one"));
  await world.happens("pagehide"); // of both: the world has one window
  assert.equal(world.open().length, 0);
  await world.happens("pageshow");
  await world.last.stream(event(2, "two"));
  assert.deepEqual(states(tabs), ["one,two", "one,two"]);
});

test("a tab that has missed a value takes the state of the leader", async (world) => {
  const tabs = [open(), open()];
  await settled();
  await world.last.stream(event(1, "one"));
  const [, deaf] = world.channels;
  const { onmessage } = deaf;
  deaf.onmessage = () => {};
  await world.last.send(event(2, "two"));
  deaf.onmessage = onmessage;
  assert.deepEqual(states(tabs), ["one,two", "one"]);
  await world.last.send(event(3, "three"));
  assert.deepEqual(states(tabs), ["one,two,three", "one,two,three"]);
});

test("the request is for the topics of all tabs", async (world) => {
  const [, other] = [open(["lobby"]), open(["garden"])];
  await settled();
  assert.equal(world.last.asked.topics, "lobby,garden");
  await world.last.stream(event(1, "one"));
  const third = open(["garden"]);
  await settled();
  const before = world.requests.length;
  other.close();
  await settled();
  assert.equal(world.requests.length, before, "a tab still follows the garden");
  third.close();
  await settled();
  assert.deepEqual(world.last.asked, { topics: "lobby", lastEventId: "1" });
});

test("a tab with a new topic lets all begin from the start, once", async (world) => {
  const tabs = [open(["lobby"])];
  await settled();
  await world.last.stream(event(1, "one"));
  tabs.push(open(["lobby", "garden"]));
  await settled();
  assert.deepEqual(world.last.asked, { topics: "lobby,garden" });
  await world.last.stream(event(2, "one and two"));
  assert.deepEqual(states(tabs), ["one and two", "one and two"]);
});

test("a topic that joins while the leader closes is read from the beginning", async (world) => {
  const tabs = [open(["lobby"]), open(["lobby"])];
  await settled();
  await world.last.stream(event(1, "one"));
  tabs[1].topics = ["lobby", "garden"];
  tabs[0].close();
  await settled();
  assert.deepEqual(world.last.asked, { topics: "lobby,garden" });
});

test("a topic that joins just before a state of the leader comes is not forgotten", async (world) => {
  const tabs = [open(["lobby"]), open(["lobby"])];
  await settled();
  await world.last.stream(event(1, "one"));
  const [leader] = world.channels;
  leader.onmessage = () => {}; // it closes before it hears of it
  tabs[1].topics = ["lobby", "garden"];
  tabs[0].topics = ["lobby"]; // sends the state
  tabs[0].close();
  await settled();
  assert.deepEqual(world.last.asked, { topics: "lobby,garden" });
});

test("a tab that no leader has heard of joins again", async (world) => {
  open(["lobby"]);
  await settled();
  const [leader] = world.channels, { onmessage } = leader;
  leader.onmessage = () => {};
  open(["garden"]);
  await settled();
  leader.onmessage = onmessage;
  open(["lobby"]);
  await settled();
  assert.equal(world.last.asked.topics, "lobby,garden");
});

test("a tab that closes before it leads asks for nothing", async (world) => {
  open().close();
  await settled();
  assert.equal(world.requests.length, 0);
});

test("each tab can tell the leader to try again", async (world) => {
  const tabs = [open(), open()];
  await settled();
  await world.last.answer(401, "log in");
  assert.deepEqual(tabs[1].status, { kind: "refused", code: 401, reason: "log in" });
  tabs[1].retry();
  await settled();
  assert.equal(world.requests.length, 2);
});

test("tabs of different addresses have a request each", async (world) => {
  open(["lobby"], "/news?name=ada");
  open(["lobby"], "/news?name=bob");
  await settled();
  assert.equal(world.open().length, 2);
});

test("without locks, each tab has its own request", async (world) => {
  navigator.locks = undefined;
  const tabs = [open(), open()];
  await settled();
  for (const request of world.open()) await request.stream(event(1, "one"));
  assert.deepEqual(states(tabs), ["one", "one"]);
});
