//! The archive 个人工作纪实档案 of a tenure against the real server: it holds every entry with what was said of it and the figures of
//! the roll-up, another program opens it, and above the township it tells neither names nor words.
use std::collections::BTreeMap;

use serde_json::{Value, json};
use zhucun_core::clock::add_days;
use zhucun_core::contract::{Command, Outcome};
use zhucun_core::entry::EntryKind;
use zhucun_core::excusal::ExcusalBasis;
use zhucun_core::id::EntryId;
use zhucun_core::review::ReturnReason;
use zhucun_tests::device::Device;
use zhucun_tests::office::converted;
use zhucun_tests::stage::Stage;
use zhucun_tests::town::{TOWNSHIP_VILLAGES, reviewer_login, secretary_login};

/// Words that must never be seen above the township.
const CANARY: &str = "只在本乡可见";
const HEAD: &str = "张小明";

fn path(stage: &Stage) -> String {
    format!("/api/v1/tenures/{}/archive", stage.town.tenure(0))
}

/// The archive as another program reads it, a paragraph or a box a line.
fn lines(stage: &Stage, login: &str) -> Vec<String> {
    let (status, bytes) = stage.desk_bytes(login, "GET", &path(stage), &Value::Null);
    assert_eq!(status, 200, "{login}: {}", String::from_utf8_lossy(&bytes));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("archive.docx");
    std::fs::write(&file, bytes).expect("a file of the test");
    assert!(converted(&file, "pdf", "pdf").starts_with(b"%PDF"));
    let text = String::from_utf8(converted(&file, "txt:Text (encoded):UTF8", "txt")).expect("UTF-8");
    text.lines().map(|line| line.trim().to_owned()).collect()
}

fn record(stage: &Stage, device: &mut Device, kind: EntryKind, fields: &[(&str, &str)]) -> EntryId {
    let today = stage.town.today.to_string();
    let mut all = vec![("occurred_on", today.as_str().into())];
    all.extend(fields.iter().map(|(name, text)| (*name, (*text).into())));
    device.record(kind, &all)
}

