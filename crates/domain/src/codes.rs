//! Every stable code a caller can meet, and where. Clients rely on codes, never on texts: a code that has been published
//! keeps its meaning. Titles, meanings and remedies stand in `locales`, as `code#title`, `code#meaning`, `code#remedy`.

/// A stable code in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code.
    pub name: &'static str,
    /// The place where callers meet it.
    pub place: CodePlace,
}

/// The place where callers meet a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePlace {
    /// As the code of a problem with this status; of a row in a batch also in the `errors`.
    Problem(u16),
    /// As the code of a problem with the status 409, and in its `errors`; of a rule that ties rows together also in the
    /// `errors` of a 422.
    Conflict,
    /// In the `errors` of a 422.
    Rule,
}

impl CodePlace {
    /// The status of an answer with such a code.
    pub const fn status(self) -> u16 {
        match self {
            Self::Problem(status) => status,
            Self::Conflict => 409,
            Self::Rule => 422,
        }
    }
}

/// All codes: problems by status, then conflicts, then rules, each by name.
pub fn all() -> impl Iterator<Item = Code> {
    let problems = PROBLEMS.iter().map(|(status, name)| Code { name, place: CodePlace::Problem(*status) });
    let conflicts = CONFLICTS.iter().map(|name| Code { name, place: CodePlace::Conflict });
    let rules = RULES.iter().map(|name| Code { name, place: CodePlace::Rule });
    problems.chain(conflicts).chain(rules)
}

/// The code with a name.
pub fn find(name: &str) -> Option<Code> {
    all().find(|code| code.name == name)
}

/// Codes of refusals that their status explains.
const PROBLEMS: &[(u16, &str)] = &[
    (400, "idempotency_key_not_taken"),
    (400, "invalid_idempotency_key"),
    (400, "malformed_request"),
    (400, "unknown_preference"),
    (401, "invalid_token"),
    (401, "issuer_token_refused"),
    (401, "second_factor_required"),
    (401, "session_over"),
    (401, "unauthenticated"),
    (401, "wrong_credentials"),
    (401, "wrong_second_factor"),
    (403, "forbidden"),
    (403, "not_entitled"),
    (403, "password_must_be_changed"),
    (403, "rights_changed"),
    (403, "origin_not_allowed"),
    (404, "no_issuer"),
    (404, "not_found"),
    (405, "method_not_allowed"),
    (406, "not_acceptable"),
    (408, "body_too_slow"),
    (408, "body_took_too_long"),
    (408, "head_too_slow"),
    (409, "username_taken"),
    (412, "stale"),
    (413, "payload_too_large"),
    (415, "unsupported_media_type"),
    (415, "unsupported_content_encoding"),
    (417, "expectation_failed"),
    (422, "batch_rejected"),
    (422, "idempotency_key_reused"),
    (422, "invalid_input"),
    (428, "precondition_required"),
    (429, "too_many_requests"),
    (429, "too_many_streams"),
    (429, "too_many_wrong_tries"),
    (431, "head_too_large"),
    (500, "internal_error"),
    (501, "unknown_method"),
    (501, "unknown_transfer_coding"),
    (503, "issuer_unavailable"),
    (503, "unavailable"),
    (503, "storage_full"),
    (503, "no_room"),
    (503, "outcome_unknown"),
];

/// Codes of inputs that are right by themselves but do not fit what is stored.
const CONFLICTS: &[&str] = &[
    "account_disabled",
    "account_not_disabled",
    "agency_not_in_existence",
    "already_exists",
    "answers_were_told",
    "built_in_profile",
    "cannot_merge",
    "closed_figures",
    "correction_decided",
    "correction_not_open",
    "has_observations",
    "holds_from_outside_scope",
    "immutable",
    "in_use",
    "indicator_is_derived",
    "invitation_beside_subject",
    "invitation_void",
    "key_expired",
    "key_replaced",
    "last_admin",
    "late_record",
    "not_a_phases_first_month",
    "not_empty",
    "not_locked",
    "period_locked",
    "phase_frozen",
    "records_outside_validity",
    "repeated_key",
    "requester_decides",
    "scope_outside_movement",
    "second_factor_off",
    "second_factor_on",
    "subject_taken",
    "tenure_outside_scope",
    "too_many_keys",
    "too_many_profiles",
    "window_not_ended",
];

/// Codes of broken rules, named at a member in `errors`.
const RULES: &[&str] = &[
    "as_of_in_future",
    "before_first_change",
    "before_detection",
    "common_password",
    "confirmed_before_training",
    "control_character",
    "cycle",
    "date_out_of_range",
    "dates_out_of_order",
    "duplicate_field",
    "duplicate_member",
    "duplicate_output_name",
    "duplicate_parameter",
    "electronic_exceeds_open",
    "empty_batch",
    "empty_list",
    "ends_before_start",
    "event_after_status",
    "failed_exceeds_electronic",
    "format_does_not_fit",
    "in_future",
    "incomplete_code_list",
    "invalid_agency_identifier",
    "invalid_area_code",
    "invalid_as_of",
    "invalid_closing_day",
    "invalid_code",
    "invalid_count",
    "invalid_cursor",
    "invalid_date",
    "invalid_fraction",
    "invalid_hash",
    "invalid_header",
    "invalid_hours",
    "invalid_length",
    "invalid_level",
    "invalid_moment",
    "invalid_month",
    "invalid_network",
    "invalid_output_name",
    "invalid_password_length",
    "invalid_period",
    "invalid_range",
    "invalid_shape",
    "invalid_sort",
    "invalid_source_path",
    "invalid_subject",
    "invalid_place",
    "invalid_tenures",
    "invalid_transfer",
    "invalid_weight",
    "invalid_window",
    "invalid_years",
    "judged_on_out_of_range",
    "level_without_basis",
    "malformed_row",
    "missing_member",
    "missing_parameter",
    "missing_password",
    "no_earlier_definition",
    "no_row_fits",
    "no_token_to_give_up",
    "nothing_visible",
    "not_an_object",
    "numerator_without_denominator",
    "out_of_limits",
    "outside_course",
    "overlapping_phases",
    "overlapping_tenures",
    "paperless_exceeds_signed",
    "password_beside_subject",
    "password_in_batch",
    "password_not_changed",
    "phase_and_year",
    "read_only_member",
    "reason_given_twice",
    "reason_required",
    "remote_date",
    "repeated_value",
    "reserved_code",
    "reserved_word",
    "role_for_people",
    "row_too_large",
    "scope_beyond_role",
    "secret_exceeds_total",
    "semantics_do_not_fit_source",
    "signed_exceeds_electronic",
    "source_out_of_reach",
    "subject_without_issuer",
    "too_many_rows",
    "too_many_rows_at_once",
    "undecodable_reason",
    "unknown_agency",
    "unknown_calendar",
    "unknown_course",
    "unknown_field",
    "unknown_indicator",
    "unknown_member",
    "unknown_movement",
    "unknown_parameter",
    "unknown_phase",
    "unknown_seq",
    "unknown_source_path",
    "unknown_staff",
    "unknown_system",
    "unknown_user",
    "unknown_value",
    "unknown_year",
    "value_and_parent",
    "working_day_not_on_weekend",
    "wrong_code",
    "wrong_password",
    "wrong_type",
];
