//! The agencies. Apart from the province and the department, names are invented or unchecked and say so; the
//! department's own number under H18 was not found, so its identifier is a placeholder. Area codes starting with 99
//! belong to no commune.

use super::summary::Summary;
use super::texts::{SAMPLE, day, name};
use thidua_domain::Date;
use thidua_domain::catalogue::agencies::EarlierPlaces;
use thidua_domain::catalogue::agencies::{Agency, AgencyKind};
use thidua_domain::id::AgencyId;
use thidua_domain::log::changes::Resource;
use thidua_domain::text::{AgencyIdentifier, AreaCode, optional};
use thidua_persistence::catalogue::agencies;
use thidua_persistence::{Result, Transaction};

/// Places in the list of [`places`].
pub(super) const DEPARTMENT: usize = 1;
/// The department's six rooms.
pub(super) const ROOMS: std::ops::RangeInclusive<usize> = 2..=7;
/// The sub-department, whose inspections are counted in the civil calendar.
pub(super) const STANDARDS: usize = 8;
/// The centre that runs most information systems.
pub(super) const IT_CENTRE: usize = 9;
/// The other centre.
pub(super) const APPLICATION_CENTRE: usize = 10;
/// The department's three subordinate units.
pub(super) const SUBORDINATE: std::ops::RangeInclusive<usize> = STANDARDS..=APPLICATION_CENTRE;
/// The closed district.
const DISTRICT: usize = 11;
/// Its communes until 30/06/2025.
pub(super) const OLD_COMMUNES: std::ops::RangeInclusive<usize> = 12..=14;
/// The first commune of today.
pub(super) const FIRST_COMMUNE: usize = 15;
/// The commune the three were merged into.
pub(super) const MERGED: usize = 56;

/// The first day of the sample's records.
pub(super) const RECORDS_FROM: i32 = 20220101;
/// The day communes replaced districts.
pub(super) const REFORM: i32 = 20250701;

/// The most communes that are invented for a larger scale: a province of some thousand, not of millions.
const MOST_EXTRA: usize = 2000;

/// An agency to be created.
pub(super) struct Place {
    pub(super) identifier: String,
    name_vi: String,
    name_en: String,
    pub(super) kind: AgencyKind,
    parent: Option<usize>,
    area_code: Option<String>,
    pub(super) from: Date,
    /// Number of people on its roll at first.
    pub(super) heads: u64,
}

const UNITS: [(&str, &str, AgencyKind, u64); 9] = [
    ("Văn phòng Sở", "Office of the Department", AgencyKind::Division, 14),
    ("Phòng Kế hoạch - Tài chính", "Planning and Finance Division", AgencyKind::Division, 10),
    ("Phòng Quản lý khoa học", "Science Management Division", AgencyKind::Division, 11),
    ("Phòng Công nghệ và Đổi mới sáng tạo", "Technology and Innovation Division", AgencyKind::Division, 10),
    ("Phòng Chuyển đổi số", "Digital Transformation Division", AgencyKind::Division, 12),
    ("Phòng Bưu chính - Viễn thông", "Post and Telecommunications Division", AgencyKind::Division, 9),
    (
        "Chi cục Tiêu chuẩn Đo lường Chất lượng",
        "Sub-department of Standards, Metrology and Quality",
        AgencyKind::SubDepartment,
        22,
    ),
    (
        "Trung tâm Công nghệ thông tin và Truyền thông",
        "Information Technology and Communications Centre",
        AgencyKind::PublicServiceUnit,
        28,
    ),
    (
        "Trung tâm Ứng dụng tiến bộ khoa học và công nghệ",
        "Centre for Applied Science and Technology",
        AgencyKind::PublicServiceUnit,
        21,
    ),
];

const COMMUNES: [&str; 41] = [
    "Mường Phăng",
    "Mường Nhé",
    "Sín Thầu",
    "Mường Toong",
    "Nậm Kè",
    "Quảng Lâm",
    "Nà Hỳ",
    "Mường Chà",
    "Nà Bủng",
    "Chà Tở",
    "Si Pa Phìn",
    "Na Sang",
    "Mường Tùng",
    "Pa Ham",
    "Nậm Nèn",
    "Mường Pồn",
    "Tủa Chùa",
    "Sín Chải",
    "Sính Phình",
    "Tủa Thàng",
    "Sáng Nhè",
    "Tuần Giáo",
    "Quài Tở",
    "Mường Mùn",
    "Pú Nhung",
    "Chiềng Sinh",
    "Mường Ảng",
    "Nà Tấu",
    "Búng Lao",
    "Mường Lạn",
    "Thanh Nưa",
    "Thanh An",
    "Thanh Yên",
    "Sam Mứn",
    "Núa Ngam",
    "Mường Nhà",
    "Na Son",
    "Xa Dung",
    "Pu Nhi",
    "Mường Luân",
    "Tìa Dình",
];

const WARDS: [&str; 3] = ["Điện Biên Phủ", "Mường Thanh", "Mường Lay"];

