//! The making of the demonstration's data in a folder of its own: places, people, then the weeks, evening by evening,
//! with everything going through phones and the server's sync; at last the checks.
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use tokio::task::JoinSet;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::division::Level;
use zhucun_core::person::Role;

use super::city::City;
use super::clock::Clock;
use super::measure;
use super::staff::{self, PASSWORD, Posting, Someone};
use super::text::Texts;
use super::township::{Township, townships};
use super::{Count, Done, Extent, refused};
use crate::accounts::password;
use crate::app::App;
use crate::import::{division, poor_village};
use crate::power::Powers;
use crate::store::audit::{self, Deed};
use crate::store::{Connection, Fault, Store, Trouble, device, document, meta, read_model};

/// The hours of a day at which phones may have signal, in minutes.
const EVENINGS: [i64; 2] = [12 * 60 + 40, 20 * 60 + 10];
const MINUTE_MS: i64 = 60_000;
/// The reviewers begin so many days before the first secretary arrives.
const EARLIER_DAYS: i64 = 3;

/// Makes everything, as of now. The folder is new.
pub fn make(folder: &Path, powers: &Powers, extent: Extent, say: &dyn Fn(&str)) -> Done<()> {
    let end = powers.now().plus_ms(-MINUTE_MS);
    let nobody =
        || refused("no village with a secretary is there: --within takes a county (621022) or a township (621022103)");
    let city = City::read(extent.within()).ok_or_else(nobody)?;
    let staff = staff::staff(&city, end, &mut powers.dice());
    let arrivals = staff.iter().filter_map(Someone::tenure).map(|tenure| tenure.arrived);
    let first = add_days(arrivals.min().unwrap_or(end.date()), -EARLIER_DAYS);
    let clock = Clock::at(Moment::start_of(first).plus_ms(8 * 60 * MINUTE_MS));
    let app = App::open(folder, clock.powers(powers))?;

    write_places(&app, &city, end.date())?;
    staff::write(&app.store, &staff, &password::hash(PASSWORD, powers.draw()), clock.now())?;
    let poor = city.villages().count();
    say(&format!(
        "{} 个区划 divisions，{poor} 个贫困村 poor villages (演示数据)，{} 人 people",
        city.units.len(),
        staff.len()
    ));

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Trouble::from)?;
    let townships = townships(&city, &staff, end);
    let (townships, count) = runtime.block_on(live(&app, &clock, townships, first, end, say))?;
    let sits = |one: &&Someone| matches!(&one.posting, Posting::Post(row) if row.post.role == Role::City);
    if let Some(city_desk) = staff.iter().find(sits) {
        let code = city.own.at(Level::City).unwrap_or(city.own);
        runtime.block_on(measure::set_targets(&app, code, city_desk.person.id, clock.now()))?;
    }
    say(&format!("{count}"));
    drop(townships);
    drop(runtime);
    let people: Vec<_> = staff.iter().map(|one| one.person.id).collect();
    app.store.write_sync(move |tx| -> Result<(), Trouble> {
        for person in people {
            device::sign_out_others(tx, person, None)?;
        }
        let (subject, detail) = (String::new(), String::new());
        audit::append(tx, &Deed { at: end, person: None, device: None, action: "demo.made", subject, detail })
    })?;
    check(&app.store, say)
}

fn write_places(app: &App, city: &City, today: Date) -> Done<()> {
    let (units, villages) = (city.units.clone(), city.poor_villages(today));
    let at = app.powers.now();
    let written: Result<(), Trouble> = app.store.write_sync(move |tx| {
        let note = |action, detail| {
            audit::append(tx, &Deed { at, person: None, device: None, action, subject: String::new(), detail })
        };
        note("divisions.imported", division::apply(tx, &units)?.to_string())?;
        note("poor_villages.imported", poor_village::apply(tx, &villages)?.to_string())
    });
    Ok(written?)
}

/// Turns the clock from evening to evening; at each, all townships live on side by side.
async fn live(
    app: &App,
    clock: &Clock,
    mut townships: Vec<Township>,
    first: Date,
    end: Moment,
    say: &dyn Fn(&str),
) -> Done<(Vec<Township>, Count)> {
    let texts = Arc::new(Texts::read());
    let mut count = Count::default();
    let mut day = first;
    while day <= end.date() {
        for minutes in EVENINGS {
            let now = Moment::start_of(day).plus_ms(minutes * MINUTE_MS);
            if now >= end {
                break;
            }
            clock.turn_to(now);
            app.settle_scopes().await?;
            let lived = step(app, &texts, townships, clock.now(), Hour::Evening).await?;
            townships = lived.0;
            count.add(lived.1);
        }
        if day == first || day.day() == 1 {
            say(&format!("{day}: {count}"));
        }
        day = add_days(day, 1);
    }
    clock.turn_to(end);
    app.settle_scopes().await?;
    let (townships, last) = step(app, &texts, townships, clock.now(), Hour::Last).await?;
    count.add(last);
    Ok((townships, count))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hour {
    Evening,
    Last,
}

async fn step(
    app: &App,
    texts: &Arc<Texts>,
    townships: Vec<Township>,
    now: Moment,
    hour: Hour,
) -> Done<(Vec<Township>, Count)> {
    let mut living = JoinSet::new();
    for mut township in townships {
        let (app, texts) = (app.clone(), texts.clone());
        living.spawn(async move {
            let count = township.live(&app, &texts, now).await?;
            if hour == Hour::Last {
                township.finish(&app, now).await?;
            }
            Ok::<_, Fault<String>>((township, count))
        });
    }
    let (mut townships, mut count) = (Vec::new(), Count::default());
    while let Some(lived) = living.join_next().await {
        let (township, more) = lived.map_err(|_| Trouble::Panicked)??;
        count.add(more);
        townships.push(township);
    }
    Ok((townships, count))
}

type Check = fn(&Connection) -> Result<Vec<String>, Trouble>;

/// What `zhucun check` asks, once; anything found is a bug and ends the making.
fn check(store: &Store, say: &dyn Fn(&str)) -> Done<()> {
    const CHECKS: [Check; 4] = [meta::check, document::check, read_model::check, |connection| {
        let broken = audit::check(connection)?.err();
        Ok(broken.map(|number| format!("the audit chain breaks at {number}")).into_iter().collect())
    }];
    let found: Vec<Result<Vec<String>, Trouble>> = std::thread::scope(|scope| {
        let run = |check| scope.spawn(move || store.read_sync(check));
        let running: Vec<_> = CHECKS.into_iter().map(run).collect();
        running.into_iter().map(|check| check.join().unwrap_or(Err(Trouble::Panicked))).collect()
    });
    let mut faults = Vec::new();
    for found in found {
        faults.extend(found?);
    }
    if faults.is_empty() {
        say("检查通过 checked: documents, feeds, read model, audit chain");
        return Ok(());
    }
    Err(refused(format!("the demonstration is not sound, which is a bug:\n{}", faults.join("\n"))))
}
