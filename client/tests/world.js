// What the client finds in a browser, as far as it uses it, with a server whose answers the test gives.

import { webcrypto } from "node:crypto";
import { test as nodeTest } from "node:test";

const real = { setTimeout: globalThis.setTimeout, setImmediate: globalThis.setImmediate };

/** Names one test, which gets a world of its own. */
export function test(name, body) {
  nodeTest(name, async () => {
    const world = new World();
    world.install();
    await body(world);
  });
}

class World {
  now = 0;
  timers = new Map();
  dice = 0.5;
  requests = [];
  listeners = new Map();
  locks = new Locks();
  channels = new Set();

  install() {
    const world = this;
    let last = 0;
    const replace = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    replace("setTimeout", (act, time, ...given) => {
      world.timers.set(++last, { at: world.now + time, act: () => act(...given) });
      return last;
    });
    replace("clearTimeout", (timer) => world.timers.delete(timer));
    replace("crypto", webcrypto); // Node 18 has none
    replace("fetch", (url, options) => world.fetch(url, options));
    replace("navigator", { locks: this.locks });
    replace("document", { baseURI: "http://server/", visibilityState: "visible" });
    replace("addEventListener", (event, act) => {
      world.listeners.set(event, [...(world.listeners.get(event) ?? []), act]);
    });
    replace("BroadcastChannel", class {
      constructor(name) {
        this.name = name;
        world.channels.add(this);
      }
      postMessage(message) {
        const data = structuredClone(message);
        const others = [...world.channels].filter((other) => other !== this && other.name === this.name);
        for (const other of others) queueMicrotask(() => world.channels.has(other) && other.onmessage({ data }));
      }
      close() {
        world.channels.delete(this);
      }
    });
    Date.now = () => world.now;
    Math.random = () => world.dice;
  }

  fetch(url, { signal, headers }) {
    return new Promise((resolve, reject) => {
      const { pathname, searchParams } = new URL(url);
      const request = { path: pathname, accept: headers.accept, asked: Object.fromEntries(searchParams), isOpen: true };
      request.answer = (status, body, headers = {}) => {
        request.isOpen = false;
        const text = typeof body === "string" || body == null ? body : JSON.stringify(body);
        resolve(new Response(text, { status, headers: { "content-type": "application/json", ...headers } }));
        return settled();
      };
      request.stream = (...pieces) => {
        const { readable, writable } = new TransformStream();
        const writer = writable.getWriter();
        signal.addEventListener("abort", () => writer.abort(signal.reason).catch(() => {}));
        request.send = (...pieces) => {
          for (const piece of pieces) writer.write(new TextEncoder().encode(piece)).catch(() => {});
          return settled();
        };
        request.end = () => {
          request.isOpen = false;
          writer.close().catch(() => {});
          return settled();
        };
        resolve(new Response(readable, { headers: { "content-type": "text/event-stream" } }));
        return request.send(":\n\n", ...pieces);
      };
      request.lose = () => {
        request.isOpen = false;
        reject(new TypeError("failed to fetch"));
        return settled();
      };
      signal.addEventListener("abort", () => {
        request.isOpen = false;
        reject(signal.reason);
      });
      this.requests.push(request);
      const open = this.open();
      if (open.length > 1 && new Set(open.map((request) => request.path)).size < open.length) this.hadTwo = true;
    });
  }

  open() {
    return this.requests.filter((request) => request.isOpen);
  }

  /** The latest request. */
  get last() {
    return this.requests.at(-1);
  }

  async pass(time) {
    await settled();
    const end = this.now + time;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      const [timer, { at, act }] = due;
      this.timers.delete(timer);
      this.now = at;
      act();
      await settled();
    }
    this.now = end;
  }

  async happens(event) {
    for (const act of this.listeners.get(event) ?? []) act();
    await settled();
  }
}

/** Web Locks: one holder, and a queue. */
class Locks {
  #queues = new Map();

  request(name, { signal }, act) {
    const queue = this.#queues.get(name) ?? this.#queues.set(name, []).get(name);
    return new Promise((resolve, reject) => {
      const entry = { act, resolve, reject };
      queue.push(entry);
      signal.addEventListener("abort", () => {
        if (queue.indexOf(entry) <= 0) return;
        queue.splice(queue.indexOf(entry), 1);
        reject(signal.reason);
      });
      if (queue.length === 1) queueMicrotask(() => this.#grant(queue));
    });
  }

  async #grant(queue) {
    const [{ act, resolve }] = queue;
    await act();
    resolve();
    queue.shift();
    if (queue.length > 0) this.#grant(queue);
  }
}

/** Waits until all that can happen now has happened. */
export async function settled() {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => real.setImmediate(resolve));
}
