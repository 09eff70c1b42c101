// Events out of text: `text/event-stream`, as the HTML standard has it.

/** Takes the text of a stream piece by piece, and returns the events that each piece completes. */
export class EventParser {
  #rest = ""; // a line that has not ended
  #afterReturn = false; // a `\n` that comes next belongs to the line end before it
  #id;
  #data = [];

  /** @returns {{ data: string, id: string | undefined }[]} */
  push(text) {
    if (this.#afterReturn) text = text.replace(/^\n/, "");
    this.#afterReturn = text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop();
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line) {
    if (line === "") return this.#dispatch();
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (field === "data") this.#data.push(value);
    if (field === "id") this.#id = value;
    return [];
  }

  #dispatch() {
    const data = this.#data.splice(0);
    return data.length ? [{ data: data.join("\n"), id: this.#id }] : [];
  }
}
