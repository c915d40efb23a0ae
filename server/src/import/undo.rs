//! Undoing an import: what it wrote gives way to what stood there before, all of it or nothing. What became otherwise
//! since, and what somebody has begun to use, is not undone; versions are never taken back, the next one says again what
//! held before.
use std::collections::BTreeSet;

use jiff::civil::Date;
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::duty::{POLICIES_MAX, Policies, Policy};
use zhucun_core::id::{PersonId, TenureId};
use zhucun_core::person::{Post, Role};
use zhucun_core::tenure::{Tenure, TenureRole};

use super::replaced::Replaced;
use super::sent::{Done, administers, is_whole, tops};
use super::sentence::sentences;
use crate::access::may_appoint;
use crate::accounts::Caller;
use crate::accounts::token::ACCESS_MS;
use crate::refusal::Refusal;
use crate::store::audit::{self, Deed};
use crate::store::imported::{self, Import};
use crate::store::person::Particulars;
use crate::store::{
    Connection, Transaction, Trouble, account, calendar, device, division, grant, person, policy, post, read_model,
    tenure,
};

sentences! {
    /// Why an import cannot be undone.
    Hindrance {
        TooOld = "too_old" "what it replaced is no longer known";
        PersonChanged { name: String } = "person_changed" "{name} was changed since, or is named elsewhere";
        PostingChanged { name: String, role: &'static str, place: String } = "posting_changed"
            "{name} {role} {place}: was changed since";
        /// The account was used, or a device of it may have been.
        SignedIn { name: String } = "signed_in" "{name} has signed in since";
        HasRecords { name: String, place: String } = "has_records" "{name} {place}: records hang on this tenure";
        Overlaps { name: String, place: String } = "overlaps" "{name} {place}: another tenure began since";
        NotAdministered { name: String } = "not_administered" "you do not administer {name}";
        OutsideDivision { place: String } = "outside_division" "{place} lies outside of the division that you administer";
        VillageChanged { place: String, from: Date } = "village_changed" "{place}, marked from {from}: was changed since";
        YearChanged { year: i16 } = "year_changed" "{year} was imported anew since";
        VersionFollowed { version: u32 } = "version_followed" "version {version} was imported since";
        VersionsTooMany { max: usize } = "versions_too_many" "no more than {max} versions are kept";
    }
}

/// The latest imports that concern the caller's division, the latest first.
pub fn listed(connection: &Connection, caller: Caller, today: Date) -> Done<Vec<Import>> {
    let tops = tops(connection, caller, today)?;
    Ok(imported::latest(connection)?.into_iter().filter(|it| concerns(it, &tops)).collect())
}

fn concerns(it: &Import, tops: &[DivisionCode]) -> bool {
    it.reach.map_or_else(|| is_whole(tops), |reach| tops.iter().any(|top| top.contains(reach)))
}

/// Undoes an import; or says all that stands against it. Undoing twice is undoing once. Gives those whose scope changed.
pub fn undo(
    tx: &Transaction<'_>,
    caller: Caller,
    number: i64,
    now: Moment,
) -> Done<Result<Vec<PersonId>, Vec<Hindrance>>> {
    let tops = tops(tx, caller, now.date())?;
    let import = imported::find(tx, number)?.filter(|it| concerns(it, &tops)).ok_or(Refusal::NotFound)?;
    if import.undone.is_some() {
        return Ok(Ok(Vec::new()));
    }
    let replaced: Vec<Option<Replaced>> =
        imported::replaced(tx, number)?.iter().map(|text| Replaced::read(text)).collect();
    let replaced: Option<Vec<Replaced>> = replaced.into_iter().collect();
    let Some(replaced) = replaced.filter(|replaced| !replaced.is_empty()) else {
        return Ok(Err(vec![Hindrance::TooOld]));
    };
    let undoing = Undoing { connection: tx, caller, tops, import: &import, replaced: &replaced, today: now.date() };
    let hindrances = undoing.hindrances()?;
    if !hindrances.is_empty() {
        return Ok(Err(hindrances));
    }
    if let Err(hindrance) = put_back_policies(tx, &replaced, now)? {
        return Ok(Err(vec![hindrance]));
    }
    // People are written before what they are, and taken back after it.
    for it in replaced.iter().rev() {
        put_back(tx, it, now)?;
    }
    let people = grant::settle(tx, now)?;
    imported::undo(tx, number, now, caller.person)?;
    let Import { kind, added, changed, ended, .. } = &import;
    let deed = Deed {
        at: now,
        person: Some(caller.person),
        device: Some(caller.device),
        action: "import.undone",
        subject: import.reach.map(|reach| reach.to_string()).unwrap_or_default(),
        detail: format!("{kind} of {}: {added} added, {changed} changed, {ended} ended", import.at.date()),
    };
    audit::append(tx, &deed)?;
    Ok(Ok(people))
}

struct Undoing<'a> {
    connection: &'a Connection,
    caller: Caller,
    tops: Vec<DivisionCode>,
    import: &'a Import,
    replaced: &'a [Replaced],
    today: Date,
}

