import assert from "node:assert/strict";
import { test } from "node:test";

import { EventParser } from "../events.js";

const TEXT = ":\n\nid: 1\ndata: one\ndata: more\n\n: alive\n\nid:2\r\ndata:two\r\ndata\r\n\r\ndata: three\r\revent: x\n\ndata\n\n";
const EVENTS = [
  { data: "one\nmore", id: "1" },
  { data: "two\n", id: "2" },
  { data: "three", id: "2" },
  { data: "", id: "2" },
];

test("the events of a text are the same wherever it is cut", () => {
  for (let size = 1; size <= TEXT.length; size++) {
    const parser = new EventParser();
    const pieces = TEXT.match(new RegExp(`[^]{1,${size}}`, "g"));
    assert.deepEqual(pieces.flatMap((piece) => parser.push(piece)), EVENTS, `pieces of ${size}`);
  }
});

test("an event that has not ended is none", () => {
  assert.deepEqual(new EventParser().push("data: one\n"), []);
});
