//! A disk that can be full: a small file system in memory where this machine lets a test mount one, and a limit on the
//! size of the server's files everywhere.
use std::fs::{File, remove_file};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system of its own in memory. Unmounted when it is dropped; whoever has files open there must be gone by then.
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// Of so many bytes; or why this machine does not let us.
    pub fn mount(bytes: u64) -> Result<Self, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"]).arg(folder.path());
        let output = mount.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(Self { folder }) } else { Err(said) }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left.
    pub fn fill(&self) {
        let mut file = File::create(self.ballast()).expect("a name");
        for size in [1 << 16, 1] {
            let zeros = vec![0; size];
            loop {
                match file.write_all(&zeros) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("the disk fails in another way: {error}"),
                }
            }
        }
    }

    pub fn make_room(&self) {
        remove_file(self.ballast()).expect("the disk was filled");
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.folder.path()).status();
    }
}

/// Sets the limit on the size of each file that a process writes; none lifts it.
pub fn limit_files(pid: u32, bytes: Option<u64>) {
    let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    // The soft limit only: whoever is not root could not raise the hard one again.
    let words = [format!("--pid={pid}"), format!("--fsize={limit}:")];
    let set = Command::new("prlimit").args(words).status();
    assert!(set.expect("prlimit is there").success(), "a limit of {limit} for {pid}");
}
