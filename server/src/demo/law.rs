//! Laws of the demonstration, held on parts of the city: making one passes every check, or fails.
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jiff::civil::{Date, date};
use tempfile::TempDir;
use zhucun_core::clock::Moment;
use zhucun_core::contract::{EntryState, Query, View};
use zhucun_core::entry::{EntryKind, Fields};
use zhucun_core::id::EntryId;

use super::phone::Phone;
use super::staff::{OWN_LOGINS, PASSWORD};
use super::{Done, Extent, run};
use crate::accounts::password;
use crate::app::{App, DATABASE};
use crate::power::Powers;
use crate::store::{Fault, account, person, read_model};

/// Eleven poor villages, and two.
const LARGE: &str = "621022100";
const SMALL: &str = "621024205";

fn start(data: &Path, township: &str, powers: &Powers) -> Done<()> {
    let extent = Extent::Within(township.parse().expect("a code of the test"));
    run(data, powers, extent, &|_| {})
}

fn app(data: &Path, powers: &Powers) -> App {
    App::open(data, powers.clone()).expect("a demonstration opens")
}

/// This machine, its clock standing at an hour of a day.
fn at(day: Date, hour: i64) -> Powers {
    let moment = Moment::start_of(day).plus_ms(hour * 3_600_000);
    let real = Powers::of_this_machine();
    Powers::new(move || moment, move |bytes| bytes.fill_with(|| real.draw::<1>()[0]))
}

/// A new phone of somebody, all synced.
fn phone(app: &App, login: &str) -> Phone {
    let now = app.powers.now();
    let found = app.store.read_sync(|connection| {
        let of = account::by_login(connection, login)?.expect("the login exists");
        Ok::<_, Fault<String>>(person::find(connection, of.person)?.expect("an account has a person"))
    });
    let person = found.expect("a read");
    let mut phone = block_on(Phone::begin(app, &person, now)).expect("a new phone");
    block_on(phone.sync(app, now)).expect("a sync");
    phone
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
}

fn states(app: &App, phone: &Phone) -> Vec<(EntryId, EntryState)> {
    match phone.see(app.powers.now(), &Query::Entries) {
        View::Entries(own) => own.entries.iter().map(|entry| (entry.id, entry.state)).collect(),
        other => panic!("entries, not {other:?}"),
    }
}

#[test]
fn whoever_signs_in_finds_something_to_do() {
    find_something_to_do(&Powers::of_this_machine());
}

/// The last weeks were holidays, and the day has just begun.
#[test]
fn whoever_signs_in_after_the_spring_festival_finds_something_to_do() {
    find_something_to_do(&at(date(2026, 2, 24), 0));
}

/// Of the visits that chance brings before this day, few raise an issue, and all of those are followed to their end.
#[test]
fn an_issue_is_open_also_where_chance_left_none() {
    find_something_to_do(&at(date(2026, 11, 27), 0));
}

fn find_something_to_do(powers: &Powers) {
    let data = TempDir::new().expect("a folder");
    start(data.path(), LARGE, powers).expect("a demonstration");
    let app = app(data.path(), powers);
    let now = powers.now();

    let secretary = phone(&app, "demo-secretary");
    let home = secretary.home(now);
    let states = states(&app, &secretary);
    assert!(!home.to_answer.is_empty(), "something to answer in {states:?}");
    let kinds: BTreeSet<EntryKind> = home.duties.iter().map(|view| view.duty.kind).collect();
    assert_eq!(kinds.len(), EntryKind::DUTIES.len(), "something of each of the seven");
    for state in [EntryState::Returned, EntryState::Confirmed, EntryState::Submitted] {
        assert!(states.iter().any(|(_, is)| *is == state), "{state:?} in {states:?}");
    }
    let View::Form(form) = secretary.see(now, &Query::Form { kind: EntryKind::Visit, like: None }) else {
        panic!("a form")
    };
    assert!(form.households.len() >= 40);

    let reviewer = phone(&app, "demo-reviewer");
    let View::Queue(queue) = reviewer.see(now, &Query::Queue) else { panic!("a queue") };
    assert!(queue.villages.iter().filter(|village| !village.awaiting.is_empty()).count() > 1);
    let villages: Vec<_> = queue.villages.iter().map(|village| village.village.code).collect();
    let has = |query: Query, kind: &str| match reviewer.see(now, &query) {
        View::Entries(view) => view.entries.iter().any(|entry| entry.kind == kind),
        View::Issues(view) => view.issues.iter().any(|issue| issue.state == kind),
        other => panic!("a list: {other:?}"),
    };
    for kind in [EntryKind::Visit, EntryKind::Lesson, EntryKind::Activity, EntryKind::Deed] {
        let somewhere = villages.iter().any(|village| has(Query::Village { village: *village }, kind.code()));
        assert!(somewhere, "{kind:?}");
    }
    for state in ["open", "closed"] {
        let somewhere = villages.iter().any(|village| has(Query::Issues { village: *village }, state));
        assert!(somewhere, "an issue that is {state}");
    }

    let (county, courses) = ("621022".parse().expect("a code of the test"), app.store.courses());
    let rows = app.store.read_sync(|connection| read_model::roll_up(connection, &courses, county, now));
    let rows = rows.expect("a roll-up");
    let row = rows.iter().find(|row| row.division.code.to_string() == LARGE).expect("the township");
    assert_eq!((row.poor_villages, row.incumbents), (11, 10));
    let visits = row.duties[0];
    assert!(visits.done * 10 > visits.owed * 6 && visits.done < visits.owed, "{row:?}");
    assert!(row.awaiting_review > 0);
    deems_read(&app, &reviewer, now);
}