impl Undoing<'_> {
    fn hindrances(&self) -> Result<Vec<Hindrance>, Trouble> {
        let mut found = self.of_people()?;
        for it in self.replaced {
            found.extend(match it {
                Replaced::Person { id, before, after } => self.of_person(*id, before.as_ref(), after)?,
                Replaced::Tenure { before, after } => self.of_tenure(before.as_ref(), after)?,
                Replaced::Post { person, before, after } => {
                    let rows = post::rows(self.connection, *person)?;
                    let hindrance = self.of_posting(*person, after.post, rows.contains(after), before.is_none())?;
                    let others = rows.iter().filter(|row| row.post == after.post && row.from != after.from);
                    let runs_into = before.as_ref().is_some_and(|before| {
                        others.clone().any(|row| meet((before.from, before.to), (row.from, row.to)))
                    });
                    match hindrance {
                        None if runs_into => {
                            let place = self.place(after.post.division)?;
                            Some(Hindrance::Overlaps { name: self.name(*person)?, place })
                        }
                        hindrance => hindrance,
                    }
                }
                Replaced::PoorVillage { before, after } => {
                    let place = self.place(after.code)?;
                    let marks = division::poor_inside(self.connection, after.code)?;
                    let others = marks.iter().filter(|mark| mark.from != after.from);
                    let runs_into = before.as_ref().is_some_and(|before| {
                        others.clone().any(|mark| meet((before.from, before.to), (mark.from, mark.to)))
                    });
                    if !self.tops.iter().any(|top| top.contains(after.code)) {
                        Some(Hindrance::OutsideDivision { place })
                    } else if !marks.contains(after) || runs_into {
                        Some(Hindrance::VillageChanged { place, from: after.from })
                    } else {
                        None
                    }
                }
                Replaced::Year { year, after, .. } => {
                    let first = jiff::civil::date(*year, 1, 1);
                    let stands = calendar::in_force(self.connection)?.between(first, first) == *after;
                    (!stands).then_some(Hindrance::YearChanged { year: *year })
                }
                Replaced::Version { .. } => None,
            });
        }
        Ok(found)
    }

    /// Everybody whom it is about must be one whom the caller may change.
    fn of_people(&self) -> Result<Vec<Hindrance>, Trouble> {
        let people: BTreeSet<PersonId> = self.replaced.iter().filter_map(whose).collect();
        let mut found = Vec::new();
        for id in people {
            // Of who is gone, what follows says so.
            let Some(of) = account::of_person(self.connection, id)? else { continue };
            if administers(self.connection, self.caller, id, &of.login, self.today)?.is_err() {
                found.push(Hindrance::NotAdministered { name: self.name(id)? });
            }
        }
        Ok(found)
    }

    fn of_person(
        &self,
        id: PersonId,
        before: Option<&Particulars>,
        after: &Particulars,
    ) -> Result<Option<Hindrance>, Trouble> {
        let stands = person::particulars(self.connection, id)?.as_ref() == Some(after);
        // Whether they have signed in is asked of what they were given.
        let is_changed = !stands || (before.is_none() && self.holds_more(id)?);
        Ok(is_changed.then(|| Hindrance::PersonChanged { name: after.name.clone() }))
    }

    /// Whether somebody holds or decided anything besides what the import gave them.
    fn holds_more(&self, id: PersonId) -> Result<bool, Trouble> {
        let given = self.replaced.iter().filter(|it| match it {
            Replaced::Tenure { before: None, after } => after.person == id,
            Replaced::Post { person, before: None, .. } => *person == id,
            _ => false,
        });
        let held = tenure::of_person(self.connection, id)?.len() + post::rows(self.connection, id)?.len();
        Ok(held != given.count() || person::has_decided(self.connection, id)?)
    }

    fn of_tenure(&self, before: Option<&Tenure>, after: &Tenure) -> Result<Option<Hindrance>, Trouble> {
        let Tenure { id, person, division, .. } = *after;
        let post = Post { role: role(after.role), division };
        let stands = tenure::find(self.connection, id)?.as_ref() == Some(after);
        if let Some(hindrance) = self.of_posting(person, post, stands, before.is_none())? {
            return Ok(Some(hindrance));
        }
        let (name, place) = (self.name(person)?, self.place(division)?);
        match before {
            None => Ok(tenure::is_used(self.connection, id)?.then_some(Hindrance::HasRecords { name, place })),
            Some(before) => Ok(self.overlaps(before, after)?.then_some(Hindrance::Overlaps { name, place })),
        }
    }

    /// Whether a tenure as it was would run into another one that the import knew nothing of.
    fn overlaps(&self, before: &Tenure, after: &Tenure) -> Result<bool, Trouble> {
        let own: BTreeSet<TenureId> = self.replaced.iter().filter_map(tenure_of).collect();
        let others = tenure::of_person(self.connection, after.person)?.into_iter().filter(|it| !own.contains(&it.id));
        let meets = |one: &Tenure, other: &Tenure| one.arrived <= other.last_day() && other.arrived <= one.last_day();
        Ok(others.into_iter().any(|other| meets(before, &other) && !meets(after, &other)))
    }

    fn of_posting(
        &self,
        whose: PersonId,
        post: Post,
        stands: bool,
        is_new: bool,
    ) -> Result<Option<Hindrance>, Trouble> {
        let (name, place) = (self.name(whose)?, self.place(post.division)?);
        let own = post::held(self.connection, self.caller.person, self.today)?;
        if !may_appoint(&own, &post) {
            return Ok(Some(Hindrance::NotAdministered { name }));
        }
        if !stands {
            return Ok(Some(Hindrance::PostingChanged { name, role: post.role.code(), place }));
        }
        // A device says that it is there when it renews its access, not each time that it uses it.
        let since = self.import.at.plus_ms(-ACCESS_MS);
        let may_know = |device: &device::Device| device.last_seen >= since;
        let is_used = device::of_person(self.connection, whose)?.iter().any(may_know);
        Ok((is_new && is_used).then_some(Hindrance::SignedIn { name }))
    }

    fn name(&self, id: PersonId) -> Result<String, Trouble> {
        Ok(person::find(self.connection, id)?.map(|person| person.name).unwrap_or_default())
    }

    fn place(&self, code: DivisionCode) -> Result<String, Trouble> {
        Ok(division::find(self.connection, code)?.map_or_else(|| code.to_string(), |unit| unit.name))
    }
}

