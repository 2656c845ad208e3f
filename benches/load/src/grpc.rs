//! gRPC for a client that costs little: one call at a time on a connection, frames prebuilt, just enough of HTTP/2
//! (RFC 9113) and HPACK (RFC 7541).

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Result;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
/// The length, the type, the flags and the stream of a frame.
const FRAME_HEAD: usize = 9;
/// Whether it is compressed, and the length.
const MESSAGE_HEAD: usize = 5;
/// What the other side may send before it is told to go on.
const WINDOW: u32 = 1 << 30;

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    out: Vec<u8>,
    body: Vec<u8>,
    next_stream: u32,
    received: u32,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        // No table of headers to keep in step with, and room for every answer.
        let mut settings = Vec::new();
        for (setting, value) in [(1_u16, 0_u32), (2, 0), (4, WINDOW)] {
            settings.extend(setting.to_be_bytes());
            settings.extend(value.to_be_bytes());
        }
        frame(&mut hello, SETTINGS, 0, 0, &settings);
        frame(&mut hello, WINDOW_UPDATE, 0, 0, &WINDOW.to_be_bytes());
        stream.write_all(&hello).await?;
        let (buffer, out, body) = (Vec::with_capacity(64 * 1024), Vec::new(), Vec::new());
        Ok(Self { stream, buffer, out, body, next_stream: 1, received: 0 })
    }

    /// Sends a call of [`call`] and gives back the answer's message; `None` where there is none, because the call failed.
    pub(crate) async fn ask(&mut self, call: &[u8]) -> Result<Option<&[u8]>> {
        let id = self.next_stream;
        self.next_stream += 2;
        self.out.extend_from_slice(call);
        let begin = self.out.len() - call.len();
        let second = begin + FRAME_HEAD + length(&call[..3]);
        for head in [begin, second] {
            self.out[head + 5..head + 9].copy_from_slice(&id.to_be_bytes());
        }
        self.stream.write_all(&self.out).await?;
        self.out.clear();
        self.body.clear();
        while !self.frame(id).await? {}
        if self.received > WINDOW / 2 {
            let more = self.received.to_be_bytes();
            frame(&mut self.out, WINDOW_UPDATE, 0, 0, &more);
            self.received = 0;
        }
        Ok(self.body.get(MESSAGE_HEAD..))
    }

    /// Takes in one frame; whether it was the last of the stream.
    async fn frame(&mut self, id: u32) -> Result<bool> {
        self.fill(FRAME_HEAD).await?;
        let size = length(&self.buffer[..3]);
        self.fill(FRAME_HEAD + size).await?;
        let (kind, flags) = (self.buffer[3], self.buffer[4]);
        let stream = u32::from_be_bytes([self.buffer[5], self.buffer[6], self.buffer[7], self.buffer[8]]);
        let payload = &self.buffer[FRAME_HEAD..FRAME_HEAD + size];
        let ended = stream == id && flags & END_STREAM != 0 && matches!(kind, DATA | HEADERS);
        match kind {
            DATA => {
                self.received += u32::try_from(size)?;
                self.body.extend_from_slice(payload);
            }
            SETTINGS if flags & ACK == 0 => frame(&mut self.out, SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => {
                let payload = payload.to_vec();
                frame(&mut self.out, PING, ACK, 0, &payload);
            }
            RST_STREAM | GOAWAY => return Err("the service broke off".into()),
            _ => {}
        }
        self.buffer.drain(..FRAME_HEAD + size);
        Ok(ended)
    }

    async fn fill(&mut self, size: usize) -> Result<()> {
        while self.buffer.len() < size {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the service closed the connection".into());
            }
        }
        Ok(())
    }
}

fn length(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
}

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    out.extend_from_slice(&length[1..]);
    out.extend([kind, flags]);
    out.extend(stream.to_be_bytes());
    out.extend_from_slice(payload);
}

/// The frames of a call of a method of the users' service.
pub(crate) fn call(method: &str, message: &[u8]) -> Vec<u8> {
    let path = format!("/bench.user.v1.UserService/{method}");
    // `:method POST` and `:scheme http` are in the static table; what follows is literal.
    let mut block = vec![0x83, 0x86, 0x04];
    literal(&mut block, &path);
    block.push(0x01);
    literal(&mut block, "localhost");
    // `content-type`, the 31st of the table.
    block.extend([0x0f, 0x10]);
    literal(&mut block, "application/grpc");
    block.push(0x00);
    literal(&mut block, "te");
    literal(&mut block, "trailers");
    let mut body = vec![0];
    body.extend(u32::try_from(message.len()).unwrap_or_default().to_be_bytes());
    body.extend_from_slice(message);
    let mut out = Vec::new();
    frame(&mut out, HEADERS, END_HEADERS, 0, &block);
    frame(&mut out, DATA, END_STREAM, 0, &body);
    out
}

fn literal(block: &mut Vec<u8>, text: &str) {
    block.push(u8::try_from(text.len()).unwrap_or_default());
    block.extend_from_slice(text.as_bytes());
}

/// A field of a message: its number, its wire type and its content.
pub(crate) fn number(out: &mut Vec<u8>, field: u8, value: u64) {
    out.push(field << 3);
    varint(out, value);
}

/// A field that has a length: text, or a message.
pub(crate) fn bytes(out: &mut Vec<u8>, field: u8, value: &[u8]) {
    out.push(field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

#[allow(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The contents of all fields with this number that have a length.
pub(crate) fn fields(message: &[u8], wanted: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut rest = message;
    while let Some(key) = take_varint(&mut rest) {
        match key & 7 {
            0 => {
                take_varint(&mut rest);
            }
            2 => {
                let size = take_varint(&mut rest).and_then(|size| usize::try_from(size).ok());
                let Some((value, after)) = size.and_then(|size| rest.split_at_checked(size)) else { break };
                if key >> 3 == wanted {
                    found.push(value);
                }
                rest = after;
            }
            1 => rest = rest.get(8..).unwrap_or_default(),
            _ => rest = rest.get(4..).unwrap_or_default(),
        }
    }
    found
}

fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
