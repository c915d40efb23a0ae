//! Renewal: whatever lives in a document is written anew with its authors, its times and what stood beside it, but for
//! what is left out; in the same bytes by everybody, and such as the gate lets in.
use std::collections::BTreeSet;

use zhucun_core::document::{Container, Document, DocumentId, Keep, Renewed, Value, renew};
use zhucun_core::field::FieldValue;
use zhucun_core::gate::Author;
use zhucun_core::id::{Dice, EntryId, TenureId};

use crate::oracle::{judged, oracle, same, take_in};
use crate::world::{Asks, World};

const TURNS: u32 = 120;
/// Texts of this field are emptied.
const FIELD: &str = "topic";

/// Leaves all records; empties a field of them.
struct Texts;

impl Keep for Texts {
    fn keeps(&self, _: Container, _: &str) -> bool {
        true
    }

    fn value(&self, _: Container, _: &str, field: &str, value: &FieldValue) -> FieldValue {
        if field == FIELD { "".into() } else { value.clone() }
    }
}

/// Leaves out every other record.
struct Half;

impl Half {
    fn leaves_out(key: &str) -> bool {
        key.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f'])
    }
}

impl Keep for Half {
    fn keeps(&self, _: Container, key: &str) -> bool {
        !Self::leaves_out(key)
    }

    fn value(&self, _: Container, _: &str, _: &str, value: &FieldValue) -> FieldValue {
        value.clone()
    }
}

fn worlds() -> impl Iterator<Item = World<Dice>> {
    let tenure = TenureId(uuid::Uuid::from_u128(7));
    let ids = [
        DocumentId::log(tenure),
        DocumentId::review(tenure),
        DocumentId::village("621022103201".parse().expect("a village")),
        DocumentId::draft(EntryId(uuid::Uuid::from_u128(8))),
    ];
    ids.into_iter().flat_map(|id| {
        (1..6).map(move |seed| {
            let mut world = World::new(id, Dice::new([seed; 32]));
            (0..TURNS).for_each(|_| world.turn(Asks::AboutBent));
            world
        })
    })
}

/// The document anew, after all that must hold of it whatever was left out.
fn renewed(world: &mut World<Dice>, keep: &dyn Keep) -> Renewed {
    let next = world.document().id().next();
    let new = renew(world.document(), next, keep).expect("an honest document");
    let mut judge = Document::begin(next);
    for change in new.document.changes() {
        let passed = judged(&judge, Author::Anyone, &change).expect("the gate lets it in").expect("it comes once");
        take_in(&mut judge, passed, &change);
    }
    oracle(&judge);
    let again = renew(&world.replayed(), next, keep).expect("the same in another order");
    same(&new.document, &again.document);
    assert_eq!(new.changes, again.changes);
    new
}

/// Every field with its values, in order, by container and record.
fn fields(document: &Document) -> Vec<(Container, String, String, Vec<Value>)> {
    let of = |container: &Container| {
        let records = match container {
            Container::Fields => vec![(String::new(), document.form(*container).fields)],
            _ => document.records(*container).into_iter().map(|record| (record.key, record.fields)).collect(),
        };
        let container = *container;
        records.into_iter().flat_map(move |(key, fields)| {
            fields.into_iter().map(move |(name, values)| (container, key.clone(), name, values))
        })
    };
    Container::of(document.id().kind()).iter().flat_map(of).collect()
}

#[test]
fn texts_go_and_every_author_time_conflict_and_order_stays() {
    let (mut emptied, mut beside) = (0, 0);
    for mut world in worlds() {
        let new = renewed(&mut world, &Texts);
        let places = |document: &Document| -> Vec<_> {
            let mut places: Vec<_> = document.order().iter().map(|written| (written.actor, written.seq)).collect();
            places.sort();
            places
        };
        assert_eq!(
            places(&new.document),
            places(world.document()),
            "every change is there, under its actor and number"
        );
        assert_eq!(new.changes.len(), world.document().changes().len());
        let (was, is) = (fields(world.document()), fields(&new.document));
        assert_eq!(was.len(), is.len());
        for (was, is) in was.iter().zip(&is) {
            if was.2 == FIELD {
                assert_eq!((&was.0, &was.1, &was.2), (&is.0, &is.1, &is.2));
                assert_eq!(was.3[0].at, is.3[0].at);
                let words = |value: &Value| value.value.text().is_some_and(|text| !text.is_empty());
                assert!(!is.3.iter().any(words));
                emptied += was.3.iter().filter(|value| words(value)).count();
            } else {
                assert_eq!(was, is);
                beside += usize::from(was.3.len() > 1);
            }
        }
    }
    assert!(emptied > 20 && beside > 2, "{emptied} emptied, {beside} with others beside them: or this says nothing");
}

#[test]
fn records_go_without_a_trace_and_the_others_keep_all_their_values() {
    let mut gone = 0;
    for mut world in worlds() {
        let new = renewed(&mut world, &Half);
        let all = |document: &Document| -> BTreeSet<(Container, String, String, FieldValue)> {
            let fields = fields(document).into_iter();
            let each = |(container, key, name, values): (Container, String, String, Vec<Value>)| {
                values.into_iter().map(move |value| (container, key.clone(), name.clone(), value.value))
            };
            fields.flat_map(each).collect()
        };
        let kept = |(_, key, ..): &(Container, String, String, FieldValue)| !Half::leaves_out(key);
        let expected: BTreeSet<_> = all(world.document()).into_iter().filter(kept).collect();
        assert_eq!(all(&new.document), expected);
        let keys = fields(world.document()).into_iter().map(|(_, key, ..)| key).filter(|key| Half::leaves_out(key));
        for key in keys.collect::<BTreeSet<_>>() {
            let named = |change: Vec<u8>| change.windows(key.len()).any(|part| part == key.as_bytes());
            assert!(!new.document.changes().into_iter().any(named), "{key} is named");
            gone += 1;
        }
    }
    assert!(gone > 20, "{gone} records went: or this says nothing");
}
