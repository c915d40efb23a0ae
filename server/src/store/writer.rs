//! The one writer: a thread that owns the write connection. Jobs that wait together run in one transaction, each in a
//! savepoint of its own, and nobody is answered before the commit, which syncs the disk. A job that refuses or panics
//! takes back only its own savepoint; when the commit fails, none of them happened and all are told so.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::Trouble;
use super::loaded::{Ahead, DocumentCache};

/// Jobs that share one commit at most.
pub const BATCH_JOBS_MAX: usize = 64;

/// Jobs that may wait; the next ones wait in their requests, where the http room's limit on requests holds them.
const QUEUE_JOBS_MAX: usize = 256;

/// What the writer keeps in memory beside the database. It may be ahead of the disk only inside a transaction: it is
/// forgotten when a job that had it is rolled back, when a commit fails, and when another process has written.
pub struct WriterState {
    pub documents: DocumentCache,
}

impl WriterState {
    fn forget(&mut self) {
        self.documents.forget_all();
    }
}

/// A job in two steps: `run` inside the transaction, `answer` after it. Both are called once, in that order.
trait Job: Send {
    fn run(&mut self, tx: &Transaction<'_>, state: &mut WriterState) -> Ran;
    fn answer(self: Box<Self>, shared: Result<(), Trouble>);
    fn uses_state(&self) -> bool;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ran {
    Keep,
    TakeBack,
}

/// Whether a job was given the writer's state, which is then forgotten should the job be taken back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Touch {
    Rows,
    RowsAndState,
}

struct Task<F, T, E> {
    touch: Touch,
    work: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Task<F, T, E>
where
    F: FnOnce(&Transaction<'_>, &mut WriterState) -> Result<T, E> + Send,
    T: Send,
    E: From<Trouble> + Send,
{
    fn run(&mut self, tx: &Transaction<'_>, state: &mut WriterState) -> Ran {
        let work = self.work.take().expect("a job runs once");
        // The state is forgotten after a panic and the rows are rolled back: nothing half done is seen again.
        let outcome =
            catch_unwind(AssertUnwindSafe(|| work(tx, state))).unwrap_or_else(|_| Err(Trouble::Panicked.into()));
        let ran = if outcome.is_ok() { Ran::Keep } else { Ran::TakeBack };
        self.outcome = Some(outcome);
        ran
    }

    fn answer(self: Box<Self>, shared: Result<(), Trouble>) {
        let answer = match (shared, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Err(trouble), _) => Err(trouble.into()),
            (Ok(()), None) => Err(Trouble::NotCommitted.into()),
        };
        // Whoever asked may have gone; what was done stays done.
        let _ = self.reply.send(answer);
    }

    fn uses_state(&self) -> bool {
        self.touch == Touch::RowsAndState
    }
}

#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// The thread ends, after the jobs that wait, when the last clone is gone.
    pub(super) fn start(connection: Connection, ahead: Ahead) -> Result<Self, Trouble> {
        let (queue, waiting) = mpsc::channel(QUEUE_JOBS_MAX);
        thread::Builder::new().name("store-writer".to_owned()).spawn(move || write_all(connection, waiting, ahead))?;
        Ok(Self { queue })
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>, &mut WriterState) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        self.send(Touch::Rows, work).await
    }

    pub(super) async fn write_with<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>, &mut WriterState) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        self.send(Touch::RowsAndState, work).await
    }

    pub(super) fn write_sync<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>, &mut WriterState) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        self.send_sync(Touch::Rows, work)
    }

    pub(super) fn write_with_sync<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>, &mut WriterState) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        self.send_sync(Touch::RowsAndState, work)
    }

    async fn send<T, E, F>(&self, touch: Touch, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>, &mut WriterState) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        let (job, answer) = task(touch, work);
        self.queue.send(job).await.map_err(|_| Trouble::Closed)?;
        answer.await.map_err(|_| Trouble::Closed)?
    }

    fn send_sync<T, E, F>(&self, touch: Touch, work: F) -> Result<T, E>
    where
        F: FnOnce(&Transaction<'_>, &mut WriterState) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Trouble> + Send + 'static,
    {
        let (job, answer) = task(touch, work);
        self.queue.blocking_send(job).map_err(|_| Trouble::Closed)?;
        answer.blocking_recv().map_err(|_| Trouble::Closed)?
    }
}