/// Whether two spans have a day in common, both ends included; one without a last day goes on.
fn meet(one: (Date, Option<Date>), other: (Date, Option<Date>)) -> bool {
    let begins_by = |from: Date, to: Option<Date>| to.is_none_or(|to| from <= to);
    begins_by(one.0, other.1) && begins_by(other.0, one.1)
}

fn role(of: TenureRole) -> Role {
    Role::from_code(of.code()).expect("every tenure's role is a role")
}

fn whose(it: &Replaced) -> Option<PersonId> {
    match it {
        Replaced::Person { id, .. } => Some(*id),
        Replaced::Tenure { after, .. } => Some(after.person),
        Replaced::Post { person, .. } => Some(*person),
        Replaced::PoorVillage { .. } | Replaced::Year { .. } | Replaced::Version { .. } => None,
    }
}

fn tenure_of(it: &Replaced) -> Option<TenureId> {
    match it {
        Replaced::Tenure { after, .. } => Some(after.id),
        _ => None,
    }
}

fn put_back(tx: &Transaction<'_>, it: &Replaced, now: Moment) -> Result<(), Trouble> {
    match it {
        Replaced::Person { id, before: Some(before), .. } => person::put(tx, *id, before),
        Replaced::Person { id, before: None, .. } => person::remove(tx, *id),
        Replaced::Tenure { before: Some(before), .. } => {
            tenure::put(tx, before)?;
            read_model::follow_tenure(tx, before.id)
        }
        Replaced::Tenure { before: None, after } => tenure::remove(tx, after.id),
        Replaced::Post { person, before: Some(before), .. } => post::put(tx, *person, before),
        Replaced::Post { person, before: None, after } => post::remove(tx, *person, after),
        Replaced::PoorVillage { before: Some(before), .. } => division::put_poor_village(tx, before),
        Replaced::PoorVillage { before: None, after } => division::remove_poor_village(tx, after),
        Replaced::Year { year, before, .. } => calendar::add(tx, *year, before, now).map(|_| ()),
        Replaced::Version { .. } => Ok(()),
    }
}

