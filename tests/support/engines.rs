//! Every test runs on both engines.

use crate::postgres;
use std::path::Path;
use thidua_persistence::{Database, Options};

/// An engine under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A place for one test's data; it is gone when this is dropped.
pub struct Place {
    /// The `DATABASE_URL`.
    pub url: String,
    schema: Option<postgres::Schema>,
    folder: tempfile::TempDir,
}

impl Engine {
    /// A fresh place; none when the engine is not installed, which the support prints loudly.
    pub fn place(self) -> Option<Place> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        match self {
            Self::Sqlite => {
                let url = format!("sqlite:{}", folder.path().join("test.sqlite").display());
                Some(Place { url, schema: None, folder })
            }
            Self::Postgres => {
                let schema = postgres::Schema::create(postgres::server()?);
                Some(Place { url: schema.url.clone(), schema: Some(schema), folder })
            }
        }
    }
}

impl Place {
    /// A place on a server that some `DATABASE_URL` names.
    pub fn at(url: String) -> Self {
        Self { url, schema: None, folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Opens the database there.
    pub fn open(&self) -> Database {
        Database::open(self.options()).expect("the database opens")
    }

    /// Options that open the database there with few connections.
    pub fn options(&self) -> Options {
        Options { readers: 4, ..Options::from_url(&self.url) }
    }

    /// An empty place of the same engine and, on PostgreSQL, with a schema of the same name, in a database of its own.
    pub fn elsewhere(&self) -> Self {
        self.elsewhere_in(self.schema.as_ref().map_or("", postgres::Schema::name))
    }

    /// As [`Place::elsewhere`], on PostgreSQL with a schema of some name.
    pub fn elsewhere_in(&self, schema: &str) -> Self {
        match &self.schema {
            None => Engine::Sqlite.place().expect("SQLite is there"),
            Some(own) => {
                let schema = own.elsewhere(schema);
                let folder = tempfile::tempdir().expect("a temporary folder");
                Self { url: schema.url.clone(), schema: Some(schema), folder }
            }
        }
    }

    /// A folder of the test's own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// True for a PostgreSQL schema.
    pub fn is_postgres(&self) -> bool {
        self.schema.is_some()
    }
}

/// Keeps a promise on an engine, if it is installed: what `#[on_both_engines]` makes tests of.
pub fn run<T: FromEngine>(engine: Engine, promise: fn(T)) {
    if let Some(world) = T::on(engine) {
        promise(world);
    }
}

/// A parameter of a test: what it is to find on its engine.
pub trait FromEngine: Sized {
    /// Makes the value; none when the engine is not installed.
    fn on(engine: Engine) -> Option<Self>;
}

impl FromEngine for Place {
    fn on(engine: Engine) -> Option<Self> {
        engine.place()
    }
}
