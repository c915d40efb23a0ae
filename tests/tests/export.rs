//! Exports: a sheet says what the screen says, in the order of codes; words and names stay in the township; and another
//! program opens it.
use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use jiff::civil::Date;
use serde_json::Value;
use zhucun_core::clock::add_days;
use zhucun_core::contract::{Command, Outcome};
use zhucun_core::division::Level;
use zhucun_core::entry::EntryKind;
use zhucun_core::id::{EntryId, HouseholdId};
use zhucun_server::app::DATABASE;
use zhucun_server::export::audit;
use zhucun_server::store::audit::Search;
use zhucun_server::store::visit::{self, Days};
use zhucun_server::store::{Store, Trouble, absence, issue, report};
use zhucun_tests::device::Device;
use zhucun_tests::office::converted;
use zhucun_tests::server::tried;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{PASSWORD, TOWNSHIP_VILLAGES, reviewer_login, secretary_login};

/// Words that must never be seen above the township.
const CANARY: &str = "只在本乡可见的叙述";
const HEAD: &str = "张小明";
/// Columns before the figures of the kinds, and after them.
const FIGURES_OF_ROLL_UP: (usize, usize) = (4, 4);

/// A desk that asks.
struct Desk {
    device: Device,
    token: String,
}

impl Desk {
    fn of(stage: &Stage, seed: u64, login: &str) -> Self {
        let mut device = Device::new(seed, stage.town.now, stage.server.address);
        device.sign_in(login, PASSWORD);
        let token = device.access_token();
        Desk { device, token }
    }

    fn get(&mut self, path: &str) -> (u16, Vec<u8>) {
        let answer = self.device.ask("GET", path, &self.token, b"");
        (answer.status, answer.body)
    }

    fn file(&mut self, path: &str) -> Vec<u8> {
        let (status, bytes) = self.get(&format!("/api/v1/exports/{path}"));
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&bytes));
        bytes
    }

    fn sheet(&mut self, path: &str) -> Sheet {
        Sheet::read(self.file(path))
    }

    fn roll_up(&mut self, inside: &str) -> Vec<Value> {
        let (status, bytes) = self.get(&format!("/api/v1/roll-up?division={inside}"));
        assert_eq!(status, 200);
        serde_json::from_slice(&bytes).expect("rows")
    }
}

/// What stands in a sheet: a title, who and when, names of columns, rows.
struct Sheet(Vec<Vec<Data>>);

impl Sheet {
    fn read(bytes: Vec<u8>) -> Self {
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook");
        let range = book.worksheet_range_at(0).expect("a sheet").expect("a sheet that can be read");
        Sheet(range.rows().map(<[Data]>::to_vec).collect())
    }

    fn text(cell: &Data) -> String {
        match cell {
            Data::DateTime(at) => {
                let (year, month, day, ..) = at.to_ymd_hms_milli();
                format!("{year:04}-{month:02}-{day:02}")
            }
            other => other.to_string(),
        }
    }

    fn title(&self) -> String {
        Self::text(&self.0[0][0])
    }

    /// The column of this name.
    fn column(&self, name: &str) -> usize {
        self.0[2].iter().position(|head| Self::text(head) == name).expect("a column of the table")
    }

    /// The column of this name below this group.
    fn grouped(&self, group: &str, name: &str) -> usize {
        let first = self.column(group);
        let below = self.0[3][first..].iter().position(|head| Self::text(head) == name);
        first + below.expect("a column of the group")
    }

    /// The rows of the body, which have a code or a number in their place; the total is one.
    fn body(&self, grouped: bool) -> &[Vec<Data>] {
        let first = if grouped { 4 } else { 3 };
        // The note is the last row.
        &self.0[first..self.0.len() - 1]
    }

    fn all(&self) -> String {
        self.0.iter().flatten().map(Self::text).collect::<Vec<_>>().join("\n")
    }
}

