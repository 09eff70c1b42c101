import assert from "node:assert/strict";

import { follow } from "../dacapo.js";
import { settled, test } from "./world.js";

const event = (id, value) => `id: ${id}\ndata: ${JSON.stringify(value)}\n\n`;

/** Follows, and keeps what it is told. */
function reader(options = {}) {
  const seen = { values: [], statuses: [] };
  seen.feed = follow("/news?name=ada", {
    reduce: (_, value) => void seen.values.push(value),
    onstatus: (status) => seen.statuses.push(status),
    share: false,
    ...options,
  });
  seen.last = () => seen.statuses.at(-1);
  return seen;
}

test("a stream is read event by event, and the next request asks from the last position", async (world) => {
  const seen = reader({ topics: ["lobby", "garden"] });
  assert.deepEqual(world.last.asked, { name: "ada", topics: "lobby,garden" });
  await world.last.stream(event("1", "one"));
  await world.last.send(event("2", "two"), ":\n\n");
  assert.deepEqual(seen.values, ["one", "two"]);
  assert.deepEqual(seen.last(), { kind: "live", by: "events" });
  await world.last.end();
  await world.pass(1000);
  assert.equal(world.requests.length, 2);
  assert.equal(world.last.asked.lastEventId, "2");
});

test("a poll is followed by the next one at once, from the position of its answer", async (world) => {
  const seen = reader();
  await world.last.answer(200, ["one", "1"]);
  await world.last.answer(200, ["two", "2"]);
  assert.deepEqual(seen.values, ["one", "two"]);
  assert.deepEqual(seen.last(), { kind: "live", by: "polls" });
  assert.deepEqual([world.requests.length, world.last.asked.lastEventId], [3, "2"]);
});

test("a stream without a first byte becomes a poll", async (world) => {
  const seen = reader();
  await world.pass(3000);
  assert.equal(world.requests.length, 2);
  assert.equal(world.last.accept, "application/json");
  await world.last.answer(200, ["one", "1"]);
  assert.equal(world.last.accept, "application/json");
  assert.deepEqual(seen.statuses, [{ kind: "live", by: "polls" }]);
});

test("a poll that is held for a while is a connection", async (world) => {
  const seen = reader();
  await world.last.answer(200, ["one", "1"]);
  await world.last.lose();
  await world.pass(750);
  await world.pass(3000); // as an event stream, without a first byte
  assert.equal(seen.last().kind, "waiting");
  await world.pass(3000);
  assert.deepEqual(seen.last(), { kind: "live", by: "polls" });
  await world.pass(42_000);
  assert.equal(seen.last().reason, "the server is silent");
});

test("after a lost poll, a stream is tried again", async (world) => {
  reader();
  await world.pass(3000);
  await world.last.lose();
  await world.pass(1000);
  assert.equal(world.last.accept, "text/event-stream, application/json");
});

test("a 4xx stops it, with the reason, until it is told to try again", async (world) => {
  const seen = reader();
  await world.last.answer(403, "you are no member");
  assert.deepEqual(seen.last(), { kind: "refused", code: 403, reason: "you are no member" });
  await world.pass(3_600_000);
  assert.equal(world.requests.length, 1);
  seen.feed.retry();
  await settled();
  assert.equal(world.requests.length, 2);
});

test("a lost network is tried again, later each time and at random times", async (world) => {
  const seen = reader();
  for (const [dice, seconds] of [[0, 0.5], [1, 2], [0.5, 3], [0, 4], [1, 16], [1, 30], [0, 15]]) {
    world.dice = dice;
    await world.last.lose();
    assert.deepEqual(seen.last(), { kind: "waiting", by: "client", seconds, reason: "failed to fetch" });
    const before = world.requests.length;
    await world.pass(seconds * 1000 - 1);
    assert.equal(world.requests.length, before);
    await world.pass(1);
    assert.equal(world.requests.length, before + 1);
  }
  await world.last.stream(event("1", "one"));
  await world.last.end();
  assert.equal(seen.last().seconds, 0.5, "it begins from the start");
});

for (const status of [408, 425, 429, 500, 503]) {
  test(`a ${status} is tried again, and not before its Retry-After`, async (world) => {
    const seen = reader();
    world.dice = 0;
    await world.last.answer(status, "later", { "retry-after": "7" });
    assert.deepEqual(seen.last(), { kind: "waiting", by: "server", seconds: 7, reason: "later" });
    world.dice = 1;
    await world.pass(7000);
    await world.last.answer(status, "later", { "retry-after": new Date(world.now + 4000).toUTCString() });
    assert.equal(seen.last().seconds, 6);
  });
}

test("a server may say a time that is longer than a timer lasts", async (world) => {
  const seen = reader();
  await world.last.answer(503, "later", { "retry-after": "99999999999" });
  assert.equal(seen.last().seconds, 2147483.647, "a timer of more milliseconds goes off at once");
});

