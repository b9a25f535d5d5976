//! Every operation as every role: let in or refused, as the table of rights says.

use super::examples::{self, OwnSample};
use crate::contract::document::operations;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{Client, on_both_engines};
use thidua_domain::accounts::users::Role;

/// A right: the callers who have it, and the operations it opens.
struct Right {
    roles: &'static [Role],
    /// The scope that a machine's credential needs.
    scope: &'static str,
    /// True when users whose scope is one agency have it, too.
    within_an_agency: bool,
    /// The `operationId`s, separated by spaces.
    operations: &'static str,
}

const PEOPLE: &[Role] = &[Role::Admin, Role::Editor, Role::Approver, Role::Viewer, Role::Auditor];
const WRITERS: &[Role] = &[Role::Admin, Role::Editor, Role::Approver];

/// The table of rights, written down a second time on purpose: the test compares it with the types of the handlers.
const RIGHTS: &[Right] = &[
    Right {
        roles: Role::ALL,
        scope: "read", within_an_agency: true,
        operations: "
            acknowledgeChanges changePassword confirmSecondFactor getAgency getAttainment getAttainmentSeries getCalendar getCheckpoint
            getCourse getExportMetadata getExportProfile getExportedReport getHoliday getIndicator getLock getMe
            getMovement getPeriod getPhase getProvincialReport getTarget listAgencies listAttainments
            listCalendars listChanges listCourses listErrata listExportProfiles listHolidays listIndicators listLocks
            listMovements listPeriods listPhases listReopenings listTargets logOut logOutEverywhere reconcileCells rehearseProvincialReport
            prepareSecondFactor removeSecondFactor resolvePeriods
        ",
    },
    Right {
        roles: PEOPLE,
        scope: "records.read", within_an_agency: true,
        operations: "
            askWhatIf explainAttainment getCorrection getDocumentExchange getIncident getInformationSystem
            getMonitoringStatus getObservation getStaff getTrainingRecord listCorrections
            listDocumentExchanges listIncidents listInformationSystems listMonitoringStatuses
            listObservations listStaff listTrainingRecords
        ",
    },
    Right {
        roles: WRITERS,
        scope: "records.write", within_an_agency: true,
        operations: "
            batchCourses batchDocumentExchanges batchIncidents batchInformationSystems
            batchMonitoringStatuses batchObservations batchStaff batchTrainingRecords closeCorrection
            createCorrection createCourse createDocumentExchange createIncident createInformationSystem
            createMonitoringStatus createObservation createStaff createTrainingRecord deleteCourse
            deleteDocumentExchange deleteIncident deleteInformationSystem deleteMonitoringStatus
            deleteObservation deleteStaff deleteTrainingRecord eraseStaffName transferInformationSystem
            transferStaff updateCourse updateDocumentExchange updateIncident updateInformationSystem
            updateMonitoringStatus updateObservation updateStaff updateTrainingRecord
        ",
    },
    Right { roles: &[Role::Admin, Role::Auditor], scope: "audit", within_an_agency: false, operations: "listAuditEntries listEvents" },
    Right {
        roles: &[Role::Admin, Role::Approver],
        scope: "approve", within_an_agency: true,
        operations: "approveCorrection createLock eraseStaff rejectCorrection",
    },
    Right {
        roles: &[Role::Admin],
        scope: "manage", within_an_agency: false,
        operations: "
            batchAgencies batchHolidays batchIndicators batchPeriods batchTargets batchUsers createAgency createCalendar createExportProfile createHoliday createIndicator createMovement createPeriod
            createPhase createTarget createUser createClient createClientKey eraseClient eraseUser inviteUser revokeInvitation deleteAgency deleteCalendar deleteExportProfile
            deleteHoliday deleteIndicator deleteLock deleteMovement deletePeriod deletePhase deleteTarget getUser
            getClient getClientKey listClients listClientKeys revokeClientKey rotateClientKey updateClient
            listReceipts listUsers mergeAgencies updateAgency updateCalendar updateExportProfile
            updateHoliday updateIndicator updateMovement updatePeriod updatePhase updateTarget updateUser
        ",
    },
];

/// Operations that need no token.
const OPEN: &str = "acceptInvitation logIn refreshTokens signOn";
/// Operations about one's own password, which a client does not have.
const OF_USERS: &str = "changePassword confirmSecondFactor prepareSecondFactor removeSecondFactor";
/// Operations that end the caller's session.
const LEAVING: &str = "logOut logOutEverywhere";

#[test]
fn the_table_of_rights_holds_every_operation_once() {
    let named: Vec<_> =
        RIGHTS.iter().flat_map(|right| right.operations.split_whitespace()).chain(OPEN.split(' ')).collect();
    let known: BTreeSet<_> = operations().iter().map(|(_, _, operation)| id(operation)).collect();
    assert_eq!(named.len(), known.len());
    assert_eq!(named.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), known);
}

