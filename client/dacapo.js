// What a browser follows: one held request for all its tabs and all their topics. dacapo.d.ts has the types.

import { Connection } from "./connection.js";

export const follow = (url, options = {}) => new Feed(new URL(url, document.baseURI).href, options);

/**
 * The tabs that follow one address elect a leader, with a Web Lock. It holds the request, and tells the others what
 * comes. Each tab has the state and its position. A value leads from one position to the next, so a tab that is not
 * where a value begins has missed one, and asks for the leader's state.
 */
class Feed {
  #id = crypto.randomUUID?.(); // not there without https, and not needed then
  #tabs = new Map(); // the topics of each tab
  #covered = []; // the topics for which the position is good
  #position = "";
  #state;
  #status = { kind: "connecting" };
  #connection = null; // of the leader
  #channel = null; // to the other tabs
  #presence = null; // an AbortController, while this tab follows
  #topics;

  constructor(url, { topics = [], share = true, reduce = (_, value) => value, onchange, onstatus }) {
    // Without https there are no locks, except on localhost.
    Object.assign(this, { url, isShared: share && Boolean(navigator.locks), reduce, onchange, onstatus });
    this.#topics = checked(topics);
    this.listening = new AbortController();
    const hope = () => this.#status.kind === "waiting" && this.#status.by === "client" && this.retry();
    const on = (event, act) => addEventListener(event, act, { signal: this.listening.signal });
    on("pagehide", () => this.#leave());
    on("pageshow", () => this.#enter());
    on("offline", () => this.#status.by === "server" || this.#connection?.restart());
    on("online", hope);
    on("visibilitychange", () => document.visibilityState === "visible" && hope());
    this.#enter();
  }

  get state() { return this.#state; }
  get status() { return this.#status; }
  get topics() { return [...this.#topics]; }

  set topics(topics) {
    this.#topics = checked(topics);
    this.#join();
  }

  retry() {
    if (this.#connection) this.#connection.restart();
    else this.#send({ kind: "retry" });
  }

  close() {
    this.#leave();
    this.listening.abort();
  }

  #enter() {
    if (this.#presence) return;
    const { signal } = (this.#presence = new AbortController());
    if (this.isShared) {
      const name = `dacapo ${this.url}`;
      this.#channel = new BroadcastChannel(name);
      this.#channel.onmessage = ({ data }) => this.#hear(data);
      navigator.locks.request(name, { signal }, () => signal.aborted || this.#lead()).catch(() => {}); // it has left
    }
    this.#join();
    if (!this.isShared) this.#lead();
  }

  #leave() {
    this.#send({ kind: "leave", id: this.#id });
    this.#presence?.abort();
    this.#connection?.stop();
    this.#channel?.close();
    this.#presence = this.#connection = this.#channel = null;
  }

  #join() {
    this.#tabs.set(this.#id, this.#topics);
    if (this.#connection) this.#cover();
    else this.#send({ kind: "join", id: this.#id, topics: this.#topics });
  }

  /** Holds the lock until this tab leaves. */
  #lead() {
    const tell = (kind, act) => (...news) => {
      this.#send({ kind, news });
      act(...news);
    };
    const onvalue = tell("value", (...news) => this.#apply(...news));
    this.#connection = new Connection(this.url, onvalue, tell("status", (status) => this.#show(status)));
    this.#connection.position = this.#position;
    this.#cover();
    return this.#connection.run();
  }

  /** As leader: asks for what all tabs follow. If a topic joins, all are read from the beginning. */
  #cover() {
    const before = this.#covered;
    this.#covered = [...new Set([...this.#tabs.values()].flat())];
    if (this.#covered.some((topic) => !before.includes(topic))) this.#connection.position = this.#position = "";
    this.#connection.topics = this.#covered;
    if (this.#covered.join() !== before.join()) this.#connection.restart();
    this.#send({ kind: "state", news: [this.#state, this.#position, this.#status, this.#covered, this.#tabs] });
  }

  #hear({ kind, id, topics, news }) {
    if (kind === "join") this.#tabs.set(id, topics);
    if (kind === "leave") this.#tabs.delete(id);
    if (this.#connection) return kind === "retry" ? this.retry() : id && this.#cover();
    if (kind === "status") this.#show(...news);
    if (kind === "state") this.#copy(...news);
    if (kind !== "value") return;
    if (["", this.#position].includes(news[1])) this.#apply(...news);
    else this.#join();
  }

  #copy(state, position, status, covered, tabs) {
    [this.#covered, this.#tabs] = [covered, tabs];
    if (tabs.get(this.#id)?.join() !== this.#topics.join()) this.#join(); // it has not heard of them
    this.#show(status);
    if (position === this.#position) return;
    [this.#state, this.#position] = [state, position];
    call(() => this.onchange?.(state));
  }

  #apply(value, from, to) {
    this.#position = to;
    call(() => {
      this.#state = this.reduce(from === "" ? undefined : this.#state, value);
      this.onchange?.(this.#state);
    });
  }

  #show(status) {
    this.#status = status;
    call(() => this.onstatus?.(status));
  }

  #send(message) {
    this.#channel?.postMessage(message);
  }
}

/** An error of the page is none of the connection. */
function call(callback) {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => { throw error; });
  }
}

function checked(topics) {
  const wrong = topics.find((topic) => !/^[^,]+$/.test(topic));
  if (wrong !== undefined) throw new TypeError(`a topic is a text without a comma, not ${JSON.stringify(wrong)}`);
  return [...topics];
}
