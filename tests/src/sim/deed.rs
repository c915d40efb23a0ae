//! What happens in a run, by chance: what people do on their phones, what befalls phones and server, who is moved.
use std::collections::BTreeMap;

use jiff::civil::Date;
use zhucun_core::assessment::AssessmentKind;
use zhucun_core::clock::{Moment, add_days};
use zhucun_core::contract::{Command, EntryAction, EntryState, EntryView, Outcome, Query, View};
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::entry::{EntryKind, Fields, HOUSEHOLDS, OCCURRED_ON};
use zhucun_core::excusal::ExcusalBasis;
use zhucun_core::field::FieldValue;
use zhucun_core::host::Event;
use zhucun_core::id::{EntryId, PersonId};
use zhucun_core::programme::RecordKind;
use zhucun_core::review::{ReturnReason, VoidReason};
use zhucun_core::tenure::{EndReason, TenureRole};
use zhucun_server::store::assessment::{Part, Writing};
use zhucun_server::store::{assessment, device, grant, post, read_model, tenure};
use zhucun_server::sync::parking::{Verdict, Why};

use super::chance::Chance;
use super::oracle::{Promise, standing};
use super::phone::Rows;
use super::run::{Done, Run};
use super::server::{End, Epoch};
use super::world::{MEMBER, REVIEWERS, SECRETARIES};

/// Phones of one run, clones included.
const PHONES_MAX: usize = 12;

impl Run {
    pub(super) fn something_happens(&mut self) -> Done {
        let swarm = &self.swarm;
        let weights = [
            40,
            25,
            swarm.goes_offline,
            swarm.phone_dies,
            swarm.phone_full,
            swarm.phone_cleared,
            swarm.phone_put_back,
            swarm.phone_copied,
            swarm.clock_jumps,
            swarm.killed,
            swarm.power_lost,
            swarm.dies_within,
            swarm.stopped,
            swarm.disk_full,
            swarm.disk_fails,
            swarm.bits_flip,
            swarm.restored,
            swarm.moved,
            swarm.revoked,
        ];
        let at = self.chance.below(self.phones.len());
        match self.chance.weighted(&weights) {
            0 => self.person_acts(at),
            1 => self.nudge(at),
            2 => {
                self.phones[at].is_online = !self.phones[at].is_online;
                Ok(())
            }
            3 => self.phone_dies(at),
            4 => {
                self.phones[at].is_full = !self.phones[at].is_full;
                self.counters.add("phone: full", self.phones[at].is_full.into());
                self.tell(&format!("{} full: {}", self.phones[at].name, self.phones[at].is_full));
                Ok(())
            }
            5 => self.lose_disk(at, Rows::new(), "phone: cleared"),
            6 => self.put_back(at),
            7 => self.copy_phone(at),
            8 => {
                self.counters.count("phone: clock jumped");
                self.phones[at].skew_ms = match self.chance.below(3) {
                    0 => 0,
                    1 => -self.now.0 + self.chance.between(0, 86_400_000),
                    _ => self.chance.between(-40 * 86_400_000, 40 * 86_400_000),
                };
                self.tell(&format!("{} clock is off by {} ms", self.phones[at].name, self.phones[at].skew_ms));
                Ok(())
            }
            9 => self.end_if_up(End::Killed, "server: killed"),
            10 => self.end_if_up(End::PowerLost, "server: power lost"),
            11 => {
                let after = u32::try_from(self.chance.between(0, 12)).unwrap_or(0);
                self.server.set_faults(|faults| faults.dies_in = Some(after));
                Ok(())
            }
            12 => self.end_if_up(End::Stopped, "server: stopped"),
            13 => {
                let is_full = self.chance.in_1000(500);
                self.server.set_faults(|faults| faults.full = is_full);
                self.tell(&format!("the server's disk is full: {is_full}"));
                Ok(())
            }
            14 => {
                let after = u32::try_from(self.chance.between(0, 30)).unwrap_or(0);
                self.server.set_faults(|faults| faults.fails_in = Some(after));
                self.tell(&format!("the server's disk fails in {after}"));
                Ok(())
            }
            15 => self.flip_a_bit(),
            16 => self.copy_or_restore(),
            17 => self.somebody_is_moved(),
            _ => self.revoke(at),
        }
    }

    // ---- phones

