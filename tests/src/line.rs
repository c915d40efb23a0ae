//! A plain HTTP/1.1 line to a server: one request at a time, every byte counted at the socket, and cut where the test
//! says, as a bad connection cuts.
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// No answer of a test's server takes longer; a test that waits is a test that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Never,
    /// After so many bytes of the request went out.
    Request(usize),
    /// After so many bytes of the reply's body came in.
    Reply(usize),
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// The body came to its end.
    pub whole: bool,
}

/// Bytes and requests at the socket, headers included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub requests: u64,
    pub bytes_up: u64,
    pub bytes_down: u64,
}

impl Traffic {
    /// What came after `before`.
    pub fn since(self, before: Traffic) -> Traffic {
        Traffic {
            requests: self.requests - before.requests,
            bytes_up: self.bytes_up - before.bytes_up,
            bytes_down: self.bytes_down - before.bytes_down,
        }
    }
}

pub struct Line {
    address: SocketAddr,
    stream: Option<TcpStream>,
    pub traffic: Traffic,
}

impl Line {
    pub fn to(address: SocketAddr) -> Self {
        Line { address, stream: None, traffic: Traffic::default() }
    }

    /// Talks to another server from now on.
    pub fn move_to(&mut self, address: SocketAddr) {
        self.address = address;
        self.stream = None;
    }

    /// Hangs up; the next request makes a new connection.
    pub fn hang_up(&mut self) {
        self.stream = None;
    }

    /// One request with its answer. An error, or no answer at all, is a line that broke.
    pub fn ask(&mut self, verb: &str, path: &str, token: &str, body: &[u8], cut: Cut) -> io::Result<Answer> {
        let asked = self.exchange(verb, path, token, body, cut);
        if cut != Cut::Never || asked.is_err() {
            self.stream = None;
        }
        asked
    }

    fn exchange(&mut self, verb: &str, path: &str, token: &str, body: &[u8], cut: Cut) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream
            }
        };
        let mut request = format!("{verb} {path} HTTP/1.1\r\nhost: {}\r\n", self.address).into_bytes();
        if !token.is_empty() {
            request.extend(format!("authorization: Bearer {token}\r\n").bytes());
        }
        if path != "/api/v1/sync" && !body.is_empty() {
            request.extend(b"content-type: application/json\r\n");
        }
        request.extend(format!("accept-encoding: br\r\ncontent-length: {}\r\n\r\n", body.len()).bytes());
        request.extend(body);
        self.traffic.requests += 1;
        if let Cut::Request(at) = cut {
            stream.write_all(&request[..at.min(request.len())])?;
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "cut while sending"));
        }
        stream.write_all(&request)?;
        self.traffic.bytes_up += request.len() as u64;
        let answer = self.answer(&mut stream, cut)?;
        if answer.whole {
            self.stream = Some(stream);
        }
        Ok(answer)
    }

    fn answer(&mut self, stream: &mut TcpStream, cut: Cut) -> io::Result<Answer> {
        let mut read = Vec::new();
        let mut chunk = [0; 16 * 1024];
        let mut head = None;
        loop {
            if head.is_none() {
                head = parse_head(&read)?;
            }
            if let Some(Head { status, length, body_at, brotli }) = head {
                let have = read.len() - body_at;
                let wanted = match cut {
                    Cut::Reply(at) => at.min(length),
                    _ => length,
                };
                if have >= wanted {
                    let whole = wanted == length && cut == Cut::Never;
                    return Ok(Answer { status, body: decoded(&read[body_at..body_at + wanted], brotli), whole });
                }
            }
            let count = stream.read(&mut chunk)?;
            if count == 0 {
                let Some(Head { status, body_at, brotli, .. }) = head else {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                };
                return Ok(Answer { status, body: decoded(&read[body_at..], brotli), whole: false });
            }
            self.traffic.bytes_down += count as u64;
            read.extend(&chunk[..count]);
        }
    }
}

#[derive(Clone, Copy)]
struct Head {
    status: u16,
    length: usize,
    body_at: usize,
    brotli: bool,
}

/// A body without its encoding, as far as it came: what a browser hands on of a reply that broke off.
fn decoded(body: &[u8], brotli: bool) -> Vec<u8> {
    if !brotli {
        return body.to_vec();
    }
    let mut reader = brotli::Decompressor::new(body, 64 * 1024);
    let (mut plain, mut chunk) = (Vec::new(), [0; 16 * 1024]);
    while let Ok(count @ 1..) = reader.read(&mut chunk) {
        plain.extend(&chunk[..count]);
    }
    plain
}

fn parse_head(read: &[u8]) -> io::Result<Option<Head>> {
    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let bad = || io::Error::new(io::ErrorKind::InvalidData, "not an answer of HTTP/1.1");
    let text = std::str::from_utf8(&read[..end]).map_err(|_| bad())?;
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(bad)?;
    let header = |wanted: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    Ok(Some(Head { status, length, body_at: end + 4, brotli: header("content-encoding") == Some("br") }))
}
