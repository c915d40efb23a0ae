//! Documents in memory. The writer keeps those that the gate judged by last. Of a server that has just started loading
//! them is most of the work, and the writer is one: so readers load ahead of a write what it does not have.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zhucun_core::document::{Document, DocumentId};

use super::{Trouble, document, generation};

/// Documents kept in memory: a secretary's year takes about half a megabyte.
const CACHE_DOCUMENTS_MAX: usize = 96;
/// Documents that were loaded ahead and wait for their write.
const AHEAD_DOCUMENTS_MAX: usize = 32;
/// Changes after the last snapshot from which loading a document may make a new one. It costs as much as loading twice, so
/// there must also be half as many as before the snapshot: a log is saved a few times in its life, not each quarter.
const TAIL_CHANGES_MAX: usize = 64;

/// A document out of its rows.
pub struct Loaded {
    document: Document,
    /// The number of its last bundle.
    last: i64,
    /// It saved whole, if that is worth keeping.
    snapshot: Option<Vec<u8>>,
    /// One of `AHEAD_DOCUMENTS_MAX`.
    _place: Option<OwnedSemaphorePermit>,
}

/// Loads a document; one with a long tail is saved too, if that loads to the same heads.
fn load(connection: &Connection, id: DocumentId) -> Result<Loaded, Trouble> {
    let (document, tail, last) = document::read(connection, id)?;
    let mut snapshot = None;
    if is_long(tail, document.count()) {
        let bytes = document.save();
        let again = Document::load(id, &bytes).map_err(|_| Trouble::Damaged("a document does not reload"))?;
        if again.heads() != document.heads() {
            return Err(Trouble::Damaged("a document reloads to other heads"));
        }
        snapshot = Some(bytes);
    }
    Ok(Loaded { document, last, snapshot, _place: None })
}

/// Whether so many changes after the snapshot, of so many in all, are worth a new one.
fn is_long(tail: usize, all: usize) -> bool {
    tail > TAIL_CHANGES_MAX.max(all.saturating_sub(tail) / 2)
}

/// What is known outside the writer of the documents that it has.
#[derive(Clone)]
pub(super) struct Ahead {
    held: Arc<Mutex<BTreeSet<DocumentId>>>,
    places: Arc<Semaphore>,
}

impl Default for Ahead {
    fn default() -> Self {
        Self { held: Arc::default(), places: Arc::new(Semaphore::new(AHEAD_DOCUMENTS_MAX)) }
    }
}

impl Ahead {
    fn held(&self) -> MutexGuard<'_, BTreeSet<DocumentId>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that the writer would have to load. It may have them by then, or have lost others: that costs time only.
    pub fn missing(&self, ids: impl IntoIterator<Item = DocumentId>) -> BTreeSet<DocumentId> {
        let held = self.held();
        ids.into_iter().filter(|id| !held.contains(id)).collect()
    }

    /// Loads documents as long as there are places. What cannot be loaded is left to the writer, who says why.
    pub fn load(&self, connection: &Connection, ids: &BTreeSet<DocumentId>) -> Vec<Loaded> {
        let mut found = Vec::new();
        for id in ids {
            let Ok(place) = self.places.clone().try_acquire_owned() else { break };
            if document::find(connection, *id).is_ok_and(|row| row.is_some())
                && let Ok(loaded) = load(connection, *id)
            {
                found.push(Loaded { _place: Some(place), ..loaded });
            }
        }
        found
    }
}

/// Documents in memory, the least recently used forgotten first. Lives with the writer.
pub struct DocumentCache {
    documents: BTreeMap<DocumentId, (u64, Document)>,
    clock: u64,
    ahead: Ahead,
}

impl DocumentCache {
    pub(super) fn new(ahead: Ahead) -> Self {
        Self { documents: BTreeMap::new(), clock: 0, ahead }
    }

    /// The next one to ask for the document loads it anew.
    pub fn forget(&mut self, id: DocumentId) {
        self.documents.remove(&id);
        self.ahead.held().remove(&id);
    }

    pub(super) fn forget_all(&mut self) {
        self.documents.clear();
        self.ahead.held().clear();
    }

    /// The document as the transaction sees it; loaded when it is not in memory.
    pub fn get(&mut self, tx: &Transaction<'_>, id: DocumentId) -> Result<&mut Document, Trouble> {
        if !self.documents.contains_key(&id) {
            let loaded = load(tx, id)?;
            self.keep(tx, loaded)?;
        }
        self.clock += 1;
        let held = self.documents.get_mut(&id).expect("it was there or was just put there");
        held.0 = self.clock;
        Ok(&mut held.1)
    }

