//! Steps that SQLite's virtual machine takes for statements: what a statement costs, whatever the machine and its load.
//!
//! SQLite tells them of a statement to whoever has its handle, and diesel gives none away. So each connection that is
//! opened is told to report its statements as they end.

#![allow(unsafe_code, reason = "no safe interface reaches the counters of a statement that another has prepared")]

use libsqlite3_sys as sqlite;
use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr::{null, null_mut};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// Statements that have ended, with the steps of each.
type Ended = Vec<(String, u64)>;

/// Ended statements by database file, while a test watches it.
type Watched = Option<HashMap<String, Ended>>;

static WATCHED: Mutex<Watched> = Mutex::new(None);

fn watched() -> MutexGuard<'static, Watched> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has every connection that is opened from now on report its statements.
pub fn begin() {
    static ONCE: Once = Once::new();
    // SAFETY: the function has the signature that is asked for, and lives as long as the process.
    ONCE.call_once(|| {
        let done = unsafe { sqlite::sqlite3_auto_extension(Some(opened)) };
        assert_eq!(done, sqlite::SQLITE_OK, "connections report their statements");
    });
}

/// The result of some work, and the statements that ended meanwhile on the database in a file, with the steps of each.
pub fn during<T>(file: &str, work: impl FnOnce() -> T) -> (T, Ended) {
    watched().get_or_insert_default().insert(file.to_owned(), Vec::new());
    let given = work();
    let statements = watched().as_mut().and_then(|watched| watched.remove(file));
    (given, statements.unwrap_or_default())
}

/// Called by SQLite with each new connection.
unsafe extern "C" fn opened(
    connection: *mut sqlite::sqlite3,
    _message: *mut *mut c_char,
    _routines: *const sqlite::sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite has just opened the connection; the function needs no context.
    unsafe { sqlite::sqlite3_trace_v2(connection, sqlite::SQLITE_TRACE_PROFILE, Some(ended), null_mut()) }
}

/// Called by SQLite with each statement that has come to its end.
unsafe extern "C" fn ended(_event: c_uint, _context: *mut c_void, statement: *mut c_void, _took: *mut c_void) -> c_int {
    let statement = statement.cast::<sqlite::sqlite3_stmt>();
    // SAFETY: of this event the third argument is the statement, which is alive during the call, as are its texts.
    let (file, text, steps) = unsafe {
        (
            owned(sqlite::sqlite3_db_filename(sqlite::sqlite3_db_handle(statement), null())),
            owned(sqlite::sqlite3_sql(statement)),
            sqlite::sqlite3_stmt_status(statement, sqlite::SQLITE_STMTSTATUS_VM_STEP, 1),
        )
    };
    if let Some(statements) = watched().as_mut().and_then(|watched| watched.get_mut(&file)) {
        statements.push((text, u64::try_from(steps).unwrap_or(0)));
    }
    0
}

/// A copy of a text of SQLite's.
///
/// # Safety
/// The text ends with a zero byte, unless there is none.
unsafe fn owned(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as above.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}
