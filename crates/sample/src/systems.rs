//! Information systems with their monitoring statuses: some systems fail, each for a reason of its own.

use super::agencies::{APPLICATION_CENTRE, DEPARTMENT, FIRST_COMMUNE, IT_CENTRE, OLD_COMMUNES, REFORM, STANDARDS};
use super::catalogue::Basics;
use super::people::is_department;
use super::random::Random;
use super::summary::Summary;
use super::texts::{SAMPLE, after, code, day, name, prose, reference};
use thidua_domain::Date;
use thidua_domain::catalogue::calendars::MonthClose;
use thidua_domain::closing::late::{Late, ToldHolders};
use thidua_domain::id::InformationSystemId;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::information_systems::{InformationSystem, LevelBasis};
use thidua_domain::records::monitoring_statuses::{Monitor, MonitoringStatus};
use thidua_domain::tenures::Tenures;
use thidua_domain::time::Month;
use thidua_persistence::records::{information_systems, monitoring_statuses};
use thidua_persistence::{Result, Transaction};

/// The state of a system in 2026-10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Monitored,
    /// No event for more than 30 days.
    SilentSinceAugust,
    /// Never assessed by an independent body.
    NeverAssessed,
    /// The assessment ran out on 30/09/2026.
    AssessmentRanOut,
    /// The protection plan is not deployed.
    NoPlan,
    /// No level determined yet.
    NoLevel,
    /// Nobody monitors it.
    Unwatched,
    /// A status at the end of each quarter only, so the months between fail.
    Quarterly,
}

const OLD_PORTAL: usize = 14;

