//! Commands and views of those who hold no replica: the server is their host. A change is made as a phone would make it, under an actor
//! of its own, and goes through the same gate into the same feed.
use std::collections::BTreeMap;

use zhucun_core::access::{self, Caller as Holder};
use zhucun_core::amendment::is_news;
use zhucun_core::clock::Moment;
use zhucun_core::contract::{Command, Outcome, ProgrammeView, RecordView, Refusal as CoreRefusal};
use zhucun_core::division::{Division, DivisionCode, Level};
use zhucun_core::document::{Actor, Container, Document, DocumentId, Incarnation, Record, Year};
use zhucun_core::field::FieldValue;
use zhucun_core::id::RecordId;
use zhucun_core::programme::{self, Item, REASON_CHARS_MAX, RecordKind, VOIDED};
use zhucun_core::shown::{self, Recorded};
use zhucun_core::wire::Fate;

use super::intake::Intake;
use super::receipt::Receipts;
use super::{Pushed, Rights, stands};
use crate::accounts::Caller;
use crate::app::App;
use crate::refusal::Refusal;
use crate::store::loaded::DocumentCache;
use crate::store::{
    Connection, Fault, Transaction, Trouble, division, document, generation, post, programme as records,
};

/// No device began anew so often: what a desk writes is under no actor of a phone.
const DESK: Incarnation = Incarnation::MAX;

/// Carries out a command on what a county or the city records of the measures 2 to 8; a new record has the id that its page
/// gave it, so that what is sent twice is one. Townships record on their phones.
pub async fn tell(app: &App, caller: Caller, command: Command) -> Result<Outcome, Fault<Refusal>> {
    let (receipts, epoch, now) = (Receipts::of(&app.key), app.epoch_number(), app.powers.now());
    let (unit, id) = match &command {
        Command::WriteRecord { unit, record: Some(id), .. } | Command::VoidRecord { unit, record: id, .. } => {
            (*unit, *id)
        }
        _ => return Err(Refusal::NotFound.into()),
    };
    let outcome = app
        .store
        .write_with(move |tx, state| -> Result<_, Fault<Refusal>> {
            let caller = stands(tx, caller, caller.device)?;
            let rights = Rights::of(tx, caller.person)?;
            keeps(&rights.now, unit)?;
            let documents = &mut state.documents;
            let planned = match plan(tx, documents, (unit, id), &command, now)? {
                Ok(planned) => planned,
                Err(refusal) => return Ok(Outcome::Refused { refusal }),
            };
            let done = Outcome::Done { entry: None, household: None, issue: None };
            let Some(Planned { document, record, writes }) = planned else { return Ok(done) };
            let actor = Actor::derive(caller.device, document, DESK);
            let mut copy: Document = documents.get(tx, document)?.clone();
            let change = copy.write(actor, now, |writer| {
                let fields = writes.iter().map(|(name, value)| (name.as_str(), value.clone()));
                match &record {
                    Some(record) => fields.for_each(|(name, value)| writer.set(record, name, value)),
                    None => writer.record(Container::Records, &id.to_string(), fields),
                }
            });
            let Some(change) = change else { return Ok(done) };
            let (commands, lacking) = (BTreeMap::new(), BTreeMap::new());
            let mut intake = Intake {
                tx,
                documents,
                rights: &rights,
                caller,
                receipts,
                epoch,
                now,
                commands,
                lacking,
                drafts: false,
            };
            let (ack, _) = intake.push(&Pushed { document, incarnation: DESK, changes: vec![change.bytes] })?;
            if ack.fates.first() != Some(&Fate::Accepted) {
                return Err(Trouble::Damaged("a change of our own was not taken in").into());
            }
            Ok(done)
        })
        .await?;
    Ok(outcome)
}

/// What a command writes, and where.
struct Planned {
    document: DocumentId,
    /// Nothing for a new one.
    record: Option<Record>,
    writes: Vec<(String, FieldValue)>,
}

