//! HTTP/2 frames, for a client that does what a client should not do: RFC 9113, sections 3.4, 4.1 and 6.

/// The first bytes of a client.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A compressed head: `GET /wait/lobby`.
pub(crate) const GET: &[u8] = b"\x82\x86\x01\x01x\x04\x0b/wait/lobby";

pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// The code for a stream that is no longer needed.
pub(crate) const CANCEL: &[u8] = &[0, 0, 0, 8];

pub(crate) fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let [_, _, high, low] = (payload.len() as u32).to_be_bytes();
    [&[0, high, low, kind, flags, 0, 0, 0, stream], payload].concat()
}
