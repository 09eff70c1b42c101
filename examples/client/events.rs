//! Events out of bytes: `text/event-stream`, as the HTML standard has it.

use std::mem::take;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) data: String,
    pub(crate) id: Option<String>,
}

/// Takes a stream piece by piece.
#[derive(Default)]
pub(crate) struct EventParser {
    /// A line that has not ended.
    line: Vec<u8>,
    /// Whether a `\n` that comes next belongs to the line end before it.
    after_return: bool,
    id: Option<String>,
    data: Vec<String>,
}

impl EventParser {
    /// Returns the events that a piece completes.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Vec<Event> {
        piece.iter().filter_map(|&byte| self.take(byte)).collect()
    }

    fn take(&mut self, byte: u8) -> Option<Event> {
        let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
        match byte {
            b'\n' if after_return => None,
            b'\n' | b'\r' => self.end_line(),
            _ => {
                self.line.push(byte);
                None
            }
        }
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = String::from_utf8_lossy(&take(&mut self.line)).into_owned();
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match field {
            "data" => self.data.push(value),
            "id" => self.id = Some(value),
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<Event> {
        let data = take(&mut self.data);
        let event = || Event {
            data: data.join("\n"),
            id: self.id.clone(),
        };
        (!data.is_empty()).then(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_events_of_a_text_are_the_same_wherever_it_is_cut() {
        let text = ":\n\nid: 1\ndata: é\ndata: more\n\n: alive\n\nid:2\r\ndata:two\r\ndata\r\n\r\ndata: three\r\rdata\n\ndata: no end\n";
        let event = |data: &str, id: &str| Event {
            data: data.into(),
            id: Some(id.into()),
        };
        let expected = [
            event("é\nmore", "1"),
            event("two\n", "2"),
            event("three", "2"),
            event("", "2"),
        ];
        for size in 1..=text.len() {
            let mut parser = EventParser::default();
            let pieces = text.as_bytes().chunks(size);
            let events: Vec<_> = pieces.flat_map(|piece| parser.push(piece)).collect();
            assert_eq!(events, expected, "pieces of {size}");
        }
    }
}