fn task<T, E, F>(touch: Touch, work: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    F: FnOnce(&Transaction<'_>, &mut WriterState) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Trouble> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Task { touch, work: Some(work), outcome: None, reply }), answer)
}

fn write_all(mut connection: Connection, mut waiting: mpsc::Receiver<Box<dyn Job>>, ahead: Ahead) {
    let mut state = WriterState { documents: DocumentCache::new(ahead) };
    let mut seen = None;
    while let Some(first) = waiting.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH_JOBS_MAX
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        let shared = commit_together(&mut connection, &mut batch, &mut state, &mut seen);
        if let Err(trouble) = &shared {
            state.forget();
            tracing::error!(%trouble, jobs = batch.len(), "a shared transaction was rolled back");
        }
        let told = || match &shared {
            Ok(()) => Ok(()),
            Err(trouble) if trouble.is_full_disk() => Err(Trouble::DiskFull),
            Err(_) => Err(Trouble::NotCommitted),
        };
        for job in batch {
            job.answer(told());
        }
    }
}

/// Runs every job of the batch in one transaction. After Err nothing of the batch is in the database.
fn commit_together(
    connection: &mut Connection,
    batch: &mut [Box<dyn Job>],
    state: &mut WriterState,
    seen: &mut Option<i64>,
) -> Result<(), Trouble> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Changes when another connection has committed: a command line beside the server, a restored file.
    let now: i64 = tx.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
    if *seen != Some(now) {
        state.forget();
        *seen = Some(now);
    }
    for job in batch.iter_mut() {
        tx.prepare_cached("SAVEPOINT job")?.execute([])?;
        if job.run(&tx, state) == Ran::TakeBack {
            // A full disk ends the whole transaction by itself; then this fails, and the batch with it.
            tx.prepare_cached("ROLLBACK TO job")?.execute([])?;
            if job.uses_state() {
                state.forget();
            }
        }
        tx.prepare_cached("RELEASE job")?.execute([])?;
    }
    tx.commit()?;
    Ok(())
}

