//! What `/metrics` shows: a handful of counters and one histogram, kept in memory and written in the text format of
//! Prometheus. No label holds anything that came from outside: routes are those of the router.
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram's buckets, in milliseconds.
const BOUNDS_MS: [u64; 9] = [1, 5, 10, 25, 50, 100, 250, 1_000, 5_000];

/// Things that are counted, each under one name with one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    ChangeAccepted,
    ChangeDuplicate,
    ChangeParked,
    ChangeRefused,
    SyncBytesIn,
    SyncBytesOut,
}

impl Counter {
    pub const ALL: [Counter; 6] = [
        Counter::ChangeAccepted,
        Counter::ChangeDuplicate,
        Counter::ChangeParked,
        Counter::ChangeRefused,
        Counter::SyncBytesIn,
        Counter::SyncBytesOut,
    ];

    /// Name, label and help; counters of one name stand together.
    fn face(self) -> (&'static str, &'static str, &'static str) {
        const CHANGES: (&str, &str) = ("zhucun_sync_changes_total", "Changes that phones sent, by answer.");
        const BYTES: (&str, &str) = ("zhucun_sync_bytes_total", "Bytes of sync bodies, by direction.");
        let (label, (name, help)) = match self {
            Counter::ChangeAccepted => ("answer=\"accepted\"", CHANGES),
            Counter::ChangeDuplicate => ("answer=\"duplicate\"", CHANGES),
            Counter::ChangeParked => ("answer=\"parked\"", CHANGES),
            Counter::ChangeRefused => ("answer=\"refused\"", CHANGES),
            Counter::SyncBytesIn => ("direction=\"in\"", BYTES),
            Counter::SyncBytesOut => ("direction=\"out\"", BYTES),
        };
        (name, label, help)
    }
}

/// Which requests a line of the histogram is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Series {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Copy, Default)]
struct Latency {
    at_most: [u64; BOUNDS_MS.len()],
    count: u64,
    sum_us: u64,
}

/// The figures of this process.
#[derive(Default)]
pub struct Metrics {
    counters: [AtomicU64; Counter::ALL.len()],
    requests: Mutex<BTreeMap<Series, Latency>>,
}

impl Metrics {
    pub fn add(&self, counter: Counter, n: u64) {
        self.counters[counter as usize].fetch_add(n, Ordering::Relaxed);
    }

    /// A request that was answered. `route` is the pattern of the router, never the path that was asked for.
    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let series = Series { method, route: route.to_owned(), status };
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let latency = requests.entry(series).or_default();
        for (count, bound) in latency.at_most.iter_mut().zip(BOUNDS_MS) {
            *count += u64::from(took <= Duration::from_millis(bound));
        }
        latency.count += 1;
        latency.sum_us += u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    }

    /// All figures as text, with gauges that the caller has just read.
    pub fn text(&self, gauges: &[Gauge]) -> String {
        let mut text = String::new();
        // Writing into a String does not fail.
        let _ = self.write(&mut text, gauges);
        text
    }

    fn write(&self, text: &mut String, gauges: &[Gauge]) -> std::fmt::Result {
        for Gauge { name, help, value } in gauges {
            writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}")?;
        }
        let mut last = "";
        for counter in Counter::ALL {
            let (name, label, help) = counter.face();
            if name != last {
                writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter")?;
                last = name;
            }
            writeln!(text, "{name}{{{label}}} {}", self.counters[counter as usize].load(Ordering::Relaxed))?;
        }
        const NAME: &str = "zhucun_http_request_seconds";
        writeln!(text, "# HELP {NAME} Time to the head of the reply.\n# TYPE {NAME} histogram")?;
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (Series { method, route, status }, latency) in requests {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            for (count, bound) in latency.at_most.iter().zip(BOUNDS_MS) {
                writeln!(text, "{NAME}_bucket{{{labels},le=\"{}\"}} {count}", bound as f64 / 1e3)?;
            }
            writeln!(text, "{NAME}_bucket{{{labels},le=\"+Inf\"}} {}", latency.count)?;
            writeln!(text, "{NAME}_sum{{{labels}}} {}", latency.sum_us as f64 / 1e6)?;
            writeln!(text, "{NAME}_count{{{labels}}} {}", latency.count)?;
        }
        Ok(())
    }
}

/// A figure read when it is asked for.
pub struct Gauge {
    pub name: &'static str,
    pub help: &'static str,
    pub value: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_on_a_bound_lies_in_its_bucket_and_one_beyond_does_not() {
        let metrics = Metrics::default();
        metrics.answered("GET", "/api/v1/me", 200, Duration::from_millis(5));
        metrics.answered("GET", "/api/v1/me", 200, Duration::from_micros(5_001));
        metrics.add(Counter::ChangeParked, 3);
        let text = metrics.text(&[Gauge { name: "zhucun_database_bytes", help: "Size.", value: 7 }]);
        for line in [
            "zhucun_http_request_seconds_bucket{method=\"GET\",route=\"/api/v1/me\",status=\"200\",le=\"0.001\"} 0",
            "zhucun_http_request_seconds_bucket{method=\"GET\",route=\"/api/v1/me\",status=\"200\",le=\"0.005\"} 1",
            "zhucun_http_request_seconds_bucket{method=\"GET\",route=\"/api/v1/me\",status=\"200\",le=\"0.01\"} 2",
            "zhucun_http_request_seconds_sum{method=\"GET\",route=\"/api/v1/me\",status=\"200\"} 0.010001",
            "zhucun_sync_changes_total{answer=\"parked\"} 3",
            "zhucun_database_bytes 7",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
