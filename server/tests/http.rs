//! Laws of everything around the handlers: the index, headers, limits, the screens, the hint, stopping, TLS.
mod rig;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use rig::{MINUTE_MS, Rig, write};
use serde_json::json;
use zhucun_core::division::DivisionCode;
use zhucun_core::wire::{self, Hello, PROTOCOL, RequestFrame};
use zhucun_server::accounts::token::ACCESS_MS;

/// The hint's limit for one device, as the API describes it.
const DEVICE_STREAMS_MAX: usize = 3;
/// The limit of a JSON body.
const BODY_BYTES_MAX: usize = 16 << 10;

#[test]
fn every_route_is_in_the_openapi_document_and_every_described_one_is_served() {
    let rig = Rig::start();
    let index = include_str!("../src/http/router.rs");
    assert!(!index.contains(".route("), "a route that is added without `routes!` is not in the document");

    let api = rig.get("/api/v1/openapi.json", "").json;
    assert_eq!(api["openapi"].as_str().map(|version| version.starts_with('3')), Some(true));
    let (mut operations, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for (path, methods) in api["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            operations.insert(format!("{method} {path}"));
            ids.insert(operation["operationId"].to_string());
            for (status, response) in operation["responses"].as_object().expect("responses") {
                assert!(response["description"].is_string(), "{method} {path} {status} has a description");
            }
            let address = path.replace("{id}", "x").replace("{person}", "x");
            let reply = raw(&rig, &format!("{} {address} HTTP/1.1", method.to_uppercase()), "");
            assert!(
                !reply.starts_with("HTTP/1.1 405") && !reply.contains("\"code\":\"not_found\""),
                "{method} {path}: {reply}"
            );
        }
    }
    let calls = index.split("routes!(").skip(1).filter_map(|call| call.split(')').next());
    let handlers: usize = calls.map(|call| call.split(',').count()).sum();
    assert_eq!((operations.len(), ids.len()), (handlers, handlers), "each operation has an id of its own");
}

/// One request over a plain socket, closed by the server after the reply.
fn raw(rig: &Rig, line: &str, rest: &str) -> String {
    let mut stream = TcpStream::connect(rig.address).expect("a connection");
    write!(stream, "{line}\r\nhost: x\r\nconnection: close\r\n{rest}\r\n").expect("a request");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    reply
}

#[test]
fn every_reply_says_what_a_browser_may_do_and_api_replies_are_not_kept() {
    let rig = Rig::start();
    for path in ["/healthz", "/api/v1/me", "/nothing"] {
        let reply = rig.get(path, "");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("x-request-id").len(), 16);
        assert_eq!(reply.header("strict-transport-security"), "", "only over TLS");
        let policy = reply.header("content-security-policy");
        if path.starts_with("/api/") {
            assert_eq!((policy, reply.header("permissions-policy")), ("", ""), "data needs no rules for pages");
            continue;
        }
        for part in ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part) && !policy.contains("unsafe-inline"), "{path}: {policy}");
        }
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
    }
    assert_eq!(rig.get("/healthz", "").json["state"], "ok");
    let text = String::from_utf8(rig.get("/metrics", "").bytes).expect("text");
    assert!(text.contains("route=\"/healthz\",status=\"200\"") && text.contains("zhucun_database_bytes"), "{text}");
    assert!(!text.contains("/nothing"), "a path that was asked for is no label");
}

/// A sync request with nothing but its hello, and whatever stands in the header.
fn sync(rig: &Rig, authorization: &str) -> String {
    let hello = Hello {
        protocol: PROTOCOL,
        app: "test".to_owned(),
        schema: 1,
        device: rig::device_id(1).parse().expect("a device"),
        cursors: Vec::new(),
        checkpoints: Vec::new(),
        reference: 0,
        scope: 0,
        bytes_max: 0,
        refresh_token: None,
        witnesses: Vec::new(),
        parked: Vec::new(),
        leaves: false,
    };
    let body = wire::pack(&[RequestFrame::Hello(hello)]);
    let mut stream = TcpStream::connect(rig.address).expect("a connection");
    let head = format!("host: x\r\nconnection: close\r\ncontent-length: {}\r\n{authorization}\r\n", body.len());
    write!(stream, "POST /api/v1/sync HTTP/1.1\r\n{head}").expect("a request");
    stream.write_all(&body).expect("its body");
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).expect("a reply");
    String::from_utf8_lossy(&reply).into_owned()
}

