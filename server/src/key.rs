//! The server's secret: 32 bytes in a file beside the database, readable by its owner only. Every use has a key of its
//! own, derived by name. Without the file a new one is made, and all that the old one signed is void; sessions are renewed
//! by their devices. A copy belongs into a safe place, but not beside the database's backups.
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::power::Powers;

const KEY_BYTES: usize = 32;

#[derive(Clone)]
pub struct ServerKey([u8; KEY_BYTES]);

impl ServerKey {
    /// A key that is kept elsewhere.
    pub fn of(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads the key, or makes it at the first start.
    pub fn open(path: &Path, powers: &Powers) -> io::Result<Self> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(mut file) => {
                let key = powers.draw();
                file.write_all(&key)?;
                file.sync_all()?;
                if let Some(folder) = path.parent() {
                    File::open(folder)?.sync_all()?;
                }
                Ok(Self(key))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let mut bytes = Vec::new();
                File::open(path)?.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
                let key = bytes.try_into().map_err(|_| {
                    let sentence = format!(
                        "{} does not hold {KEY_BYTES} bytes: put its copy there, or delete it: then a new one is made, and what it signed is void",
                        path.display()
                    );
                    io::Error::new(io::ErrorKind::InvalidData, sentence)
                })?;
                Ok(Self(key))
            }
            Err(error) => Err(error),
        }
    }

    /// The key of one use: HMAC-SHA-256 of its name.
    pub fn derive(&self, name: &str) -> [u8; 32] {
        mac(&self.0, name.as_bytes())
    }
}

/// HMAC-SHA-256.
pub fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_for_its_owner_only_and_a_torn_one_is_refused() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("zhucun.key");
        let powers = Powers::of_this_machine();
        let made = ServerKey::open(&path, &powers).expect("a new key");
        let read = ServerKey::open(&path, &powers).expect("the same key");
        assert_eq!(made.derive("a"), read.derive("a"));
        assert_ne!(made.derive("a"), made.derive("b"));
        let mode = path.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for torn in [&b"short"[..], &[7; 33]] {
            std::fs::write(&path, torn).expect("a write");
            assert!(ServerKey::open(&path, &powers).is_err());
        }
    }
}