fn plan(
    tx: &Transaction<'_>,
    documents: &mut DocumentCache,
    (unit, id): (DivisionCode, RecordId),
    command: &Command,
    now: Moment,
) -> Result<Result<Option<Planned>, CoreRefusal>, Trouble> {
    let mut found = None;
    for document in records::documents(tx, unit)? {
        let record = documents.get(tx, document)?.record(Container::Records, &id.to_string());
        found = found.or(record.map(|record| (document, record)));
    }
    let planned =
        |document, record, writes: Vec<_>| Ok((!writes.is_empty()).then_some(Planned { document, record, writes }));
    Ok(match command {
        Command::WriteRecord { kind, fields, .. } => {
            let item = Item { id, unit, kind: *kind, fields: fields.clone() };
            let items = records::of_unit(tx, unit)?;
            match programme::written(&items, found.as_ref().map(|(_, record)| record), &item, now.date()) {
                Err(errors) => Err(CoreRefusal::Fields { errors }),
                Ok(writes) => match (found, kind.year(fields).and_then(Year::new)) {
                    (Some((document, record)), _) => planned(document, Some(record), writes),
                    (None, Some(year)) => {
                        let document = generation::current(tx, DocumentId::programme(unit, year))?;
                        planned(document, None, writes)
                    }
                    (None, None) => Err(CoreRefusal::NotFound),
                },
            }
        }
        Command::VoidRecord { reason, .. } => match found {
            _ if reason.chars().count() > REASON_CHARS_MAX => Err(CoreRefusal::TextTooLong),
            None => Err(CoreRefusal::NotFound),
            Some((document, record)) => {
                let reason = FieldValue::from(reason.trim());
                let writes = is_news(&record, VOIDED, &reason).then(|| (VOIDED.to_owned(), reason));
                planned(document, Some(record), writes.into_iter().collect())
            }
        },
        _ => Err(CoreRefusal::NotFound),
    })
}

/// What a county or the city recorded itself.
pub fn programme(
    connection: &Connection,
    caller: Caller,
    unit: DivisionCode,
    now: Moment,
) -> Result<ProgrammeView, Fault<Refusal>> {
    keeps(&holder(connection, caller, now)?, unit)?;
    let recorded: Vec<Recorded> = documents(connection, unit)?.iter().flat_map(recorded).collect();
    Ok(shown::programme(unit, &recorded))
}

/// One record of it with all that was ever written of it, or without an id the form of a new one.
pub fn record(
    connection: &Connection,
    caller: Caller,
    unit: DivisionCode,
    (id, kind): (Option<RecordId>, RecordKind),
    now: Moment,
) -> Result<RecordView, Fault<Refusal>> {
    keeps(&holder(connection, caller, now)?, unit)?;
    let new = shown::new_record(unit, kind, places(connection, unit)?, now.date());
    let Some(id) = id else { return Ok(new) };
    let (documents, key) = (documents(connection, unit)?, id.to_string());
    let all: Vec<Recorded> = documents.iter().flat_map(recorded).collect();
    let found = documents.iter().find_map(|it| Some((it, it.record(Container::Records, &key)?)));
    let (document, record) = found.ok_or(Refusal::NotFound)?;
    let writers = records::writers(connection, document.id())?;
    let behind = |actor| writers.get(&actor).cloned().unwrap_or_default();
    Ok(shown::record(new, document, &record, &all, behind).ok_or(Refusal::NotFound)?)
}

fn holder(connection: &Connection, caller: Caller, now: Moment) -> Result<Holder, Trouble> {
    let posts = post::held(connection, caller.person, now.date())?;
    Ok(Holder { person: caller.person, posts, left: Vec::new() })
}

/// Refused for whoever does not record for the unit at a desk.
fn keeps(holder: &Holder, unit: DivisionCode) -> Result<(), Refusal> {
    let keeps = unit.level() != Level::Township && access::keeps_programme(holder, unit);
    if keeps { Ok(()) } else { Err(Refusal::OutsideScope) }
}

fn documents(connection: &Connection, unit: DivisionCode) -> Result<Vec<Document>, Trouble> {
    records::documents(connection, unit)?.into_iter().map(|id| document::open(connection, id)).collect()
}

fn recorded(document: &Document) -> Vec<Recorded> {
    let records = document.records(Container::Records).into_iter();
    records.map(|record| Recorded { record, waiting: false }).collect()
}

/// The unit and all below it, by level and code.
fn places(connection: &Connection, unit: DivisionCode) -> Result<Vec<Division>, Trouble> {
    let below = Level::ALL.into_iter().filter(|level| *level >= unit.level());
    let inside = below.map(|level| division::inside(connection, unit, level)).collect::<Result<Vec<_>, _>>()?;
    Ok(inside.into_iter().flatten().collect())
}