#[test]
fn a_token_is_shown_as_a_bearer_and_in_no_other_way() {
    let rig = Rig::start();
    let token = rig.token("secretary", 1);
    assert!(sync(&rig, &format!("authorization: Bearer {token}\r\n")).starts_with("HTTP/1.1 200"));
    assert!(sync(&rig, "").starts_with("HTTP/1.1 401"));
    for shown in [token.clone(), format!("Basic {token}"), format!("bearer{token}")] {
        let header = format!("authorization: {shown}\r\n");
        assert!(sync(&rig, &header).starts_with("HTTP/1.1 401"), "{shown}");
        assert!(raw(&rig, "GET /api/v1/me HTTP/1.1", &header).starts_with("HTTP/1.1 401"), "{shown}");
    }
}

#[test]
fn a_problem_is_a_problem_document_and_never_quotes_what_was_sent() {
    let rig = Rig::start();
    let json_body = |text: &str, kind: &str| {
        raw(
            &rig,
            "POST /api/v1/session HTTP/1.1",
            &format!("content-type: {kind}\r\ncontent-length: {}\r\n\r\n{text}", text.len()),
        )
    };
    for (body, kind, code) in [
        (r#"{"login":"a","password":12345678}"#, "application/json", "malformed"),
        (r#"{"login":"a","password":"12345678"}"#, "application/json", "malformed"),
        (r#"{"login":"a","password":"12345678""#, "application/json", "malformed"),
        (r#"{"login":"a","password":"12345678"}"#, "text/plain", "malformed"),
    ] {
        let reply = json_body(body, kind);
        assert!(reply.starts_with("HTTP/1.1 400"), "{reply}");
        assert!(reply.contains("content-type: application/problem+json"), "{reply}");
        assert!(reply.contains(&format!("\"code\":\"{code}\"")) && !reply.contains("12345678"), "{reply}");
    }
    assert_eq!(rig.get("/api/v1/nothing", "").code(), (404, "not_found"));
    assert_eq!(rig.get("/api/v1/session", "").code(), (405, "method_not_allowed"));
    assert_eq!(rig.get("/api/v1/session", "").header("content-type"), "application/problem+json");
}

#[test]
fn a_body_at_its_limit_is_read_and_one_beyond_is_refused() {
    let rig = Rig::start();
    let body = |bytes: usize| {
        let frame = r#"{"refresh_token":""}"#.len();
        let body = format!(r#"{{"refresh_token":"{}"}}"#, "x".repeat(bytes - frame));
        let head = format!("content-type: application/json\r\ncontent-length: {bytes}\r\n\r\n{body}");
        raw(&rig, "POST /api/v1/session/refresh HTTP/1.1", &head)
    };
    assert!(body(BODY_BYTES_MAX).starts_with("HTTP/1.1 401"));
    assert!(body(BODY_BYTES_MAX + 1).starts_with("HTTP/1.1 413"));
}

#[test]
fn the_screens_are_served_compressed_kept_by_hash_and_never_instead_of_a_missing_file() {
    let rig = Rig::with(|dir| {
        let pwa = dir.join("pwa");
        write(pwa.join("index.html"), b"<!doctype html>page");
        write(pwa.join("sw.js"), b"worker");
        write(pwa.join("manifest.webmanifest"), b"{}");
        write(pwa.join("assets/core-abc.wasm"), b"\0asm plain");
        write(pwa.join("assets/core-abc.wasm.br"), b"brotli");
        write(pwa.join("assets/core-abc.wasm.gz"), b"gzip");
        write(dir.join("secret"), b"secret");
        (Some(pwa), None)
    });
    let html = [("accept", "text/html,*/*")];
    for path in ["/", "/index.html", "/entry/7", "/entry/7?from=home"] {
        let page = rig.get_with(path, &html);
        assert_eq!((page.status, page.bytes.as_slice()), (200, &b"<!doctype html>page"[..]), "{path}");
        assert_eq!(page.header("cache-control"), "no-cache", "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.header("content-security-policy").contains("default-src 'none'"), "{path}");
    }
    for (path, kind, kept) in [
        ("/sw.js", "text/javascript", "no-cache"),
        ("/manifest.webmanifest", "application/manifest+json", "no-cache"),
        ("/assets/core-abc.wasm", "application/wasm", "public, max-age=31536000, immutable"),
    ] {
        let file = rig.get_with(path, &[("accept-encoding", "identity")]);
        assert_eq!(
            (file.status, file.header("content-type"), file.header("cache-control")),
            (200, kind, kept),
            "{path}"
        );
    }
    for (accepted, encoding) in [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", "")] {
        let head = raw(&rig, "HEAD /assets/core-abc.wasm HTTP/1.1", &format!("accept-encoding: {accepted}\r\n"));
        let said = head.lines().find_map(|line| line.strip_prefix("content-encoding: ")).unwrap_or_default();
        assert_eq!(said, encoding, "{head}");
        assert!(head.contains("content-type: application/wasm"), "{head}");
    }
    // A missing asset is no page, nor is a missing API route; nothing outside the folder is a file.
    for path in ["/assets/gone-abc.js", "/gone.png", "/api/v1/gone"] {
        assert_eq!(rig.get_with(path, &html).status, 404, "{path}");
    }
    for line in ["GET /../secret HTTP/1.1", "GET /%2e%2e/secret HTTP/1.1", "GET /assets/..%2f..%2fsecret HTTP/1.1"] {
        assert!(!raw(&rig, line, "").contains("\r\n\r\nsecret"), "{line}");
    }
    assert_eq!(rig.get("/entry/7", "").status, 404, "not a navigation");
    let gone = rig.get_with("/assets/gone-abc.js", &[]);
    assert_eq!(gone.header("cache-control"), "no-store", "a missing asset is not kept for ever");
}

struct Stream {
    lines: BufReader<TcpStream>,
    head: String,
}

fn hint(rig: &Rig, token: &str) -> Stream {
    let mut stream = TcpStream::connect(rig.address).expect("a connection");
    write!(stream, "GET /api/v1/hint HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n").expect("a request");
    let mut lines = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(lines.read_line(&mut head).expect("a head"), 0, "{head}");
    }
    Stream { lines, head }
}

impl Stream {
    /// The next event's name; `(end)` when the server ended the stream, empty when the connection was cut.
    fn next(&mut self) -> String {
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).expect("a line") == 0 {
                return String::new();
            }
            if let Some(event) = line.strip_prefix("event: ") {
                return event.trim().to_owned();
            }
            if line == "0\r\n" {
                return "(end)".to_owned();
            }
        }
    }
}

#[test]
fn a_hint_reaches_those_whom_it_concerns_and_a_device_has_three_streams() {
    let mut rig = Rig::start();
    let code = |text: &str| text.parse::<DivisionCode>().expect("a code");
    let secretary = rig.token("secretary", 1);
    let mut streams: Vec<Stream> = (0..DEVICE_STREAMS_MAX).map(|_| hint(&rig, &secretary)).collect();
    assert!(streams[0].head.contains("content-type: text/event-stream"), "{}", streams[0].head);
    assert!(hint(&rig, &secretary).head.starts_with("HTTP/1.1 503"), "one too many");
    assert!(hint(&rig, "x").head.starts_with("HTTP/1.1 401"));

    // The first one concerns the neighbour only: what is heard next is the second.
    rig.app.hint.changed(code("621022103202"), None);
    rig.app.hint.changed(code("621022103"), None);
    for stream in &mut streams {
        assert_eq!(stream.next(), "waiting");
    }
    rig.stop();
    for stream in &mut streams {
        assert_eq!(stream.next(), "(end)", "one hint, then the end");
    }
}

#[test]
fn a_hint_stream_ends_with_its_token() {
    let rig = Rig::start();
    let token = rig.token("secretary", 1);
    // A moment is left on the server's clock; the stream measures it with the machine's.
    rig.pass(ACCESS_MS - 50);
    let mut stream = hint(&rig, &token);
    assert_eq!(stream.next(), "(end)");
    rig.pass(MINUTE_MS);
    assert!(hint(&rig, &token).head.starts_with("HTTP/1.1 401"));
}

#[test]
fn a_request_under_way_is_finished_when_the_server_is_told_to_stop() {
    let mut rig = Rig::start();
    let body = json!({ "refresh_token": "x" }).to_string();
    let mut stream = TcpStream::connect(rig.address).expect("a connection");
    let head =
        "POST /api/v1/session/refresh HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue";
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n", body.len()).expect("a head");
    // The server asks for the body: the request is under way.
    let mut lines = BufReader::new(stream.try_clone().expect("the same connection"));
    let mut line = String::new();
    lines.read_line(&mut line).expect("an answer");
    assert!(line.starts_with("HTTP/1.1 100"), "{line}");
    rig.tell_to_stop();
    while TcpStream::connect(rig.address).is_ok() {}
    stream.write_all(body.as_bytes()).expect("the body");
    let mut reply = String::new();
    lines.read_to_string(&mut reply).expect("a reply");
    assert!(reply.contains("HTTP/1.1 401") && reply.contains("signed_out"), "{reply}");
    rig.stop();
}
