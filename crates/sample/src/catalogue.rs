//! Calendars, the movement with its phases, the seven indicators and their targets.

use super::agencies;
use super::agencies::DEPARTMENT;
use super::summary::Summary;
use super::texts::{code, day, name, prose, reference};
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::catalogue::calendars::{Calendar, LateRecords, MonthClose};
use thidua_domain::catalogue::definitions::{Definition, Definitions};
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::movements::{Basis, Movement, Phase};
use thidua_domain::catalogue::record_kinds::{MonitoringRule, StaffKind, TrainingResult};
use thidua_domain::catalogue::sources::{ComparedWith, DocumentMeasure, ReportedBy, Semantics, Source};
use thidua_domain::catalogue::target_versions::{Comparison, TargetVersion, TargetVersions};
use thidua_domain::catalogue::targets::{Target, TargetScope};
use thidua_domain::fraction::Fraction;
use thidua_domain::id::{AgencyId, CalendarId, IndicatorId, MovementId, PhaseId};
use thidua_domain::log::changes::Resource;
use thidua_domain::time::Month;
use thidua_persistence::catalogue::{calendars, indicators, movements, phases, targets};
use thidua_persistence::{Result, Transaction};

/// The identities the rest of the sample refers to.
#[derive(Debug, Clone)]
pub(super) struct Basics {
    /// Agencies by position in [`agencies::places`], then the communes added for the scale.
    pub(super) agencies: Vec<AgencyId>,
    pub(super) nd09: CalendarId,
    pub(super) civil: CalendarId,
    pub(super) first_phase: PhaseId,
    /// The indicators CT1 to CT7.
    pub(super) indicators: Vec<IndicatorId>,
}

impl Basics {
    /// The agency at a place.
    pub(super) fn agency(&self, place: usize) -> AgencyId {
        self.agencies.get(place).copied().unwrap_or(AgencyId(0))
    }

    /// The indicator CT1, CT2, …
    pub(super) fn indicator(&self, number: usize) -> IndicatorId {
        self.indicators.get(number.wrapping_sub(1)).copied().unwrap_or(IndicatorId(0))
    }
}

const PLAN: &str = "Kế hoạch số 2158/KH-UBND ngày 26/5/2023";

/// Kinds of agencies that declare figures: units of the department, and communes.
pub(super) const REPORTING: [AgencyKind; 5] = [
    AgencyKind::Division,
    AgencyKind::SubDepartment,
    AgencyKind::PublicServiceUnit,
    AgencyKind::Commune,
    AgencyKind::Ward,
];
/// Kinds of agencies that run information systems.
const RUNNING_SYSTEMS: [AgencyKind; 5] = [
    AgencyKind::Department,
    AgencyKind::SubDepartment,
    AgencyKind::PublicServiceUnit,
    AgencyKind::Commune,
    AgencyKind::Ward,
];
/// Kinds of agencies that have people on the roll.
const WITH_STAFF: [AgencyKind; 6] = [
    AgencyKind::Department,
    AgencyKind::Division,
    AgencyKind::SubDepartment,
    AgencyKind::PublicServiceUnit,
    AgencyKind::Commune,
    AgencyKind::Ward,
];

/// Creates the catalogue, agencies included.
pub(super) fn create(transaction: &mut Transaction<'_>, summary: &mut Summary) -> Result<Basics> {
    let mut calendar = |transaction: &mut Transaction<'_>, text, vi, en, closes| {
        summary.count(Resource::Calendars);
        let calendar = Calendar {
            code: code(text)?,
            name_vi: name(vi)?,
            name_en: Some(name(en)?),
            closes,
            late_records: LateRecords::CountLater,
        };
        calendars::insert(transaction, &calendar)
    };
    let closes = MonthClose::parse("/closing_day", Some(14))?;
    let vi = "Kỳ báo cáo theo Nghị định 09/2019/NĐ-CP";
    let nd09 = calendar(transaction, "nd09", vi, "Reporting period under Decree 09/2019/NĐ-CP", closes)?;
    let civil = calendar(transaction, "civil", "Tháng dương lịch", "Civil month", MonthClose::AtEnd)?;

    let mut ids = Vec::new();
    for place in agencies::places() {
        let id = agencies::create(transaction, &place, &ids, summary)?;
        ids.push(id);
    }
    let movement = movements::insert(
        transaction,
        &Movement {
            code: code("CDS-2023-2030")?,
            name_vi: name("Phong trào thi đua “Chuyển đổi số giai đoạn 2023-2030”")?,
            name_en: Some(name("Emulation movement “Digital transformation 2023–2030”")?),
            basis: Basis::stored(vec![
                reference("Kế hoạch số 2158/KH-UBND ngày 26/5/2023 của UBND tỉnh Điện Biên")?,
                reference("Kế hoạch số 665/KH-SKHCN ngày 13/6/2023 của Sở Khoa học và Công nghệ")?,
            ]),
        },
    )?;
    summary.count(Resource::Movements);
    let mut phase = |transaction: &mut Transaction<'_>, text, vi, en, first_year, last_year| {
        summary.count(Resource::Phases);
        let (code, name_vi, name_en) = (code(text)?, name(vi)?, Some(name(en)?));
        phases::insert(transaction, &Phase { movement, code, name_vi, name_en, first_year, last_year, frozen: false })
    };
    let first_phase = phase(transaction, "I", "Giai đoạn I (2023 - 2025)", "Phase I (2023–2025)", 2023, 2025)?;
    phase(transaction, "II", "Giai đoạn II (2026 - 2030)", "Phase II (2026–2030)", 2026, 2030)?;

    let owner = ids.get(DEPARTMENT).copied().unwrap_or(AgencyId(0));
    let mut numbered = Vec::new();
    for (number, draft) in (1..).zip(drafts()) {
        summary.count(Resource::Indicators);
        numbered.push(indicators::insert(transaction, &draft.indicator(number, movement, owner)?)?);
    }
    let basics = Basics { agencies: ids, nd09, civil, first_phase, indicators: numbered };
    create_targets(transaction, &basics, movement, summary)?;
    Ok(basics)
}

