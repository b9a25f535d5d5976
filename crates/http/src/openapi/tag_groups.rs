//! Names of the contract's tags for people, in groups by task: the order of an administrator's day.

use crate::texts::{Language, say};
use serde_json::{Value, json};
use thidua_domain::message::Message;

/// Tags that belong to one task, each with its name.
struct TagGroup {
    task: Message,
    tags: Vec<(&'static str, Message)>,
}

/// The groups with their tags (`x-tagGroups`).
pub(super) fn listed(language: Language) -> Value {
    let groups = groups().into_iter().map(|group| {
        let tags: Vec<_> = group.tags.iter().map(|(tag, _)| *tag).collect();
        json!({ "name": say(&group.task, language), "tags": tags })
    });
    groups.collect()
}

/// The name of a tag; the tag itself where it has none, which a test finds.
pub(super) fn display_name(tag: &str, language: Language) -> String {
    let named = groups().into_iter().flat_map(|group| group.tags).find(|(name, _)| *name == tag);
    named.map_or_else(|| tag.to_owned(), |(_, name)| say(&name, language))
}

fn groups() -> Vec<TagGroup> {
    vec![
        TagGroup {
            task: Message::new("phrase.page.group.results"),
            tags: vec![
                ("attainments", Message::new("phrase.page.tag.attainments")),
                ("provincial-report", Message::new("phrase.page.tag.report")),
                ("export-profiles", Message::new("phrase.page.tag.export_profiles")),
            ],
        },
        TagGroup {
            task: Message::new("phrase.page.group.records"),
            tags: vec![
                ("observations", Message::new("phrase.page.tag.observations")),
                ("document-exchanges", Message::new("phrase.page.tag.document_exchanges")),
                ("training-records", Message::new("phrase.page.tag.training_records")),
                ("courses", Message::new("phrase.page.tag.courses")),
                ("staff", Message::new("phrase.page.tag.staff")),
                ("information-systems", Message::new("phrase.page.tag.information_systems")),
                ("monitoring-statuses", Message::new("phrase.page.tag.monitoring_statuses")),
                ("incidents", Message::new("phrase.page.tag.incidents")),
            ],
        },
        TagGroup {
            task: Message::new("phrase.page.group.closing"),
            tags: vec![
                ("locks", Message::new("phrase.page.tag.locks")),
                ("corrections", Message::new("phrase.page.tag.corrections")),
                ("errata", Message::new("phrase.page.tag.errata")),
            ],
        },
        TagGroup {
            task: Message::new("phrase.page.group.catalogue"),
            tags: vec![
                ("movements", Message::new("phrase.page.tag.movements")),
                ("indicators", Message::new("phrase.page.tag.indicators")),
                ("targets", Message::new("phrase.page.tag.targets")),
                ("agencies", Message::new("phrase.page.tag.agencies")),
                ("periods", Message::new("phrase.page.tag.periods")),
                ("calendars", Message::new("phrase.page.tag.calendars")),
                ("holidays", Message::new("phrase.page.tag.holidays")),
            ],
        },
        TagGroup {
            task: Message::new("phrase.page.group.log"),
            tags: vec![
                ("audit", Message::new("phrase.page.tag.audit")),
                ("changes", Message::new("phrase.page.tag.changes")),
            ],
        },
        TagGroup {
            task: Message::new("phrase.page.group.accounts"),
            tags: vec![
                ("auth", Message::new("phrase.page.tag.auth")),
                ("users", Message::new("phrase.page.tag.users")),
                ("clients", Message::new("phrase.page.tag.clients")),
            ],
        },
    ]
}