/// The cells that a figure has in a sheet.
fn cells(figure: &Value) -> [Data; 3] {
    let number = |name: &str| figure[name].as_f64().expect("a number");
    let done = if number("owed") == 0.0 { Data::String("—".to_owned()) } else { Data::Float(number("done")) };
    [Data::Float(number("owed")), Data::Float(number("excused")), done]
}

fn figures(row: &Value) -> Vec<Data> {
    row["duties"].as_array().expect("a figure for each kind").iter().flat_map(cells).collect()
}

fn household(stage: &Stage, at: usize, device: &mut Device, head: &str, number: &str) -> HouseholdId {
    device.add_household(stage.town.villages[at], &[("head", head), ("number", number)])
}

/// A visit.
fn call(device: &mut Device, day: Date, to: &[HouseholdId], narrative: &str) -> EntryId {
    let to: Vec<String> = to.iter().map(HouseholdId::to_string).collect();
    let (day, to) = (day.to_string(), to.join(" "));
    let fields = [("occurred_on", day.as_str()), ("households", &to), ("mode", "home"), ("narrative", narrative)];
    device.record(EntryKind::Visit, &fields.map(|(name, text)| (name, text.into())))
}

/// Raises an issue with a lesson.
fn raise(device: &mut Device, day: Date, of: HouseholdId, text: &str) {
    let day = day.to_string();
    let fields = [("occurred_on", day.as_str()), ("topic", "学习党章")];
    let fields = fields.map(|(name, text)| (name.to_owned(), text.into())).into();
    let entry = device.done(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None });
    let of = of.to_string();
    let issue =
        [("category", "water"), ("households", &of), ("text", text), ("level", "township"), ("handler", "乡水管所")];
    device.raise(entry, &issue);
    device.done(Command::Record { entry });
}

fn import(stage: &Stage, what: &str, table: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("table.csv");
    std::fs::write(&file, table).expect("a file of the test");
    let words = ["import", what, &file.display().to_string(), "--apply"];
    let words = if what == "poor-villages" { &words[..3] } else { &words[..] };
    let (fine, said) = tried(stage.path(), words);
    assert!(fine, "{said}");
}

/// Villages of two townships, all poor; in the first somebody worked, was away, wrote late and is not reviewed yet.
fn lived(villages: usize) -> Stage {
    let stage = Stage::new(villages);
    let today = stage.town.today;
    let poor: Vec<String> = stage.town.villages.iter().map(|code| format!("{code},2014-01-01,")).collect();
    import(&stage, "poor-villages", &format!("code,from,to\n{}\n", poor.join("\n")));
    let (from, to) = (add_days(today, -60), add_days(today, -47));
    let leave = format!("{},personal,{from},{to},county", secretary_login(0));
    import(&stage, "leave", &format!("login,kind,from,to,approved_by\n{leave}\n"));
    let mut secretary = stage.device(1, &secretary_login(0));
    let zhang = household(&stage, 0, &mut secretary, HEAD, "0017");
    call(&mut secretary, today, &[zhang], CANARY);
    call(&mut secretary, add_days(today, -5), &[zhang], CANARY);
    raise(&mut secretary, today, zhang, CANARY);
    let (day, form) = (today.to_string(), "written");
    secretary.record(EntryKind::Report, &[("occurred_on", day.as_str().into()), ("form", form.into())]);
    secretary.sync_fully();
    stage
}

fn exports_noted(data: &Path) -> Vec<(String, String)> {
    let connection = rusqlite::Connection::open(data.join("zhucun.db")).expect("the database");
    let mut rows = connection
        .prepare("SELECT subject, detail FROM audit WHERE action = 'export.made' ORDER BY number")
        .expect("the audit log");
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("texts")
}

