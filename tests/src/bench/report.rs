//! The table on the terminal, with the peers' figures beside ours, and `target/bench.json`.
use serde_json::{Value, json};

use super::crowd::Crowd;
use super::desk::{Answers, Desk, Form};
use super::figure::rounded;
use super::growth::Growth;
use super::reading::{FirstLoad, Idle};
use super::size::Packed;
use super::weekly::Weekly;

pub struct Report {
    pub weekly: Weekly,
    pub growth: Vec<Growth>,
    pub idle: Idle,
    pub first_load: FirstLoad,
    pub crowd: Crowd,
    pub desks: Vec<Desk>,
    pub disk_bytes_year: u64,
    pub wasm: Result<Packed, String>,
    pub first_visit: Result<u64, String>,
}

/// Round trips; bytes up / down; syncs a second, 32 at once, warm / just started; server CPU; nothing new with 40
/// documents, up / down; first load; disk a year. The same workload, measured by us on the same class of machine.
const PEERS: [[&str; 8]; 5] = [
    ["automerge-repo 2.5", "3", "3,339 / 882", "68-82 / 7.5", "11-15 ms", "15,600 / 7,700", "1.71 MB 2.3 s", "80 kB"],
    ["samod 0.16", "3", "3,352 / 1,253", "47 / 19", "22 ms", "16,400 / 7,600", "1.71 MB 2.1 s", "80 kB"],
    ["Hocuspocus 4.7", "3", "3,162 / 167,401", "54 / 40", "19 ms", "24,300 / 3,488,000", "6.93 MB 0.5 s", "165 kB"],
    ["PouchDB 9", "24", "8,287 / 9,160", "32 / 24", "19 ms", "54,000 / 90,000", "1.72 MB 1.2 s", "205 kB"],
    ["floor: POST and append", "1", "2,402 / 118", "4,800", "0.1 ms", "", "", ""],
];
const HEADS: [&str; 8] =
    ["", "trips", "bytes up / down", "syncs/s warm / cold", "CPU a sync", "nothing new", "first load", "disk a year"];

impl Report {
    /// The shape is a contract: it is read by those who compare runs.
    pub fn json(&self) -> Value {
        let Report { weekly, growth, idle, first_load, crowd, .. } = self;
        let growth = growth.iter().map(|grown| {
            json!({
                "secretary_years": grown.secretary_years,
                "database_bytes": grown.database_bytes,
                "server_cpu_ms": rounded(grown.warm.server_cpu_ms, 3),
                "server_cpu_ms_cold": rounded(grown.cold.server_cpu_ms, 3),
            })
        });
        json!({
            "weekly_sync": {
                "round_trips": weekly.bytes.round_trips,
                "bytes_up": weekly.bytes.up,
                "bytes_down": weekly.bytes.down,
                "ms_p50_1_client": rounded(weekly.ms_p50_1_client, 3),
                "ms_p50_32_clients": rounded(weekly.warm.ms_p50, 3),
                "ms_p99_32_clients": rounded(weekly.warm.ms_p99, 3),
                "per_second_warm": rounded(weekly.warm.per_second, 1),
                "per_second_cold": rounded(weekly.cold.per_second, 1),
                "server_cpu_ms": rounded(weekly.warm.server_cpu_ms, 3),
                "server_cpu_ms_cold": rounded(weekly.cold.server_cpu_ms, 3),
            },
            "growth": growth.collect::<Vec<_>>(),
            "crowd": {
                "ms_p50": rounded(crowd.ms_p50, 3),
                "server_cpu_ms": rounded(crowd.server_cpu_ms, 3),
            },
            "idle_sync": {
                "documents": idle.documents,
                "bytes_up": rounded(idle.bytes_up, 0),
                "bytes_down": rounded(idle.bytes_down, 0),
                "ms_p50": rounded(idle.ms_p50, 3),
                "server_cpu_ms": rounded(idle.server_cpu_ms, 3),
            },
            "first_load": {
                "documents": first_load.documents,
                "bytes_down": first_load.bytes_down,
                "round_trips": first_load.round_trips,
                "ms_p50": rounded(first_load.ms_p50, 1),
            },
            "desk": desk_json(&self.desks),
            "disk_bytes_year": self.disk_bytes_year,
            "server_rss_mb_537": rounded(crowd.rss_mb, 1),
            "wasm": self.wasm.as_ref().ok().map(|packed| {
                json!({ "raw": packed.raw, "gzip": packed.gzip, "brotli": packed.brotli })
            }),
            "first_visit_bytes_brotli": self.first_visit.as_ref().ok(),
        })
    }

