//! The end of a run: the faults stop, everybody syncs until nothing moves any more, and the oracle looks at all of it.
use std::collections::{BTreeMap, BTreeSet};

use zhucun_core::contract::{EntriesView, EntryState, EntrySummary, Query, View};
use zhucun_core::document::DocumentId;
use zhucun_core::host::Event;
use zhucun_core::id::EntryId;

use super::phone::{CommitFaults, Hash};
use super::run::{Done, Run};
use super::world::{VILLAGES, village};

/// Syncs of one phone in a round: enough for a sign-in, what waits and what is then to be done again.
const SYNCS_MAX: usize = 4;
/// Times that everybody syncs, within which nothing waits and all have the same: a queue that is longer is wedged.
const ROUNDS_MAX: usize = 8;
/// Longer than any waiting time of a phone.
const A_WHILE_MS: i64 = 200_000;

type EntryRows = BTreeMap<EntryId, Vec<(String, String)>>;

impl Run {
    pub(super) fn finish(&mut self) -> Done {
        self.calm_down()?;
        self.look_for_damage()?;
        self.come_to_rest()?;
        self.open_again()?;
        self.come_to_rest()?;
        // With a backup, phones let go of what they may no longer hold.
        self.back_up_server()?;
        self.one_round_trip()?;
        self.hold_against_each_other()
    }

    fn calm_down(&mut self) -> Done {
        self.tell("the faults stop");
        self.count_disk();
        self.is_calm = true;
        if self.server.has_died() {
            self.end_server(super::server::End::PowerLost)?;
        }
        self.server.set_faults(|faults| (faults.dies_in, faults.fails_in, faults.full) = (None, None, false));
        // What is still on its way comes, and the server starts.
        self.wait_ms(2 * 3_600_000)?;
        for at in 0..self.phones.len() {
            let phone = &mut self.phones[at];
            if phone.is_hostile {
                phone.die();
                continue;
            }
            (phone.is_online, phone.is_full, phone.faults) = (true, false, CommitFaults::default());
            if !phone.is_on {
                self.open(at)?;
            }
        }
        Ok(())
    }

    /// The next day: what a server could not take from somebody who reads there no more is offered again.
    fn open_again(&mut self) -> Done {
        for at in (0..self.phones.len()).filter(|at| !self.phones[*at].is_hostile).collect::<Vec<_>>() {
            self.phones[at].die();
            self.open(at)?;
        }
        Ok(())
    }

    /// The operator checks the database. What is damaged, phones give back; what none of them has comes from a backup.
    fn look_for_damage(&mut self) -> Done {
        self.oracle.read(&self.server)?;
        self.server.scrub().map_err(|trouble| trouble.to_string())?;
        let damaged = self.server.damaged()?;
        // Who was shut out has a new name after this, and cannot push again what was only sent under the old one.
        for at in 0..self.phones.len() {
            let _ = self.phones[at].is_hostile || self.sync(at)?;
        }
        let mut held = BTreeSet::new();
        for phone in self.phones.iter().filter(|phone| !phone.is_hostile) {
            let mut changes = phone.changes()?;
            let (who, today) = (phone.person().id, self.now.date());
            changes.retain(|document, _| self.world.reads(who, *document, today));
            held.extend(changes.into_values().flatten());
        }
        let past_help = self.oracle.past_help(&self.server, &held)?;
        self.counters.add("server: damage given back", damaged.saturating_sub(past_help.len() as u64));
        for (key, line) in past_help {
            self.server.mend(key, line).map_err(|trouble| trouble.to_string())?;
        }
        Ok(())
    }

    fn come_to_rest(&mut self) -> Done {
        for _ in 0..ROUNDS_MAX {
            let before = self.oracle.log.len();
            self.deltas = 0;
            let mut is_empty = true;
            for at in 0..self.phones.len() {
                is_empty &= self.phones[at].is_hostile || self.sync(at)?;
            }
            is_empty &= !self.township_decides(true)?;
            self.oracle.read(&self.server)?;
            if is_empty && self.oracle.log.len() == before && self.deltas == 0 {
                return Ok(());
            }
        }
        let waiting = |phone: &super::phone::Phone| {
            let view = phone.sync_view(self.now)?;
            let waits = view.waiting > 0 || view.trouble.is_some() || view.sending;
            waits.then(|| format!("{}: {view:?}", phone.name))
        };
        let waiting: Vec<String> = self.phones.iter().filter(|phone| !phone.is_hostile).filter_map(waiting).collect();
        Err(format!("{ROUNDS_MAX} rounds of syncs do not come to rest; {}", waiting.join(", ")))
    }