#[test]
fn the_sheet_of_a_roll_up_says_what_the_screen_says_and_adds_it_up() {
    let stage = lived(TOWNSHIP_VILLAGES + 1);
    let mut city = Desk::of(&stage, 90, "city");
    for inside in ["6299", "629901", "629901100"] {
        let rows = city.roll_up(inside);
        let sheet = city.sheet(&format!("roll-up?inside={inside}"));
        assert!(sheet.title().ends_with("“七个一”完成情况汇总表"), "{}", sheet.title());
        let body = sheet.body(true);
        assert_eq!(body.len(), rows.len() + 1, "{inside}");
        let (first, after) = FIGURES_OF_ROLL_UP;
        for (row, cells) in rows.iter().zip(body) {
            assert_eq!(Sheet::text(&cells[1]), row["code"], "in the order of the screen, which is that of codes");
            assert_eq!(Sheet::text(&cells[0]), row["name"]);
            let number = |name: &str| Data::Float(row[name].as_f64().expect("a number"));
            assert_eq!(cells[2..4], [number("poor_villages"), number("incumbents")]);
            assert_eq!(cells[first..cells.len() - after], figures(row));
            let last = ["late", "awaiting_review", "issues_open", "issues_ended"].map(number);
            assert_eq!(cells[cells.len() - after..], last);
        }
        let total = body.last().expect("a total");
        assert_eq!(Sheet::text(&total[0]), "合计");
        let number = |cell: &Data| if let Data::Float(number) = cell { *number } else { 0.0 };
        for column in 2..total.len() {
            let sum: f64 = body[..rows.len()].iter().map(|row| number(&row[column])).sum();
            assert_eq!(number(&total[column]), sum, "{inside}, column {column}");
        }
    }
}

#[test]
fn the_sheet_of_duties_has_a_row_for_each_secretary_in_post_with_the_figures_of_the_village() {
    let stage = lived(TOWNSHIP_VILLAGES + 1);
    let mut county = Desk::of(&stage, 91, "county");
    let townships = ["629901100", "629901101"];
    let villages: Vec<Value> = townships.iter().flat_map(|township| county.roll_up(township)).collect();
    let sheet = county.sheet("duties?inside=629901");
    let (code, body) = (sheet.column("区划代码"), sheet.body(true));
    assert_eq!(body.len(), TOWNSHIP_VILLAGES + 1);
    let first = code + 5;
    let last = |row: &[Data], before_end: usize| row[row.len() - before_end].clone();
    for (row, village) in body.iter().zip(&villages) {
        assert_eq!(Sheet::text(&row[code]), village["code"], "in the order of codes");
        assert_eq!(row[first..row.len() - 3], figures(village));
        assert_eq!(last(row, 2), Data::Float(village["awaiting_review"].as_f64().expect("a number")));
    }
    let (from, to) = (add_days(stage.town.today, -180), add_days(stage.town.today, 180));
    let days = [Sheet::text(&body[0][code + 3]), Sheet::text(&body[0][code + 4])];
    assert_eq!(days, [from.to_string(), to.to_string()]);
    assert!(matches!(body[0][code + 3], Data::DateTime(_)), "a day is a date");
    let excused = |row: &[Data]| row[first + 1].clone();
    assert!(matches!(excused(&body[0]), Data::Float(weeks) if weeks >= 1.0), "who was away");
    assert_eq!(excused(&body[1]), Data::Float(0.0));
    assert_eq!(last(&body[0], 3), Data::Float(1.0), "one was written down five days later");
    assert_eq!(last(&body[1], 3), Data::Float(0.0));

    let mut reviewer = Desk::of(&stage, 92, &reviewer_login(1));
    let own = reviewer.sheet("duties?inside=629901101");
    assert_eq!(own.body(true).len(), 1);
    assert!(own.0[2].iter().all(|head| Sheet::text(head) != "乡镇"), "a township is one");
}

