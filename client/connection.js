// One request after another to one address, and never two at a time.
//
//   asking ── first byte, answer ──▶ live ── lost ──▶ waiting ── time is up, restart ──▶ asking
//      ╰───────────── 4xx ─────────▶ refused ── restart ──▶ asking

import { EventParser } from "./events.js";

const FIRST_BYTE = 3_000; // dacapo begins an event stream with a comment, at once
const SILENCE = 45_000; // a poll is held for 30 seconds at most, and so is a heartbeat
const AT_ONCE = 1_000;
const FIRST_WAIT = 1_000;
const [LONGEST_WAIT, LONGEST_TIMER] = [30_000, 2 ** 31 - 1]; // a longer timer goes off at once

// Why an attempt ends, besides failures: `{ reason, code?, after? }`.
const RESTART = Symbol("restart");
const NO_FIRST_BYTE = Symbol("no first byte");
const SILENT = { reason: "the server is silent" };

export class Connection {
  topics = [];
  position = "";
  #polls = false; // something on the way keeps event streams back, or the server has none
  #failures = 0;
  #attempt = new AbortController();
  #isStopped = false;
  #timer;

  /** `onvalue(value, from, to)` gets each value, with the positions before and after it. */
  constructor(url, onvalue, onstatus) {
    Object.assign(this, { url, onvalue, onstatus: (status) => this.#isStopped || onstatus(status) });
  }

  async run() {
    while (!this.#isStopped) {
      this.#attempt = new AbortController();
      const failure = await this.#ask().catch((error) => this.#attempt.signal.reason ?? { reason: error.message });
      this.#attempt = new AbortController();
      if (failure) await this.#pause(this.#judge(failure));
    }
  }

  /** Asks again at once, whatever it is doing. */
  restart() {
    this.#attempt.abort(RESTART);
  }

  stop() {
    this.#isStopped = true;
    this.restart();
  }

  /** Returns what has gone wrong, or throws it. */
  async #ask() {
    this.#expect(FIRST_BYTE, NO_FIRST_BYTE, this.#polls ? () => this.#isHeld() : undefined);
    const headers = { accept: this.#polls ? "application/json" : "text/event-stream, application/json" };
    const [{ signal }, began] = [this.#attempt, Date.now()];
    const answer = await fetch(this.#address(), { headers, cache: "no-store", signal });
    if (!answer.ok) return failureOf(answer);
    this.#polls = !answer.headers.get("content-type")?.startsWith("text/event-stream");
    return this.#polls ? this.#take(answer, began) : this.#read(answer.body);
  }

  #address() {
    const address = new URL(this.url);
    if (this.topics.length) address.searchParams.set("topics", this.topics.join());
    if (this.position) address.searchParams.set("lastEventId", this.position);
    return address.href;
  }

  async #read(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser();
    for (let pieces = 0; ; pieces++) {
      const { done, value } = await reader.read();
      if (done) return { reason: "the server has ended the stream" };
      this.#expect(SILENCE, SILENT);
      if (pieces === 0) this.onstatus({ kind: "live", by: "events" });
      const events = parser.push(value);
      for (const { data, id } of events) this.#deliver(JSON.parse(data), id ?? this.position);
      // The first byte alone is no success: a server may fail after it each time.
      if (pieces > 0 || events.length > 0) this.#failures = 0;
    }
  }

  async #take(answer, began) {
    const before = this.position;
    if (answer.status !== 204) this.#deliver(...(await answer.json()));
    this.onstatus({ kind: "live", by: "polls" });
    const isNew = this.position !== before || Date.now() - began >= AT_ONCE;
    if (!isNew) return { reason: "the server answers at once, with nothing new" };
    this.#failures = 0;
  }

  #deliver(value, to) {
    this.#attempt.signal.throwIfAborted(); // it is the answer to a question that is no longer asked
    const from = this.position;
    this.position = to;
    this.onvalue(value, from, to);
  }

  /** Returns for how long to wait. */
  #judge(failure) {
    if (failure === RESTART) this.#failures = 0;
    if (failure === NO_FIRST_BYTE) this.#polls = true; // or the network has gone, and the poll finds out
    if (!failure.reason) return 0;
    const { reason, code, after } = failure;
    if (code) {
      this.onstatus({ kind: "refused", code, reason });
      return Infinity;
    }
    this.#polls = false; // the next network may let streams through
    const time = delay(this.#failures++, after);
    this.onstatus({ kind: "waiting", by: after > 0 ? "server" : "client", seconds: time / 1000, reason });
    return time;
  }

  async #pause(time) {
    const { signal } = this.#attempt;
    if (time === 0 || signal.aborted) return;
    clearTimeout(this.#timer);
    if (time < Infinity) this.#expect(time, RESTART);
    await new Promise((resolve) => (signal.onabort = resolve));
  }

  /** A poll that has not failed by now has arrived, in all likelihood. Its answer may take half a minute. */
  #isHeld() {
    this.onstatus({ kind: "live", by: "polls" });
    this.#expect(SILENCE - FIRST_BYTE, SILENT);
  }

  /** Ends the attempt after this time, unless something happens before. */
  #expect(time, reason, act = () => this.#attempt.abort(reason)) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, time);
  }
}

/** A server that restarts has lost all clients in one moment. So they come back at random times. */
function delay(failures, after) {
  if (after > 0) return Math.min(after * (1 + Math.random() / 2), LONGEST_TIMER);
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures) * (0.5 + Math.random() / 2);
}

async function failureOf(answer) {
  const { status, headers } = answer;
  const reason = (await answer.text()).trim().slice(0, 200) || `status ${status}`;
  const isFinal = status >= 400 && status < 500 && ![408, 425, 429].includes(status);
  return isFinal ? { code: status, reason } : { reason, after: milliseconds(headers.get("retry-after") ?? "") };
}

/** The time in a header `Retry-After`, which has seconds or a date. */
function milliseconds(text) {
  return /^\d+$/.test(text) ? text * 1000 : Date.parse(text) - Date.now();
}
