//! Costs of requests to a database: facts that are the same on every machine. On SQLite the steps of its virtual
//! machine, on PostgreSQL the rows and entries of indexes that its plans read. PostgreSQL is asked afterwards, and an
//! INSERT is left out there: its row is in the table by then, and it reads no more than keys.

use crate::engines::Place;
use crate::statements::Counted;
use crate::steps;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value;

/// A database whose costs are counted.
pub struct Costs {
    url: String,
    /// A connection of the test's own, on which PostgreSQL explains the statements.
    again: Option<PgConnection>,
}

/// Costs of some work.
#[derive(Debug, Default)]
pub struct Cost {
    /// In all.
    pub total: u64,
    /// Statements with their costs.
    pub statements: Vec<(String, u64)>,
}

impl Costs {
    /// Counts on every connection that is opened from now on.
    pub fn begin() {
        Counted::begin();
        steps::begin();
    }

    /// Counts the costs of the database at a place.
    pub fn of(place: &Place) -> Self {
        let again = place.is_postgres().then(|| PgConnection::establish(&place.url).expect("PostgreSQL answers"));
        Self { url: place.url.clone(), again }
    }

    /// Has PostgreSQL count its rows now: otherwise its statistics follow a growing table slowly.
    pub fn settle(&mut self) {
        if let Some(connection) = &mut self.again {
            connection.batch_execute("ANALYZE").expect("the tables can be looked at");
        }
    }

    /// The result of some work, and the cost of its statements.
    pub fn during<T>(&mut self, work: impl FnOnce() -> T) -> (T, Cost) {
        let Some(connection) = &mut self.again else {
            let (given, statements) = steps::during(self.url.trim_start_matches("sqlite:"), work);
            return (given, Cost::of(statements));
        };
        let (given, texts) = Counted::of(&self.url).texts_during(work);
        let reading = texts.into_iter().filter(|text| READING.iter().any(|verb| text.trim_start().starts_with(verb)));
        let statements = reading.map(|text| {
            let rows = rows_read(connection, &text);
            (text, rows)
        });
        let statements = statements.collect();
        (given, Cost::of(statements))
    }
}

impl Cost {
    fn of(statements: Vec<(String, u64)>) -> Self {
        let total = statements.iter().map(|(_, cost)| cost).sum();
        Self { total, statements }
    }

    /// The statements that have cost most, for people.
    pub fn dearest(&self) -> String {
        let mut statements: Vec<_> = self.statements.iter().collect();
        statements.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
        let told = statements.iter().take(3).map(|(text, cost)| format!("        {cost}: {text}"));
        told.collect::<Vec<_>>().join("\n")
    }
}

/// Verbs of the statements that look for rows.
const READING: [&str; 4] = ["SELECT", "WITH", "UPDATE", "DELETE"];

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    plan: String,
}

/// The rows and entries of indexes that PostgreSQL reads for a statement, which is followed by its values. It is carried
/// out for that, and undone.
fn rows_read(connection: &mut PgConnection, text: &str) -> u64 {
    // A statement without values has no such part.
    let (statement, values) = text.rsplit_once(" -- binds: ").unwrap_or((text, "[]"));
    let values: Vec<String> = values_of(values).iter().map(|value| literal(value)).collect();
    let values = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
    connection.batch_execute(&format!("BEGIN; PREPARE again AS {statement}")).expect("it was prepared before");
    let explain = format!("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE again{values}");
    let told: Plan =
        diesel::sql_query(&explain).get_result(connection).unwrap_or_else(|error| panic!("{explain}: {error}"));
    connection.batch_execute("ROLLBACK; DEALLOCATE again").expect("it is there");
    let plan: Value = serde_json::from_str(&told.plan).expect("a plan");
    read_below(&plan[0]["Plan"])
}

/// The rows read by a node of a plan and those below it.
fn read_below(node: &Value) -> u64 {
    let number = |name: &str| node[name].as_f64().unwrap_or_default();
    let is_scan = node["Relation Name"].is_string() || node["Index Name"].is_string();
    let rows = number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
    let own = if is_scan { rows * number("Actual Loops") } else { 0.0 };
    let below = node["Plans"].as_array().into_iter().flatten().map(read_below).sum::<u64>();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of rows")]
    let own = own as u64;
    own + below
}

/// The values of a list as Rust writes it for people who debug, each as it stands there.
fn values_of(list: &str) -> Vec<String> {
    let list = list.trim();
    // A list at its end has brackets of its own.
    let inner = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(list);
    let (mut values, mut value, mut depth, mut quoted, mut escaped) = (Vec::new(), String::new(), 0, false, false);
    for letter in inner.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' | '(' if !quoted => depth += 1,
            ']' | ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                values.push(std::mem::take(&mut value).trim().to_owned());
                continue;
            }
            _ => {}
        }
        value.push(letter);
    }
    if !value.trim().is_empty() {
        values.push(value.trim().to_owned());
    }
    values
}

/// A value as a literal of SQL whose type is what the statement takes it for.
fn literal(value: &str) -> String {
    if value == "None" {
        return "NULL".to_owned();
    }
    let value = value.strip_prefix("Some(").and_then(|value| value.strip_suffix(')')).unwrap_or(value);
    let text = match serde_json::from_str(value) {
        Ok(Value::String(text)) => text,
        // A list of texts or numbers.
        Ok(Value::Array(values)) => {
            let values = values.iter().map(Value::to_string).collect::<Vec<_>>();
            format!("{{{}}}", values.join(","))
        }
        // A number, or a day in what wraps it.
        _ => value.trim_start_matches("Day(Date(").trim_end_matches(')').to_owned(),
    };
    format!("'{}'", text.replace('\'', "''"))
}
