//! The program beside ours that opens what is exported.
use std::path::Path;
use std::process::Command;

/// Opens a file with LibreOffice and saves it beside it as something else.
pub fn converted(file: &Path, into: &str, end: &str) -> Vec<u8> {
    let folder = file.parent().expect("a folder");
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let done = Command::new("soffice")
        .args([&profile, "--headless", "--norestore", "--convert-to", into, "--outdir"])
        .args([folder, file])
        .output()
        .expect("LibreOffice is there: scripts/set-up test installs it");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(file.with_extension(end)).expect("what LibreOffice wrote")
}
