//! Agencies: two code systems never mixed, validity in time, and the links a merger leaves.

use crate::Date;
use crate::catalogue::calendars::Window;
use crate::catalogue::places::EarlierPlaces;
use crate::id::AgencyId;
use crate::string_enum;
use crate::text::{AgencyIdentifier, AreaCode, Name};
use crate::violation::Violation;
use serde::{Deserialize, Serialize};

/// An agency (cơ quan, đơn vị).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Mã định danh in force.
    pub identifier: AgencyIdentifier,
    /// Mã định danh of the older form, e.g. `000.00.20.H18`.
    pub former_identifier: Option<AgencyIdentifier>,
    /// Mã đơn vị hành chính, for agencies that govern an area.
    pub area_code: Option<AreaCode>,
    /// Vietnamese name.
    pub name_vi: Name,
    /// English name.
    pub name_en: Option<Name>,
    /// Its kind now.
    pub kind: AgencyKind,
    /// The agency above it now; none for the root.
    pub parent: Option<AgencyId>,
    /// First day of its existence.
    pub valid_from: Date,
    /// Last day; absent while it exists.
    pub valid_to: Option<Date>,
    /// The agencies merged or divided into this one, in identity order.
    pub predecessors: Vec<AgencyId>,
    /// Its earlier places in the tree: kind and parent, each with its last day.
    #[serde(default, skip_serializing_if = "EarlierPlaces::is_empty")]
    pub earlier_places: EarlierPlaces,
}

string_enum! {
    /// Kinds of agency.
    AgencyKind {
        /// The province.
        Province = "tinh",
        /// A department of the province.
        Department = "so_nganh",
        /// A specialised division.
        Division = "phong_chuyen_mon",
        /// A sub-department.
        SubDepartment = "chi_cuc",
        /// A public service unit.
        PublicServiceUnit = "don_vi_su_nghiep",
        /// A commune's people's committee.
        Commune = "ubnd_xa",
        /// A ward's people's committee.
        Ward = "ubnd_phuong",
        /// A district's people's committee, until 30/06/2025.
        District = "ubnd_huyen",
    }
}

impl Agency {
    /// Checks the agency by itself, without other rows.
    pub fn check(&self) -> Result<(), Violation> {
        if self.valid_to.is_some_and(|to| to < self.valid_from) {
            return Err(Violation::new(
                "/valid_to",
                "ends_before_start",
                "Ngày hết hiệu lực không được trước ngày hiệu lực.",
                "The last day must not be before the first.",
            ));
        }
        self.check_places()
    }

    /// True for a day on which the agency exists.
    pub fn exists_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|to| day <= to)
    }

    /// True for a window on any day of which the agency exists.
    pub fn exists_within(&self, window: Window) -> bool {
        self.valid_from <= window.to && self.valid_to.is_none_or(|to| window.from <= to)
    }
}
