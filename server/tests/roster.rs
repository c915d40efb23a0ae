//! Laws of the roster: what a table changes, and which mistakes it can have.
mod rig;

use rig::{ROSTER, Rig};
use zhucun_core::division::DivisionCode;
use zhucun_core::tenure::{EndReason, Tenure};
use zhucun_server::import::effect::Kind;
use zhucun_server::import::roster::{self, Plan};
use zhucun_server::import::table::Mistake;
use zhucun_server::store::{account, person, tenure};

fn planned(rig: &Rig, table: &str) -> Result<Plan, Vec<String>> {
    let said = |mistakes: Vec<Mistake>| mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>();
    let rows = roster::read(table.as_bytes()).map_err(said)?;
    rig.app.store.read_sync(move |connection| roster::plan(connection, &rows)).expect("a read").map_err(said)
}

fn kinds(rig: &Rig, table: &str) -> Vec<Kind> {
    planned(rig, table).expect("a plan").changes.iter().map(|change| change.kind).collect()
}

fn apply(rig: &Rig, table: &str) {
    let plan = planned(rig, table).expect("a plan");
    let passwords = roster::first_passwords(plan.newcomers(), &rig.app.powers);
    let powers = rig.app.powers.clone();
    rig.app.store.write_sync(move |tx| roster::apply(tx, &plan, &passwords, &powers)).expect("applied");
}

fn tenures(rig: &Rig) -> Vec<Tenure> {
    let village: DivisionCode = "621022103201".parse().expect("a code");
    rig.app.store.read_sync(move |connection| tenure::inside(connection, village)).expect("a read")
}

const HEADER: &str = "login,name,sex,role,division,arrived,planned_end,ended,reason\n";

#[test]
fn the_same_table_again_changes_nothing() {
    let rig = Rig::start();
    let before = tenures(&rig);
    assert!(kinds(&rig, ROSTER).iter().all(|kind| *kind == Kind::Unchanged));
    apply(&rig, ROSTER);
    assert_eq!(tenures(&rig), before);
}

#[test]
fn a_tenure_is_prolonged_moved_and_ended_under_its_own_id_and_another_year_is_another() {
    let rig = Rig::start();
    let id = tenures(&rig)[0].id;
    for (row, kind) in [
        ("2015-09-16,2017-09-15,,", Kind::Changed),
        ("2015-09-20,2017-09-15,,", Kind::Changed),
        ("2015-09-20,2017-09-15,2016-03-01,因病", Kind::Ended),
        ("2015-09-20,2017-09-15,2016-03-02,illness", Kind::Changed),
        ("2015-09-20,2017-09-15,2016-03-02,因病", Kind::Unchanged),
    ] {
        let table = format!("{HEADER}secretary,王某,,第一书记,621022103201,{row}\n");
        assert_eq!(kinds(&rig, &table), [kind], "{row}");
        apply(&rig, &table);
        assert_eq!(tenures(&rig).iter().map(|it| it.id).collect::<Vec<_>>(), [id], "{row}");
    }
    assert_eq!(tenures(&rig)[0].reason, Some(EndReason::Illness));
    let again = format!("{HEADER}secretary,王某,,第一书记,621022103201,2018-01-01,2018-12-31,,\n");
    assert_eq!(kinds(&rig, &again), [Kind::Added]);
    apply(&rig, &again);
    assert_eq!(tenures(&rig).len(), 2);
}

#[test]
fn who_is_not_in_the_table_stays_and_a_changed_name_is_said_aloud() {
    let rig = Rig::start();
    let table = format!("{HEADER}secretary,王五,男,第一书记,621022103201,2015-09-16,2016-09-15,,\n");
    let plan = planned(&rig, &table).expect("a plan");
    assert_eq!(plan.changes[0].kind, Kind::Changed);
    let said = plan.changes[0].to_string();
    assert!(said.contains("THE NAME CHANGES to 王五, was 王某, sex:  → 男"), "{said}");
    apply(&rig, &table);
    let read = rig.app.store.read_sync(|connection| {
        let count = account::all(connection)?.len();
        let who = account::by_login(connection, "SECRETARY")?.expect("somebody of the rig").person;
        Ok::<_, zhucun_server::store::Trouble>((count, person::particulars(connection, who)?))
    });
    let (count, particulars) = read.expect("a read");
    let particulars = particulars.expect("a person");
    assert_eq!((count, particulars.name.as_str(), particulars.sex.as_str()), (7, "王五", "男"));
}