fn create_targets(
    transaction: &mut Transaction<'_>,
    basics: &Basics,
    movement: MovementId,
    summary: &mut Summary,
) -> Result<()> {
    let mut target = |number, scope, agency, percent, basis| {
        summary.count(Resource::Targets);
        let value = Fraction::parse("/value", percent, 100)?;
        let (indicator, comparison) = (basics.indicator(number), Comparison::AtLeast);
        let version = TargetVersion { value, comparison, basis: reference(basis)?, holds_from: None };
        let target = Target { indicator, scope, agency, versions: TargetVersions::only(version) };
        targets::insert(transaction, &target)
    };
    for number in 1..=7 {
        target(number, TargetScope::Movement(movement), None, if number == 5 { 50 } else { 100 }, PLAN)?;
    }
    // More specific than the movement's 50 %, so this one decides for the department in 2026.
    let basis = "Mức phấn đấu riêng năm 2026 của Sở Khoa học và Công nghệ (mẫu)";
    target(5, TargetScope::Year(2026), Some(basics.agency(DEPARTMENT)), 60, basis)?;
    Ok(())
}

/// The members in which an indicator differs from the others.
struct Draft {
    vi: &'static str,
    en: &'static str,
    numerator: &'static str,
    denominator: &'static str,
    unit: &'static str,
    semantics: Semantics,
    source: Source,
    kinds: &'static [AgencyKind],
}

impl Draft {
    fn indicator(self, number: u32, movement: MovementId, owner: AgencyId) -> Result<Indicator> {
        let definition = Definition {
            holds_from: None,
            version: 1,
            movement,
            numerator_definition: prose(self.numerator)?,
            denominator_definition: prose(self.denominator)?,
            unit: name(self.unit)?,
            semantics: self.semantics,
            source: self.source,
            agency_kinds: self.kinds.to_vec(),
        };
        Ok(Indicator {
            code: code(&format!("CT{number}"))?,
            name_vi: name(self.vi)?,
            name_en: Some(name(self.en)?),
            owner,
            legal_basis: reference(PLAN)?,
            weight: 1,
            valid_from: day(20230101),
            valid_to: None,
            definitions: reported_by_records(definition),
        })
    }
}

/// Definitions of indicators about people and information systems: reported by the roll in phase I, as version 0.1.0
/// did, and by records in phase II.
fn reported_by_records(definition: Definition) -> Definitions {
    let by_records = definition.source.reported(ReportedBy::Records);
    let second_phase =
        by_records.map(|source| Definition { holds_from: Month::new(2026, 1), source, ..definition.clone() });
    let first_phase = Definitions::only(definition);
    match second_phase {
        Some(second_phase) => first_phase.with(second_phase),
        None => first_phase,
    }
}

