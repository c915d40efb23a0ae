//! The constant beginning of every document: one change per kind, with a fixed actor and no time, holding `schema` and
//! all containers. Two phones that begin a document offline begin the same one; without it, each would make containers of
//! its own and a merge would show only one of them.
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjType, ROOT};

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

/// The genesis of a kind; the same bytes in every version with this schema.
pub fn genesis_change(kind: DocumentKind) -> Change {
    begin(kind).get_last_local_change().expect("the genesis is the change just made")
}