    fn nudge(&mut self, at: usize) -> Done {
        if !self.phones[at].is_on {
            return Ok(());
        }
        self.mind_sign_in(at)?;
        self.feed(at, Event::Nudge)
    }

    /// Signs in again where the screen asks for it.
    pub(super) fn mind_sign_in(&mut self, at: usize) -> Done {
        use zhucun_core::contract::SyncTrouble::{Revoked, SignedOut};
        let trouble = self.phones[at].sync_view(self.now).and_then(|view| view.trouble);
        let is_out = self.phones[at].device().is_none() || matches!(trouble, Some(SignedOut | Revoked));
        if self.phones[at].is_on && is_out {
            self.counters.count("phone: signed in again");
            return self.sign_in(at);
        }
        Ok(())
    }

    fn phone_dies(&mut self, at: usize) -> Done {
        if !self.phones[at].is_on {
            return self.open(at);
        }
        self.counters.count("phone: died between commits");
        self.tell(&format!("{} dies", self.phones[at].name));
        self.phones[at].die();
        if self.chance.in_1000(700) { self.open(at) } else { Ok(()) }
    }

    fn lose_disk(&mut self, at: usize, rows: Rows, how: &'static str) -> Done {
        self.counters.count(how);
        self.tell(&format!("{} {how}", self.phones[at].name));
        if self.server.is_up() {
            self.oracle.read(&self.server)?;
        }
        self.oracle.lose_disk(at);
        self.phones[at].put_rows(rows);
        self.oracle.give_up(&self.phones)?;
        self.open(at)
    }

    fn put_back(&mut self, at: usize) -> Done {
        match self.phones[at].copy.take() {
            Some(rows) => self.lose_disk(at, rows, "phone: put back to an older disk"),
            None => {
                self.phones[at].copy = Some(self.phones[at].rows().clone());
                Ok(())
            }
        }
    }

    fn copy_phone(&mut self, at: usize) -> Done {
        if self.phones.len() >= PHONES_MAX || self.phones[at].is_hostile {
            return Ok(());
        }
        self.counters.count("phone: copied to another");
        let name = format!("{}{}", self.phones[at].person().name, self.phones.len());
        self.tell(&format!("{} is copied to {name}", self.phones[at].name));
        let twin = self.phones[at].clone_as(name, self.chance.fork());
        self.add_phone(twin);
        self.open(self.phones.len() - 1)
    }

    // ---- the server

    fn end_if_up(&mut self, how: End, path: &'static str) -> Done {
        if !self.server.is_up() {
            return Ok(());
        }
        self.counters.count(path);
        self.end_server(how)
    }

    /// One bit of what the server stored turns over.
    fn flip_a_bit(&mut self) -> Done {
        if !self.server.is_up() {
            return Ok(());
        }
        self.oracle.read(&self.server)?;
        let bundles = self.oracle.bundles();
        let Some(key) = self.chance.pick(&bundles).copied() else { return Ok(()) };
        let at = self.chance.below(1 << 16);
        self.counters.count("server: bit flipped");
        self.tell(&format!("a bit of bundle {key} flips"));
        self.oracle.rots(key);
        self.server.flip(key, at).map_err(|trouble| trouble.to_string())
    }

    fn copy_or_restore(&mut self) -> Done {
        if self.backup.is_none() {
            return self.back_up_server();
        }
        let epoch = if self.chance.in_1000(500) { Epoch::New } else { Epoch::Same };
        self.restore_server(epoch)
    }

    // ---- people

    fn somebody_is_moved(&mut self) -> Done {
        if !self.server.is_up() {
            return Ok(());
        }
        let today = self.now.date();
        match self.chance.below(5) {
            0 => self.end_tenure(today),
            1 => self.tenure_goes_on(),
            2 => self.begin_tenure(today),
            3 => self.township_decides(false).map(drop),
            _ => self.change_post(today),
        }
    }

