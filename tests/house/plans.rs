//! Plans of the crates: their floors and wings.
//!
//! - A file looks at its own floor and at those below it.
//! - Wings stand beside each other on one floor; a wing looks at those that follow it in the plan. So one can be
//!   understood, and moved, with those behind it alone.
//! - A folder inside a wing or floor is private: from outside, only its front is named (`sign_on/mod.rs`, or
//!   `metrics.rs` beside `metrics/`).
//! - Files do not import each other in a circle.

/// A crate's floors, from the top.
pub struct Plan {
    floors: &'static [Floor],
}

/// A floor: files and folders below `src`, without `.rs`.
enum Floor {
    /// Rooms, which may look at each other.
    Rooms(&'static [&'static str]),
    /// Wings, of which each may look at those behind it.
    Wings(&'static [&'static str]),
}

/// A file's place: the number of its floor, counted from the top, and of its wing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub floor: usize,
    pub wing: Option<usize>,
    /// The room or wing.
    pub name: &'static str,
}

use Floor::{Rooms, Wings};

const DOMAIN: Plan = Plan {
    floors: &[
        Wings(&["exchange", "log", "figures", "records", "closing", "accounts"]),
        // The catalogue as one value, which holds everything on the next floor.
        Rooms(&["catalogue/mod", "catalogue/agencies_in_time"]),
        Wings(&[
            "exchange/export_profiles",
            "closing/reopenings",
            "closing/errata",
            "closing/told_answers",
            "closing/locks",
            "closing/corrections",
            "closing/cut_offs",
            "catalogue",
        ]),
        Rooms(&["cells", "figure"]),
        Rooms(&["tenures", "time"]),
        Rooms(&["codes", "fraction", "id", "limits", "spelling", "text", "violation"]),
        Rooms(&["message", "schema"]),
    ],
};

const PERSISTENCE: Plan = Plan {
    floors: &[
        Rooms(&["backups"]),
        Rooms(&["verify"]),
        Rooms(&["database", "migrate"]),
        // A change of the catalogue counts records anew, and asks which closed answers it would move.
        Wings(&["figures", "catalogue", "records", "closing", "accounts", "exchange"]),
        Rooms(&["write"]),
        Rooms(&["standby"]),
        Rooms(&["model"]),
        Rooms(&["log"]),
        Rooms(&["engine"]),
        Rooms(&["error", "progress"]),
    ],
};

const HTTP: Plan = Plan {
    floors: &[
        Rooms(&["cli"]),
        Rooms(&["server"]),
        Rooms(&["openapi"]),
        // `api/mod.rs`, which shows every route.
        Rooms(&["api"]),
        Wings(&[
            "api/exchange",
            "api/figures",
            "api/log",
            "api/records",
            "api/closing",
            "api/accounts",
            "api/catalogue",
        ]),
        Rooms(&["request"]),
        Rooms(&["response"]),
        Rooms(&["auth"]),
        Rooms(&["store"]),
        Rooms(&["problem"]),
        Rooms(&["texts"]),
        Rooms(&["crypto"]),
        Rooms(&["config"]),
    ],
};

/// The plan of a crate; none for one that is small enough to stand on one floor.
pub fn of(name: &str) -> Option<&'static Plan> {
    match name {
        "domain" => Some(&DOMAIN),
        "persistence" => Some(&PERSISTENCE),
        "http" => Some(&HTTP),
        _ => None,
    }
}

impl Plan {
    /// A file's place; none for the crate's root, which only lists what there is.
    pub fn place(&self, file: &str) -> Option<Place> {
        let path = file.trim_end_matches(".rs");
        let floors = self.floors.iter().enumerate().flat_map(|(floor, rooms)| match rooms {
            Rooms(names) => names.iter().map(|&name| Place { floor, wing: None, name }).collect::<Vec<_>>(),
            Wings(names) => {
                names.iter().enumerate().map(|(wing, &name)| Place { floor, wing: Some(wing), name }).collect()
            }
        });
        let here = floors.filter(|place| path == place.name || path.starts_with(&format!("{}/", place.name)));
        here.max_by_key(|place| place.name.len())
    }

    /// Rooms and wings, from the top.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.floors.iter().flat_map(|floor| match floor {
            Rooms(names) | Wings(names) => names.iter().copied(),
        })
    }

    /// True for a folder that is a floor, a wing, or a room that has files for all to use.
    pub fn is_open(&self, folder: &str) -> bool {
        self.place(folder).is_some_and(|place| place.name == folder)
    }

    /// True for a file that has a place, or is a crate's root.
    pub fn knows(&self, file: &str) -> bool {
        is_root(file) || self.place(file).is_some()
    }
}

/// True for the file that a crate begins with.
pub fn is_root(file: &str) -> bool {
    ["lib.rs", "main.rs"].contains(&file)
}
