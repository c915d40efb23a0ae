//! Names of things. They are minted on the device that makes the thing (UUIDv7) and never change; a `Dice` is the only
//! source of chance in the core, and its seed comes from the host.
use core::fmt;

use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Moment;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "types", derive(ts_rs::TS), ts(type = "string"))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl core::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(self.0.as_bytes())?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Uuid::from_slice(d.bytes()?)
                    .map(Self)
                    .map_err(|_| minicbor::decode::Error::message("an id has 16 bytes"))
            }
        }
    )*};
}

ids! {
    /// A person: secretary, reviewer, cadre at a desk.
    PersonId
    /// One installation of the app, or one person's desk on the server.
    DeviceId
    /// One posting of one person to one village or township.
    TenureId
    /// One record of work; the draft it grew from had the same id.
    EntryId
    /// One household of a village register.
    HouseholdId
    /// One issue of a village.
    IssueId
    /// One record of what a unit does of the measures 2 to 8.
    RecordId
    /// One event in a document: a confirmation, a return, an answer, a withdrawal.
    EventId
    /// One import into a village's register.
    ImportId
    /// One command of a person; the changes it caused carry it together.
    CommandId
}

impl EventId {
    /// The moment that a UUIDv7 begins with.
    pub(crate) fn minted_at(self) -> Moment {
        Moment(i64::try_from(self.0.as_u128() >> 80).unwrap_or(i64::MAX))
    }
}

/// Chance as a parameter: a stream made of SHA-256 over the host's seed and a counter. The same seed gives the same
/// stream, which is what the simulator replays.
pub struct Dice {
    seed: [u8; 32],
    drawn: u64,
    /// The last moment an id was made in, and how many were.
    minted: (Moment, u16),
}

impl Dice {
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0, minted: (Moment(i64::MIN), 0) }
    }

    fn block(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.drawn.to_be_bytes());
        hash.finalize().into()
    }

    /// A number below `bound`; `bound` is at least 1.
    pub fn below(&mut self, bound: u64) -> u64 {
        let block = self.block();
        let mut eight = [0; 8];
        eight.copy_from_slice(&block[..8]);
        u64::from_be_bytes(eight) % bound.max(1)
    }

    /// A UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 that count within one, then chance. Ids of one device sort in
    /// the order they were made as long as its clock does not go back.
    pub fn uuid_v7(&mut self, now: Moment) -> Uuid {
        let count = if self.minted.0 == now { self.minted.1 + 1 } else { 0 };
        self.minted = (now, count.min(0x0ffe));
        let block = self.block();
        let mut chance = [0; 10];
        chance.copy_from_slice(&block[..10]);
        chance[..2].copy_from_slice(&count.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(now.0).unwrap_or(0), &chance).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_device_sort_in_the_order_they_were_made() {
        let mut dice = Dice::new([1; 32]);
        let ids: Vec<Uuid> = (0..300).map(|at| dice.uuid_v7(Moment(1_700_000_000_000 + at / 100))).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn one_seed_gives_one_stream_and_two_seeds_two() {
        let draw = |seed| Dice::new([seed; 32]).uuid_v7(Moment(1_700_000_000_000));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let mut dice = Dice::new([1; 32]);
        assert_ne!(dice.uuid_v7(Moment(0)), dice.uuid_v7(Moment(0)));
        assert_eq!(draw(1).get_version_num(), 7);
    }
}