#[test]
fn the_contract_says_of_every_operation_who_may_use_it() {
    for (path, method, operation) in operations() {
        let id = id(&operation);
        let right = RIGHTS.iter().find(|right| right.operations.split_whitespace().any(|known| known == id));
        let expected = right.map_or(Value::Null, |right| {
            let roles: Vec<_> = right.roles.iter().map(|role| role.as_str()).collect();
            json!({ "roles": roles, "whole_province": !right.within_an_agency, "scope": right.scope })
        });
        assert_eq!(operation["x-required-roles"], expected, "{method} {path}");
    }
}

#[on_both_engines]
fn every_operation_is_open_to_those_who_have_a_right_to_it_and_to_nobody_else(sample: OwnSample) {
    let server = &sample.0;
    let mut failed = Vec::new();
    let mut tell = |who: &str, operation: &str, expected: &str, status: u16| {
        failed.push(format!("{operation} as {who}: expected {expected}, got {status}"));
    };
    for (path, method, operation) in operations() {
        let id = id(&operation);
        if OPEN.split(' ').any(|open| open == id) {
            continue;
        }
        let status = send(&server.anonymous(), &path, &method, &operation);
        if status != 401 {
            tell("nobody", &id, "401", status);
        }
    }
    for role in Role::ALL.iter().copied() {
        for agency in [None, Some("H18.SKHCN")] {
            let who = agency.map_or_else(|| role.to_string(), |agency| format!("{role} of {agency}"));
            let user = server.user(role, agency);
            let leaving = || server.user(role, agency);
            for (path, method, operation) in operations() {
                let id = id(&operation);
                let Some(right) =
                    RIGHTS.iter().find(|right| right.operations.split_whitespace().any(|known| known == id))
                else {
                    continue;
                };
                let leaves = LEAVING.split(' ').any(|leaving| leaving == id);
                let client = if leaves { &leaving() } else { &user };
                let before = server.database().model().seq;
                let status = send(client, &path, &method, &operation);
                assert!(leaves || server.database().model().seq == before, "{id} left something behind");
                let allowed = right.roles.contains(&role) && (agency.is_none() || right.within_an_agency);
                match (allowed, status) {
                    (false, 403) => {}
                    // The example's row may be gone or hidden, or in a state that forbids it; the caller got in.
                    (true, 200..=299 | 404 | 409 | 422) => {}
                    (true, _) => tell(&who, &id, "to get in", status),
                    (false, _) => tell(&who, &id, "403", status),
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    server.assert_verified();
}

#[on_both_engines]
fn a_machine_may_do_what_both_its_role_and_the_scopes_of_its_key_let_it_do(sample: OwnSample) {
    let server = &sample.0;
    let mut failed = Vec::new();
    for right in RIGHTS {
        let role = [Role::Puller, Role::Viewer, Role::Editor, Role::Auditor]
            .into_iter()
            .rev()
            .find(|role| right.roles.contains(role));
        // Managing and deciding are for people: no key can be for it, and every other is not enough.
        let having = role.unwrap_or(Role::Editor);
        let of_role = |role: &Role| {
            RIGHTS.iter().filter(|right| right.roles.contains(role)).map(|right| right.scope).collect::<Vec<_>>()
        };
        let others: Vec<_> = of_role(&having).into_iter().filter(|scope| *scope != right.scope).collect();
        let with = role.map(|role| server.machine(role, None, &[right.scope]));
        let without = server.machine(having, None, &others);
        for (path, method, operation) in operations() {
            let id = id(&operation);
            if !right.operations.split_whitespace().any(|known| known == id) {
                continue;
            }
            let before = server.database().model().seq;
            if let Some(with) = &with {
                let status = send(with, &path, &method, &operation);
                let gets_in = matches!(status, 200..=299 | 404 | 409 | 422);
                if gets_in == OF_USERS.split(' ').any(|own| own == id) {
                    failed.push(format!("{id} with {}: {status}", right.scope));
                }
            }
            let status = send(&without, &path, &method, &operation);
            if status != 403 {
                failed.push(format!("{id} without {}: {status}", right.scope));
            }
            assert_eq!(server.database().model().seq, before, "{id} left something behind");
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    server.assert_verified();
}

/// The status of an operation's example, whose effect does not stay.
fn send(client: &Client, path: &str, method: &str, operation: &Value) -> u16 {
    let client = examples::with_headers(client, operation);
    // Operations on credentials have no dry run.
    let dry = if path.contains("/auth/") { client } else { client.with("prefer", "tx=rollback") };
    examples::send(&dry, path, method, operation).status
}

fn id(operation: &Value) -> String {
    operation["operationId"].as_str().unwrap().to_owned()
}