    /// The township takes or dismisses what is parked, as far as it can; with `all` also what it would have to wait for.
    /// Says whether there was anything.
    pub(super) fn township_decides(&mut self, all: bool) -> Result<bool, String> {
        let told = |trouble: zhucun_server::store::Trouble| trouble.to_string();
        let keys = self.server.parked().map_err(told)?;
        for key in &keys {
            // It was decided together with another.
            if !self.server.parked().map_err(told)?.contains(key) {
                continue;
            }
            let releases = self.chance.in_1000(600);
            let verdict = if releases { Verdict::Release } else { Verdict::Dismiss(why("不收")) };
            let mut is_decided = self.server.decide(*key, verdict).map_err(told)?;
            let path = if releases { "parked: released" } else { "parked: dismissed" };
            self.counters.add(path, is_decided.into());
            self.tell(&format!("pile {key}: {path}: {is_decided}"));
            if !is_decided && all {
                is_decided = self.server.decide(*key, Verdict::Dismiss(why("等不到"))).map_err(told)?;
            }
            if !is_decided && all {
                return Err(format!("pile {key} cannot be decided"));
            }
        }
        Ok(!keys.is_empty())
    }

    /// A tenure ends: today, or so long ago that its holder may no longer see the village.
    fn end_tenure(&mut self, today: Date) -> Done {
        let at = self.chance.below(self.world.tenures.len());
        let ended = add_days(today, -self.chance.between(0, 70)).max(self.world.tenures[at].arrived);
        let it = &mut self.world.tenures[at];
        (it.ended, it.reason) = (Some(ended), Some(EndReason::Reassigned));
        self.counters.count("people: moved");
        if self.chance.in_1000(400) {
            let id = self.world.tenures[at].id;
            self.world.assessed.insert(id);
            self.counters.count("people: assessed");
        }
        self.put_tenure(at)
    }

    fn tenure_goes_on(&mut self) -> Done {
        let ended: Vec<usize> =
            (0..self.world.tenures.len()).filter(|at| self.world.tenures[*at].ended.is_some()).collect();
        let Some(at) = self.chance.pick(&ended).copied() else { return Ok(()) };
        let it = &mut self.world.tenures[at];
        (it.ended, it.reason) = (None, None);
        self.counters.count("people: back");
        self.put_tenure(at)
    }

    fn begin_tenure(&mut self, today: Date) -> Done {
        let who = *self.chance.pick(&[SECRETARIES[0], SECRETARIES[1], MEMBER]).expect("three people");
        let village = super::world::village(self.chance.below(4));
        let role = if self.chance.in_1000(500) { TenureRole::FirstSecretary } else { TenureRole::TeamMember };
        let it = self.world.tenure(who, role, village, add_days(today, -self.chance.between(0, 3)));
        self.world.tenures.push(it);
        self.counters.count("people: moved");
        self.put_tenure(self.world.tenures.len() - 1)
    }

    fn put_tenure(&mut self, at: usize) -> Done {
        let it = self.world.tenures[at].clone();
        self.tell(&format!("tenure {} of {} in {}: {:?}", it.id, it.person, it.division, it.ended));
        let (now, is_assessed) = (self.now, self.world.assessed.contains(&it.id));
        let written = self.server.write(move |tx| {
            tenure::put(tx, &it)?;
            if is_assessed && assessment::of_tenure(tx, it.id)?.is_empty() {
                assessment::put(tx, it.id, &at_the_end(it.person, now))?;
            }
            read_model::follow_tenure(tx, it.id)?;
            grant::settle(tx, now).map(drop)
        });
        written.map_err(|trouble| trouble.to_string())
    }

    /// A post ends, or somebody is promoted to one.
    fn change_post(&mut self, today: Date) -> Done {
        let (who, row) = if self.chance.in_1000(500) {
            let at = self.chance.below(self.world.posts.len());
            let last = add_days(today, -1).max(self.world.posts[at].1.from);
            let to = self.chance.in_1000(500).then_some(last);
            self.world.posts[at].1.to = to;
            self.world.posts[at].clone()
        } else {
            let who = *self.chance.pick(&[SECRETARIES[1], MEMBER, REVIEWERS[0]]).expect("three people");
            let row = (self.world.people[who].id, self.world.reviewing(self.chance.below(2), today));
            self.world.posts.retain(|(holder, known)| (*holder, known.post, known.from) != (row.0, row.1.post, today));
            self.world.posts.push(row.clone());
            row
        };
        self.counters.count("people: promoted");
        self.tell(&format!("{who} reviews {:?} from {} to {:?}", row.post.division, row.from, row.to));
        let now = self.now;
        let written = self.server.write(move |tx| {
            post::put(tx, who, &row)?;
            grant::settle(tx, now).map(drop)
        });
        written.map_err(|trouble| trouble.to_string())
    }