/// A secretary with an entry of each kind, one of which was returned, answered and confirmed; with an issue that came to its
/// end, a leave, an excusal and an assessment.
fn lived() -> Stage {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    let (mut secretary, mut reviewer) = (stage.device(1, &secretary_login(0)), stage.device(2, &reviewer_login(0)));
    let (village, today) = (stage.town.villages[0], stage.town.today);
    let fields = [("head", HEAD), ("number", "0017")].map(|(name, text)| (name.to_owned(), text.into())).into();
    let household = match secretary.tell(Command::AddHousehold { village, fields }) {
        Outcome::Done { household: Some(household), .. } => household.to_string(),
        other => panic!("no household: {other:?}"),
    };
    let narrative = format!("{CANARY}的叙述");
    let met = [("households", household.as_str()), ("mode", "home"), ("met", "head member"), ("check_food", "normal")];
    let visit = record(&stage, &mut secretary, EntryKind::Visit, &[&met[..], &[("narrative", &narrative)]].concat());
    let day = today.to_string();
    let draft = [("occurred_on", day.as_str()), ("topic", "只在本乡可见的题目")];
    let fields: BTreeMap<_, _> = draft.map(|(name, text)| (name.to_owned(), text.into())).into();
    let entry = secretary.done(Command::SaveDraft { entry: None, kind: EntryKind::Lesson, fields, seen: None });
    let issue =
        [("category", "water"), ("households", &household), ("text", "只在本乡可见的诉求"), ("level", "township")];
    let issue = secretary.raise(entry, &issue);
    secretary.done(Command::Record { entry });
    let ended = [("state", "closed"), ("closed_on", day.as_str()), ("outcome", "只在本乡可见的结果")];
    let fields = ended.map(|(name, text)| (name.to_owned(), text.into())).into();
    assert!(matches!(secretary.tell(Command::AmendIssue { village, issue, fields }), Outcome::Done { .. }));
    record(&stage, &mut secretary, EntryKind::Activity, &[("theme", "植树"), ("form", "volunteering")]);
    record(&stage, &mut secretary, EntryKind::Summary, &[("half", &half_of(&stage)), ("done", "一\n二")]);
    let deed = [("name", "修水渠"), ("state", "achieved"), ("finished", day.as_str()), ("money_source", "扶贫资金")];
    record(&stage, &mut secretary, EntryKind::Deed, &deed);
    record(&stage, &mut secretary, EntryKind::Research, &[("title", "苹果"), ("body", "长得好")]);
    record(&stage, &mut secretary, EntryKind::Report, &[("form", "written"), ("content", "汇报的话")]);
    let gone = record(&stage, &mut secretary, EntryKind::Activity, &[("theme", "记重了的活动")]);
    secretary.done(Command::Withdraw { entry: gone, text: "记重了".to_owned() });
    let (from, to) = (add_days(today, 3).to_string(), add_days(today, 4).to_string());
    let leave = [("leave_kind", "annual"), ("from", &*from), ("to", &*to), ("grounds", "只在本乡可见的事由")];
    record(&stage, &mut secretary, EntryKind::Leave, &leave);
    let presence = [("month", day[..7].into()), ("days", 1.into()), ("occurred_on", day.as_str().into())];
    secretary.record(EntryKind::Presence, &presence);
    secretary.sync_fully();
    reviewer.sync_fully();
    let version = |reviewer: &Device| reviewer.entry(visit).expect("the reviewer has it").version;
    let comments = [("narrative".to_owned(), "只在本乡可见的批注".to_owned())].into();
    let (reason, comment) = (ReturnReason::TooBrief, "请写具体些".to_owned());
    reviewer.done(Command::Return { entry: visit, version: version(&reviewer), reason, comment, comments });
    reviewer.sync_fully();
    secretary.sync_fully();
    let event = secretary.entry(visit).and_then(|entry| entry.to_answer).expect("it waits for an answer");
    secretary.done(Command::Answer { entry: visit, event, text: "已经补充".to_owned() });
    secretary.sync_fully();
    reviewer.sync_fully();
    reviewer.done(Command::Confirm { entry: visit, version: version(&reviewer), opinion: String::new() });
    let week = add_days(today, -28).iso_week_date();
    let period = format!("{}-W{:02}", week.year(), week.week());
    let (tenure, note) = (stage.town.tenure(0), "只在本乡可见的依据".to_owned());
    reviewer.tell(Command::Excuse { tenure, kind: EntryKind::Visit, period, basis: ExcusalBasis::OnDuty, note });
    reviewer.sync_fully();
    let opinion = json!({ "number": 0, "opinion": "同意评为称职", "votes": [12, 3, 0, 0] });
    let part = format!("/api/v1/assessments/{tenure}/term_end/term/township");
    assert_eq!(stage.desk(&reviewer_login(0), "PUT", &part, &opinion).0, 200);
    stage
}

/// A half of the tenure.
fn half_of(stage: &Stage) -> String {
    let day = add_days(stage.town.today, -100);
    format!("{}-H{}", day.year(), if day.month() <= 6 { 1 } else { 2 })
}

