//! What the demonstration shows at every start: who may sign in, with which password, and what they see.
use std::path::Path;

use super::staff::{OWN_LOGINS, PASSWORD};
use super::{Done, refused};
use crate::accounts::password;
use crate::app::App;
use crate::power::Powers;
use crate::store::{Fault, account, division, post};

/// Prints the table. Fails when the database is no demonstration.
pub fn show(data: &Path, powers: &Powers) -> Done<()> {
    let app = App::open(data, powers.clone())?;
    let today = powers.now().date();
    let lines = app.store.read_sync(|connection| {
        let mut lines = Vec::new();
        for (login, _, role) in OWN_LOGINS {
            let Some(of) = account::by_login(connection, login)? else { continue };
            let mut places = Vec::new();
            for post in post::held(connection, of.person, today)? {
                let mut names = Vec::new();
                let mut code = Some(post.division);
                while let Some(here) = code {
                    names.extend(division::find(connection, here)?.map(|unit| unit.name));
                    code = here.parent();
                }
                names.reverse();
                places.push(names.concat());
            }
            let password = if password::verify(PASSWORD, &of.password_hash) { PASSWORD } else { "(已修改 changed)" };
            lines.push(format!("{login:<16}{password:<16}{role}  {}", places.join("、")));
        }
        Ok::<_, Fault<String>>(lines)
    })?;
    if lines.is_empty() {
        let sentence =
            format!("{} holds a database that is no demonstration: use serve, or another --data", data.display());
        return Err(refused(sentence));
    }
    println!("演示账号 accounts of the demonstration:");
    println!("{:<16}{:<16}角色  范围", "登录名", "密码");
    for line in lines {
        println!("{line}");
    }
    Ok(())
}
