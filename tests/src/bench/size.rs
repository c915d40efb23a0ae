//! Sizes: of the database, of the core for the browser, of what a first visit loads.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::Connection;
use zhucun_server::app::DATABASE;

/// Bytes of the database in a folder whose server has ended, its write-ahead log moved into it.
pub fn database_bytes(data: &Path) -> u64 {
    let file = data.join(DATABASE);
    let connection = Connection::open(&file).expect("the database opens");
    let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    assert_eq!(checkpoint, Ok(0), "nobody else holds the database");
    drop(connection);
    std::fs::metadata(&file).expect("the database is there").len()
}

/// One file, plain and packed as a server may send it.
pub struct Packed {
    pub raw: u64,
    pub gzip: u64,
    pub brotli: u64,
}

/// Prints the sizes of a file, of its gzip and of its brotli, each at the highest level.
const PACK: &str = "const z = require('node:zlib'); const b = require('node:fs').readFileSync(process.argv[1]);
    const n = [b, z.gzipSync(b, { level: 9 }), z.brotliCompressSync(b)].map((x) => x.length); console.log(n.join(' '))";

/// The core for the browser; a sentence when it is not there.
pub fn wasm(root: &Path) -> Result<Packed, String> {
    let folder = root.join("web-pwa/src/host/wasm");
    let wasm = files(&folder).into_iter().find(|file| file.extension().is_some_and(|ext| ext == "wasm"));
    let wasm = wasm.ok_or("the core is not built for the browser: make build")?;
    let node = Command::new("node").args(["-e", PACK]).arg(&wasm).stderr(Stdio::null()).output();
    let text = node.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let sizes: Vec<u64> = text.split_whitespace().filter_map(|size| size.parse().ok()).collect();
    match sizes[..] {
        [raw, gzip, brotli] => Ok(Packed { raw, gzip, brotli }),
        _ => Err("node, which packs the core to measure it, did not run".to_owned()),
    }
}

/// What a first visit loads: the page, all that it or the service worker names, each once, in brotli where the server
/// has a copy in brotli. A sentence when the screens are not built.
pub fn first_visit(root: &Path) -> Result<u64, String> {
    let dist = root.join("web-pwa/dist");
    let read = |name: &str| std::fs::read_to_string(dist.join(name)).unwrap_or_default();
    if !dist.join("index.html.br").is_file() {
        return Err("the screens are not built, or have no compressed copies: make build".to_owned());
    }
    let named = [read("index.html"), read("sw.js")].concat();
    let is_loaded = |file: &PathBuf| {
        let name = file.strip_prefix(&dist).expect("a file of the folder").to_string_lossy();
        let copy = name.ends_with(".br") || name.ends_with(".gz");
        !copy && (name == "index.html" || name == "sw.js" || named.contains(&*name))
    };
    let bytes = |file: &PathBuf| {
        let mut packed = file.clone().into_os_string();
        packed.push(".br");
        std::fs::metadata(packed).or_else(|_| std::fs::metadata(file)).map_or(0, |found| found.len())
    };
    Ok(files(&dist).iter().filter(|file| is_loaded(file)).map(bytes).sum())
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flatten().flat_map(|entry| below(entry.path())).collect()
}