/// What nobody reviewed for fifteen days awaits no review any more, and phone and desk say the same of every moment.
fn deems_read(app: &App, reviewer: &Phone, now: Moment) {
    let township = LARGE.parse().expect("a code of the test");
    let desk = |at: Moment| {
        let rows =
            app.store.read_sync(|connection| read_model::roll_up(connection, &app.store.courses(), township, at));
        let rows = rows.expect("a roll-up");
        rows.iter().map(|row| row.awaiting_review as usize).sum::<usize>()
    };
    let phone = |at: Moment| match reviewer.see(at, &Query::Queue) {
        View::Queue(queue) => queue.villages.iter().map(|village| village.awaiting.len()).sum::<usize>(),
        other => panic!("a queue: {other:?}"),
    };
    let days = |days: i64| now.plus_ms(days * 86_400_000);
    let all: Vec<usize> = (0..=15).map(|at| desk(days(at))).collect();
    assert_eq!(all, (0..=15).map(|at| phone(days(at))).collect::<Vec<_>>());
    assert!(all[0] > all[14] && all[14] > 0 && all[15] == 0, "{all:?}");
}

#[test]
fn the_printed_logins_have_the_printed_password_and_need_no_other() {
    let data = TempDir::new().expect("a folder");
    start(data.path(), SMALL, &Powers::of_this_machine()).expect("a demonstration");
    let found: Done<()> = app(data.path(), &Powers::of_this_machine()).store.read_sync(|connection| {
        for (login, ..) in OWN_LOGINS {
            password::judge(PASSWORD, login).expect("a password that a person may choose");
            let of = account::by_login(connection, login)?.expect("the login exists");
            assert!(!of.must_change && password::verify(PASSWORD, &of.password_hash), "{login}");
        }
        Ok(())
    });
    found.expect("a read");
}

#[test]
fn an_interrupted_making_begins_anew_and_a_second_start_keeps_what_was_logged() {
    let data = TempDir::new().expect("a folder");
    let unfinished = data.path().join("demo-unfinished");
    fs::create_dir(&unfinished).expect("a folder");
    fs::write(unfinished.join(DATABASE), "torn").expect("a file");
    start(data.path(), SMALL, &Powers::of_this_machine()).expect("a demonstration");
    assert!(!unfinished.exists());

    let app = app(data.path(), &Powers::of_this_machine());
    let mut secretary = phone(&app, "demo-secretary");
    let before = states(&app, &secretary).len();
    let now = app.powers.now();
    let fields = Fields::from([
        ("occurred_on".to_owned(), now.date().to_string().into()),
        ("topic".to_owned(), "试一试".into()),
    ]);
    let recorded = secretary.record(now, EntryKind::Lesson, fields).expect("a lesson is recorded");
    let entry = recorded.expect("a record has a name");
    block_on(secretary.sync(&app, now.plus_ms(5 * 60_000))).expect("a sync");
    drop((secretary, app));

    start(data.path(), SMALL, &Powers::of_this_machine()).expect("the demonstration again");
    let app = self::app(data.path(), &Powers::of_this_machine());
    let states = states(&app, &phone(&app, "demo-secretary"));
    assert_eq!(states.len(), before + 1);
    assert!(states.contains(&(entry, EntryState::Submitted)));
}

#[test]
fn a_database_that_is_no_demonstration_is_left_alone() {
    let data = TempDir::new().expect("a folder");
    drop(app(data.path(), &Powers::of_this_machine()));
    assert!(matches!(start(data.path(), SMALL, &Powers::of_this_machine()), Err(Fault::Refused(_))));
}