#[test]
fn the_archive_holds_every_entry_and_the_figures_of_the_roll_up_and_another_program_opens_it() {
    let stage = lived();
    let own = lines(&stage, &secretary_login(0));
    let has = |words: &str| own.iter().any(|line| line.contains(words));
    for words in [
        "个人工作纪实档案",
        "某1",
        "第一书记",
        "181",
        "三、入户调研（1 条）",
        "农户：张小明（0017）；走访方式：入户；见到谁：户主、成员；吃：正常",
        "走访情况：只在本乡可见的叙述",
        "退回补充（内容过简）：请写具体些；对“走访情况”：只在本乡可见的批注",
        "本人 某1 回复：已经补充",
        "乡镇 某1000000 确认",
        "四、党课（1 条）",
        "党课题目：只在本乡可见的题目",
        "问题诉求　类别：饮水；什么事：只在本乡可见的诉求；农户：张小明（0017）；谁来解决：报乡镇；进展：已办结",
        "办理结果：只在本乡可见的结果",
        "五、党员活动（2 条）",
        "形式：志愿服务",
        "记重了的活动",
        "已撤回",
        "修水渠",
        "长得好",
        "汇报的话",
        "驻村天数：1",
        "审批：待乡镇同意",
        "事由：只在本乡可见的事由",
        "免计（1 项）",
        "因公：只在本乡可见的依据",
        "民主测评（票）：优秀 12、称职 3、基本称职 0、不称职 0",
        "乡镇党委意见：同意评为称职",
    ] {
        assert!(has(words), "{words}: {own:#?}");
    }
    assert!(own.iter().any(|line| line == "二"), "a text keeps its lines");
    let (_, rows) = stage.desk("county", "GET", "/api/v1/roll-up?division=629901100", &Value::Null);
    for (name, label) in [("owed", "应完成"), ("excused", "免计")] {
        let at = own.iter().position(|line| line == label).expect("a row of figures");
        let figures = rows[0]["duties"].as_array().expect("figures").iter().map(|figure| figure[name].to_string());
        assert_eq!(own[at + 1..][..7], figures.collect::<Vec<_>>(), "{label}");
    }
    let at = own.iter().position(|line| line == "已完成").expect("a row of figures");
    let done = |figure: &Value| if figure["owed"] == 0 { "—".to_owned() } else { figure["done"].to_string() };
    let figures: Vec<String> = rows[0]["duties"].as_array().expect("figures").iter().map(done).collect();
    assert_eq!(own[at + 1..][..7], figures);
    // The last line tells the minute.
    let before_the_last = |lines: &[String]| lines[..lines.len() - 1].to_vec();
    let township = lines(&stage, &reviewer_login(0));
    assert_eq!(before_the_last(&township), before_the_last(&own), "the township reads what its secretary does");
}

#[test]
fn above_the_township_the_archive_is_as_long_and_tells_neither_names_nor_words() {
    let stage = lived();
    let own = lines(&stage, &secretary_login(0));
    for login in ["county", "city"] {
        let told = lines(&stage, login);
        let all = told.join("\n");
        for hidden in [HEAD, CANARY, "请写具体些", "已经补充", "修水渠", "长得好", "汇报的话", "扶贫资金", "记重了"]
        {
            assert!(!all.contains(hidden), "{login}: {hidden}");
        }
        for shown in ["张*明（0017）", "走访方式：入户", "退回补充（内容过简）", "类别：饮水", "同意评为称职", "已办结"]
        {
            assert!(all.contains(shown), "{login}: {shown}: {all}");
        }
        let heads = |lines: &[String]| lines.iter().filter(|line| line.contains(" 条）")).cloned().collect::<Vec<_>>();
        assert_eq!(heads(&told), heads(&own), "as many entries");
    }
}

#[test]
fn an_archive_is_for_its_holder_and_whom_the_village_concerns_and_stands_in_the_audit_log() {
    let stage = Stage::new(TOWNSHIP_VILLAGES + 1);
    for (login, status) in [
        (secretary_login(0), 200),
        (reviewer_login(0), 200),
        ("county".to_owned(), 200),
        ("city".to_owned(), 200),
        (secretary_login(1), 404),
        (reviewer_login(1), 404),
    ] {
        assert_eq!(stage.desk_bytes(&login, "GET", &path(&stage), &Value::Null).0, status, "{login}");
    }
    for nothing in ["/api/v1/tenures/nobody/archive", "/api/v1/tenures/00000000-0000-0000-0000-000000000000/archive"] {
        assert_eq!(stage.desk("city", "GET", nothing, &Value::Null).0, 404, "{nothing}");
    }
    let connection = rusqlite::Connection::open(stage.path().join("zhucun.db")).expect("the database");
    let noted: Vec<String> = connection
        .prepare("SELECT detail FROM audit WHERE action = 'export.made' AND subject = ?1 ORDER BY number")
        .expect("the audit log")
        .query_map([stage.town.tenure(0).to_string()], |row| row.get(0))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("texts");
    let (whole, masked) = ("archive 0 entries", "archive 0 entries masked");
    assert_eq!(noted, [whole, whole, masked, masked]);
}
