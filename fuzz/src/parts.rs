//! A change chunk taken apart again into what the attacks' builder puts together, whatever is wrong with it, so that it can
//! be bent in its meaning. What cannot be read as operations stays columns; what has no columns is left to the engine.
use crate::chunk::{CHANGE, Chunk, Id, Key, Op, Value};
use crate::column::{self, Column};

/// Operations that are looked at: more are bent as columns.
const OPERATIONS_MAX: usize = 256;

/// The parts of a chunk with this body.
pub fn of(body: &[u8]) -> Option<Chunk> {
    let mut input = Input(body);
    let dependencies = (0..input.unsigned()?.min(256)).map(|_| input.take(32)?.try_into().ok());
    let dependencies = dependencies.collect::<Option<_>>()?;
    let actor = input.sized()?.to_vec();
    let (seq, start_op, time) = (input.unsigned()?, input.unsigned()?, input.signed()?);
    let message = input.sized()?.to_vec();
    let others: Vec<Vec<u8>> =
        (0..input.unsigned()?.min(1024)).map(|_| Some(input.sized()?.to_vec())).collect::<Option<_>>()?;
    let lengths: Vec<(u64, u64)> =
        (0..input.unsigned()?.min(64)).map(|_| Some((input.unsigned()?, input.unsigned()?))).collect::<Option<_>>()?;
    let columns = lengths.iter().map(|(known, length)| Some((*known, input.take(*length as usize)?.to_vec())));
    let columns: Vec<Column> = columns.collect::<Option<_>>()?;
    let actors: Vec<Vec<u8>> = [actor.clone()].into_iter().chain(others.clone()).collect();
    let operations = operations(&columns, &actors).unwrap_or_default();
    let extra = input.0.to_vec();
    let others = Some(others);
    let mut chunk = Chunk {
        kind: CHANGE,
        dependencies,
        actor,
        seq,
        start_op,
        time,
        message,
        others,
        operations,
        columns: None,
        extra,
    };
    // As few peculiarities as tell it: what bends an operation then also changes who is named.
    if chunk.others == Some(chunk.named()) {
        chunk.others = None;
    }
    if chunk.columns() != columns {
        chunk.columns = Some(columns);
    }
    Some(chunk)
}

fn operations(columns: &[Column], actors: &[Vec<u8>]) -> Option<Vec<Op>> {
    let bytes = |known: u64| columns.iter().find(|(at, _)| *at == known).map_or(&[][..], |(_, bytes)| bytes);
    let actor = |at: u64| actors.get(usize::try_from(at).ok()?).cloned();
    let unsigned = |known: u64| runs(bytes(known), Input::unsigned);
    let differences = |known: u64| {
        let mut last = 0_i64;
        let steps = runs(bytes(known), Input::signed)?;
        let mut sum = |step: i64| {
            last = last.wrapping_add(step);
            last as u64
        };
        Some(steps.into_iter().map(|step| step.map(&mut sum)).collect::<Vec<_>>())
    };
    let actions = unsigned(column::ACTION)?;
    let (objects, counters) = (unsigned(column::OBJECT_ACTOR)?, unsigned(column::OBJECT_COUNTER)?);
    let (key_actors, key_counters) = (unsigned(column::KEY_ACTOR)?, differences(column::KEY_COUNTER)?);
    let keys = runs(bytes(column::KEY_STRING), |input| input.sized().map(<[u8]>::to_vec))?;
    let inserts = booleans(bytes(column::INSERT))?;
    let (metas, groups) = (unsigned(column::VALUE_META)?, unsigned(column::PREDECESSOR_GROUP)?);
    let mut named = unsigned(column::PREDECESSOR_ACTOR)?.into_iter().zip(differences(column::PREDECESSOR_COUNTER)?);
    let mut values = Input(bytes(column::VALUE));
    let mut found = Vec::new();
    for (at, action) in actions.into_iter().enumerate() {
        let id = |of: &[Option<u64>], counters: &[Option<u64>]| {
            let (whose, counter) = (of.get(at).copied().flatten()?, counters.get(at).copied().flatten()?);
            Some(Id { counter, actor: actor(whose)? })
        };
        let key = match (keys.get(at).cloned().flatten(), key_counters.get(at).copied().flatten()) {
            (Some(text), _) => Key::Text(text),
            (None, Some(_)) => Key::Element(id(&key_actors, &key_counters)),
            (None, None) => Key::None,
        };
        let meta = metas.get(at).copied().flatten().unwrap_or(0);
        let value = Value { kind: meta & 15, bytes: values.take(usize::try_from(meta >> 4).ok()?)?.to_vec() };
        let count = groups.get(at).copied().flatten().unwrap_or(0);
        let predecessor =
            |(whose, counter): (Option<u64>, Option<u64>)| Some(Id { counter: counter?, actor: actor(whose?)? });
        let predecessors = (0..count.min(256)).map(|_| named.next().and_then(predecessor)).collect::<Option<_>>()?;
        found.push(Op {
            object: id(&objects, &counters),
            key,
            insert: inserts.get(at).copied().unwrap_or(false),
            action: action?,
            value,
            predecessors,
        });
    }
    Some(found)
}

/// A run-length column, of no more rows than are looked at.
fn runs<'a, T: Clone>(bytes: &'a [u8], read: impl Fn(&mut Input<'a>) -> Option<T>) -> Option<Vec<Option<T>>> {
    let (mut input, mut rows) = (Input(bytes), Vec::new());
    while !input.0.is_empty() {
        let run = input.signed()?;
        let count = if run == 0 { input.unsigned()? } else { run.unsigned_abs() };
        let count = usize::try_from(count).ok().filter(|count| rows.len() + count <= OPERATIONS_MAX)?;
        match run {
            0 => rows.resize(rows.len() + count, None),
            1.. => {
                let value = read(&mut input)?;
                rows.resize(rows.len() + count, Some(value));
            }
            _ => rows.extend((0..count).map(|_| read(&mut input).map(Some)).collect::<Option<Vec<_>>>()?),
        }
    }
    Some(rows)
}

fn booleans(bytes: &[u8]) -> Option<Vec<bool>> {
    let (mut input, mut rows, mut value) = (Input(bytes), Vec::new(), false);
    while !input.0.is_empty() {
        let count = usize::try_from(input.unsigned()?).ok().filter(|count| rows.len() + count <= OPERATIONS_MAX)?;
        rows.resize(rows.len() + count, value);
        value = !value;
    }
    Some(rows)
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        self.take(length)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0 && shift + 7 < 64;
                return Some(if negative { value | (-1 << (shift + 7)) } else { value });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::chunk::seal;

    #[test]
    fn what_was_taken_apart_is_put_together_again() {
        for seed in (crate::target::named("gate").expect("a target").seeds)() {
            let story = crate::story::Story::from_bytes(&seed).expect("a seed is a story");
            for told in &story.changes {
                let crate::story::Told::Body(body) = told else { panic!("a seed is made of changes") };
                let parts = super::of(body).expect("a change has parts");
                assert!(parts.columns.is_none() && parts.others.is_none(), "an honest change is its operations");
                assert_eq!(parts.bytes(), seal(1, body));
            }
        }
    }
}