#[test]
fn what_was_taken_back_is_in_no_figure_of_lateness_and_in_no_ledger() {
    let stage = Stage::new(1);
    let today = stage.town.today;
    let mut secretary = stage.device(1, &secretary_login(0));
    let of = household(&stage, 0, &mut secretary, HEAD, "");
    let kept = call(&mut secretary, add_days(today, -6), &[of], "留着的");
    let gone = call(&mut secretary, add_days(today, -5), &[of], "撤回的");
    secretary.sync_fully();
    secretary.done(Command::Withdraw { entry: gone, text: String::new() });
    secretary.sync_fully();
    let mut reviewer = Desk::of(&stage, 92, &reviewer_login(0));
    let duties = reviewer.sheet("duties?inside=629901100");
    let row = &duties.body(true)[0];
    assert_eq!(row[row.len() - 3], Data::Float(1.0));
    let visits = reviewer.sheet("visits?inside=629901100");
    assert_eq!(visits.body(false).len(), 1);
    assert!(visits.all().contains("留着的") && !visits.all().contains("撤回的"));
    assert!(secretary.entry(kept).is_some());
}

#[test]
fn a_ledger_lists_the_days_asked_for_by_village_and_day_with_heads_and_numbers() {
    let stage = Stage::new(2);
    let today = stage.town.today;
    let (mut one, mut other) = (stage.device(1, &secretary_login(0)), stage.device(2, &secretary_login(1)));
    let zhang = household(&stage, 0, &mut one, HEAD, "0017");
    let li = household(&stage, 0, &mut one, "李某", "");
    let wang = household(&stage, 1, &mut other, "王某", "");
    call(&mut other, add_days(today, -3), &[wang], "邻村的");
    call(&mut one, today, &[zhang, li], "今天的");
    call(&mut one, add_days(today, -2), &[zhang], "=前天的");
    raise(&mut one, today, zhang, "水管漏水");
    one.sync_fully();
    other.sync_fully();
    let mut reviewer = Desk::of(&stage, 92, &reviewer_login(0));
    let listed = |sheet: &Sheet| {
        let [day, head, number, matter] = ["日期", "户主", "户编号", "主要事项"].map(|name| sheet.column(name));
        let row = |row: &Vec<Data>| [day, head, number, matter].map(|column| Sheet::text(&row[column]));
        sheet.body(false).iter().map(row).collect::<Vec<_>>()
    };
    let [now, before] = [today, add_days(today, -2)].map(|day| day.to_string());
    let of_one = [
        [before.as_str(), HEAD, "0017", "=前天的"].map(str::to_owned),
        [now.as_str(), "张小明\n李某", "0017\n—", "今天的"].map(str::to_owned),
    ];
    let whole = listed(&reviewer.sheet("visits?inside=629901100&from=&to="));
    assert_eq!(whole[..2], of_one);
    let village = reviewer.sheet("visits?inside=629901100200");
    assert_eq!(listed(&village), of_one);
    for (from, to, rows) in [(&before, &before, 1), (&before, &now, 2), (&now, &now, 1)] {
        let asked = format!("visits?inside=629901100200&from={from}&to={to}");
        assert_eq!(listed(&reviewer.sheet(&asked)).len(), rows, "{asked}");
    }
    let issues = reviewer.sheet("issues?inside=629901100");
    let row = issues.body(false)[0].iter().map(Sheet::text).collect::<Vec<_>>();
    let village = "单位629901100200";
    let expected =
        ["1", &now, village, HEAD, "0017", "饮水", "水管漏水", "报乡镇", "乡水管所", "待办", ""].map(str::to_owned);
    assert_eq!(row, expected);
    let tomorrow = add_days(today, 1);
    let none = reviewer.sheet(&format!("issues?inside=629901100&from={tomorrow}"));
    assert_eq!(none.body(false).len(), 0);
}