test("a wait that the server has asked for ends neither with the network nor with a look at the tab", async (world) => {
  const seen = reader();
  await world.last.answer(429, "later", { "retry-after": "7" });
  for (const event of ["offline", "online", "visibilitychange"]) await world.happens(event);
  assert.equal(world.requests.length, 1);
  seen.feed.retry();
  await settled();
  assert.equal(world.requests.length, 2, "the page knows better");
});

test("a silent stream is lost", async (world) => {
  const seen = reader();
  await world.last.stream();
  for (let beats = 0; beats < 3; beats++) {
    await world.pass(44_999);
    await world.last.send(":\n\n");
  }
  assert.equal(seen.last().kind, "live");
  await world.pass(45_000);
  assert.deepEqual(seen.last().reason, "the server is silent");
});

test("a server that answers at once with nothing new is asked less and less often", async (world) => {
  const seen = reader();
  await world.last.answer(200, ["one", "1"]);
  await world.last.answer(204, null);
  assert.equal(seen.last().seconds, 0.75);
  await world.pass(750);
  await world.last.answer(200, ["one", "1"]);
  assert.equal(seen.last().seconds, 1.5);
});

test("a poll whose time is up is followed by the next one at once", async (world) => {
  reader();
  await world.last.answer(200, ["one", "1"]);
  await world.pass(25_000);
  await world.last.answer(204, null);
  assert.equal(world.requests.length, 3);
});

test("an answer that is no JSON is a failure that passes", async (world) => {
  const seen = reader();
  await world.last.answer(200, "<html>log in to this network</html>");
  assert.equal(seen.last().kind, "waiting");
});

test("other topics are asked for at once, and from the beginning if one has joined", async (world) => {
  const seen = reader({ topics: ["lobby"] });
  await world.last.stream(event("1", "one"));
  const first = world.last;
  seen.feed.topics = ["lobby", "garden"];
  await settled();
  assert.ok(!first.isOpen);
  assert.deepEqual(world.last.asked, { name: "ada", topics: "lobby,garden" });
  await world.last.stream(event("2", "two"));
  seen.feed.topics = ["garden"];
  await settled();
  assert.deepEqual(world.last.asked, { name: "ada", topics: "garden", lastEventId: "2" });
});

test("what is still to come of the former topics is dropped", async (world) => {
  const seen = reader({
    topics: ["lobby"],
    reduce(_, value) {
      seen.values.push(value);
      seen.feed.topics = ["garden"];
    },
  });
  await world.last.stream(event("1", "one") + event("2", "two"));
  assert.deepEqual(seen.values, ["one"]);
  assert.deepEqual(world.last.asked, { name: "ada", topics: "garden" });
});

test("there are never two requests", async (world) => {
  const seen = reader({ topics: ["a"] });
  for (let turn = 0; turn < 20; turn++) {
    seen.feed.topics = [`a${turn}`];
    seen.feed.retry();
    if (turn % 3 === 0) await settled();
    if (turn % 4 === 0) await world.last.stream(event(turn, turn));
    if (turn % 5 === 0) await world.last.lose();
    await world.happens("online");
    assert.ok(world.open().length <= 1);
  }
  assert.ok(!world.hadTwo);
});

test("when the network is back, it asks at once", async (world) => {
  reader();
  await world.last.lose();
  await world.happens("online");
  assert.equal(world.requests.length, 2);
  await world.last.stream();
  await world.happens("online");
  assert.equal(world.requests.length, 2);
});

test("when the network goes, it does not wait until the connection is silent", async (world) => {
  const seen = reader();
  await world.last.stream();
  await world.happens("offline");
  assert.equal(world.requests.length, 2);
  await world.last.lose();
  assert.equal(seen.last().kind, "waiting");
});

test("a closed feed asks no more, and says no more", async (world) => {
  const ends = [
    (request) => request.lose(),
    (request) => request.stream(),
    (request) => request.answer(403, ""),
    (request) => void request.answer(403, ""),
    (request) => void request.answer(204, null),
    () => world.pass(3000), // as a poll from now on
  ];
  for (const end of ends) {
    const seen = reader();
    await end(world.last);
    seen.feed.close();
    const before = [world.requests.length, seen.statuses.length];
    await world.pass(3_600_000);
    assert.deepEqual([world.requests.length, seen.statuses.length], before, `${end}`);
  }
});

test("it can be closed and told to try again by what it calls", async (world) => {
  const seen = reader({ onstatus: ({ kind }) => kind === "refused" && seen.feed.retry() });
  await world.last.answer(401, "log in");
  assert.equal(world.requests.length, 2);
  seen.feed.close();
  const other = reader({ onstatus: ({ kind }) => kind === "waiting" && other.feed.close() });
  await world.last.lose();
  await world.pass(60_000);
  assert.equal(world.requests.length, 3);
});

test("a topic has no comma", async () => {
  assert.throws(() => reader({ topics: ["a,b"] }), /a topic is a text without a comma, not "a,b"/);
});