/// CT1 to CT7 in the words of the announcement, without the percentages, which are targets.
fn drafts() -> [Draft; 7] {
    let rule = MonitoringRule {
        level_approved: true,
        plan_deployed: true,
        monitored: true,
        assessment_valid: true,
        last_event_within_days: Some(30),
    };
    let declared = |vi, en, numerator, denominator, unit, semantics| Draft {
        vi,
        en,
        numerator,
        denominator,
        unit,
        semantics,
        source: Source::Declared { compared_with: None },
        kinds: &REPORTING,
    };
    // The roll has everybody whom CT2 names, người lao động included.
    let beside_the_roll = |draft| Draft {
        source: Source::Declared { compared_with: Some(ComparedWith::PeopleOnRoll { staff_kinds: Vec::new() }) },
        ..draft
    };
    [
        Draft {
            vi: "Văn bản điện tử của cơ quan, đơn vị được trao đổi, liên thông trên môi trường mạng (trừ văn bản mật)",
            en: "Electronic documents exchanged over the network (secret documents excluded)",
            numerator: "Số văn bản đến và văn bản đi được trao đổi điện tử trong kỳ.",
            denominator: "Tổng số văn bản đến và văn bản đi trong kỳ, trừ văn bản mật.",
            unit: "văn bản",
            semantics: Semantics::Flow,
            source: Source::DocumentExchanges { numerator: DocumentMeasure::Electronic, directions: Vec::new() },
            kinds: &REPORTING,
        },
        beside_the_roll(declared(
            "Công chức, viên chức, người lao động sử dụng dịch vụ công trực tuyến được định danh và xác thực thông suốt, \
             hợp nhất trên tất cả các hệ thống của các cấp chính quyền từ Trung ương đến địa phương",
            "Staff who use online public services with one identity, verified across all levels of government",
            "Số người có tài khoản dịch vụ công trực tuyến đã được định danh và xác thực tại ngày cuối kỳ.",
            "Số công chức, viên chức, người lao động có mặt tại ngày cuối kỳ.",
            "người",
            Semantics::State,
        )),
        declared(
            "Hoạt động chỉ đạo điều hành và quản trị nội bộ được thực hiện trên không gian mạng",
            "Direction and internal administration carried out online",
            "Số hồ sơ công việc được xử lý hoàn toàn trên không gian mạng trong kỳ.",
            "Tổng số hồ sơ công việc phải xử lý trong kỳ.",
            "hồ sơ",
            Semantics::Flow,
        ),
        declared(
            "Báo cáo, chỉ tiêu tổng hợp báo cáo định kỳ và báo cáo thống kê về kinh tế - xã hội phục vụ sự lãnh đạo, chỉ đạo, \
             điều hành của cấp ủy, chính quyền các cấp được thực hiện trên hệ thống thông tin báo cáo của tỉnh",
            "Periodic and statistical reports made in the provincial reporting system",
            "Số báo cáo đã gửi trên hệ thống thông tin báo cáo của tỉnh trong kỳ.",
            "Số báo cáo định kỳ và báo cáo thống kê phải gửi trong kỳ.",
            "báo cáo",
            Semantics::Flow,
        ),
        declared(
            "Hoạt động giám sát, kiểm tra của các cơ quan, đơn vị có thể thực hiện được thông qua môi trường số và hệ thống \
             thông tin của cơ quan quản lý",
            "Supervision and inspection carried out digitally",
            "Số cuộc giám sát, kiểm tra thực hiện qua môi trường số trong kỳ.",
            "Tổng số cuộc giám sát, kiểm tra trong kỳ.",
            "cuộc",
            Semantics::Flow,
        ),
        Draft {
            vi: "Hệ thống thông tin của các cơ quan, đơn vị thường xuyên được giám sát, bảo đảm an toàn, an ninh mạng",
            en: "Information systems regularly monitored for network security",
            numerator: "Số hệ thống thông tin đáp ứng quy tắc giám sát thường xuyên tại ngày cuối kỳ.",
            denominator: "Số hệ thống thông tin đang vận hành tại ngày cuối kỳ.",
            unit: "hệ thống",
            semantics: Semantics::Stock,
            source: Source::MonitoringStatuses { rule, reported_by: ReportedBy::Roll },
            kinds: &RUNNING_SYSTEMS,
        },
        Draft {
            vi: "Cán bộ, công chức, viên chức được tập huấn, bồi dưỡng, phổ cập kiến thức, kỹ năng số cơ bản",
            en: "Staff trained in basic digital knowledge and skills",
            numerator: "Số cán bộ, công chức, viên chức đã được tập huấn, bồi dưỡng trong giai đoạn, mỗi người tính một lần.",
            denominator: "Số cán bộ, công chức, viên chức có mặt tại ngày cuối kỳ.",
            unit: "người",
            semantics: Semantics::Stock,
            source: Source::TrainingRecords {
                results: vec![TrainingResult::Attended, TrainingResult::Completed],
                course_kinds: Vec::new(),
                confirmed_only: false,
                staff_kinds: vec![StaffKind::Cadre, StaffKind::CivilServant, StaffKind::PublicEmployee],
                reported_by: ReportedBy::Roll,
            },
            kinds: &WITH_STAFF,
        },
    ]
}
