//! Courses of both phases, and who attended them. `KNS-2026-99` is there for trying out: nobody has attended it yet.

use super::agencies::DEPARTMENT;
use super::catalogue::Basics;
use super::people::{self, Person, PhaseTwo};
use super::random::Random;
use super::summary::Summary;
use super::texts::{SAMPLE, after, code, day, name, reference};
use thidua_domain::Date;
use thidua_domain::catalogue::record_kinds::{CourseKind, TrainingResult};
use thidua_domain::closing::late::Late;
use thidua_domain::id::{CourseId, StaffId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::courses::{Course, CourseForm, Hours};
use thidua_domain::records::training_records::TrainingRecord;
use thidua_persistence::records::{courses, training_records};
use thidua_persistence::{Result, Transaction};

/// A stored course, with what is needed to send people to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    id: CourseId,
    plan: CoursePlan,
}

#[derive(Debug, Clone, Copy)]
struct CoursePlan {
    code: &'static str,
    name: &'static str,
    kind: CourseKind,
    form: CourseForm,
    hours: i64,
    from: i32,
    to: i32,
    /// The number of people out of a hundred of the department who attend.
    department: u64,
    /// The number of people out of a hundred of a commune who attend.
    commune: u64,
}

/// The course that makes up for everything missed: the last but the open one.
const CATCH_UP: &str = "KNS-2026-05";
/// The course that one person did not pass.
const NOT_PASSED: &str = "KNS-2026-01";

fn plans() -> [CoursePlan; 14] {
    use CourseForm::{Blended, InPerson, Online};
    use CourseKind::{Ai, Awareness, BasicDigitalSkills, InformationSecurity, Specialised};
    let plan = |code, name, (kind, form), hours, (from, to), (department, commune)| CoursePlan {
        code,
        name,
        kind,
        form,
        hours,
        from,
        to,
        department,
        commune,
    };
    [
        plan("KNS-2023-01", "Nhận thức về chuyển đổi số", (Awareness, InPerson), 12, (20230717, 20230718), (70, 40)),
        plan("KNS-2023-02", "Kỹ năng số cơ bản", (BasicDigitalSkills, InPerson), 20, (20231009, 20231011), (55, 30)),
        plan("KNS-2024-01", "Kỹ năng số cơ bản", (BasicDigitalSkills, Blended), 20, (20240318, 20240320), (50, 35)),
        plan("KNS-2024-02", "An toàn thông tin", (InformationSecurity, Blended), 16, (20240610, 20240611), (45, 25)),
        plan("KNS-2024-03", "Ngày chuyển đổi số quốc gia", (Awareness, Online), 4, (20241010, 20241010), (60, 45)),
        plan("KNS-2025-01", "Ứng dụng trí tuệ nhân tạo", (Ai, InPerson), 12, (20250324, 20250325), (45, 10)),
        plan("KNS-2025-02", "Kỹ năng số cho cấp xã", (BasicDigitalSkills, Online), 18, (20250908, 20250910), (35, 75)),
        plan("KNS-2025-03", "Chính quyền địa phương 2 cấp", (Specialised, Blended), 12, (20251103, 20251104), (40, 60)),
        plan("KNS-2026-01", "Kỹ năng số cơ bản", (BasicDigitalSkills, InPerson), 20, (20260309, 20260311), (75, 55)),
        plan("KNS-2026-02", "Kỹ năng số cho cấp xã", (BasicDigitalSkills, Online), 18, (20260413, 20260415), (25, 65)),
        plan("KNS-2026-03", "An toàn thông tin", (InformationSecurity, Blended), 16, (20260608, 20260609), (60, 45)),
        plan("KNS-2026-04", "Ứng dụng trí tuệ nhân tạo", (Ai, InPerson), 12, (20260817, 20260818), (50, 30)),
        plan("KNS-2026-05", "Nhận thức về chuyển đổi số", (Awareness, Online), 4, (20261005, 20261006), (40, 35)),
        plan("KNS-2026-99", "Kỹ năng số cơ bản", (BasicDigitalSkills, InPerson), 12, (20261012, 20261020), (0, 0)),
    ]
}

/// Creates the courses.
pub(super) fn offer(transaction: &mut Transaction<'_>, basics: &Basics, summary: &mut Summary) -> Result<Vec<Offer>> {
    let mut offers = Vec::new();
    for plan in plans() {
        let course = Course {
            code: code(plan.code)?,
            name: name(&format!("{} {SAMPLE}", plan.name))?,
            kind: plan.kind,
            form: plan.form,
            hours: Hours::stored(plan.hours),
            from: day(plan.from),
            to: day(plan.to),
            organiser: basics.agency(DEPARTMENT),
        };
        offers.push(Offer { id: courses::insert(transaction, &course)?, plan });
        summary.count(Resource::Courses);
    }
    Ok(offers)
}

/// Sends a person to courses.
pub(super) fn train(
    transaction: &mut Transaction<'_>,
    offers: &[Offer],
    person: &Person,
    id: StaffId,
    summary: &mut Summary,
) -> Result<()> {
    let mut random = Random::named(&[3, person.number]);
    let mut counts_in_phase_two = false;
    for offer in offers {
        let plan = &offer.plan;
        let (on, luck) = (day(plan.to), random.below(100));
        let mut result = match random.below(100) {
            0..4 => TrainingResult::Failed,
            4..35 => TrainingResult::Attended,
            _ => TrainingResult::Completed,
        };
        let Some(place) = person.place_on(on) else { continue };
        let in_department = people::is_department(place);
        let mut attends = luck < if in_department { plan.department } else { plan.commune };
        if plan.from >= 20260101 {
            match person.phase_two {
                PhaseTwo::Usual => {}
                PhaseTwo::Untrained => attends = false,
                PhaseTwo::Failed => (attends, result) = (plan.code == NOT_PASSED, TrainingResult::Failed),
            }
            let makes_up = person.phase_two == PhaseTwo::Usual && in_department && !counts_in_phase_two;
            if plan.code == CATCH_UP && makes_up {
                (attends, result) = (true, TrainingResult::Completed);
            }
            counts_in_phase_two |= attends && result != TrainingResult::Failed;
        }
        if attends {
            training_records::insert(transaction, &record(&mut random, plan, offer.id, person, id, on, result)?)?;
            summary.count(Resource::TrainingRecords);
        }
    }
    Ok(())
}

fn record(
    random: &mut Random,
    plan: &CoursePlan,
    course: CourseId,
    person: &Person,
    staff: StaffId,
    on: Date,
    result: TrainingResult,
) -> Result<TrainingRecord> {
    let completed = result == TrainingResult::Completed;
    let assessed = completed && plan.kind == CourseKind::BasicDigitalSkills && random.chance(40);
    let certificate = completed.then(|| reference(&format!("{}/{} {SAMPLE}", plan.code, person.code()))).transpose()?;
    let confirmed_on = assessed.then(|| after(on, random.between(7, 30)));
    Ok(TrainingRecord { staff, course, on, result, confirmed_on, certificate, late: Late::default() })
}