#[test]
fn the_ledger_of_leave_lists_what_was_asked_for_and_what_was_imported_with_who_has_to_approve_it() {
    let stage = lived(1);
    let today = stage.town.today;
    let mut secretary = stage.device(2, &secretary_login(0));
    let mut ask = |from: Date, to: Date| {
        let (from, to, on) = (from.to_string(), to.to_string(), today.to_string());
        let fields = [("leave_kind", "annual"), ("from", &from), ("to", &to), ("occurred_on", &on)];
        secretary.record(EntryKind::Leave, &fields.map(|(name, text)| (name, text.into())))
    };
    ask(add_days(today, 3), add_days(today, 11));
    let gone = ask(add_days(today, 20), add_days(today, 20));
    secretary.sync_fully();
    secretary.done(Command::Withdraw { entry: gone, text: String::new() });
    secretary.sync_fully();
    let mut county = Desk::of(&stage, 91, "county");
    let names = ["姓名", "类别", "起", "止", "天数", "审批"];
    let listed = |sheet: &Sheet| {
        let row = |row: &Vec<Data>| names.map(|name| Sheet::text(&row[sheet.column(name)]));
        sheet.body(false).iter().map(row).collect::<Vec<_>>()
    };
    let day = |days: i64| add_days(today, days).to_string();
    let imported = ["某1", "事假", &day(-60), &day(-47), "14", "县里已批准"].map(str::to_owned);
    let asked = ["某1", "年休假", &day(3), &day(11), "9", "待乡镇同意"].map(str::to_owned);
    assert_eq!(listed(&county.sheet("leaves?inside=629901100")), [imported.clone(), asked.clone()]);
    let within = |from: i64, to: i64| format!("leaves?inside=629901100&from={}&to={}", day(from), day(to));
    assert_eq!(listed(&county.sheet(&within(-47, 2))), [imported]);
    assert_eq!(listed(&county.sheet(&within(-46, 3))), [asked]);
}

