//! Settling a field that has several values by the one that is shown. automerge writes a deletion of the others then, and
//! these documents know no deletions (the gate refuses them): here it becomes the value written over all of them, as it is
//! where another than the shown one is chosen.
use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::transaction::Transaction;
use automerge::{ActorId, Change, ExpandedChange, ObjId, ReadDoc, ScalarValue};

/// A field of an object with the values it had, before one was written over them.
pub(super) struct Settled {
    object: (u64, ActorId),
    field: String,
    values: Vec<(u64, ActorId)>,
    shown: ScalarValue,
}

impl Settled {
    /// A field that has several values, as it stands.
    pub fn of(transaction: &Transaction<'_>, object: &ObjId, field: &str) -> Option<Settled> {
        let all = transaction.get_all(object, field).ok().filter(|all| all.len() > 1)?;
        let shown = all.last()?.0.as_scalar()?.clone();
        let values = all.iter().filter_map(|(_, id)| operation(id)).collect();
        Some(Settled { object: operation(object)?, field: field.to_owned(), values, shown })
    }
}

fn operation(id: &ObjId) -> Option<(u64, ActorId)> {
    match id {
        ObjId::Id(counter, actor, _) => Some((*counter, actor.clone())),
        ObjId::Root => None,
    }
}

/// The same change with the value that was shown written where it deletes the others, if it does so anywhere.
pub(super) fn settle(change: &Change, settled: &[Settled]) -> Option<Change> {
    if settled.is_empty() {
        return None;
    }
    let mut deletes = false;
    let mut expanded: ExpandedChange = change.decode();
    for operation in &mut expanded.operations {
        let (ObjectId::Id(object), Key::Map(field), OpType::Delete) =
            (&operation.obj, &operation.key, &operation.action)
        else {
            continue;
        };
        let of = |one: &&Settled| (object.0, &object.1) == (one.object.0, &one.object.1) && field.as_str() == one.field;
        if let Some(found) = settled.iter().find(of) {
            deletes = true;
            operation.action = OpType::Put(found.shown.clone());
            operation.pred = found.values.iter().map(|(counter, actor)| OpId(*counter, actor.clone())).collect();
        }
    }
    deletes.then(|| Change::from(ExpandedChange { hash: None, ..expanded }))
}