    fn revoke(&mut self, at: usize) -> Done {
        let Some(device) = self.phones[at].device().filter(|_| self.server.is_up()) else { return Ok(()) };
        self.counters.count("people: device revoked");
        self.tell(&format!("{} is shut out", self.phones[at].name));
        let now = self.now;
        let written = self.server.write(move |tx| device::revoke(tx, device, now));
        written.map_err(|trouble| trouble.to_string())
    }

    // ---- what people do on their phones

    fn person_acts(&mut self, at: usize) -> Done {
        if !self.phones[at].is_on || self.phones[at].device().is_none() {
            return Ok(());
        }
        let who = self.phones[at].who;
        let weights: [u32; 7] = if REVIEWERS.contains(&who) {
            [0, 0, 0, 8, 0, 10, 80]
        } else if who == MEMBER {
            [2, 0, 2, 0, 0, 20, 0]
        } else {
            [40, 15, 25, 9, 12, 8, 4]
        };
        match self.chance.weighted(&weights) {
            0 => self.log_lesson(at),
            1 => self.log_visit(at),
            2 => self.amend(at),
            3 => self.take_back(at),
            4 => self.answer(at),
            5 => self.add_household(at),
            _ => self.review(at),
        }
    }

    /// A text that stands nowhere else.
    fn marker(&mut self) -> String {
        self.markers += 1;
        format!("<{:06}>", self.markers)
    }

    /// Tells a phone to do something; `needles` are what must not be lost once it said that it did.
    fn command(&mut self, at: usize, what: &'static str, command: Command, needles: Vec<String>) -> Done {
        let promise = Promise { phone: at, what, needles, undoes: Vec::new(), excused: self.phones[at].is_hostile };
        self.promise(command, promise)
    }

    fn promise(&mut self, command: Command, promise: Promise) -> Done {
        let at = promise.phone;
        self.tell(&format!("{} {} {}", self.phones[at].name, promise.what, promise.needles.join(" ")));
        let fed = self.phones[at].tell(self.now, command);
        self.absorb(at, fed, Some(promise))
    }

    fn restore(&mut self, at: usize, view: &EntryView) -> Done {
        let (entry, undoes) = (view.summary.id, standing(view).map(str::to_owned).collect());
        let needles = vec![entry.to_string(), "restore".to_owned()];
        let (what, excused) = ("a restoration", self.phones[at].is_hostile);
        self.promise(Command::Restore { entry }, Promise { phone: at, what, needles, undoes, excused })
    }

    fn some_day(&mut self, at: usize) -> FieldValue {
        let today = self.phones[at].today(self.now);
        FieldValue::from(add_days(today, -self.chance.between(0, 5)).to_string())
    }

    fn log_lesson(&mut self, at: usize) -> Done {
        let (day, topic) = (self.some_day(at), self.marker());
        // Told by the number of texts, not by chance: what else happens in a seed stays.
        if self.markers.is_multiple_of(6) {
            return self.ask_for_leave(at, day, topic);
        }
        let fields = [(OCCURRED_ON, day), ("topic", topic.as_str().into()), ("lecturer", "self".into())];
        self.log(at, EntryKind::Lesson, fields.into(), topic)
    }

    fn ask_for_leave(&mut self, at: usize, day: FieldValue, grounds: String) -> Done {
        self.counters.count("leave: asked for");
        let fields = [
            ("leave_kind", "personal".into()),
            ("from", day.clone()),
            ("to", day.clone()),
            ("grounds", grounds.as_str().into()),
            (OCCURRED_ON, day),
        ];
        self.log(at, EntryKind::Leave, fields.into(), grounds)
    }

    fn log_visit(&mut self, at: usize) -> Done {
        let View::Home(home) = self.view(at, &Query::Home) else { return Ok(()) };
        let Some(village) = home.village else { return Ok(()) };
        let View::Households(known) = self.view(at, &Query::Households { village: village.code }) else {
            return Ok(());
        };
        let Some(household) = self.chance.pick(&known.households).map(|household| household.id) else { return Ok(()) };
        let (day, narrative) = (self.some_day(at), self.marker());
        let fields = [
            (OCCURRED_ON, day),
            (HOUSEHOLDS, household.to_string().into()),
            ("mode", "home".into()),
            ("narrative", narrative.as_str().into()),
        ];
        self.log(at, EntryKind::Visit, fields.into(), narrative)
    }

