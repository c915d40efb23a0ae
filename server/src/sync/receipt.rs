//! Receipts: the server's marks on what it accepted. They are computed when they are sent and stored nowhere; with the
//! key they outlive the database, so that a replica can prove to a restored server what an earlier one took.
use zhucun_core::clock::Moment;
use zhucun_core::document::DocumentId;
use zhucun_core::id::PersonId;
use zhucun_core::wire::{Receipt, Seal};

use crate::key::{self, ServerKey};
use crate::store::document::Sealed;

/// The key of receipts.
#[derive(Clone, Copy)]
pub(super) struct Receipts([u8; 32]);

/// What a receipt is about: changes of one actor from a sequence number to the one with this hash, who stands behind
/// the actor, and when they came.
#[derive(Clone, Copy)]
pub(super) struct About {
    pub document: DocumentId,
    pub first_seq: u64,
    pub last_seq: u64,
    pub hash: [u8; 32],
    pub person: PersonId,
    pub received: Moment,
}

impl Receipts {
    pub fn of(key: &ServerKey) -> Self {
        Receipts(key.derive("receipt"))
    }

    pub fn write(&self, about: &About) -> Receipt {
        let message = [
            &about.document.to_bytes()[..],
            &about.first_seq.to_be_bytes(),
            &about.last_seq.to_be_bytes(),
            &about.hash,
            about.person.0.as_bytes(),
            &about.received.0.to_be_bytes(),
        ];
        let whole = key::mac(&self.0, &message.concat());
        let mut eight = [0; 8];
        eight.copy_from_slice(&whole[..8]);
        Receipt(eight)
    }

    /// The seal on changes that came before.
    pub fn seal(&self, document: DocumentId, sealed: &Sealed) -> Seal {
        let Sealed { first_seq, last_seq, received, hash, person } = *sealed;
        let receipt = self.write(&About { document, first_seq, last_seq, hash, person, received });
        Seal { first_seq, last_seq, received_at: received, receipt }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use zhucun_core::id::TenureId;

    use super::*;

    #[test]
    fn a_receipt_is_about_all_that_it_names() {
        let about = About {
            document: DocumentId::log(TenureId(Uuid::from_u128(1))),
            first_seq: 1,
            last_seq: 4,
            hash: [5; 32],
            person: PersonId(Uuid::from_u128(6)),
            received: Moment(7),
        };
        let others = [
            About { document: DocumentId::review(TenureId(Uuid::from_u128(1))), ..about },
            About { first_seq: 2, ..about },
            About { last_seq: 5, ..about },
            About { hash: [6; 32], ..about },
            About { person: PersonId(Uuid::from_u128(7)), ..about },
            About { received: Moment(8), ..about },
        ];
        let receipts = Receipts([1; 32]);
        assert_eq!(receipts.write(&about), receipts.write(&about));
        assert!(others.iter().all(|other| receipts.write(other) != receipts.write(&about)));
        assert_ne!(Receipts([2; 32]).write(&about), receipts.write(&about));
    }
}
