//! The part of HTTP/2 that a client needs to send requests without bodies and count the answers.

/// The first bytes of a client: it speaks HTTP/2, keeps no table of headers, and wants nothing pushed.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\
    \x00\x00\x0c\x04\x00\x00\x00\x00\x00\
    \x00\x01\x00\x00\x00\x00\
    \x00\x02\x00\x00\x00\x00";

/// Appends a `GET` of a path on a stream.
pub(crate) fn get(stream: u32, path: &str, to: &mut Vec<u8>) {
    const HOST: &str = "localhost";
    let length = 6 + path.len() + HOST.len();
    head(length as u8, HEADERS, END_STREAM | END_HEADERS, stream, to);
    to.extend([GET, HTTP, PATH, path.len() as u8]);
    to.extend(path.bytes());
    to.extend([AUTHORITY, HOST.len() as u8]);
    to.extend(HOST.bytes());
}

fn head(length: u8, kind: u8, flags: u8, stream: u32, to: &mut Vec<u8>) {
    to.extend([0, 0, length, kind, flags]);
    to.extend(stream.to_be_bytes());
}

/// The bytes of a server, which arrive in pieces of any length.
#[derive(Default)]
pub(crate) struct Frames {
    /// The head of the current frame, and the beginning of its contents.
    begun: Vec<u8>,
    /// The rest of the current frame, which is skipped.
    rest: usize,
}

/// An event that a client must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// An answer has begun.
    Status(Status),
    /// A stream has ended, with an answer or without one.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    NoContent,
    Other,
}

impl Frames {
    /// Reads a piece, reports the events in it, and appends what must be sent back.
    pub(crate) fn take(
        &mut self,
        mut piece: &[u8],
        reply: &mut Vec<u8>,
        mut tell: impl FnMut(Event),
    ) {
        while !piece.is_empty() {
            let skipped = self.rest.min(piece.len());
            (self.rest, piece) = (self.rest - skipped, &piece[skipped..]);
            let missing = self.wanted() - self.begun.len();
            let taken = if self.rest > 0 {
                0
            } else {
                missing.min(piece.len())
            };
            self.begun.extend(&piece[..taken]);
            piece = &piece[taken..];
            if self.begun.len() >= HEAD && self.begun.len() == self.wanted() {
                self.rest = HEAD + self.length() - self.begun.len();
                self.look(reply, &mut tell);
                self.begun.clear();
            }
        }
    }

    /// The number of bytes of a frame that are read: its head, and of its contents as many bytes as a ping has.
    fn wanted(&self) -> usize {
        match self.begun.len() {
            short if short < HEAD => HEAD,
            _ => HEAD + self.length().min(PING_HOLDS),
        }
    }

    fn length(&self) -> usize {
        let [high, middle, low] = [self.begun[0], self.begun[1], self.begun[2]].map(usize::from);
        high << 16 | middle << 8 | low
    }

    fn look(&self, reply: &mut Vec<u8>, tell: &mut impl FnMut(Event)) {
        let (kind, flags, holds) = (self.begun[3], self.begun[4], &self.begun[HEAD..]);
        match kind {
            SETTINGS if flags & ACKNOWLEDGED == 0 => head(0, SETTINGS, ACKNOWLEDGED, 0, reply),
            PING if flags & ACKNOWLEDGED == 0 => {
                head(PING_HOLDS as u8, PING, ACKNOWLEDGED, 0, reply);
                reply.extend(holds);
            }
            HEADERS => tell(Event::Status(Status::of(holds))),
            RESET => tell(Event::End),
            _ => {}
        }
        if matches!(kind, HEADERS | DATA) && flags & END_STREAM != 0 {
            tell(Event::End);
        }
    }
}

impl Status {
    pub(crate) const KINDS: usize = Self::Other as usize + 1;

    /// Taken from the first header, which is in the static table.
    fn of(headers: &[u8]) -> Self {
        let is_resizing = |byte: &&u8| **byte & 0xe0 == 0x20;
        match headers.iter().find(|byte| !is_resizing(byte)) {
            Some(0x88) => Self::Ok,
            Some(0x89) => Self::NoContent,
            _ => Self::Other,
        }
    }
}

// RFC 9113, sections 4 and 6: kinds of frames, and flags.
const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const PING_HOLDS: usize = 8;
const END_STREAM: u8 = 1;
const ACKNOWLEDGED: u8 = 1;
const END_HEADERS: u8 = 4;

// RFC 7541, appendix A: headers of the static table, the last two without their values.
const GET: u8 = 0x82;
const HTTP: u8 = 0x86;
const PATH: u8 = 0x04;
const AUTHORITY: u8 = 0x01;
