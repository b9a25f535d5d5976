//! Incidents and early warnings: reported in time, late, or not yet.

use super::agencies::{APPLICATION_CENTRE, DEPARTMENT, FIRST_COMMUNE, IT_CENTRE, STANDARDS};
use super::catalogue::Basics;
use super::summary::Summary;
use super::texts::{SAMPLE, moment, name, prose};
use chrono::TimeDelta;
use thidua_domain::id::InformationSystemId;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::incidents::{Incident, IncidentKind, Severity};
use thidua_persistence::records::incidents;
use thidua_persistence::{Result, Transaction};

struct IncidentPlan {
    place: usize,
    /// HT number; 0 when no single system is concerned.
    system: usize,
    kind: IncidentKind,
    severity: Severity,
    title: &'static str,
    detected: (i32, u32, u32),
    /// Hours after detection of the first report (due after 24), the detailed one (after 72) and the solution.
    hours: [Option<i64>; 3],
}

fn plans() -> [IncidentPlan; 8] {
    use IncidentKind::{EarlyWarning, Incident};
    use Severity::{Critical, High, Low, Medium};
    let plan = |place, system, (kind, severity), title, detected, hours| IncidentPlan {
        place,
        system,
        kind,
        severity,
        title,
        detected,
        hours,
    };
    let (centre, commune) = (IT_CENTRE, FIRST_COMMUNE + 17);
    [
        // Both reports in time.
        plan(
            centre,
            3,
            (Incident, High),
            "Máy chủ bị quét cổng và dò mật khẩu",
            (20240416, 8, 20),
            [Some(3), Some(50), Some(60)],
        ),
        plan(
            DEPARTMENT,
            1,
            (Incident, Medium),
            "Trang chủ bị chèn liên kết lạ",
            (20241122, 14, 5),
            [Some(6), Some(40), Some(30)],
        ),
        // First report late.
        plan(
            centre,
            7,
            (Incident, Medium),
            "Gián đoạn dịch vụ hội nghị truyền hình",
            (20250307, 16, 45),
            [Some(31), Some(70), Some(90)],
        ),
        // Detailed report late.
        plan(
            STANDARDS,
            9,
            (Incident, High),
            "Máy trạm nhiễm mã độc mã hóa dữ liệu",
            (20250819, 9, 10),
            [Some(5), Some(96), Some(140)],
        ),
        plan(
            commune,
            20,
            (EarlyWarning, Medium),
            "Cảnh báo tài khoản quản trị dùng mật khẩu yếu",
            (20260305, 10, 0),
            [Some(20), Some(66), Some(48)],
        ),
        // Reported for the first time only: the detailed report is overdue, the incident open.
        plan(
            APPLICATION_CENTRE,
            12,
            (Incident, Medium),
            "Thiết bị quan trắc gửi dữ liệu bất thường",
            (20260928, 7, 30),
            [Some(10), None, None],
        ),
        plan(
            centre,
            0,
            (EarlyWarning, Critical),
            "Cảnh báo lỗ hổng nghiêm trọng trên phần mềm máy chủ thư",
            (20261008, 15, 0),
            [Some(2), Some(47), None],
        ),
        // Not reported at all.
        plan(
            FIRST_COMMUNE + 9,
            18,
            (EarlyWarning, Low),
            "Cảnh báo chứng thư bảo mật sắp hết hạn",
            (20261012, 8, 0),
            [None, None, None],
        ),
    ]
}

/// Creates the incidents; `systems` are HT-01 ….
pub(super) fn create(
    transaction: &mut Transaction<'_>,
    basics: &Basics,
    systems: &[InformationSystemId],
    summary: &mut Summary,
) -> Result<()> {
    for plan in plans() {
        let (date, hour, minute) = plan.detected;
        let detected_at = moment(date, hour, minute);
        let [first, detailed, resolved] =
            plan.hours.map(|hours| hours.map(|hours| detected_at + TimeDelta::hours(hours)));
        let incident = Incident {
            agency: basics.agency(plan.place),
            system: plan.system.checked_sub(1).and_then(|at| systems.get(at).copied()),
            kind: plan.kind,
            severity: plan.severity,
            title: name(&format!("{} {SAMPLE}", plan.title))?,
            description: Some(prose("Nội dung mẫu để minh họa thời hạn báo cáo 24 giờ và 72 giờ.")?),
            detected_at,
            first_reported_at: first,
            detailed_reported_at: detailed,
            resolved_at: resolved,
        };
        incidents::insert(transaction, &incident)?;
        summary.count(Resource::Incidents);
    }
    Ok(())
}
