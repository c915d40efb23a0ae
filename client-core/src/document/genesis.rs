//! The constant beginning of every document: one change per kind, with a fixed actor and no time, holding `schema` and
//! all containers. Two phones that begin a document offline begin the same one; without it, each would make containers of
//! its own and a merge would show only one of them.
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ChangeHash, ObjType, ROOT};

use super::name::DocumentKind;
use super::shape::Container;

/// The schema of the documents this version makes.
pub const SCHEMA: i64 = 1;

/// Who makes the genesis: nobody.
pub(super) const GENESIS_ACTOR: [u8; 16] = *b"zhucun-genesis-1";

pub(super) fn begin(kind: DocumentKind) -> Automerge {
    let mut automerge = Automerge::new().with_actor(ActorId::from(GENESIS_ACTOR));
    let mut transaction = automerge.transaction();
    let wrote = (|| {
        transaction.put(ROOT, "schema", SCHEMA)?;
        for container in Container::of(kind) {
            transaction.put_object(ROOT, container.key(), ObjType::Map)?;
        }
        Ok::<(), automerge::AutomergeError>(())
    })();
    wrote.expect("an empty document takes scalars and maps at its root");
    transaction.commit_with(CommitOptions::default().with_time(0));
    automerge
}

/// The hash of a kind's genesis, written down: making one costs more than loading a small document does.
pub(super) fn hash(kind: DocumentKind) -> ChangeHash {
    ChangeHash(match kind {
        DocumentKind::Draft => [
            0x1b, 0x7c, 0x06, 0x33, 0xc0, 0xff, 0xf2, 0x11, 0xe7, 0x49, 0xfc, 0x9c, 0xa8, 0xe4, 0x18, 0x33, 0xc3, 0x87,
            0x49, 0xff, 0x83, 0xe2, 0x2c, 0xc6, 0x75, 0xbd, 0x28, 0x3c, 0x04, 0x5d, 0x94, 0x28,
        ],
        DocumentKind::Log => [
            0x6c, 0x82, 0xaf, 0x0a, 0x79, 0xdf, 0x72, 0xe5, 0xbd, 0x3e, 0x18, 0x97, 0x4e, 0xbb, 0x0a, 0xb3, 0x39, 0x3d,
            0x5d, 0xf4, 0x00, 0xda, 0xc5, 0xbf, 0x77, 0xe8, 0x6a, 0xcf, 0x14, 0x2c, 0x3b, 0x51,
        ],
        DocumentKind::Review => [
            0x58, 0x10, 0x78, 0x8d, 0xce, 0xac, 0x79, 0x23, 0x74, 0xb9, 0x0e, 0x7f, 0x51, 0x86, 0xf1, 0xb6, 0xfc, 0xbc,
            0xd1, 0xf3, 0x8a, 0xe0, 0x81, 0x66, 0x9a, 0xb3, 0xa2, 0x1f, 0x3a, 0x1e, 0x8f, 0x7f,
        ],
        DocumentKind::Village => [
            0x55, 0x21, 0x55, 0x76, 0xfa, 0xfe, 0x1f, 0xd2, 0x2d, 0x5e, 0xda, 0x1b, 0xf2, 0x5b, 0xe0, 0x23, 0x1d, 0x48,
            0x5f, 0xec, 0x65, 0x1f, 0xa5, 0x39, 0x1a, 0x5f, 0x74, 0xb8, 0xd1, 0xdd, 0x8f, 0x1d,
        ],
        DocumentKind::Programme => [
            0xcc, 0x78, 0x99, 0x77, 0xc9, 0x2d, 0x73, 0x18, 0x4d, 0x48, 0xd9, 0xcc, 0x10, 0xbe, 0x6f, 0xa2, 0x66, 0x64,
            0xa8, 0x06, 0xfd, 0xa7, 0x96, 0xad, 0x2a, 0xa8, 0x02, 0x12, 0x08, 0xa1, 0x14, 0x13,
        ],
    })
}

/// The genesis of a kind; the same bytes in every version with this schema.
pub fn genesis_change(kind: DocumentKind) -> Change {
    begin(kind).get_last_local_change().expect("the genesis is the change just made")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_that_is_written_down_is_that_of_the_genesis() {
        for kind in DocumentKind::ALL {
            assert_eq!(hash(kind), genesis_change(kind).hash(), "{kind:?}");
        }
    }
}
