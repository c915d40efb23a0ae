//! What is typed after an option, read with a sentence that says what is asked for.
use std::net::{SocketAddr, ToSocketAddrs};

use jiff::civil::Date;

/// A day.
pub fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "not a day; write it like 2015-09-16".to_owned())
}

/// An address to listen on. A name is looked up, and its first address is taken.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| "not an address and a port of this machine; write it like 127.0.0.1:8080".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_two_digits_of_month_and_day() {
        assert_eq!(day("2015-09-16"), Ok(jiff::civil::date(2015, 9, 16)));
        for wrong in ["2015-9-16", "2015-02-29", "16.9.2015", "今天", ""] {
            assert!(day(wrong).is_err_and(|said| said.contains("2015-09-16")), "{wrong}");
        }
    }

    #[test]
    fn an_address_may_be_a_name_and_has_a_port() {
        assert_eq!(address("[::1]:0").map(|it| it.to_string()), Ok("[::1]:0".to_owned()));
        assert!(address("localhost:8080").is_ok_and(|it| it.ip().is_loopback() && it.port() == 8080));
        for wrong in ["127.0.0.1", ":8080", "8080", "127.0.0.1:65536"] {
            assert!(address(wrong).is_err_and(|said| said.contains("127.0.0.1:8080")), "{wrong}");
        }
    }
}
