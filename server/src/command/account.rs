//! `account`: what an administrator with a shell does to single accounts.
use clap::{Args, Subcommand};
use zhucun_core::division::DivisionCode;

use super::Failure;
use super::import::apply_roster;
use crate::accounts::{self, password};
use crate::app::App;
use crate::import::file::{FileKind, Given};
use crate::import::mistake::Mistake;
use crate::store::account::{self, Account};
use crate::store::{Transaction, Trouble, person, post};

#[derive(Subcommand)]
pub enum AccountCommand {
    /// Add a person with an account and one post; prints the first password.
    Add(Box<NewAccount>),
    /// Give an account a new first password, print it, and sign out all its devices.
    Reset { login: String },
    /// Lock an account until it is unlocked; its devices stay as they are and cannot synchronise.
    Lock { login: String },
    /// Unlock an account, also one that is locked out after wrong passwords.
    Unlock { login: String },
    /// List accounts with what their people are, or will be.
    List {
        /// Only those inside this division.
        #[arg(long, value_name = "CODE")]
        division: Option<DivisionCode>,
    },
}

/// The same fields as a row of the roster.
#[derive(Args)]
pub struct NewAccount {
    pub login: String,
    #[arg(long)]
    pub name: String,
    /// first_secretary 第一书记, team_member 工作队员, township_reviewer 乡镇组织委员, county 县委组织部,
    /// city 市委组织部, administrator 管理员, auditor 审计员
    #[arg(long)]
    pub role: String,
    #[arg(long, value_name = "CODE")]
    pub division: String,
    /// The first day; today if it is not given.
    #[arg(long, value_name = "DAY")]
    pub arrived: Option<String>,
    /// The last day as planned; first secretaries and team members need it.
    #[arg(long, value_name = "DAY")]
    pub planned_end: Option<String>,
}

impl AccountCommand {
    pub fn run(self, app: &App) -> Result<(), Failure> {
        match self {
            AccountCommand::Add(new) => add(app, *new),
            AccountCommand::Reset { login } => {
                let first = password::first(app.powers.draw());
                let (hash, now) = (password::hash(&first, app.powers.draw()), app.powers.now());
                on(app, &login, move |tx, of| accounts::reset(tx, of.person, &hash, now, None))?;
                println!("{first}");
                Ok(())
            }
            AccountCommand::Lock { login } => {
                let now = app.powers.now();
                on(app, &login, move |tx, of| accounts::lock(tx, of.person, now, None))
            }
            AccountCommand::Unlock { login } => {
                let now = app.powers.now();
                on(app, &login, move |tx, of| accounts::unlock(tx, &of, now, None))
            }
            AccountCommand::List { division } => list(app, division),
        }
    }
}

/// Works on the account with this login, or says that there is none.
fn on(
    app: &App,
    login: &str,
    work: impl FnOnce(&Transaction<'_>, Account) -> Result<(), Trouble> + Send + 'static,
) -> Result<(), Failure> {
    let login = login.to_owned();
    app.store.write_sync(move |tx| {
        let found = account::by_login(tx, &login)?;
        let found = found.ok_or_else(|| Failure::Refused(format!("no account has the login {login}")))?;
        Ok(work(tx, found)?)
    })
}

/// A roster of one row, so that what the roster refuses is refused here too.
fn add(app: &App, new: NewAccount) -> Result<(), Failure> {
    let taken: Option<Account> = {
        let login = new.login.clone();
        app.store.read_sync(move |connection| account::by_login(connection, &login))?
    };
    if taken.is_some() {
        return Err(Failure::Refused(format!("an account has the login {} already", new.login)));
    }
    let arrived = new.arrived.unwrap_or_else(|| app.powers.now().date().to_string());
    let mut table = csv::Writer::from_writer(Vec::new());
    let wrote = table
        .write_record(["login", "name", "role", "division", "arrived", "planned_end"])
        .and_then(|()| {
            let planned_end = new.planned_end.unwrap_or_default();
            table.write_record([new.login, new.name, new.role, new.division, arrived, planned_end])
        })
        .map_err(std::io::Error::from)
        .and_then(|()| table.into_inner().map_err(|error| std::io::Error::other(error.to_string())));
    let wrong = |mistakes: Vec<Mistake>| {
        let sentences: Vec<_> = mistakes
            .into_iter()
            .map(|mistake| format!("{}: {}", mistake.column.unwrap_or("account"), mistake.what))
            .collect();
        Failure::Refused(sentences.join("\n"))
    };
    let table = wrote?;
    let given = Given::read(FileKind::Roster, &table).map_err(wrong)?;
    let plan = app.store.read_sync(|connection| given.plan(connection))?.map_err(wrong)?;
    let digest = plan.digest(&table);
    apply_roster(app, plan, digest, None)
}

fn list(app: &App, division: Option<DivisionCode>) -> Result<(), Failure> {
    let today = app.powers.now().date();
    app.store.read_sync(|connection| -> Result<(), Failure> {
        let accounts = match division {
            Some(division) => account::inside(connection, division, today)?,
            None => account::all(connection)?,
        };
        let mut table = csv::Writer::from_writer(std::io::stdout().lock());
        let write = |error: csv::Error| Failure::from(std::io::Error::from(error));
        table.write_record(["login", "name", "posts", "state"]).map_err(write)?;
        for of in accounts {
            let name = person::find(connection, of.person)?.map(|person| person.name).unwrap_or_default();
            let posts = post::held_or_coming(connection, of.person, today)?;
            let posts: Vec<_> = posts.iter().map(|post| format!("{} {}", post.role.code(), post.division)).collect();
            let state = match (of.locked, of.must_change) {
                (true, _) => "locked",
                (false, true) => "first password",
                (false, false) => "",
            };
            table.write_record([&of.login, &name, &posts.join("; "), state]).map_err(write)?;
        }
        Ok(table.flush()?)
    })
}