    /// Writes a draft, and most of the time records it.
    fn log(&mut self, at: usize, kind: EntryKind, fields: BTreeMap<&str, FieldValue>, marker: String) -> Done {
        let fields: Fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.command(at, "a draft", Command::SaveDraft { entry: None, kind, fields, seen: None }, vec![marker])?;
        if self.chance.in_1000(400) {
            self.raise_issue(at)?;
        }
        if !self.chance.in_1000(150) {
            return self.record(at);
        }
        // Told by the number of drafts, not by chance: what else happens in a seed stays.
        if self.markers.is_multiple_of(3) { self.leave_draft(at) } else { Ok(()) }
    }

    /// Leaves the form of the newest draft: it goes to the person's other phones.
    fn leave_draft(&mut self, at: usize) -> Done {
        let View::Entries(entries) = self.view(at, &Query::Entries) else { return Ok(()) };
        let newest = entries.entries.iter().find(|entry| entry.state == EntryState::Draft);
        let Some(entry) = newest.map(|entry| entry.id) else { return Ok(()) };
        let View::Draft(draft) = self.view(at, &Query::Draft { entry }) else { return Ok(()) };
        let texts = draft.fields.values().filter_map(FieldValue::text);
        let needles: Vec<String> = texts.filter(|text| text.starts_with('<')).map(str::to_owned).collect();
        if needles.is_empty() { Ok(()) } else { self.command(at, "a draft", Command::LeaveDraft { entry }, needles) }
    }

    /// Records the newest draft.
    fn record(&mut self, at: usize) -> Done {
        let View::Entries(entries) = self.view(at, &Query::Entries) else { return Ok(()) };
        let drafts: Vec<EntryId> =
            entries.entries.iter().filter(|entry| entry.state == EntryState::Draft).map(|entry| entry.id).collect();
        let Some(entry) = drafts.first().copied() else { return Ok(()) };
        let View::Draft(draft) = self.view(at, &Query::Draft { entry }) else { return Ok(()) };
        let raised: Vec<String> =
            draft.issues.iter().filter_map(|issue| issue.fields.get("text")?.text()).map(str::to_owned).collect();
        self.counters.add("draft: left and recorded later", (drafts.len() > 1).into());
        let texts = draft.fields.values().filter_map(FieldValue::text);
        let needles: Vec<String> = texts.filter(|text| text.starts_with('<')).map(str::to_owned).collect();
        let (what, said) = match draft.amends {
            true if needles.is_empty() => ("an amendment", raised.clone()),
            true => ("an amendment", needles.clone()),
            false => ("an entry", needles.clone()),
        };
        if said.is_empty() {
            return Ok(());
        }
        self.command(at, what, Command::Record { entry }, said)?;
        if self.last_was_done {
            self.counters.add("entry: raised an issue", raised.len() as u64);
            let excused = self.phones[at].is_hostile;
            for text in raised {
                if !excused && !draft.amends {
                    self.oracle.joined.push((needles.clone(), text.clone()));
                }
                self.oracle.promises.push(Promise {
                    phone: at,
                    what: "an issue",
                    needles: vec![text],
                    undoes: Vec::new(),
                    excused,
                });
            }
        }
        Ok(())
    }

    /// Puts an issue to the newest draft.
    fn raise_issue(&mut self, at: usize) -> Done {
        let View::Entries(entries) = self.view(at, &Query::Entries) else { return Ok(()) };
        let newest = entries.entries.iter().find(|entry| entry.state == EntryState::Draft);
        let Some(entry) = newest.map(|entry| entry.id) else { return Ok(()) };
        let text = self.marker();
        let fields = [("category", "water"), ("text", text.as_str())];
        let fields = fields.map(|(name, value)| (name.to_owned(), FieldValue::from(value))).into();
        self.command(at, "a draft", Command::SaveIssue { entry, issue: None, fields }, vec![text])
    }