/// Does work within a job, and takes it back where it comes to nothing. What the job keeps in memory beside it is the
/// caller's to forget.
pub fn attempt<T>(
    tx: &Transaction<'_>,
    work: impl FnOnce() -> Result<Option<T>, Trouble>,
) -> Result<Option<T>, Trouble> {
    tx.prepare_cached("SAVEPOINT attempt")?.execute([])?;
    let done = work()?;
    if done.is_none() {
        tx.prepare_cached("ROLLBACK TO attempt")?.execute([])?;
    }
    tx.prepare_cached("RELEASE attempt")?.execute([])?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use rusqlite::Connection;

    use super::super::{Fault, Store, Trouble};
    use super::BATCH_JOBS_MAX;

    struct Bench {
        store: Store,
        _dir: tempfile::TempDir,
    }

    async fn bench() -> Bench {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path().join("zhucun.db")).expect("a new file");
        let made: Result<(), Trouble> =
            store.write(|tx| Ok(tx.execute_batch("CREATE TABLE t (n INTEGER NOT NULL UNIQUE)")?)).await;
        made.expect("a table of the test");
        Bench { store, _dir: dir }
    }

    fn add(n: i64) -> impl FnOnce(&rusqlite::Transaction<'_>) -> Result<i64, Fault<&'static str>> + Send + 'static {
        move |tx| {
            tx.execute("INSERT INTO t VALUES (?1)", [n])?;
            match n {
                13 => Err(Fault::Refused("unlucky")),
                14 => panic!("a bug of the test"),
                15 => {
                    let path = tx.path().expect("a file").to_owned();
                    Ok(Connection::open(path)?.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)
                }
                _ => Ok(n),
            }
        }
    }

    fn numbers(connection: &Connection) -> Result<Vec<i64>, Trouble> {
        let mut rows = connection.prepare("SELECT n FROM t ORDER BY n")?;
        Ok(rows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Holds the writer in one job so that what follows waits together, then lets go.
    async fn together(store: &Store, jobs: Vec<i64>) -> Vec<Result<i64, Fault<&'static str>>> {
        let (go, held) = channel::<()>();
        let (started, running) = tokio::sync::oneshot::channel();
        let holder = tokio::spawn({
            let store = store.clone();
            async move {
                store
                    .write(move |_| -> Result<(), Trouble> {
                        started.send(()).expect("the test waits");
                        held.recv().expect("the test lets go");
                        Ok(())
                    })
                    .await
            }
        });
        running.await.expect("the holder runs");
        // Each is polled once before the holder is let go, which puts it into the queue.
        let mut waiting: Vec<_> = jobs.into_iter().map(|n| Box::pin(store.write(add(n)))).collect();
        for job in &mut waiting {
            assert!(futures_util::poll!(job.as_mut()).is_pending());
        }
        go.send(()).expect("the holder waits");
        holder.await.expect("the holder ends").expect("the holder commits");
        let mut answers = Vec::new();
        for job in waiting {
            answers.push(job.await);
        }
        answers
    }

    #[tokio::test]
    async fn a_job_that_refuses_or_panics_takes_back_only_its_own_rows() {
        let bench = bench().await;
        let answers = together(&bench.store, vec![1, 13, 14, 2]).await;
        assert!(matches!(
            answers.as_slice(),
            [Ok(1), Err(Fault::Refused("unlucky")), Err(Fault::Trouble(Trouble::Panicked)), Ok(2)]
        ));
        assert_eq!(bench.store.read(numbers).await.expect("a read"), [1, 2]);
    }

    #[tokio::test]
    async fn waiting_jobs_share_a_commit_up_to_the_limit() {
        for (before, committed) in [(BATCH_JOBS_MAX - 1, 0), (BATCH_JOBS_MAX, BATCH_JOBS_MAX)] {
            let bench = bench().await;
            // 15 asks another connection how many rows are committed when its turn comes.
            let jobs = (100..).take(before).chain([15]).collect();
            let answers = together(&bench.store, jobs).await;
            let committed = i64::try_from(committed).expect("a small number");
            assert!(matches!(answers.last(), Some(Ok(seen)) if *seen == committed), "{:?}", answers.last());
        }
    }

    #[tokio::test]
    async fn when_the_commit_fails_nobody_is_told_it_happened() {
        let bench = bench().await;
        let made: Result<(), Trouble> = bench
            .store
            .write(|tx| {
                Ok(tx.execute_batch(
                    "CREATE TABLE parent (id INTEGER PRIMARY KEY);
                     CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);",
                )?)
            })
            .await;
        made.expect("tables of the test");
        // The constraint is checked at the commit only, so the job itself ends well.
        let orphan = bench.store.write(|tx| -> Result<(), Trouble> {
            tx.execute("INSERT INTO child VALUES (7)", [])?;
            Ok(())
        });
        assert!(matches!(orphan.await, Err(Trouble::NotCommitted)));
        assert!(matches!(together(&bench.store, vec![5]).await.as_slice(), [Ok(5)]));
        assert_eq!(bench.store.read(numbers).await.expect("a read"), [5]);
    }

    #[tokio::test]
    async fn a_reader_cannot_write_and_a_panic_in_a_reader_is_trouble() {
        let bench = bench().await;
        let wrote: Result<usize, Trouble> =
            bench.store.read(|connection| Ok(connection.execute("INSERT INTO t VALUES (1)", [])?)).await;
        assert!(matches!(wrote, Err(Trouble::Sql(_))));
        let panicked: Result<(), Trouble> = bench.store.read(|_| panic!("a bug of the test")).await;
        assert!(matches!(panicked, Err(Trouble::Panicked)));
        assert_eq!(bench.store.read(numbers).await.expect("a read"), Vec::<i64>::new());
    }
}