/// All agencies of scale 1; the rest of the sample names an agency by its position here.
pub(super) fn places() -> Vec<Place> {
    let start = day(RECORDS_FROM);
    let place = |identifier: String, name_vi: String, name_en: String, kind, parent, area_code, from, heads| Place {
        identifier,
        name_vi,
        name_en,
        kind,
        parent,
        area_code,
        from,
        heads,
    };
    let mut all = vec![
        place(
            "H18".to_owned(),
            "Ủy ban nhân dân tỉnh Điện Biên".to_owned(),
            "People's Committee of Điện Biên Province".to_owned(),
            AgencyKind::Province,
            None,
            Some("11".to_owned()),
            start,
            0,
        ),
        place(
            "H18.SKHCN".to_owned(),
            "Sở Khoa học và Công nghệ".to_owned(),
            "Department of Science and Technology (placeholder identifier, mã tạm)".to_owned(),
            AgencyKind::Department,
            Some(0),
            None,
            start,
            5,
        ),
    ];
    for (number, (vi, en, kind, heads)) in (1..).zip(UNITS) {
        let (vi, en) = (format!("{vi} {SAMPLE}"), format!("{en} (sample)"));
        all.push(place(format!("H18.SKHCN.{number}"), vi, en, kind, Some(DEPARTMENT), None, start, heads));
    }
    let committee = |kind: &str, place: &str| format!("Ủy ban nhân dân {kind} {place} {SAMPLE}");
    let committee_en = |kind: &str, place: &str| format!("People's Committee of {place} {kind} (sample)");
    let (district, province) = (Some(DISTRICT), Some(0));
    all.push(place(
        "H18.H01".to_owned(),
        committee("huyện", "Mường Mẫu"),
        committee_en("District", "Mường Mẫu"),
        AgencyKind::District,
        province,
        None,
        start,
        0,
    ));
    for (number, old) in (1..).zip(["Mường Mẫu Thượng", "Mường Mẫu Trung", "Mường Mẫu Hạ"]) {
        let (vi, en) = (committee("xã", old), committee_en("Commune", old));
        let (identifier, area) = (format!("H18.H01.X{number}"), Some(format!("9910{number}")));
        all.push(place(identifier, vi, en, AgencyKind::Commune, district, area, start, 8));
    }
    let reform = day(REFORM);
    for (number, commune) in (1..).zip(COMMUNES.into_iter().chain(["Mường Mẫu"])) {
        let (vi, en) = (committee("xã", commune), committee_en("Commune", commune));
        // The merged commune begins with nobody: its people come with the merger.
        let heads = if commune == "Mường Mẫu" { 0 } else { 7 + number % 3 };
        let area = Some(format!("990{number:02}"));
        all.push(place(format!("H18.X{number:02}"), vi, en, AgencyKind::Commune, province, area, reform, heads));
    }
    for (number, ward) in (1..).zip(WARDS) {
        let (vi, en) = (committee("phường", ward), committee_en("Ward", ward));
        let area = Some(format!("9904{}", number + 2));
        all.push(place(format!("H18.P{number}"), vi, en, AgencyKind::Ward, province, area, reform, 10));
    }
    all
}

/// Number of communes that a scale adds.
pub(super) fn extra_count(scale: u32) -> usize {
    usize::try_from(scale.saturating_sub(1)).unwrap_or(MOST_EXTRA).saturating_mul(45).min(MOST_EXTRA)
}

/// A commune added for a larger scale, counted from 1.
pub(super) fn extra_place(number: usize) -> Place {
    Place {
        identifier: format!("H18.S{number:05}"),
        name_vi: format!("Ủy ban nhân dân xã thử tải {number:05} {SAMPLE}"),
        name_en: format!("People's Committee of Load-test Commune {number:05} (sample)"),
        kind: AgencyKind::Commune,
        parent: Some(0),
        area_code: None,
        from: day(REFORM),
        heads: 0,
    }
}

/// Creates an agency; `ids` are those of the places created before.
pub(super) fn create(
    transaction: &mut Transaction<'_>,
    place: &Place,
    ids: &[AgencyId],
    summary: &mut Summary,
) -> Result<AgencyId> {
    let agency = Agency {
        identifier: AgencyIdentifier::parse("/identifier", &place.identifier)?,
        former_identifier: None,
        area_code: optional(place.area_code.as_deref(), |text| AreaCode::parse("/area_code", text))?,
        name_vi: name(&place.name_vi)?,
        name_en: Some(name(&place.name_en)?),
        kind: place.kind,
        parent: place.parent.and_then(|parent| ids.get(parent).copied()),
        valid_from: place.from,
        valid_to: None,
        predecessors: Vec::new(),
        earlier_places: EarlierPlaces::default(),
    };
    summary.count(Resource::Agencies);
    agencies::insert(transaction, &agency)
}

/// Merges the old communes into the new one and closes their district: people and systems move along.
pub(super) fn reform(transaction: &mut Transaction<'_>, ids: &[AgencyId]) -> Result<()> {
    let on = day(REFORM);
    let at = |place: usize| ids.get(place).copied().unwrap_or(AgencyId(0));
    let merged: Vec<AgencyId> = OLD_COMMUNES.map(at).collect();
    agencies::merge(transaction, at(MERGED), &merged, on)?;
    let catalogue = transaction.catalogue();
    if let Some(district) = catalogue.agencies.get(&at(DISTRICT)) {
        let closed = Agency { valid_to: on.previous(), ..district.clone() };
        agencies::update(transaction, at(DISTRICT), &closed)?;
    }
    Ok(())
}
