//! Looks for a text in all that a server or a phone keeps: in the bytes as they lie there, in what is deflated, and in
//! documents that are opened for it.
use std::path::Path;

use automerge::Automerge;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use zhucun_core::wire;
use zhucun_server::app::DATABASE;

use crate::device::Device;

/// What a chunk of automerge begins with; then come 4 bytes of checksum and its type.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const TYPE_AT: usize = 8;

/// Where the text is in the files of a data folder and in the rows of its database.
pub fn in_folder(data: &Path, text: &str) -> Vec<String> {
    let files = std::fs::read_dir(data).expect("a data folder").map(|file| file.expect("a file").path());
    let raw = files.filter(|path| holds(&std::fs::read(path).expect("a file that can be read"), text));
    let mut found: Vec<String> = raw.map(|path| path.display().to_string()).collect();
    // A connection of our own, closed before anything else happens to the database.
    let connection = Connection::open(data.join(DATABASE)).expect("the database");
    let mut tables = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").expect("SQL");
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).expect("a read").map(|name| name.expect("a name")).collect();
    found.extend(tables.into_iter().filter(|table| in_table(&connection, table, text)));
    found
}

fn in_table(connection: &Connection, table: &str, text: &str) -> bool {
    let mut rows = connection.prepare(&format!("SELECT * FROM {table}")).expect("SQL");
    let columns = rows.column_count();
    let mut rows = rows.query([]).expect("a read");
    let mut found = false;
    while let Some(row) = rows.next().expect("a row") {
        found |= (0..columns).any(|column| match row.get_ref(column).expect("a column") {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => opened_holds(bytes, text),
            _ => false,
        });
    }
    found
}

/// The rows of a phone that hold the text.
pub fn in_phone(device: &Device, text: &str) -> Vec<String> {
    let rows = device.disk().iter().filter(|(key, value)| key.contains(text) || opened_holds(value, text));
    rows.map(|(key, _)| key.clone()).collect()
}

fn opened_holds(bytes: &[u8], text: &str) -> bool {
    holds(bytes, text)
        || wire::inflate(bytes).is_ok_and(|inflated| holds(&inflated, text))
        || (0..bytes.len().saturating_sub(TYPE_AT)).any(|at| document_holds(&bytes[at..], text))
}

/// Whether a saved document begins here and one of its changes has the text.
fn document_holds(bytes: &[u8], text: &str) -> bool {
    if !bytes.starts_with(&MAGIC) || bytes.get(TYPE_AT) != Some(&0) {
        return false;
    }
    let (mut length, mut head) = (0, TYPE_AT + 1);
    for (at, byte) in bytes[TYPE_AT + 1..].iter().take(5).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        head += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let document = bytes.get(..head + length).and_then(|chunk| Automerge::load(chunk).ok());
    let document = document.expect("a saved document opens");
    document.get_changes(&[]).iter().any(|change| holds(change.raw_bytes(), text))
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}