    /// Everything measured, one line each, then the comparison.
    pub fn print(&self) {
        let Report { weekly, growth, idle, first_load, crowd, .. } = self;
        let line = |name: &str, value: String| println!("{name:<46}{value}");
        println!(
            "\nWeekly sync: one new visit with every field, three edits, a restarted phone; 50 phones with a year each"
        );
        line("  round trips", format!("{}", weekly.bytes.round_trips));
        line("  bytes up / down", format!("{} / {}", thousands(weekly.bytes.up), thousands(weekly.bytes.down)));
        let renewing = &weekly.renewing;
        let (up, down) = (thousands(renewing.up), thousands(renewing.down));
        line("  with an expired access token", format!("{up} / {down}, {} round trip", renewing.round_trips));
        line("  one phone", ms(weekly.ms_p50_1_client) + ", server CPU " + &ms(weekly.server_cpu_ms_1_client));
        for (name, storm) in [("  32 at once, warm", &weekly.warm), ("  32 at once, server just started", &weekly.cold)]
        {
            let (p50, p99, cpu) = (ms(storm.ms_p50), ms(storm.ms_p99), ms(storm.server_cpu_ms));
            line(name, format!("{:.0} syncs/s, p50 {p50}, p99 {p99}, server CPU {cpu}", storm.per_second));
        }
        let (opens, packs, takes_in) = (ms(weekly.phone.opens), ms(weekly.phone.packs), ms(weekly.phone.takes_in));
        line("  the phone itself (not in the above)", format!("opens {opens}, packs {packs}, takes in {takes_in}"));
        for Growth { secretary_years, database_bytes, warm, cold } in growth {
            let (megabytes, warm, cold) = (database_bytes / 1_000_000, ms(warm.server_cpu_ms), ms(cold.server_cpu_ms));
            let name = format!("  beside {} secretary-years", thousands(*secretary_years as f64));
            line(&name, format!("server CPU {warm}, just started {cold}; database {megabytes} MB"));
        }
        line("  537 secretaries in turn", ms(crowd.ms_p50) + ", server CPU " + &ms(crowd.server_cpu_ms));
        println!("A reviewer of 20 villages: 20 logs, 20 reviews and the registers beside them");
        let bytes = format!("{} / {} bytes up / down", thousands(idle.bytes_up), thousands(idle.bytes_down));
        let cpu = ms(idle.server_cpu_ms);
        line(
            &format!("  nothing new, {} documents", idle.documents),
            format!("{bytes}, {}, server CPU {cpu}", ms(idle.ms_p50)),
        );
        let bytes = format!("{} bytes down, {} round trips", thousands(first_load.bytes_down), first_load.round_trips);
        let cpu = ms(first_load.server_cpu_ms);
        line(
            &format!("  first load, {} documents", first_load.documents),
            format!("{bytes}, {}, server CPU {cpu}", ms(first_load.ms_p50)),
        );
        print_desks(&self.desks);
        println!("Sizes");
        line("  disk, a secretary's year", thousands(self.disk_bytes_year as f64) + " bytes");
        line("  server memory after 537 secretaries", format!("{:.0} MB", crowd.rss_mb));
        line(
            "  the core for the browser",
            self.wasm.as_ref().map_or_else(Clone::clone, |packed| {
                let [raw, gzip, brotli] = [packed.raw, packed.gzip, packed.brotli].map(|bytes| thousands(bytes as f64));
                format!("{raw} bytes, {gzip} gzip, {brotli} brotli")
            }),
        );
        line(
            "  a first visit, brotli",
            self.first_visit.as_ref().map_or_else(Clone::clone, |bytes| thousands(*bytes as f64) + " bytes"),
        );
        self.print_peers();
    }