    fn some_entry(&mut self, at: usize, wanted: impl Fn(&EntryView) -> bool) -> Option<EntryView> {
        // Own ones; a reviewer has none and looks into some village.
        let query = match REVIEWERS.contains(&self.phones[at].who) {
            true => Query::Village { village: self.some_village(at)? },
            false => Query::Entries,
        };
        let View::Entries(list) = self.view(at, &query) else { return None };
        let logged: Vec<EntryId> =
            list.entries.iter().filter(|entry| entry.state != EntryState::Draft).map(|entry| entry.id).collect();
        let found: Vec<EntryView> = logged
            .into_iter()
            .take(12)
            .filter_map(|entry| match self.view(at, &Query::Entry { entry }) {
                View::Entry(view) => Some(view),
                _ => None,
            })
            .filter(|view| wanted(view))
            .collect();
        let conflicts = found.iter().filter(|view| view.summary.conflicts > 0).count();
        self.counters.add("entry: two values beside each other", conflicts as u64);
        self.chance.pick(&found).cloned()
    }

    /// Says how the newest issue of one's village went on.
    fn amend_issue(&mut self, at: usize) -> Done {
        let View::Home(home) = self.view(at, &Query::Home) else { return Ok(()) };
        let Some(village) = home.village.map(|village| village.code) else { return Ok(()) };
        let View::Issues(view) = self.view(at, &Query::Issues { village }) else { return Ok(()) };
        let Some(issue) = view.issues.first().map(|issue| issue.id) else { return Ok(()) };
        let text = self.marker();
        let fields = Fields::from([("outcome".to_owned(), FieldValue::from(text.as_str()))]);
        self.counters.count("issue: amended");
        self.command(at, "an amendment of an issue", Command::AmendIssue { village, issue, fields }, vec![text])
    }

    fn amend(&mut self, at: usize) -> Done {
        let Some(view) = self.some_entry(at, |view| view.may.contains(&EntryAction::Amend)) else { return Ok(()) };
        let text = self.marker();
        let name = if view.summary.kind == "visit" { "narrative" } else { "main_points" };
        let fields = Fields::from([(name.to_owned(), FieldValue::from(text.as_str()))]);
        self.counters.count("entry: amended");
        self.command(at, "an amendment", Command::Amend { entry: view.summary.id, fields }, vec![text])?;
        // Told by the entry, not by chance: what else happens in a seed stays.
        if view.summary.id.0.as_bytes()[15].is_multiple_of(2) { self.amend_issue(at) } else { Ok(()) }
    }

