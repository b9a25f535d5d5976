//! People, with their dated stays on the rolls. Names are put together from lists and carry the mark of the sample.

use super::agencies::{
    APPLICATION_CENTRE, DEPARTMENT, FIRST_COMMUNE, IT_CENTRE, MERGED, OLD_COMMUNES, REFORM, ROOMS, SUBORDINATE, places,
};
use super::catalogue::Basics;
use super::random::Random;
use super::summary::Summary;
use super::texts::{SAMPLE, after, code, day, name};
use thidua_domain::Date;
use thidua_domain::catalogue::record_kinds::StaffKind;
use thidua_domain::closing::late::ToldHolders;
use thidua_domain::id::StaffId;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::staff::Staff;
use thidua_domain::tenures::{Tenure, Tenures};
use thidua_persistence::records::staff;
use thidua_persistence::{Result, Transaction};

/// A person before being stored.
pub(super) struct Person {
    /// The number in the staff code; 1 is NV-0001.
    pub(super) number: u64,
    pub(super) kind: StaffKind,
    /// Stays at places, with first and last day.
    pub(super) stays: Vec<Stay>,
    pub(super) phase_two: PhaseTwo,
}

/// A stay at a place.
#[derive(Clone, Copy)]
pub(super) struct Stay {
    pub(super) place: usize,
    pub(super) from: Date,
    pub(super) to: Option<Date>,
}

/// The training of a person in phase II so far.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PhaseTwo {
    /// Training by chance, like that of most.
    Usual,
    /// Nothing yet.
    Untrained,
    /// One course, not passed.
    Failed,
}

impl Person {
    /// The place of the person on a day, the merger of the old communes included.
    pub(super) fn place_on(&self, on: Date) -> Option<usize> {
        let stay = self.stays.iter().find(|stay| stay.from <= on && stay.to.is_none_or(|to| on <= to))?;
        let merged = OLD_COMMUNES.contains(&stay.place) && day(REFORM) <= on;
        Some(if merged { MERGED } else { stay.place })
    }

    /// The staff code.
    pub(super) fn code(&self) -> String {
        format!("NV-{:04}", self.number)
    }
}

/// Everyone of scale 1, in the order of the places.
pub(super) fn everyone() -> Vec<Person> {
    let mut people = Vec::new();
    for (place, details) in places().iter().enumerate() {
        for nth in 1..=details.heads {
            people.push(draft(people.len() as u64 + 1, place, nth, details.from));
        }
    }
    people
}

/// A person of a commune added for a larger scale.
pub(super) fn extra(number: u64, place: usize) -> Person {
    draft(number, place, number % 8 + 1, day(REFORM))
}

fn draft(number: u64, place: usize, nth: u64, from: Date) -> Person {
    let mut random = Random::named(&[1, number]);
    let stays = match place {
        DEPARTMENT if nth == 1 => vec![Stay { place, from, to: None }],
        IT_CENTRE if nth == 28 => vec![Stay { place, from: day(20261001), to: None }],
        place if is_department(place) => department_stays(&mut random, number, place, from),
        place => commune_stays(&mut random, number, place, from),
    };
    // Exactly three people of the department lack training in phase II: the first of the roll, one who did not pass,
    // and one who came on 01/10/2026.
    let phase_two = match (place, nth) {
        (DEPARTMENT, 1) | (IT_CENTRE, 28) => PhaseTwo::Untrained,
        (IT_CENTRE, 27) => PhaseTwo::Failed,
        _ => PhaseTwo::Usual,
    };
    let stays = if phase_two == PhaseTwo::Failed { vec![Stay { place, from, to: None }] } else { stays };
    Person { number, kind: kind(&mut random, place, nth), stays, phase_two }
}

/// True for the department and its units.
pub(super) fn is_department(place: usize) -> bool {
    (DEPARTMENT..=APPLICATION_CENTRE).contains(&place)
}

