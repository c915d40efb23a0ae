//! The rooms table of docs/ARCHITECTURE.md: which folder or file is which room, which rooms it may name, what else it may
//! touch. Words in backticks count, everything else in the table is for people.

/// The row that the table begins with.
const HEADER: [&str; 4] = ["Room", "Holds", "May name", "May touch"];
/// In a cell: no wall.
pub const ANYTHING: &str = "*";

/// One row. Several paths in the first cell are one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    pub paths: Vec<String>,
    /// Rooms, by one of their paths.
    pub names: Vec<String>,
    /// Crates, items of crates (`rusqlite::Connection`), npm packages, and powers of the machine or the browser.
    pub touches: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rooms(pub Vec<Room>);

impl Rooms {
    pub fn read(markdown: &str) -> Result<Self, String> {
        let mut lines = markdown.lines().map(cells).skip_while(|cells| *cells != HEADER);
        lines.next().ok_or("no table begins with | Room | Holds | May name | May touch |")?;
        let mut rooms = Vec::new();
        for cells in lines.skip(1).take_while(|cells| !cells.is_empty()) {
            let [paths, _, names, touches] = cells[..] else {
                return Err(format!("a row of the rooms table has not four cells: {}", cells.join(" | ")));
            };
            let [paths, names, touches] = [paths, names, touches].map(in_backticks);
            if paths.is_empty() {
                return Err("a room without a path".to_owned());
            }
            rooms.push(Room { paths, names, touches });
        }
        Ok(Self(rooms))
    }

    /// The room a file lies in: the one with the longest path that fits.
    pub fn of(&self, file: &str) -> Option<&Room> {
        let fit = |room: &&Room| room.paths.iter().filter(|path| holds(path, file)).map(String::len).max();
        self.0.iter().filter(|room| fit(room).is_some()).max_by_key(fit)
    }

    /// Whether code in `from` may name what lies in `to`.
    pub fn may_name(&self, from: &Room, to: &Room) -> bool {
        from == to || from.names.iter().any(|name| name == ANYTHING || to.paths.contains(name))
    }
}

impl Room {
    pub fn name(&self) -> &str {
        &self.paths[0]
    }
}

/// `a/b` holds itself, `a/b.rs`, `a/b.ts` and everything in `a/b/`.
fn holds(path: &str, file: &str) -> bool {
    file.strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || [".rs", ".ts"].contains(&rest))
}

fn cells(line: &str) -> Vec<&str> {
    let row = line.trim().strip_prefix('|').and_then(|row| row.strip_suffix('|'));
    row.map(|row| row.split('|').map(str::trim).collect()).unwrap_or_default()
}

fn in_backticks(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
text before
| Room | Holds | May name | May touch |
| --- | --- | --- | --- |
| `core/src` | the domain | `core/src/gate` | `jiff` |
| `core/src/gate` `core/src/shape` | the gate | `core/src` | `automerge` (only here) |
| `tests` | laws | `*` | `*` |

text after | with | bars |
";

    #[test]
    fn the_longest_path_wins_and_words_outside_of_backticks_are_for_people() {
        let rooms = Rooms::read(TABLE).expect("a table");
        assert_eq!(rooms.0.len(), 3);
        assert_eq!(rooms.0[1].touches, ["automerge"]);
        let room = |file: &str| rooms.of(file).map(Room::name);
        assert_eq!(room("core/src/lib.rs"), Some("core/src"));
        assert_eq!(room("core/src/gate/mod.rs"), Some("core/src/gate"));
        assert_eq!(room("core/src/shape.rs"), Some("core/src/gate"));
        assert_eq!(room("core/src/gatekeeper.rs"), Some("core/src"));
        assert_eq!(room("elsewhere/lib.rs"), None);
        assert!(rooms.may_name(&rooms.0[2], &rooms.0[0]) && !rooms.may_name(&rooms.0[0], &rooms.0[2]));
    }

    #[test]
    fn a_table_that_cannot_be_read_is_no_table() {
        assert!(Rooms::read("| Room | What |\n").is_err());
        assert!(Rooms::read(&TABLE.replace("| the gate ", "")).is_err());
        assert!(Rooms::read(&TABLE.replace("`tests`", "tests")).is_err());
    }
}
