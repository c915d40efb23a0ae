//! TLS by file: a certificate made for the test, a client that trusts it and nothing else.
mod rig;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rig::{Rig, write};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

#[test]
fn a_server_with_a_certificate_speaks_tls_and_says_that_it_always_will() {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["zhucun.test".to_owned()]).expect("a certificate");
    let rig = Rig::with(|dir| {
        let (certificate, key) = (dir.join("cert.pem"), dir.join("key.pem"));
        write(certificate.clone(), cert.pem().as_bytes());
        write(key.clone(), signing_key.serialize_pem().as_bytes());
        (None, Some((certificate, key)))
    });
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("zhucun.test").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = StreamOwned::new(connection, TcpStream::connect(rig.address).expect("a connection"));
    write!(stream, "GET /healthz HTTP/1.1\r\nhost: zhucun.test\r\nconnection: close\r\n\r\n").expect("a request");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    assert!(reply.contains("strict-transport-security: max-age="), "{reply}");
}