/// From the first day that the versions of an import are valid on, what held without them holds again: a further version
/// for each day on which that changes, none lower than one before it.
fn put_back_policies(
    tx: &Transaction<'_>,
    replaced: &[Replaced],
    now: Moment,
) -> Result<Result<(), Hindrance>, Trouble> {
    let version = |it: &Replaced| match it {
        Replaced::Version { version } => Some(*version),
        _ => None,
    };
    let undone: BTreeSet<u32> = replaced.iter().filter_map(version).collect();
    if undone.is_empty() {
        return Ok(Ok(()));
    }
    let all = policy::all(tx)?.given().to_vec();
    let highest = all.iter().map(|policy| policy.version).max().unwrap_or(1);
    let (gone, kept): (Vec<Policy>, Vec<Policy>) = all.into_iter().partition(|it| undone.contains(&it.version));
    let Some(first) = gone.iter().map(|policy| policy.valid_from).min() else {
        return Ok(Err(Hindrance::TooOld));
    };
    let since = gone.iter().map(|policy| policy.version).max().unwrap_or(highest);
    if highest > since {
        return Ok(Err(Hindrance::VersionFollowed { version: highest }));
    }
    let days: BTreeSet<Date> =
        kept.iter().map(|policy| policy.valid_from).filter(|day| *day > first).chain([first]).collect();
    let has_numbers = u32::try_from(days.len()).is_ok_and(|more| highest.checked_add(more).is_some());
    if !has_numbers || kept.len() + gone.len() + days.len() > POLICIES_MAX {
        return Ok(Err(Hindrance::VersionsTooMany { max: POLICIES_MAX }));
    }
    let before = Policies::of(kept);
    for (version, valid_from) in (highest + 1..).zip(days) {
        let it = Policy { version, valid_from, ..before.in_force(valid_from).clone() };
        policy::add(tx, &it, now)?;
    }
    read_model::follow_policies(tx)?;
    Ok(Ok(()))
}