/// `2015-09`
fn month_of(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

#[test]
fn the_monthly_table_says_what_was_done_in_the_month_and_of_what_was_not_why() {
    let stage = lived(1);
    let today = stage.town.today;
    let (mut secretary, mut reviewer) = (stage.device(2, &secretary_login(0)), stage.device(3, &reviewer_login(0)));
    let day = today.to_string();
    let deed = [("occurred_on", day.as_str()), ("name", "修水渠"), ("state", "achieved"), ("finished", &day)];
    secretary.record(EntryKind::Deed, &deed.map(|(name, text)| (name, text.into())));
    let month = month_of(today);
    let days = [("month", month.as_str().into()), ("days", 1.into()), ("occurred_on", day.as_str().into())];
    let presence = secretary.record(EntryKind::Presence, &days);
    secretary.sync_fully();
    let mut desk = Desk::of(&stage, 92, &reviewer_login(0));
    let path = format!("monthly?inside=629901100&month={month}");
    let sheet = desk.sheet(&path);
    assert!(sheet.title().ends_with("驻村工作月报表"), "{}", sheet.title());
    assert_eq!(sheet.body(true).len(), 1);
    let told = |sheet: &Sheet, group: &str, name: &str| sheet.body(true)[0][sheet.grouped(group, name)].clone();
    let number = |number: u32| Data::Float(number.into());
    let visits = if month_of(add_days(today, -5)) == month { 2 } else { 1 };
    assert_eq!((told(&sheet, "走访", "次数"), told(&sheet, "走访", "户数")), (number(visits), number(1)));
    assert_eq!((told(&sheet, "驻村天数", "申报"), told(&sheet, "驻村天数", "确认")), (number(1), Data::Empty));
    assert_eq!((told(&sheet, "问题诉求", "提出"), told(&sheet, "问题诉求", "有结果")), (number(1), number(0)));
    let text = |sheet: &Sheet, name: &str| Sheet::text(&sheet.body(true)[0][sheet.column(name)]);
    assert_eq!((text(&sheet, "党课").as_str(), text(&sheet, "办实事").as_str()), ("已完成", "修水渠（已办成）"));
    assert!(text(&sheet, "党员活动").starts_with("还没有记，"), "{}", text(&sheet, "党员活动"));

    reviewer.sync_fully();
    let version = reviewer.entry(presence).expect("the reviewer has it").version;
    reviewer.done(Command::Confirm { entry: presence, version, opinion: String::new() });
    reviewer.sync_fully();
    assert_eq!(told(&desk.sheet(&path), "驻村天数", "确认"), number(1));
    let above = Desk::of(&stage, 91, "county").sheet(&path);
    assert_eq!(text(&above, "办实事"), "（内容在乡镇）（已办成）");
    let noted = exports_noted(stage.path());
    assert!(noted.contains(&("629901100".to_owned(), format!("monthly {month} 1 rows masked"))), "{noted:?}");
}

#[test]
fn the_months_of_a_tenure_add_up_to_its_weeks_and_its_days_of_leave() {
    let stage = lived(1);
    let today = stage.town.today;
    let mut desk = Desk::of(&stage, 92, &reviewer_login(0));
    let (mut weeks, mut leave) = ([0.0; 3], 0.0);
    let mut first = add_days(today, -180).first_of_month();
    while first <= today {
        let sheet = desk.sheet(&format!("monthly?inside=629901100&month={}", month_of(first)));
        let row = &sheet.body(true)[0];
        let at = |group: &str, name: &str| if let Data::Float(it) = row[sheet.grouped(group, name)] { it } else { 0.0 };
        for (sum, name) in weeks.iter_mut().zip(["应完成", "免计", "已完成"]) {
            *sum += at("入户调研（周）", name);
        }
        leave += at("外出天数", "请假");
        first = add_days(first.last_of_month(), 1);
    }
    let rows = desk.roll_up("629901100");
    let figure = |name: &str| rows[0]["duties"][0][name].as_f64().expect("a number");
    // The running week is done, and is told with the month in which it ends.
    let sunday = add_days(today, i64::from(7 - today.weekday().to_monday_one_offset()));
    let running = if month_of(sunday) == month_of(today) { 0.0 } else { 1.0 };
    assert_eq!(weeks, [figure("owed") - running, figure("excused"), figure("done") - running]);
    assert_eq!(leave, 14.0);
}

#[test]
fn the_table_of_reports_says_when_who_received_each_and_with_what_opinion() {
    let stage = Stage::new(1);
    let today = stage.town.today;
    let (mut secretary, mut reviewer) = (stage.device(1, &secretary_login(0)), stage.device(2, &reviewer_login(0)));
    let mut report = |days: i64, form: &str| {
        let day = add_days(today, -days).to_string();
        secretary.record(EntryKind::Report, &[("occurred_on", day.as_str().into()), ("form", form.into())])
    };
    let (received, _waiting, gone) = (report(3, "meeting"), report(1, "written"), report(2, "appraisal"));
    secretary.done(Command::Withdraw { entry: gone, text: String::new() });
    secretary.sync_fully();
    reviewer.sync_fully();
    let version = reviewer.entry(received).expect("the reviewer has it").version;
    let opinion = "只在本乡可见的意见".to_owned();
    reviewer.done(Command::Confirm { entry: received, version, opinion });
    reviewer.sync_fully();
    let listed = |login: &str, seed: u64, path: &str| {
        let sheet = Desk::of(&stage, seed, login).sheet(path);
        sheet.body(false).iter().map(|row| row.iter().map(Sheet::text).collect()).collect::<Vec<Vec<String>>>()
    };
    let day = |days: i64| add_days(today, -days).to_string();
    let village = "单位629901100200";
    let (first, now) = (day(3), today.to_string());
    let of = |said| {
        ["1", &first, "某1", village, "会议口头", "已确认", &now, "某1000000", said, ""].map(str::to_owned).to_vec()
    };
    let second = ["2", &day(1), "某1", village, "书面", "已提交", "", "", "", ""].map(str::to_owned).to_vec();
    let own = listed(&reviewer_login(0), 92, "reports?inside=629901100");
    assert_eq!(own, [of("只在本乡可见的意见"), second.clone()]);
    assert_eq!(listed("county", 91, "reports?inside=629901100"), [of("（内容在乡镇）"), second]);
    let within = format!("reports?inside=629901100200&from={}&to={}", day(3), day(2));
    assert_eq!(listed(&reviewer_login(0), 92, &within).len(), 1);
}

#[test]
fn who_is_in_post_is_told_with_the_vacant_villages_by_name_and_who_is_away_today() {
    let stage = lived(TOWNSHIP_VILLAGES + 1);
    let today = stage.town.today;
    let away = format!("login,kind,from,to,approved_by\n{},on_duty,{today},{today},county\n", secretary_login(1));
    import(&stage, "leave", &away);
    let connection = rusqlite::Connection::open(stage.path().join(DATABASE)).expect("the database");
    let end = |village: &str, day: Date| {
        let ended = [day.to_string(), village.to_owned()];
        let sql = "UPDATE tenure SET ended = ?1, reason = 'reassigned' WHERE division = CAST(?2 AS INTEGER)";
        assert_eq!(connection.execute(sql, ended).expect("the tenure of the village"), 1);
    };
    end("629901101200", add_days(today, -1));
    end("629901100202", today);
    let mut county = Desk::of(&stage, 91, "county");
    let sheet = county.sheet("incumbents?inside=629901");
    let body: Vec<Vec<String>> = sheet.body(true).iter().map(|row| row.iter().map(Sheet::text).collect()).collect();
    let villages = TOWNSHIP_VILLAGES.to_string();
    let first = ["单位629901100", "629901100", &villages, &villages, "0", "", "0", "1", "0"];
    let second = ["单位629901101", "629901101", "1", "0", "1", "单位629901101200", "0", "0", "1"];
    let all = (TOWNSHIP_VILLAGES + 1).to_string();
    let total = ["合计", "", &all, &villages, "1", "", "0", "1", "1"];
    assert_eq!(body, [first, second, total]);
    for (row, cells) in county.roll_up("629901").iter().zip(&body) {
        let number = |name: &str| row[name].as_u64().expect("a number").to_string();
        assert_eq!(cells[2..4], [number("poor_villages"), number("incumbents")]);
    }
    let mut city = Desk::of(&stage, 90, "city");
    assert_eq!(city.sheet("incumbents?inside=6299").body(true).len(), 2, "the county and the sum");
}

#[test]
fn a_visit_to_a_household_that_was_merged_is_listed_as_one_to_the_other() {
    let stage = Stage::new(1);
    let mut secretary = stage.device(1, &secretary_login(0));
    let by_hand = household(&stage, 0, &mut secretary, "张小民", "");
    let listed = household(&stage, 0, &mut secretary, HEAD, "0017");
    call(&mut secretary, stage.town.today, &[by_hand], "写错了名字");
    let village = stage.town.villages[0];
    let merged = secretary.tell(Command::MergeHousehold { village, household: by_hand, into: Some(listed) });
    assert!(matches!(merged, Outcome::Done { .. }), "{merged:?}");
    secretary.sync_fully();
    let visits = Desk::of(&stage, 92, &reviewer_login(0)).sheet("visits?inside=629901100");
    let row = &visits.body(false)[0];
    let told = ["户主", "户编号"].map(|name| Sheet::text(&row[visits.column(name)]));
    assert_eq!(told, [HEAD, "0017"]);
}

#[test]
fn above_the_township_names_are_masked_and_nobodys_words_are_told() {
    let stage = lived(1);
    let mut reviewer = Desk::of(&stage, 92, &reviewer_login(0));
    let (mut county, mut city) = (Desk::of(&stage, 91, "county"), Desk::of(&stage, 90, "city"));
    for path in ["visits?inside=629901100", "issues?inside=629901100", "visits?inside=629901100200"] {
        let own = reviewer.sheet(path);
        assert!(own.all().contains(HEAD) && own.all().contains(CANARY), "{path}");
        for above in [&mut county, &mut city] {
            let told = above.sheet(path);
            assert_eq!(told.0.len(), own.0.len(), "as many rows");
            assert!(told.all().contains("张*明"), "{path}");
            for hidden in [HEAD, CANARY, "乡水管所"] {
                assert!(!told.all().contains(hidden), "{path}: {hidden}");
            }
        }
    }
    let noted = exports_noted(stage.path());
    let of = |detail: &str| noted.iter().filter(|(_, noted)| noted == detail).count();
    assert_eq!((of("visits 2 rows"), of("visits 2 rows masked")), (2, 4));
    assert_eq!((of("issues 1 rows"), of("issues 1 rows masked")), (1, 2));
}

#[test]
fn a_ledger_as_long_as_it_may_be_is_made_and_one_row_more_is_none() {
    let stage = lived(1);
    let store = Store::open(stage.path().join(DATABASE)).expect("the database");
    let township = stage.town.villages[0].parent().expect("a village lies in a township");
    let rows = |most: usize| {
        let read = store.read_sync(|connection| -> Result<_, Trouble> {
            let visits = visit::inside(connection, township, Days::default(), most)?.map(|rows| rows.len());
            let issues = issue::inside(connection, township, Days::default(), most - 1)?.map(|rows| rows.len());
            let leaves = absence::lines(connection, township, Days::default(), most - 1)?.map(|rows| rows.len());
            let reports = report::inside(connection, township, Days::default(), most - 1)?.map(|rows| rows.len());
            Ok([visits, issues, leaves, reports])
        });
        read.expect("a read")
    };
    assert_eq!(rows(2), [Some(2), Some(1), Some(1), Some(1)]);
    assert_eq!(rows(1), [None; 4]);
}

#[test]
fn an_audit_log_as_long_as_it_may_be_is_made_and_one_row_more_is_none() {
    let stage = lived(1);
    let store = Store::open(stage.path().join(DATABASE)).expect("the database");
    let city = stage.town.villages[0].at(Level::City).expect("a village lies in a city");
    let rows = |most: u32| {
        let read = store.read_sync(|connection| audit::lines(connection, &[city], &Search::default(), most));
        read.expect("a read").map(|rows| rows.len())
    };
    let all = rows(1_000).expect("fewer rows");
    assert!(all > 2, "{all}");
    let most = u32::try_from(all).expect("a small number");
    assert_eq!((rows(most), rows(most - 1)), (Some(all), None));
}

#[test]
fn another_program_opens_every_sheet_and_reads_the_numbers_of_the_screen() {
    let stage = lived(TOWNSHIP_VILLAGES + 1);
    let mut city = Desk::of(&stage, 90, "city");
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Commas, quotes when needed, UTF-8; numbers and days as they are formatted.
    const CSV: &str = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false";
    let monthly = format!("monthly?inside=629901100&month={}", month_of(stage.town.today));
    for (name, path) in [
        ("roll-up", "roll-up?inside=629901"),
        ("duties", "duties?inside=629901"),
        ("visits", "visits?inside=629901100"),
        ("issues", "issues?inside=629901100"),
        ("monthly", &monthly),
        ("reports", "reports?inside=629901100"),
        ("incumbents", "incumbents?inside=629901"),
    ] {
        let file = folder.path().join(format!("{name}.xlsx"));
        let bytes = city.file(path);
        std::fs::write(&file, &bytes).expect("a file of the test");
        let pdf = converted(&file, "pdf", "pdf");
        assert!(pdf.starts_with(b"%PDF"), "{name}");
        let csv = String::from_utf8(converted(&file, CSV, "csv")).expect("UTF-8");
        let grouped = ["roll-up", "duties", "monthly", "incumbents"].contains(&name);
        let sheet = Sheet::read(bytes);
        let lines: Vec<&str> = csv.lines().skip(if grouped { 4 } else { 3 }).collect();
        for (line, row) in lines.iter().zip(sheet.body(grouped)) {
            let ours: Vec<String> = row.iter().map(Sheet::text).collect();
            assert_eq!(line.split(',').collect::<Vec<_>>(), ours, "{name}");
        }
        assert!(lines.len() > sheet.body(grouped).len(), "{name}: rows and a note");
        if name == "roll-up" {
            for (line, row) in lines.iter().zip(city.roll_up("629901")) {
                let (first, after) = FIGURES_OF_ROLL_UP;
                let theirs: Vec<&str> = line.split(',').collect();
                let figures: Vec<String> = figures(&row).iter().map(Sheet::text).collect();
                assert_eq!(theirs[first..theirs.len() - after], figures);
                assert_eq!(theirs[1], row["code"]);
            }
        }
    }
}
