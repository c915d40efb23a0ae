//! The real binary on a free port of this machine: started, killed without warning, started again on the same folder.
//! It ends with the test that made it.
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Server {
    process: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts `zhucun serve` on a data folder and waits until it listens.
    pub fn start(data: &Path) -> Self {
        Self::wait_for(Command::new(binary()), data)
    }

    /// The same, and a write beyond the limit on the size of files (`prlimit --fsize`) fails as it does on a broken disk,
    /// instead of ending the process.
    pub fn start_with_signal_xfsz_ignored(data: &Path) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(binary());
        Self::wait_for(shell, data)
    }

    fn wait_for(mut command: Command, data: &Path) -> Self {
        let mut process = command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(process.stdout.take().expect("standard output is piped"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("the server says where it listens");
        let address = line.trim().strip_prefix("http://").and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| {
            let _ = process.kill();
            panic!("the server did not start; it said {line:?}")
        });
        Server { process, address }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// SIGKILL: no goodbye, no flush. Returns when the process is gone.
    pub fn kill(&mut self) {
        self.process.kill().expect("the server was running");
        self.process.wait().expect("a killed process ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs `zhucun` with these words on a data folder and gives what it printed; panics when it fails.
pub fn zhucun(data: &Path, words: &[&str]) -> String {
    let output = command(data, words).output().expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "zhucun {words:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Runs `zhucun` with these words: whether it succeeded, and what it said of that.
pub fn tried(data: &Path, words: &[&str]) -> (bool, String) {
    let output = command(data, words).output().expect("the binary starts");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Starts `zhucun serve` where it must refuse, and gives what it said.
pub fn serve_refuses(data: &Path) -> String {
    let mut serve = command(data, &["serve", "--listen", "127.0.0.1:0"]);
    let mut process = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    // One that serves instead says where, and would never end.
    let mut line = String::new();
    let stdout = process.stdout.take().expect("standard output is piped");
    BufReader::new(stdout).read_line(&mut line).expect("text, or nothing");
    if !line.is_empty() {
        process.kill().expect("the server was running");
    }
    let output = process.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "it did not refuse: {line}{said}");
    said
}

/// Starts `zhucun` with these words and kills it after so long. True when it had ended by itself.
pub fn zhucun_killed(data: &Path, words: &[&str], after: Duration) -> bool {
    let mut process =
        command(data, words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
    std::thread::sleep(after);
    let ended = process.try_wait().expect("a child can be asked").is_some();
    let _ = process.kill();
    process.wait().expect("a killed process ends");
    ended
}

fn command(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(words).arg("--data").arg(data);
    command
}

/// The binary beside the tests, of the same profile. `make test` builds it first; so does `cargo build`.
fn binary() -> PathBuf {
    let mut folder = std::env::current_exe().expect("a test knows where it is");
    while folder.pop() {
        let binary = folder.join("zhucun");
        if binary.is_file() {
            return binary;
        }
    }
    panic!("build the server first: cargo build -p zhucun-server (with --release for a release test)")
}

/// CPU time and memory of a process, from /proc.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub cpu_ms: f64,
    pub resident_bytes: u64,
}

/// What the process has used so far.
pub fn usage(pid: u32) -> Usage {
    let read = |name: &str| {
        let mut text = String::new();
        let mut file = std::fs::File::open(format!("/proc/{pid}/{name}")).expect("the process runs");
        file.read_to_string(&mut text).expect("/proc is text");
        text
    };
    // After the name in brackets: state is the first field, user and system time the 12th and 13th, in ticks of 10 ms.
    let stat = read("stat");
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    let pages = read("statm").split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0);
    Usage { cpu_ms: (ticks(11) + ticks(12)) * 10.0, resident_bytes: pages * 4096 }
}
