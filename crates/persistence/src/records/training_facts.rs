//! Facts of training records, read for many writes at once.

use crate::engine::connection::{AnyConnection, Connection};
use crate::error::Result;
use crate::records::{courses, staff, training_rows};
use crate::write::prefetch::Facts;
use thidua_domain::id::StaffId;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::training_facts::{TrainingFacts, TrainingHint};

impl Facts for TrainingFacts {
    const RESOURCE: Resource = Resource::TrainingRecords;
    type PrefetchHint = TrainingHint;
    type Owner = StaffId;
    type Row = training_rows::Row;

    fn learn<'f>(
        &mut self,
        connection: &mut Connection,
        hints: impl Iterator<Item = &'f TrainingHint> + Clone,
    ) -> Result<()> {
        let codes = |of: fn(&TrainingHint) -> &Vec<String>| -> Vec<&'f str> {
            hints.clone().flat_map(of).map(String::as_str).collect()
        };
        let (people, courses) = (codes(|hint| &hint.staff), codes(|hint| &hint.courses));
        if people.is_empty() && courses.is_empty() {
            return Ok(());
        }
        let members = staff::whole_by_codes(connection, &people)?;
        let ids: Vec<StaffId> = members.keys().copied().collect();
        self.read_again(connection, &ids)?;
        self.add_people(&people, members);
        self.add_courses(&courses, courses::facts_by_codes(connection, &courses)?);
        Ok(())
    }

    fn read_again(&mut self, connection: &mut Connection, owners: &[StaffId]) -> Result<()> {
        let ids: Vec<i64> = owners.iter().map(|id| id.0).collect();
        self.put_trainings(training_rows::of_people(connection, &ids)?);
        Ok(())
    }

    fn owners(&self) -> impl Iterator<Item = StaffId> {
        self.people()
    }

    fn put(connection: &mut AnyConnection, rows: &[training_rows::Row]) -> Result<()> {
        training_rows::put(connection, rows)
    }
}