    /// Withdraws or voids an entry, or thinks better of it.
    fn take_back(&mut self, at: usize) -> Done {
        let ways = [EntryAction::Withdraw, EntryAction::Void, EntryAction::Restore];
        let offered = |view: &EntryView| ways.into_iter().find(|way| view.may.contains(way));
        let Some(view) = self.some_entry(at, |view| offered(view).is_some()) else { return Ok(()) };
        let entry = view.summary.id;
        match offered(&view) {
            Some(EntryAction::Withdraw) => {
                let text = self.marker();
                self.counters.count("entry: withdrawn");
                self.command(at, "a withdrawal", Command::Withdraw { entry, text: text.clone() }, vec![text])?;
                self.stands(at, entry, EntryState::Withdrawn)
            }
            Some(EntryAction::Void) => {
                let (reason, text) = (VoidReason::Other, self.marker());
                let is_author = view.may.contains(&EntryAction::Amend);
                self.counters.add("entry: voided by its author", is_author.into());
                self.counters.add("entry: voided by the township", (!is_author).into());
                self.command(at, "a void", Command::Void { entry, reason, text: text.clone() }, vec![text])?;
                self.stands(at, entry, EntryState::Voided)
            }
            _ => {
                self.counters.count("entry: restored");
                self.restore(at, &view)?;
                match self.view(at, &Query::Entry { entry }) {
                    View::Entry(view) if self.last_was_done && view.may.contains(&EntryAction::Restore) => {
                        Err(format!("{} is to restore again what was just restored", self.phones[at].name))
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    fn answer(&mut self, at: usize) -> Done {
        let Some(view) = self.some_entry(at, |view| view.may.contains(&EntryAction::Answer)) else { return Ok(()) };
        let Some(event) = view.to_answer else { return Ok(()) };
        let (entry, text) = (view.summary.id, self.marker());
        self.counters.count("entry: answered");
        self.counters.add("entry: question answered", (view.summary.state != EntryState::Returned).into());
        self.command(at, "an answer", Command::Answer { entry, event, text: text.clone() }, vec![text])?;
        match self.view(at, &Query::Entry { entry }) {
            View::Entry(view) if self.phones[at].is_on && self.last_was_done && view.to_answer == Some(event) => {
                Err(format!("{} is to answer again what was just answered", self.phones[at].name))
            }
            _ => Ok(()),
        }
    }

    fn add_household(&mut self, at: usize) -> Done {
        let Some(village) = self.some_village(at) else { return Ok(()) };
        let head = self.marker();
        let township = village.at(Level::Township).filter(|_| REVIEWERS.contains(&self.phones[at].who));
        // Told by the number of texts, not by chance: what else happens in a seed stays.
        if let Some(unit) = township.filter(|_| self.markers.is_multiple_of(2)) {
            return self.certify(at, unit, head);
        }
        let fields = Fields::from([("head".to_owned(), FieldValue::from(head.as_str()))]);
        self.command(at, "a household", Command::AddHousehold { village, fields }, vec![head])
    }

    /// Writes a leader down, as a record of the measures.
    fn certify(&mut self, at: usize, unit: DivisionCode, name: String) -> Done {
        self.counters.count("record: written");
        let fields = [
            ("full_name", FieldValue::from(name.as_str())),
            ("place", unit.to_string().into()),
            ("skill", "craft".into()),
            ("certified_on", self.some_day(at)),
        ];
        let fields = fields.map(|(field, value)| (field.to_owned(), value)).into();
        let command = Command::WriteRecord { unit, record: None, kind: RecordKind::Leader, fields };
        self.command(at, "a record", command, vec![name])
    }

    fn some_village(&mut self, at: usize) -> Option<DivisionCode> {
        let View::Queue(queue) = self.view(at, &Query::Queue) else { return None };
        self.chance.pick(&queue.villages).map(|queued| queued.village.code)
    }

    fn review(&mut self, at: usize) -> Done {
        let View::Queue(queue) = self.view(at, &Query::Queue) else { return Ok(()) };
        let awaiting: Vec<EntryId> =
            queue.villages.iter().flat_map(|village| &village.awaiting).map(|entry| entry.id).collect();
        let Some(entry) = self.chance.pick(&awaiting).copied() else { return Ok(()) };
        let View::Entry(view) = self.view(at, &Query::Entry { entry }) else { return Ok(()) };
        if self.markers.is_multiple_of(3) {
            self.excuse(at, view.summary.village.as_ref().map(|village| village.code))?;
            if !self.phones[at].is_on {
                return Ok(());
            }
        }
        let version = view.version;
        if self.chance.in_1000(600) {
            self.counters.count("entry: confirmed");
            let needles = vec![entry.to_string(), version.clone(), "confirm".to_owned()];
            self.command(at, "a confirmation", Command::Confirm { entry, version, opinion: String::new() }, needles)?;
            self.counters.add("leave: agreed to", view.leave.is_some().into());
            self.stands(at, entry, EntryState::Confirmed)?;
            return self.think_again(at, entry);
        }
        // Told by the entry, not by chance: what else happens in a seed stays.
        let asks = view.may.contains(&EntryAction::Question) && entry.0.as_bytes()[14].is_multiple_of(4);
        if asks {
            self.counters.count("entry: asked about");
            let comment = self.marker();
            let needles = vec![comment.clone()];
            let command = Command::Question { entry, version, comment, comments: BTreeMap::new() };
            self.command(at, "a question", command, needles)?;
            self.stands_asked(at, entry)?;
            return self.think_again(at, entry);
        }
        self.counters.count("entry: returned");
        let comment = self.marker();
        let reason = some_reason(&mut self.chance);
        let needles = vec![comment.clone()];
        let command = Command::Return { entry, version, reason, comment, comments: BTreeMap::new() };
        self.command(at, "a return", command, needles)?;
        self.stands(at, entry, EntryState::Returned)?;
        self.think_again(at, entry)
    }

    /// Takes this month's lesson of a village out, or makes it owed again.
    fn excuse(&mut self, at: usize, village: Option<DivisionCode>) -> Done {
        let View::Queue(queue) = self.view(at, &Query::Queue) else { return Ok(()) };
        let of_village = queue.villages.into_iter().find(|it| Some(it.village.code) == village);
        let Some(tenure) = of_village.and_then(|it| it.tenure) else { return Ok(()) };
        let lessons = |sim: &Self| match sim.view(at, &Query::Year { tenure: Some(tenure) }) {
            View::Year(year) => {
                let lessons = year.rows.into_iter().find(|row| row.kind == EntryKind::Lesson);
                lessons.and_then(|row| row.cells.into_iter().rfind(|cell| cell.duty.from <= year.today))
            }
            _ => None,
        };
        let Some(lesson) = lessons(self) else { return Ok(()) };
        let command = match lesson.excusal.as_ref().map(|excusal| excusal.undoable) {
            Some(Some(event)) => Command::TakeBackExcusal { tenure, event },
            None if lesson.may_excuse => {
                let (kind, period) = (EntryKind::Lesson, lesson.duty.period.clone());
                Command::Excuse { tenure, kind, period, basis: ExcusalBasis::Illness, note: String::new() }
            }
            _ => return Ok(()),
        };
        let gives = lesson.excusal.is_none();
        self.counters.count(if gives { "duty: excused" } else { "duty: owed again" });
        self.tell(&format!("{} excuses {}: {gives}", self.phones[at].name, lesson.duty.period));
        let fed = self.phones[at].tell(self.now, command);
        let is_told = matches!(fed.outcomes.last(), Some(Outcome::Done { .. }));
        self.absorb(at, fed, None)?;
        let is_excused = self.phones[at].is_on && lessons(self).is_some_and(|lesson| lesson.excusal.is_some());
        if is_told && self.phones[at].is_on && is_excused != gives {
            return Err(format!("{} does not see what it said of {}", self.phones[at].name, lesson.duty.period));
        }
        Ok(())
    }

    /// Undoes what was just said of an entry. Told by the entry, not by chance: what else happens in a seed stays.
    fn think_again(&mut self, at: usize, entry: EntryId) -> Done {
        if !self.phones[at].is_on || !self.last_was_done || !entry.0.as_bytes()[15].is_multiple_of(4) {
            return Ok(());
        }
        let undoable = |sim: &Self| match sim.view(at, &Query::Entry { entry }) {
            View::Entry(view) => view.undoable,
            _ => None,
        };
        let Some(event) = undoable(self) else { return Ok(()) };
        self.counters.count("entry: review undone");
        let needles = vec![entry.to_string(), event.to_string(), "event".to_owned()];
        self.command(at, "an undoing", Command::UndoReview { entry, event }, needles)?;
        match undoable(self) {
            Some(again) if again == event && self.last_was_done => {
                Err(format!("{} is to undo again what was just undone", self.phones[at].name))
            }
            _ => Ok(()),
        }
    }

    /// What was just asked about waits for its author.
    fn stands_asked(&mut self, at: usize, entry: EntryId) -> Done {
        match self.view(at, &Query::Entry { entry }) {
            View::Entry(view) if self.phones[at].is_on && self.last_was_done && view.to_answer.is_none() => {
                Err(format!("{} shows nothing to answer of what was just asked", self.phones[at].name))
            }
            _ => Ok(()),
        }
    }

    /// What somebody just did to an entry is what their screen shows of it, whatever the clocks say.
    fn stands(&mut self, at: usize, entry: EntryId, state: EntryState) -> Done {
        if !self.phones[at].is_on || !self.last_was_done {
            return Ok(());
        }
        match self.view(at, &Query::Entry { entry }) {
            View::Entry(view) if view.summary.state != state => {
                Err(format!("{} shows {:?} where {state:?} was just said", self.phones[at].name, view.summary.state))
            }
            _ => Ok(()),
        }
    }
}

fn some_reason(chance: &mut Chance) -> ReturnReason {
    *chance.pick(&ReturnReason::ALL).expect("there are reasons")
}

fn why(text: &str) -> Why {
    Why::new(text).expect("a short text")
}

/// What the county writes of a tenure that is over.
fn at_the_end(by: PersonId, at: Moment) -> Writing {
    let part = Part::County { opinion: String::new(), grade: None, credit: None };
    Writing { kind: AssessmentKind::TermEnd, period: "term".to_owned(), part, number: 1, by, at }
}
