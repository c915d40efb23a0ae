//! `make bench`: measures the real binary, prints a table, and writes `target/bench.json`. It says what it is at, since
//! the year behind the figures takes a minute to make. `--desk` only measures what a desk waits for, and prints it;
//! `--village FOLDER` only makes the data folder that the figures of a browser begin with.
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use zhucun_tests::bench::report::{self, Report};
use zhucun_tests::bench::stage::Stage;
use zhucun_tests::bench::{crowd, desk, growth, reading, size, village, weekly};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => measure(),
        ["--desk"] => report::print_desks(&desk::measure(&Stage::build())),
        ["--village", folder] => village::found(Path::new(folder)),
        _ => {
            eprintln!("usage: bench [--desk | --village FOLDER]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn measure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace");
    let began = Instant::now();
    let say = |what: &str| println!("{:>4.0} s  {what}", began.elapsed().as_secs_f64());
    say("making a city of 537 secretaries, 50 with a year of log");
    let stage = Stage::build();
    say("weekly sync");
    let weekly = weekly::measure(&stage);
    say("the same while the database grows a hundredfold");
    let growth = growth::measure(&stage);
    say("537 secretaries in turn");
    let crowd = crowd::measure(&stage);
    say("a reviewer: nothing new, and a first load");
    let (idle, first_load) = (reading::idle(&stage), reading::first_load(&stage));
    say("a desk, with a year of 537 tenures and of ten times as many");
    let desks = desk::measure(&stage);
    say("sizes");
    let (wasm, first_visit) = (size::wasm(root), size::first_visit(root));
    let disk_bytes_year = stage.disk_bytes_year;
    let report = Report { weekly, growth, idle, first_load, crowd, desks, disk_bytes_year, wasm, first_visit };
    report.print();
    let file = root.join("target/bench.json");
    let json = serde_json::to_string_pretty(&report.json()).expect("figures are JSON");
    std::fs::write(&file, json + "\n").expect("the target folder takes a file");
    println!("\nwritten to target/bench.json after {:.0} s", began.elapsed().as_secs_f64());
}
