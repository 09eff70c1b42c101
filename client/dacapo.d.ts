/** How it goes with the connection. All tabs of a browser have the same status. */
export type Status =
  /** The first request has not been answered yet. */
  | { kind: "connecting" }
  /** A request is held: as an event stream, or as a long poll where streams do not come through. */
  | { kind: "live"; by: "events" | "polls" }
  /**
   * The connection is lost. The next attempt is in so many seconds, or when the browser is online again or its tab
   * visible, unless the server has chosen the time. `reason` is for people who know the server.
   */
  | { kind: "waiting"; by: "client" | "server"; seconds: number; reason: string }
  /** The server has said no, with this status (4xx) and text. There is no other attempt before `retry()`. */
  | { kind: "refused"; code: number; reason: string };

export interface Options<State, Value> {
  /** The topics to follow, as `?topics=one,two`. A topic has no comma. */
  topics?: string[];
  /** Makes the next state. The state is `undefined` for a value from the beginning. By default the value is the state. */
  reduce?(state: State | undefined, value: Value): State;
  /** Is called with each new state. It holds what all tabs follow, so look only at your own topics. */
  onchange?(state: State): void;
  onstatus?(status: Status): void;
  /** Whether all tabs with this address have one request. The default is `true`. */
  share?: boolean;
}

export interface Feed<State> {
  readonly state: State | undefined;
  readonly status: Status;
  /** Set it to follow other topics. If one joins, the server is asked for everything from the beginning. */
  topics: string[];
  /** Asks again at once: after a 401, for example, when the user has logged in. */
  retry(): void;
  /** Ends it for this tab. Another tab takes over. */
  close(): void;
}

/**
 * Follows an address, with one held request for all tabs of the browser that follow the same one.
 *
 * The server answers `GET url?topics=…&lastEventId=…` with an event stream (an event has JSON as `data` and the position
 * after it as `id`), or with a JSON array of a value and the position after it, or with a 204.
 */
export function follow<State = unknown, Value = State>(url: string, options?: Options<State, Value>): Feed<State>;