fn department_stays(random: &mut Random, number: u64, place: usize, from: Date) -> Vec<Stay> {
    if number % 13 == 5 {
        let on = after(day(20240201), random.between(0, 900));
        return transfer(place, neighbour(place), from, on);
    }
    match number % 17 {
        // Left, e.g. retired.
        9 => vec![Stay { place, from, to: Some(after(day(20230601), random.between(0, 1100))) }],
        // Went to a commune in 2026, and takes the training along.
        12 if ROOMS.contains(&place) => transfer(place, FIRST_COMMUNE, from, day(20260504)),
        // Came later.
        3 | 7 => vec![Stay { place, from: after(day(20230201), random.between(0, 1000)), to: None }],
        _ => vec![Stay { place, from, to: None }],
    }
}

fn commune_stays(random: &mut Random, number: u64, place: usize, from: Date) -> Vec<Stay> {
    let open = Stay { place, from, to: None };
    if OLD_COMMUNES.contains(&place) {
        return match number % 8 {
            3 => vec![Stay { to: Some(day(20241231)), ..open }],
            _ => vec![open],
        };
    }
    match number % 31 {
        4 | 20 => vec![Stay { from: after(day(20250901), random.between(0, 330)), ..open }],
        7 => vec![Stay { to: Some(after(day(20251001), random.between(0, 330))), ..open }],
        // From the first commune to the room for digital transformation.
        14 if place == FIRST_COMMUNE => transfer(place, *ROOMS.end() - 1, from, day(20260602)),
        _ => vec![open],
    }
}

fn transfer(place: usize, to: usize, from: Date, on: Date) -> Vec<Stay> {
    vec![Stay { place, from, to: on.previous() }, Stay { place: to, from: on, to: None }]
}

/// Another unit of the department of the same sort.
fn neighbour(place: usize) -> usize {
    let sort = if SUBORDINATE.contains(&place) { SUBORDINATE } else { ROOMS };
    if (sort.start()..sort.end()).contains(&&place) { place + 1 } else { *sort.start() }
}

fn kind(random: &mut Random, place: usize, nth: u64) -> StaffKind {
    let worker = random.chance(12) && nth > 2;
    match place {
        _ if worker => StaffKind::Worker,
        IT_CENTRE | APPLICATION_CENTRE => StaffKind::PublicEmployee,
        place if !is_department(place) && nth <= 2 => StaffKind::Cadre,
        _ => StaffKind::CivilServant,
    }
}

/// The number of these people that a place has on a day.
pub(super) fn on_roll(people: &[Person], place: usize, on: Date) -> i64 {
    let there = people.iter().filter(|person| person.place_on(on) == Some(place)).count();
    i64::try_from(there).unwrap_or_default()
}

/// Stores a person, name included.
pub(super) fn create(
    transaction: &mut Transaction<'_>,
    basics: &Basics,
    person: &Person,
    summary: &mut Summary,
) -> Result<StaffId> {
    let stay = |stay: &Stay| Tenure { agency: basics.agency(stay.place), from: stay.from, to: stay.to };
    let tenures = Tenures::parse("/tenures", person.stays.iter().map(stay).collect())?;
    let member = Staff { code: code(&person.code())?, kind: person.kind, tenures, told: ToldHolders::default() };
    let id = staff::insert(transaction, &member)?;
    staff::set_name(transaction, id, &name(&full_name(person.number))?)?;
    summary.count(Resource::Staff);
    Ok(id)
}

const FAMILIES: [&str; 12] =
    ["Nguyễn", "Trần", "Lê", "Phạm", "Lò", "Quàng", "Cà", "Tòng", "Vàng", "Giàng", "Sùng", "Lường"];
const MIDDLES: [&str; 6] = ["Văn", "Thị", "Minh", "Thu", "Đức", "Ngọc"];
const GIVEN: [&str; 14] =
    ["An", "Bình", "Chung", "Dương", "Hà", "Hoa", "Khánh", "Lan", "Mai", "Nam", "Phương", "Sơn", "Thảo", "Tuấn"];

/// A made-up name: `Lò Thị Mai (mẫu 0042)`.
fn full_name(number: u64) -> String {
    let mut random = Random::named(&[2, number]);
    let (family, middle, given) = (random.pick(&FAMILIES), random.pick(&MIDDLES), random.pick(&GIVEN));
    let mark = SAMPLE.trim_end_matches(')');
    format!("{family} {middle} {given} {mark} {number:04})")
}