/// Place, name, level (0: not determined), state.
fn plans() -> [(usize, &'static str, u8, State); 26] {
    use State::{AssessmentRanOut, Monitored, NeverAssessed, NoLevel, NoPlan, Quarterly, SilentSinceAugust, Unwatched};
    let [old_first, old_second] = [*OLD_COMMUNES.start(), *OLD_COMMUNES.start() + 1];
    let portal = "Trang thông tin điện tử cấp xã";
    [
        (DEPARTMENT, "Cổng thông tin điện tử của Sở", 2, Monitored),
        (DEPARTMENT, "Hệ thống quản lý văn bản và điều hành của Sở", 2, Monitored),
        (IT_CENTRE, "Trung tâm dữ liệu tỉnh", 3, Monitored),
        (IT_CENTRE, "Nền tảng tích hợp, chia sẻ dữ liệu của tỉnh", 3, Monitored),
        (IT_CENTRE, "Hệ thống thông tin báo cáo của tỉnh", 3, Monitored),
        (IT_CENTRE, "Cổng dữ liệu mở của tỉnh", 2, AssessmentRanOut),
        (IT_CENTRE, "Hệ thống hội nghị truyền hình trực tuyến", 2, SilentSinceAugust),
        (IT_CENTRE, "Nền tảng học trực tuyến về kỹ năng số", 1, NoPlan),
        (STANDARDS, "Cơ sở dữ liệu tiêu chuẩn, đo lường, chất lượng", 2, Monitored),
        (STANDARDS, "Cổng truy xuất nguồn gốc sản phẩm", 2, NeverAssessed),
        (APPLICATION_CENTRE, "Cơ sở dữ liệu khoa học và công nghệ", 2, Monitored),
        (APPLICATION_CENTRE, "Hệ thống quan trắc thử nghiệm", 0, NoLevel),
        (old_first, portal, 1, Monitored),
        (old_second, portal, 1, Unwatched),
        (FIRST_COMMUNE, portal, 1, Monitored),
        (FIRST_COMMUNE + 2, portal, 1, Monitored),
        (FIRST_COMMUNE + 5, portal, 1, Quarterly),
        (FIRST_COMMUNE + 9, portal, 1, SilentSinceAugust),
        (FIRST_COMMUNE + 12, portal, 1, Monitored),
        (FIRST_COMMUNE + 17, portal, 1, Unwatched),
        (FIRST_COMMUNE + 21, portal, 1, Monitored),
        (FIRST_COMMUNE + 26, portal, 0, NoLevel),
        (FIRST_COMMUNE + 30, portal, 1, NeverAssessed),
        (FIRST_COMMUNE + 42, "Cổng thông tin điện tử phường", 2, Monitored),
        (FIRST_COMMUNE + 43, "Cổng thông tin điện tử phường", 2, Monitored),
        (FIRST_COMMUNE + 44, "Cổng thông tin điện tử phường", 2, Quarterly),
    ]
}

/// Creates the systems HT-01 … and their statuses; returns the systems in order.
pub(super) fn create(
    transaction: &mut Transaction<'_>,
    basics: &Basics,
    summary: &mut Summary,
) -> Result<Vec<InformationSystemId>> {
    let mut ids = Vec::new();
    for (number, (place, title, level, state)) in (1_u64..).zip(plans()) {
        let from = day(if place < FIRST_COMMUNE { 20230101 } else { REFORM });
        let basis = if number % 9 == 1 { LevelBasis::Decree331Of2026 } else { LevelBasis::Decree85Of2016 };
        let system = InformationSystem {
            code: code(&format!("HT-{number:02}"))?,
            name: name(&format!("{title} {SAMPLE}"))?,
            level: (level > 0).then_some(level),
            level_basis: (level > 0).then_some(basis),
            tenures: Tenures::since(basics.agency(place), from),
            told: ToldHolders::default(),
        };
        let id = information_systems::insert(transaction, &system)?;
        summary.count(Resource::InformationSystems);
        for month in months_of(from, state, is_department(place)) {
            monitoring_statuses::insert(transaction, &status(id, number, month, state, is_department(place))?)?;
            summary.count(Resource::MonitoringStatuses);
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Switches the second old commune's portal off at the end of 2025, half a year after the merger.
pub(super) fn retire(transaction: &mut Transaction<'_>, ids: &[InformationSystemId]) -> Result<()> {
    let Some(id) = ids.get(OLD_PORTAL - 1) else { return Ok(()) };
    let mut system = information_systems::get(transaction.connection(), *id)?;
    system.tenures = system.tenures.ended("/to", day(20251231))?;
    information_systems::update(transaction, *id, &system)
}

/// Months in which a status was established: the last of each quarter at first, then every month.
fn months_of(from: Date, state: State, in_department: bool) -> impl Iterator<Item = Month> {
    let first = MonthClose::AtEnd.month_of(from).unwrap_or(Month::EARLIEST);
    let monthly = Month::from_yyyymm(if in_department { 202501 } else { 202601 }).unwrap_or(Month::EARLIEST);
    let last = Month::from_yyyymm(202610).unwrap_or(Month::EARLIEST);
    first.through(last).filter(move |month| {
        let by_the_month = *month >= monthly && state != State::Quarterly;
        by_the_month || month.month() % 3 == 0
    })
}

fn status(
    system: InformationSystemId,
    number: u64,
    month: Month,
    state: State,
    in_department: bool,
) -> Result<MonitoringStatus> {
    let mut random = Random::named(&[9, number, u64::try_from(month.yyyymm()).unwrap_or_default()]);
    let on = day(month.yyyymm() * 100 + 12);
    // Plans were deployed in the course of phase I, other conditions came with them.
    let since_start = u64::from(month.month()) + if month.year() == 2023 { 0 } else { 12 };
    let early = month.year() <= 2024 && since_start < number % 6 * 4;
    let event = after(on, -random.between(0, 9));
    let note = match state {
        State::SilentSinceAugust => Some("Thiết bị giám sát gặp sự cố từ tháng 8/2026, đang chờ khắc phục"),
        State::AssessmentRanOut => Some("Đã đề nghị đánh giá lại"),
        State::NeverAssessed => Some("Chưa bố trí được kinh phí đánh giá độc lập"),
        State::NoPlan => Some("Phương án bảo đảm an toàn đang được thẩm định"),
        State::NoLevel => Some("Đang lập hồ sơ đề xuất cấp độ"),
        State::Monitored | State::Unwatched | State::Quarterly => None,
    };
    let note = note.filter(|_| month.yyyymm() >= 202610);
    Ok(MonitoringStatus {
        system,
        on,
        level_approved: state != State::NoLevel && !early,
        plan_deployed: !matches!(state, State::NoPlan | State::NoLevel) && !early,
        monitored_by: match state {
            State::Unwatched => Monitor::Nobody,
            State::SilentSinceAugust => Monitor::HiredService,
            _ if in_department => Monitor::ProvincialSoc,
            _ => Monitor::Own,
        },
        last_event: match state {
            State::Unwatched => None,
            State::SilentSinceAugust => Some(event.min(day(20260820))),
            _ => Some(event),
        },
        assessment_valid_until: match state {
            State::NeverAssessed | State::NoLevel => None,
            State::AssessmentRanOut => Some(day(20260930)),
            _ => Some(day(20271231)),
        },
        evidence: Some(reference(&format!("HT-{number:02}/GS-{month} {SAMPLE}"))?),
        note: note.map(|text| prose(&format!("{text} {SAMPLE}."))).transpose()?,
        late: Late::default(),
    })
}