    /// Syncs a phone until nothing of it waits, and says whether that is so. It may wait for another phone's changes.
    fn sync(&mut self, at: usize) -> Result<bool, String> {
        for _ in 0..SYNCS_MAX {
            self.mind_sign_in(at)?;
            self.feed(at, Event::Nudge)?;
            self.wait_ms(A_WHILE_MS)?;
            let view = self.phones[at].sync_view(self.now).ok_or("nobody is signed in")?;
            if view.waiting == 0 && view.trouble.is_none() && !view.sending {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// When nothing is new, a sync is one round trip. A new day may be news: a scope ends with it.
    fn one_round_trip(&mut self) -> Done {
        loop {
            let day = self.now.date();
            self.come_to_rest()?;
            let measured = self.count_round_trips();
            if self.now.date() == day {
                return measured;
            }
        }
    }

    fn count_round_trips(&mut self) -> Done {
        for at in (0..self.phones.len()).filter(|at| !self.phones[*at].is_hostile).collect::<Vec<_>>() {
            self.round_trips = 0;
            self.feed(at, Event::Nudge)?;
            self.wait_ms(A_WHILE_MS)?;
            // Two phones under one device id sign each other out.
            let device = self.phones[at].device();
            let twins = self.phones.iter().filter(|phone| phone.device() == device).count();
            if self.round_trips != 1 && twins == 1 {
                return Err(format!("{} takes {} round trips for nothing", self.phones[at].name, self.round_trips));
            }
        }
        Ok(())
    }

    fn hold_against_each_other(&mut self) -> Done {
        self.oracle.checks_database(&self.server)?;
        self.oracle.merges(self.swarm.is_hostile)?;
        let of = |path| self.counters.of(path);
        let loses_nothing = self.loses_nothing();
        if loses_nothing {
            self.oracle.settles_acks(&self.world)?;
            self.oracle.settles_joined(&self.world)?;
        }
        // A disk that is there twice, a device with a new name, or one that died over the opening of a document and set it
        // aside, may do a thing twice when the ack was lost; and a hostile phone may say again what somebody else said.
        let swarm = &self.swarm;
        let cared = of("phone: opened with care") > 0;
        // Over what was parked a township may decide again, and otherwise, when its server was put back.
        let restores = of("server: restored with a new epoch") + of("server: restored with the same epoch");
        let decides_again = restores > 0 && of("parked: released") + of("parked: dismissed") > 0;
        let may_do_twice = decides_again || cared || swarm.phone_copied + swarm.phone_put_back + swarm.revoked > 0;
        if loses_nothing {
            let is_exact = !may_do_twice && !swarm.is_hostile;
            self.oracle.settles_promises(&self.world, &self.phones, self.now, is_exact)?;
        }
        let rows = self.entry_rows()?;
        let (mut shown, mut listed) = (BTreeMap::new(), BTreeMap::new());
        for at in (0..self.phones.len()).filter(|at| !self.phones[*at].is_hostile) {
            self.has_what_it_may(at, loses_nothing)?;
            for (number, views) in self.villages_of(at) {
                self.shows_what_the_server_knows(at, &views, &rows)?;
                // What a server that was put back was given again it received later than those who had read it before.
                let mut views = views;
                let left = |entry: &&mut EntrySummary| restores > 0 && entry.state.awaits_review();
                views.entries.iter_mut().filter(left).for_each(|entry| entry.state = EntryState::DeemedRead);
                let otherwise =
                    |what: String| Err(format!("{} shows {what} otherwise than another phone", self.phones[at].name));
                for entry in &views.entries {
                    let text = serde_json::to_string(entry).expect("views are JSON");
                    if *shown.entry((number, entry.id)).or_insert_with(|| text.clone()) != text {
                        return otherwise(entry.id.to_string());
                    }
                }
                // Who came after somebody reads the visits of a year alone; who reviews there reads everything.
                let ids: Vec<EntryId> = views.entries.iter().map(|entry| entry.id).collect();
                if self.world.reviews(self.phones[at].person().id, village(number), self.now.date())
                    && *listed.entry(number).or_insert_with(|| ids.clone()) != ids
                {
                    return otherwise(VILLAGES[number].to_owned());
                }
            }
            self.reads_the_same_again(at)?;
        }
        Ok(())
    }

    /// A phone holds exactly what its person is entitled to; and what a restored server has no place for, or has another
    /// change in the place of.
    fn has_what_it_may(&self, at: usize, loses_nothing: bool) -> Done {
        let phone = &self.phones[at];
        let entitled = self.oracle.entitled(&self.world, phone.person().id, self.now.date());
        let mut held = phone.changes()?;
        held.retain(|document, _| self.world.knows(*document));
        let difference = |one: &BTreeMap<DocumentId, BTreeSet<Hash>>, other: &BTreeMap<DocumentId, BTreeSet<Hash>>| {
            let nothing = BTreeSet::new();
            let beyond = |(id, changes): (&DocumentId, &BTreeSet<Hash>)| {
                let more = changes.difference(other.get(id).unwrap_or(&nothing)).count();
                (more > 0).then(|| format!("{more} changes of {id}"))
            };
            one.iter().filter_map(beyond).collect::<Vec<_>>().join(", ")
        };
        let (missing, beyond) = (difference(&entitled, &held), difference(&held, &entitled));
        if !missing.is_empty() || (loses_nothing && !beyond.is_empty()) {
            return Err(format!("{} lacks [{missing}] and has beyond [{beyond}]", phone.name));
        }
        Ok(())
    }

    fn villages_of(&self, at: usize) -> Vec<(usize, EntriesView)> {
        let (who, today) = (self.phones[at].person().id, self.now.date());
        let seen = (0..VILLAGES.len()).filter(|number| self.world.sees(who, village(*number), today));
        seen.filter_map(|number| {
            match self.phones[at].see_on_time(self.now, &Query::Village { village: village(number) }) {
                View::Entries(views) => Some((number, views)),
                _ => None,
            }
        })
        .collect()
    }

    /// Version and state of every entry, as the server's desks read them; of a form that was recorded in two postings, both.
    fn entry_rows(&self) -> Result<EntryRows, String> {
        let read = self.server.read(|connection| {
            let mut rows = connection.prepare("SELECT id, version, state FROM entry")?;
            let mut found = EntryRows::new();
            for row in rows.query_map([], |row| Ok((EntryId(row.get(0)?), (row.get(1)?, row.get(2)?))))? {
                let (entry, says) = row?;
                found.entry(entry).or_default().push(says);
            }
            Ok(found)
        });
        read.map_err(|trouble| trouble.to_string())
    }

    fn shows_what_the_server_knows(&self, at: usize, views: &EntriesView, rows: &EntryRows) -> Done {
        let phone = &self.phones[at];
        for EntrySummary { id, state, .. } in &views.entries {
            let View::Entry(view) = self.view(at, &Query::Entry { entry: *id }) else {
                return Err(format!("{} lists {id} and does not show it", phone.name));
            };
            // What nobody reviewed for long is deemed read by the day; the rows do not change with days.
            let is_deemed = |row: &String| {
                *state == EntryState::DeemedRead && ["submitted", "answered", "amended"].contains(&row.as_str())
            };
            let shown = (view.version, state.code().to_owned());
            let is_so = |(version, row): &(String, String)| *version == shown.0 && (*row == shown.1 || is_deemed(row));
            if !rows.get(id).is_some_and(|all| all.iter().any(is_so)) {
                return Err(format!("{} shows {id} as {shown:?}, the server as {:?}", phone.name, rows.get(id)));
            }
        }
        Ok(())
    }

    /// A replica opened from the disk says what the one that runs says.
    fn reads_the_same_again(&self, at: usize) -> Done {
        let phone = &self.phones[at];
        let again = phone.reread(self.now);
        for query in [Query::Entries, Query::Queue, Query::DeadLetters] {
            let text = |view: View| serde_json::to_string(&view).expect("views are JSON");
            let (now, then) = (text(self.view(at, &query)), text(again.view(phone.clock(self.now), &query)));
            if now != then {
                return Err(format!("{} says otherwise after opening again: {now} is now {then}", phone.name));
            }
        }
        Ok(())
    }
}