    /// Takes over what was loaded ahead, unless it is here or is not what the transaction would load.
    pub fn bring(&mut self, tx: &Transaction<'_>, loaded: Loaded) -> Result<(), Trouble> {
        let id = loaded.document.id();
        let is_current = document::last_number(tx, id)? == loaded.last && generation::current(tx, id)? == id;
        if is_current && !self.documents.contains_key(&id) {
            self.keep(tx, loaded)?;
        }
        Ok(())
    }

    fn keep(&mut self, tx: &Transaction<'_>, loaded: Loaded) -> Result<(), Trouble> {
        let Loaded { document, last, snapshot, _place } = loaded;
        let id = document.id();
        if let (Some(bytes), Some(row)) = (snapshot, document::find(tx, id)?) {
            document::put_snapshot(tx, row.key, last, &bytes)?;
        }
        if self.documents.len() >= CACHE_DOCUMENTS_MAX {
            let oldest = self.documents.iter().min_by_key(|(_, (used, _))| *used).map(|(id, _)| *id);
            oldest.into_iter().for_each(|id| self.forget(id));
        }
        self.clock += 1;
        self.documents.insert(id, (self.clock, document));
        self.ahead.held().insert(id);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use zhucun_core::access::Place;
    use zhucun_core::division::DivisionCode;
    use zhucun_core::id::TenureId;

    use super::super::Store;
    use super::*;

    fn log(number: usize) -> DocumentId {
        DocumentId::log(TenureId(Uuid::from_u128(number as u128)))
    }

    /// A store with so many documents that nobody has written to.
    fn store(dir: &tempfile::TempDir, documents: usize) -> Store {
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let village: DivisionCode = "621022103201".parse().expect("a code of the test");
        let made: Result<(), Trouble> = store.write_sync(move |tx| {
            (0..documents).try_for_each(|at| {
                document::find_or_begin(tx, log(at), Place { division: village, holder: None }).map(|_| ())
            })
        });
        made.expect("documents");
        store
    }

    fn loaded(store: &Store, ids: &BTreeSet<DocumentId>) -> Vec<Loaded> {
        let loaded: Result<_, Trouble> = store.read_sync(|connection| Ok(store.ahead.load(connection, ids)));
        loaded.expect("a read")
    }

    #[test]
    fn documents_are_loaded_ahead_as_long_as_there_are_places() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = store(&dir, AHEAD_DOCUMENTS_MAX + 1);
        let first = loaded(&store, &(1..AHEAD_DOCUMENTS_MAX).map(log).collect());
        assert_eq!(first.len(), AHEAD_DOCUMENTS_MAX - 1);
        let last = loaded(&store, &BTreeSet::from([log(0), log(AHEAD_DOCUMENTS_MAX)]));
        assert_eq!(last.len(), 1);
        assert!(loaded(&store, &BTreeSet::from([log(0)])).is_empty());
        drop(last);
        assert_eq!(loaded(&store, &BTreeSet::from([log(0)])).len(), 1);
    }

    #[test]
    fn what_was_loaded_ahead_is_taken_over_only_as_it_would_be_loaded_now() {
        type Meanwhile = fn(&Transaction<'_>) -> Result<(), Trouble>;
        let nothing: Meanwhile = |_| Ok(());
        let written: Meanwhile = |tx| Ok(tx.execute("UPDATE document SET last_number = 1", []).map(|_| ())?);
        let erased: Meanwhile = |tx| generation::begin(tx, log(0).next());
        for (meanwhile, is_taken) in [(nothing, true), (written, false), (erased, false)] {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let store = store(&dir, 1);
            let ids = BTreeSet::from([log(0)]);
            let found = loaded(&store, &ids);
            assert_eq!((found.len(), store.ahead.missing(ids.clone()).len()), (1, 1));
            let brought: Result<(), Trouble> = store.write_with_sync(move |tx, state| {
                meanwhile(tx)?;
                found.into_iter().try_for_each(|one| state.documents.bring(tx, one))
            });
            brought.expect("a write");
            assert_eq!(store.ahead.missing(ids).is_empty(), is_taken);
        }
    }

    #[test]
    fn memory_holds_so_many_documents_and_forgets_the_one_used_longest_ago() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let done: Result<(), Trouble> = store(&dir, 0).write_sync(|tx| {
            let mut cache = DocumentCache::new(Ahead::default());
            for number in (0..CACHE_DOCUMENTS_MAX).chain([0, CACHE_DOCUMENTS_MAX]) {
                cache.get(tx, log(number))?;
            }
            assert_eq!(cache.documents.len(), CACHE_DOCUMENTS_MAX);
            assert!(cache.documents.contains_key(&log(0)) && !cache.documents.contains_key(&log(1)));
            Ok(())
        });
        done.expect("all of it");
    }

    #[test]
    fn a_tail_is_long_from_65_changes_on_that_are_more_than_half_of_those_before() {
        assert!(!is_long(64, 65) && is_long(65, 66));
        assert!(!is_long(100, 300) && is_long(101, 300));
    }
}
