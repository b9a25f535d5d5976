//! The tables as diesel sees them, the same on both engines. Kept in step with `migrations/` by a test.
#![allow(missing_docs, reason = "a table's columns are documented by the domain entity of the same name")]

diesel::table! {
    agencies (id) {
        id -> BigInt,
        identifier -> Text,
        former_identifier -> Nullable<Text>,
        area_code -> Nullable<Text>,
        name_vi -> Text,
        name_en -> Nullable<Text>,
        kind -> Text,
        parent_id -> Nullable<BigInt>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        earlier_places -> Nullable<Text>,
    }
}

diesel::table! {
    agency_successions (predecessor_id, successor_id) {
        predecessor_id -> BigInt,
        successor_id -> BigInt,
    }
}

diesel::table! {
    movements (id) {
        id -> BigInt,
        code -> Text,
        name_vi -> Text,
        name_en -> Nullable<Text>,
        basis -> Text,
    }
}

diesel::table! {
    phases (id) {
        id -> BigInt,
        movement_id -> BigInt,
        code -> Text,
        name_vi -> Text,
        name_en -> Nullable<Text>,
        first_year -> Integer,
        last_year -> Integer,
        frozen -> Bool,
    }
}

diesel::table! {
    indicators (id) {
        id -> BigInt,
        code -> Text,
        movement_id -> BigInt,
        name_vi -> Text,
        name_en -> Nullable<Text>,
        numerator_definition -> Text,
        denominator_definition -> Text,
        unit -> Text,
        semantics -> Text,
        source_kind -> Text,
        source -> Text,
        owner_id -> BigInt,
        legal_basis -> Text,
        weight -> BigInt,
        agency_kinds -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        version -> BigInt,
        holds_from -> Nullable<Integer>,
        earlier -> Nullable<Text>,
        issued -> Nullable<BigInt>,
    }
}

diesel::table! {
    targets (id) {
        id -> BigInt,
        indicator_id -> BigInt,
        movement_id -> Nullable<BigInt>,
        phase_id -> Nullable<BigInt>,
        year -> Nullable<Integer>,
        agency_id -> Nullable<BigInt>,
        numerator -> BigInt,
        denominator -> BigInt,
        comparison -> Text,
        basis -> Text,
        holds_from -> Nullable<Integer>,
        earlier -> Nullable<Text>,
    }
}

diesel::table! {
    calendars (id) {
        id -> BigInt,
        code -> Text,
        name_vi -> Text,
        name_en -> Nullable<Text>,
        closing_day -> Nullable<Integer>,
        late_records -> Text,
    }
}

diesel::table! {
    periods (id) {
        id -> BigInt,
        calendar_id -> BigInt,
        period -> Text,
        cut_off -> Nullable<Date>,
        submission_due -> Nullable<Date>,
        locks_on -> Nullable<Date>,
    }
}

diesel::table! {
    staff (id) {
        id -> BigInt,
        code -> Text,
        kind -> Text,
        agency_id -> BigInt,
        told -> Nullable<Text>,
    }
}

diesel::table! {
    personal_keys (owner_id) {
        owner_id -> BigInt,
        key -> Binary,
    }
}