#[test]
fn a_column_that_the_table_does_not_have_leaves_what_is_known_and_an_empty_cell_clears_it() {
    let rig = Rig::start();
    let about = || {
        let read = rig.app.store.read_sync(|connection| {
            let account = account::by_login(connection, "secretary")?.expect("an account");
            person::particulars(connection, account.person)
        });
        let it = read.expect("a read").expect("somebody");
        [it.sex, it.birth_month, it.party, it.rank, it.unit]
    };
    let full = "login,name,sex,birth_month,party,rank,unit,role,division,batch,arrived,planned_end\n\
                secretary,王某,男,1988-04,中共党员,科员,县财政局,第一书记,621022103201,第三批,2015-09-16,2016-09-15\n";
    apply(&rig, full);
    let known = ["男", "1988-04", "中共党员", "科员", "县财政局"].map(str::to_owned);
    assert_eq!((about(), tenures(&rig)[0].batch.as_str()), (known.clone(), "第三批"));

    let head = "login,name,role,division,arrived,planned_end";
    let longer = format!("{head}\nsecretary,王某,第一书记,621022103201,2015-09-16,2017-09-15\n");
    let plan = planned(&rig, &longer).expect("a plan");
    assert!(!plan.changes[0].to_string().contains("sex"), "{}", plan.changes[0]);
    apply(&rig, &longer);
    assert_eq!((about(), tenures(&rig)[0].batch.as_str()), (known, "第三批"));
    assert_eq!(kinds(&rig, &longer), [Kind::Unchanged]);

    // An end as well: a table without it begins nothing again.
    let ended = "login,name,role,division,arrived,planned_end,ended,reason\n\
                 secretary,王某,第一书记,621022103201,2015-09-16,2017-09-15,2016-03-01,因病\n\
                 reviewer,赵某,township_reviewer,621022103,2014-01-01,,2020-01-01,\n";
    apply(&rig, ended);
    let silent = format!("{longer}reviewer,赵某,township_reviewer,621022103,2014-01-01,\n");
    assert_eq!(kinds(&rig, &silent), [Kind::Unchanged; 2]);
    apply(&rig, &silent);
    assert_eq!(tenures(&rig)[0].reason, Some(EndReason::Illness));
    let later = format!("{head}\nsecretary,王某,第一书记,621022103201,2016-05-01,2017-09-15\n");
    assert_eq!(kinds(&rig, &later), [Kind::Added], "whoever comes again begins another tenure");

    let cleared = format!("{head},sex,unit\nsecretary,王某,第一书记,621022103201,2015-09-16,2017-09-15,,县教育局\n");
    apply(&rig, &cleared);
    assert_eq!(about(), ["", "1988-04", "中共党员", "科员", "县教育局"]);
}

#[test]
fn every_mistake_of_a_roster_is_said_with_its_line_and_column() {
    let rig = Rig::start();
    for (row, said) in [
        ("x y,甲,,county,621022,2015-01-01,,,", "line 2, column login: “x y”: a login has 2 to 40 of the letters"),
        ("new,甲,,mayor,621022,2015-01-01,,,", "line 2, column role: “mayor” is no role; roles are"),
        ("new,甲,,county,62102,2015-01-01,,,", "line 2, column division: “62102”: a division code has 4, 6, 9 or 12"),
        ("new,甲,,county,621099,2015-01-01,,,", "line 2, column division: no division has the code 621099"),
        ("new,甲,,county,6210,2015-01-01,,,", "line 2, column division: the role county needs a code of 6 digits"),
        ("new,甲,,admin,6210,2015-01-01,,,", "line 2, column role: “admin” is no role"),
        ("new,甲,,administrator,621022103201,2015-01-01,,,", "line 2, column division: the role administrator is held"),
        ("new,甲,,county,621022,01/02/2015,,,", "line 2, column arrived: “01/02/2015” is not a day"),
        ("new,甲,,county,621022,2015-01-01,2016-01-01,,", "line 2, column planned_end: only tenures in villages"),
        ("new,甲,,first_secretary,621022103201,2015-01-01,,,", "line 2, column planned_end: this may not be empty"),
        (
            "new,甲,,first_secretary,621022103201,2015-01-01,2014-12-31,,",
            "line 2, column planned_end: this lies before the arrival on 2015-01-01",
        ),
        (
            "new,甲,,first_secretary,621022103201,2015-01-01,2015-12-31,2015-06-01,",
            "line 2, column reason: a tenure that ended has a reason",
        ),
        (
            "new,甲,,first_secretary,621022103201,2015-01-01,2015-12-31,,期满",
            "line 2, column ended: a reason for leaving without a day",
        ),
        ("new,甲,x,county,621022,2015-01-01,,,", "line 2, column sex: “x”; write 男 or 女"),
        ("new,,,county,621022,2015-01-01,,,", "line 2, column name: this may not be empty"),
        (
            "new,甲,,county,621022,2015-01-01,,,\nnew,乙,,county,621023,2015-01-01,,,",
            "line 3, column login: line 2 has the same login with other particulars",
        ),
        (
            "new,甲,,county,621022,2015-01-01,,,\nNEW,甲,,county,621022,2015-02-01,,,",
            "line 3, column arrived: line 2 is about the same person, role, division and time",
        ),
        ("county,钱某,,county,621022,2015-01-01,,,", "line 2, column arrived: this post is held since 2014-01-01"),
    ] {
        let mistakes = planned(&rig, &format!("{HEADER}{row}\n")).expect_err(row);
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes[0].starts_with(said), "{}", mistakes[0]);
    }
}

#[test]
fn a_workbook_with_dates_and_numbers_reads_like_a_table_of_texts() {
    let rows = roster::read(include_bytes!("table/roster.xlsx")).expect("a workbook");
    let table = "姓名,性别,出生年月,登录名,角色,区划代码,到岗日期,计划期满\n\
         王某,男,1988-04,secretary,第一书记,621022103201,2015-09-16,2016-09-15\n\
         赵某,女,1980-02,reviewer,乡镇组织委员,621022103,2014-01-01,\n";
    assert_eq!(rows, roster::read(table.as_bytes()).expect("a table"));
}
