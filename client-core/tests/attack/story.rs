//! A story: a document, the changes in it, and bytes that are shown to the gate. As bytes it is what fuzzing keeps in its
//! corpus; every attack of these tests is told as one, for fuzzing to begin with (`make fuzz`).
use std::path::Path;

use zhucun_core::document::{Document, DocumentId};
use zhucun_core::gate::Author;
use zhucun_core::id::DeviceId;

use crate::chunk::seal;

/// The folder that stories are told into, if somebody wants them.
const FOLDER: &str = "ZHUCUN_STORIES";
/// A longer story is not told: what it attacks, shorter ones do as well.
const BYTES_MAX: usize = 2_000;
/// What stands before the body of a change chunk: magic, checksum, type.
const HEAD_BYTES: usize = 9;

/// One change of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// These bytes, whatever they are.
    Bytes(Vec<u8>),
    /// A change chunk with this body and a right length and checksum.
    Body(Vec<u8>),
}

impl Told {
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Told::Bytes(bytes) => bytes.clone(),
            Told::Body(body) => seal(1, body),
        }
    }

    /// As a body if these are the bytes of one, so that a mutation of it keeps its checksum.
    pub fn of(bytes: &[u8]) -> Self {
        let rest = bytes.get(HEAD_BYTES..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
        let body = rest.get(length..).unwrap_or_default();
        if seal(1, body) == bytes { Told::Body(body.to_vec()) } else { Told::Bytes(bytes.to_vec()) }
    }
}

/// A document by the changes in it, in order, the last of them being the one to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    pub document: DocumentId,
    /// The number of the device that the last change is to be from; 0 for anyone.
    pub device: u8,
    pub changes: Vec<Told>,
}

impl Story {
    pub fn author(&self) -> Author {
        match self.device {
            0 => Author::Anyone,
            number => Author::Device(DeviceId(uuid::Uuid::from_u128(u128::from(number))), 0),
        }
    }

    /// Document, device, then each change: whether it is a body, its length in two bytes, its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.document.to_bytes().to_vec();
        bytes.push(self.device);
        for told in &self.changes {
            let (kind, inner) = match told {
                Told::Bytes(inner) => (0, inner),
                Told::Body(inner) => (1, inner),
            };
            bytes.push(kind);
            bytes.extend((inner.len().min(usize::from(u16::MAX)) as u16).to_be_bytes());
            bytes.extend(&inner[..inner.len().min(usize::from(u16::MAX))]);
        }
        bytes
    }

    /// Reads whatever can be read: a change that is cut short is the last one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_at_checked(DocumentId::BYTES)?;
        let (device, mut rest) = rest.split_first()?;
        let mut changes = Vec::new();
        while let [kind, high, low, inner @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low])).min(inner.len());
            let (inner, after) = inner.split_at(length);
            changes.push(if kind & 1 == 0 { Told::Bytes(inner.to_vec()) } else { Told::Body(inner.to_vec()) });
            rest = after;
        }
        Some(Story { document: DocumentId::from_bytes(id)?, device: *device, changes })
    }
}

/// Writes down what is shown to the gate.
pub fn told(document: &Document, author: Author, bytes: &[u8]) {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let device = match author {
        Author::Device(device, 0) => u8::try_from(device.0.as_u128()).unwrap_or(0),
        _ => 0,
    };
    let before = document.changes();
    let changes = before.iter().map(Vec::as_slice).chain([bytes]).map(Told::of).collect();
    let story = Story { document: document.id(), device, changes }.to_bytes();
    if story.len() <= BYTES_MAX {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&story);
        let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        #[allow(clippy::disallowed_methods, reason = "no part of the core: a test that tells what it tests")]
        std::fs::write(Path::new(&folder).join(name), story).expect("the folder can be written to");
    }
}