diesel::table! {
    staff_names (staff_id) {
        staff_id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    tenures (subject, subject_id, from_on) {
        subject -> Text,
        subject_id -> BigInt,
        agency_id -> BigInt,
        from_on -> Date,
        to_on -> Nullable<Date>,
    }
}

diesel::table! {
    courses (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        kind -> Text,
        form -> Text,
        hours -> BigInt,
        from_on -> Date,
        to_on -> Date,
        organiser_id -> BigInt,
    }
}

diesel::table! {
    training_records (id) {
        id -> BigInt,
        staff_id -> BigInt,
        course_id -> BigInt,
        held_on -> Date,
        result -> Text,
        confirmed_on -> Nullable<Date>,
        certificate -> Nullable<Text>,
        late -> Nullable<Text>,
    }
}

diesel::table! {
    document_exchanges (id) {
        id -> BigInt,
        agency_id -> BigInt,
        calendar_id -> BigInt,
        month -> Integer,
        direction -> Text,
        total -> BigInt,
        secret -> BigInt,
        electronic -> BigInt,
        signed -> BigInt,
        paperless -> BigInt,
        failed -> BigInt,
    }
}

diesel::table! {
    information_systems (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        level -> Nullable<Integer>,
        level_basis -> Nullable<Text>,
        agency_id -> BigInt,
        told -> Nullable<Text>,
    }
}

diesel::table! {
    monitoring_statuses (id) {
        id -> BigInt,
        system_id -> BigInt,
        status_on -> Date,
        level_approved -> Bool,
        plan_deployed -> Bool,
        monitored_by -> Text,
        last_event -> Nullable<Date>,
        assessment_valid_until -> Nullable<Date>,
        evidence -> Nullable<Text>,
        note -> Nullable<Text>,
        late -> Nullable<Text>,
    }
}

diesel::table! {
    incidents (id) {
        id -> BigInt,
        agency_id -> BigInt,
        system_id -> Nullable<BigInt>,
        kind -> Text,
        severity -> Text,
        title -> Text,
        description -> Nullable<Text>,
        detected_at -> BigInt,
        first_reported_at -> Nullable<BigInt>,
        detailed_reported_at -> Nullable<BigInt>,
        resolved_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    observations (id) {
        id -> BigInt,
        indicator_id -> BigInt,
        agency_id -> BigInt,
        calendar_id -> BigInt,
        month -> Integer,
        numerator -> BigInt,
        denominator -> BigInt,
        evidence -> Nullable<Text>,
        note -> Nullable<Text>,
        nature -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Text,
        display_name -> Nullable<Text>,
        role -> Text,
        agency_id -> Nullable<BigInt>,
        disabled -> Bool,
        password_version -> BigInt,
        password_hash -> Text,
        issuer -> Nullable<Text>,
        subject -> Nullable<Text>,
        password_given -> Bool,
    }
}

diesel::table! {
    revoked_tokens (id) {
        id -> BigInt,
        token_id -> Text,
        user_id -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    changes (seq) {
        seq -> BigInt,
        at -> BigInt,
        actor_kind -> Text,
        actor_id -> BigInt,
        resource -> Text,
        resource_id -> BigInt,
        operation -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        reason -> Nullable<Text>,
        previous_hash -> Text,
        hash -> Text,
        nonce -> Nullable<Text>,
    }
}

diesel::table! {
    cells (indicator_id, agency_id, calendar_id, month) {
        indicator_id -> BigInt,
        agency_id -> BigInt,
        calendar_id -> BigInt,
        month -> Integer,
        numerator -> BigInt,
        denominator -> BigInt,
        reports -> BigInt,
    }
}

diesel::table! {
    cell_versions (indicator_id, agency_id, calendar_id, month, seq) {
        indicator_id -> BigInt,
        agency_id -> BigInt,
        calendar_id -> BigInt,
        month -> Integer,
        seq -> BigInt,
        numerator -> BigInt,
        denominator -> BigInt,
        reports -> BigInt,
    }
}

diesel::table! {
    day_steps (indicator_id, agency_id, calendar_id, day, seq) {
        indicator_id -> BigInt,
        agency_id -> BigInt,
        calendar_id -> BigInt,
        day -> Date,
        seq -> BigInt,
        numerator -> BigInt,
        denominator -> BigInt,
        reports -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (user_id, route, key) {
        user_id -> BigInt,
        route -> Text,
        key -> Text,
        at -> BigInt,
        fingerprint -> Text,
        status -> Integer,
        row_id -> Nullable<BigInt>,
        location -> Nullable<Text>,
        body -> Text,
        of_caller -> BigInt,
        in_all -> BigInt,
    }
}

diesel::table! {
    clients (id) {
        id -> BigInt,
        client_id -> Text,
        name -> Text,
        role -> Text,
        agency_id -> Nullable<BigInt>,
        disabled -> Bool,
    }
}

diesel::table! {
    client_keys (id) {
        id -> BigInt,
        client_id -> BigInt,
        kind -> Text,
        label -> Nullable<Text>,
        scopes -> Text,
        networks -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        hash -> Text,
        replaced -> Bool,
    }
}

diesel::table! {
    client_key_uses (key_id) {
        key_id -> BigInt,
        used_at -> BigInt,
    }
}

diesel::table! {
    second_factors (account_id) {
        account_id -> BigInt,
        sealed_key -> Text,
        confirmed -> Bool,
        last_step -> BigInt,
    }
}

diesel::table! {
    invitations (account_id) {
        account_id -> BigInt,
        hash -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    recovery_codes (hash) {
        hash -> Text,
        account_id -> BigInt,
    }
}

diesel::table! {
    account_uses (account_id) {
        account_id -> BigInt,
        used_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        account_id -> BigInt,
        password_version -> BigInt,
        secret_hash -> Text,
        began_at -> BigInt,
        carried_on_at -> BigInt,
        counter -> BigInt,
        carried_on_from -> Nullable<Text>,
        repeated -> Bool,
    }
}

diesel::table! {
    log_in_tries (key) {
        key -> Text,
        wrong -> BigInt,
        last_at -> BigInt,
        familiar_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    upgrade_steps (name) {
        name -> Text,
    }
}

diesel::table! {
    used_issuer_tokens (hash) {
        hash -> Text,
        used_at -> BigInt,
    }
}

diesel::table! {
    former_codes (resource, code, row_id) {
        resource -> Text,
        code -> Text,
        row_id -> BigInt,
    }
}

diesel::table! {
    receipts (user_id) {
        user_id -> BigInt,
        pulled_seq -> BigInt,
        pulled_at -> BigInt,
        acknowledged_seq -> Nullable<BigInt>,
        acknowledged_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    events (seq) {
        seq -> BigInt,
        at -> BigInt,
        kind -> Text,
        actor_kind -> Text,
        actor_id -> BigInt,
        address -> Nullable<Text>,
        operation -> Text,
        subjects -> Text,
        detail -> Nullable<Text>,
        previous_hash -> Text,
        hash -> Text,
        reason -> Nullable<Text>,
        times -> Nullable<BigInt>,
    }
}

diesel::table! {
    export_profiles (id) {
        id -> BigInt,
        code -> Text,
        name_vi -> Text,
        name_en -> Nullable<Text>,
        description -> Nullable<Text>,
        is_example -> Bool,
        mapping -> Text,
    }
}

diesel::table! {
    locks (id) {
        id -> BigInt,
        calendar_id -> BigInt,
        period -> Text,
        agency_id -> BigInt,
        reason -> Text,
        locked_at -> BigInt,
    }
}

diesel::table! {
    corrections (id) {
        id -> BigInt,
        calendar_id -> BigInt,
        period -> Text,
        agency_id -> BigInt,
        indicator_id -> Nullable<BigInt>,
        reason -> Text,
        document_number -> Text,
        requested_by -> Nullable<BigInt>,
        requested_at -> BigInt,
        state -> Text,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<BigInt>,
        opens_at -> Nullable<BigInt>,
        closes_at -> Nullable<BigInt>,
        rejection -> Nullable<Text>,
    }
}

diesel::table! {
    reopenings (id) {
        id -> BigInt,
        calendar_id -> Nullable<BigInt>,
        period -> Nullable<Text>,
        agency_id -> Nullable<BigInt>,
        phase_id -> Nullable<BigInt>,
        reason -> Text,
        reopened_at -> BigInt,
        told -> Nullable<Text>,
    }
}

diesel::table! {
    errata (id) {
        id -> BigInt,
        correction_id -> Nullable<BigInt>,
        indicator_id -> BigInt,
        agency_id -> BigInt,
        calendar_id -> BigInt,
        month -> Integer,
        old_numerator -> Nullable<BigInt>,
        old_denominator -> Nullable<BigInt>,
        old_reports -> Nullable<BigInt>,
        new_numerator -> Nullable<BigInt>,
        new_denominator -> Nullable<BigInt>,
        new_reports -> Nullable<BigInt>,
        corrected_at -> BigInt,
        reopening_id -> Nullable<BigInt>,
        period -> Nullable<Text>,
        first_month -> Nullable<Integer>,
        old_answer -> Nullable<Text>,
        new_answer -> Nullable<Text>,
    }
}

diesel::table! {
    holidays (id) {
        id -> BigInt,
        date -> Date,
        kind -> Text,
        name_vi -> Text,
        name_en -> Nullable<Text>,
        basis -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    agencies,
    agency_successions,
    movements,
    phases,
    indicators,
    targets,
    calendars,
    periods,
    staff,
    personal_keys,
    staff_names,
    tenures,
    holidays,
    courses,
    training_records,
    document_exchanges,
    information_systems,
    monitoring_statuses,
    incidents,
    observations,
    users,
    revoked_tokens,
    changes,
    cells,
    cell_versions,
    day_steps,
    idempotency_keys,
    clients,
    client_keys,
    client_key_uses,
    log_in_tries,
    second_factors,
    invitations,
    recovery_codes,
    account_uses,
    sessions,
    receipts,
    upgrade_steps,
    used_issuer_tokens,
    former_codes,
    events,
    export_profiles,
    locks,
    corrections,
    reopenings,
    errata
);
