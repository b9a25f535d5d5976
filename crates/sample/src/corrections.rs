//! One agency's locked month with corrections in every state: carried out, open, and asked for.

use super::agencies::STANDARDS;
use super::catalogue::Basics;
use super::summary::Summary;
use super::texts::{month, reference};
use thidua_domain::closing::corrections::{Correction, Decision};
use thidua_domain::closing::locks::Lock;
use thidua_domain::fraction::Count;
use thidua_domain::id::{CorrectionId, ObservationId};
use thidua_domain::log::changes::Resource;
use thidua_domain::records::observations::Observation;
use thidua_domain::time::Period;
use thidua_persistence::closing::{corrections, locks};
use thidua_persistence::records::counted_months::MonthFilter;
use thidua_persistence::records::observations;
use thidua_persistence::records::observations::{Filter, Sort};
use thidua_persistence::{Result, Slice, Transaction};

const LOCKED: i32 = 202601;

/// Locks the sub-department's first month of phase II, and corrects its reports (CT4) by one.
pub(super) fn create(transaction: &mut Transaction<'_>, basics: &Basics, summary: &mut Summary) -> Result<()> {
    let (calendar, period, agency) = (basics.nd09, Period::Month(month(LOCKED)), basics.agency(STANDARDS));
    let reason = reference("Đã gửi báo cáo tháng 01/2026 (mẫu)")?;
    locks::insert(transaction, &Lock { calendar, period, agency, reason, locked_at: transaction.now() })?;
    summary.count(Resource::Locks);

    let done =
        request(transaction, basics, summary, 4, "Sót một báo cáo định kỳ đã gửi đúng hạn (mẫu)", "07/CV-CCTC (mẫu)")?;
    corrections::approve(transaction, done, None, None)?;
    if let Some((id, declared)) = declared(transaction, basics, 4)? {
        let [numerator, denominator] =
            [declared.numerator, declared.denominator].map(|count| Count::stored(*count + 1));
        let after = Observation { numerator, denominator, ..declared };
        observations::update(transaction, id, &after)?;
    }
    corrections::close(transaction, done)?;

    request(transaction, basics, summary, 3, "Hồ sơ xử lý trên mạng ghi thiếu (mẫu)", "11/CV-CCTC (mẫu)")?;
    request(transaction, basics, summary, 5, "Số cuộc kiểm tra chưa thống nhất (mẫu)", "12/CV-CCTC (mẫu)")?;
    let open = request(transaction, basics, summary, 2, "Tài khoản định danh ghi trùng (mẫu)", "15/CV-CCTC (mẫu)")?;
    corrections::approve(transaction, open, None, None)
}

/// Requests a correction of one indicator.
fn request(
    transaction: &mut Transaction<'_>,
    basics: &Basics,
    summary: &mut Summary,
    number: usize,
    reason: &str,
    document_number: &str,
) -> Result<CorrectionId> {
    summary.count(Resource::Corrections);
    let correction = Correction {
        calendar: basics.nd09,
        period: Period::Month(month(LOCKED)),
        agency: basics.agency(STANDARDS),
        indicator: Some(basics.indicator(number)),
        reason: reference(reason)?,
        document_number: reference(document_number)?,
        requested_by: transaction.author(),
        requested_at: transaction.now(),
        decision: Decision::Pending,
    };
    corrections::insert(transaction, &correction)
}

/// The observation that the agency declared for the locked month.
fn declared(
    transaction: &mut Transaction<'_>,
    basics: &Basics,
    number: usize,
) -> Result<Option<(ObservationId, Observation)>> {
    let filter = Filter {
        months: MonthFilter {
            within: Some(vec![basics.agency(STANDARDS)]),
            calendar: Some(basics.nd09),
            from: Some(month(LOCKED)),
            to: Some(month(LOCKED)),
        },
        indicator: Some(basics.indicator(number)),
        nature: None,
    };
    let slice = Slice { limit: 1, descending: false, after: None, count: false };
    Ok(observations::list(transaction.connection(), &filter, Sort::Id, &slice)?.items.pop())
}
