//! Every route of the API, in the order of an administrator's day. The contract is read off the same function the
//! server mounts.

use crate::{
    agencies, attainments, auth, calendars, courses, document_exchanges, incidents, indicators, information_systems,
    monitoring_statuses, movements, observations, periods, provincial_report, staff, targets, training_records, users,
};
use utoipa_actix_web::service_config::ServiceConfig;

/// Where the API lives.
pub const BASE: &str = "/api/v1";

/// Mounts everything below [`BASE`].
pub fn api(config: &mut ServiceConfig<'_>) {
    auth::routes(config);
    attainments::routes(config);
    provincial_report::routes(config);
    observations::routes(config);
    document_exchanges::routes(config);
    training_records::routes(config);
    courses::routes(config);
    staff::routes(config);
    information_systems::routes(config);
    monitoring_statuses::routes(config);
    incidents::routes(config);
    agencies::routes(config);
    movements::routes(config);
    indicators::routes(config);
    targets::routes(config);
    periods::routes(config);
    calendars::routes(config);
    users::routes(config);
}

/// The tags of the contract with their descriptions, in the order Swagger UI shows them.
pub const TAGS: &[(&str, &str)] = &[
    ("auth", "Đăng nhập, đăng xuất. Logging in and out."),
    ("attainments", "Kết quả thực hiện chỉ tiêu. Attainment of the targets."),
    (
        "provincial-report",
        "Báo cáo cho hệ thống thông tin báo cáo của tỉnh. What the provincial reporting system pulls.",
    ),
    ("observations", "Số liệu khai báo. Declared figures."),
    ("document-exchanges", "Trao đổi văn bản điện tử. E-document exchange counts."),
    ("training-records", "Kết quả tập huấn, bồi dưỡng. Training records."),
    ("courses", "Khóa tập huấn, bồi dưỡng. Training courses."),
    ("staff", "Cán bộ, công chức, viên chức, người lao động. Members of staff."),
    ("information-systems", "Hệ thống thông tin. Information systems."),
    ("monitoring-statuses", "Giám sát an toàn, an ninh mạng. Security monitoring."),
    ("incidents", "Sự cố và cảnh báo sớm. Incidents and early warnings."),
    ("agencies", "Cơ quan, đơn vị. Agencies."),
    ("movements", "Phong trào thi đua và giai đoạn. Movements and their phases."),
    ("indicators", "Chỉ tiêu. Indicators."),
    ("targets", "Mục tiêu. Targets."),
    ("periods", "Kỳ báo cáo. Reporting periods."),
    ("calendars", "Lịch báo cáo. Reporting calendars."),
    ("users", "Người dùng. Users."),
];