    fn print_peers(&self) {
        let Report { weekly, idle, first_load, .. } = self;
        let pair = |up: f64, down: f64| format!("{} / {}", thousands(up), thousands(down));
        let ours = [
            "zhucun".to_owned(),
            format!("{}", weekly.bytes.round_trips),
            pair(weekly.bytes.up, weekly.bytes.down),
            format!("{:.0} / {:.0}", weekly.warm.per_second, weekly.cold.per_second),
            ms(weekly.warm.server_cpu_ms),
            pair(idle.bytes_up, idle.bytes_down),
            format!("{:.2} MB {:.1} s", first_load.bytes_down / 1e6, first_load.ms_p50 / 1e3),
            format!("{:.0} kB", self.disk_bytes_year as f64 / 1e3),
        ];
        println!(
            "\nBeside others with the same workload, measured by us on the same class of machine (2 cores, no TLS)."
        );
        println!("None of the four waits for the disk before it acknowledges; none checks what it accepts.");
        let row = |cells: [&str; 8]| {
            let widths = [24, 7, 18, 21, 12, 20, 15, 12];
            let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
            println!("{}", cells.collect::<String>().trim_end());
        };
        row(HEADS);
        row(ours.each_ref().map(String::as_str));
        PEERS.into_iter().for_each(row);
    }
}

/// What a desk waited for, of each size.
pub fn desk_json(desks: &[Desk]) -> Value {
    let answers = |Answers { question, requests, bytes, ms_first, ms_p50, ms_p99 }: &Answers| {
        json!({
            "name": question.name,
            "login": question.login,
            "file": question.form == Form::File,
            "requests": requests,
            "bytes": bytes,
            "ms_first": rounded(*ms_first, 1),
            "ms_p50": rounded(*ms_p50, 1),
            "ms_p99": rounded(*ms_p99, 1),
        })
    };
    let desk = |desk: &Desk| {
        json!({
            "tenures": desk.tenures,
            "entries": desk.entries,
            "database_bytes": desk.database_bytes,
            "target_ms": desk.target_ms,
            "answers": desk.answers.iter().map(answers).collect::<Vec<_>>(),
        })
    };
    desks.iter().map(desk).collect()
}

/// A line for each question, a column for each size; what misses its target is marked.
pub fn print_desks(desks: &[Desk]) {
    println!("A desk, two asking at once: p50 and p99, of lists and roll-ups, then of files; ! misses its target");
    let size = |desk: &Desk| {
        let (tenures, entries) = (thousands(desk.tenures as f64), thousands(desk.entries as f64));
        format!("{:<44}", format!("{tenures} tenures, {entries} entries: {:.0} ms", desk.target_ms))
    };
    println!("{:<46}{}", "", desks.iter().map(size).collect::<String>().trim_end());
    let Some(questions) = desks.first().map(|desk| &desk.answers) else { return };
    for (at, Answers { question, .. }) in questions.iter().enumerate() {
        let form = if question.form == Form::File { "file " } else { "" };
        let name = format!("  {form}{}, {}", question.name, question.login);
        let cell = |desk: &Desk| {
            let Answers { bytes, ms_p50, ms_p99, .. } = &desk.answers[at];
            let mark = if *ms_p99 > desk.target_ms { " !" } else { "" };
            let bytes = thousands(*bytes as f64);
            format!("{:<44}", format!("{} / {}{mark}, {bytes} bytes", ms(*ms_p50), ms(*ms_p99)))
        };
        println!("{name:<46}{}", desks.iter().map(cell).collect::<String>().trim_end());
    }
}

fn ms(value: f64) -> String {
    if value < 10.0 { format!("{value:.2} ms") } else { format!("{value:.0} ms") }
}

/// 1234567 as 1,234,567.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let comma = |(at, digit): (usize, char)| {
        let separator = (at > 0 && (digits.len() - at).is_multiple_of(3)).then_some(',');
        separator.into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(comma).collect()
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn digits_stand_in_threes() {
        assert_eq!([0.0, 999.0, 1_000.0, 1_234_567.4].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
