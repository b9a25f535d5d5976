//! Codes of inputs that are right by themselves but do not fit what is stored.

use super::code::Place::Conflict;
use super::code::{Code, code};

pub(super) const TABLE: &[Code] = &[
    code(
        "account_not_disabled",
        Conflict,
        [
            "Tài khoản còn hoạt động",
            "Chỉ xóa được tên của tài khoản đã bị vô hiệu hóa.",
            "Vô hiệu hóa tài khoản trước (disabled: true), rồi xóa tên.",
        ],
        [
            "The account may still come in",
            "Only the names of an account that is disabled can be erased.",
            "Disable the account first (disabled: true), then erase its names.",
        ],
    ),
    code(
        "agency_not_in_existence",
        Conflict,
        [
            "Cơ quan không tồn tại vào thời gian đó",
            "Ngày, tháng hoặc khoảng thời gian nằm ngoài thời gian hiệu lực của cơ quan.",
            "Kiểm tra valid_from và valid_to của cơ quan; sau sáp nhập, dùng cơ quan kế thừa.",
        ],
        [
            "The agency did not exist then",
            "The day, month or stay lies outside the agency's dates of validity.",
            "Check the agency's valid_from and valid_to; after a merger use its successor.",
        ],
    ),
    code(
        "already_exists",
        Conflict,
        ["Bản ghi đã tồn tại", "Đã có một bản ghi với cùng khóa.", "Sửa bản ghi đang có, hoặc chọn khóa khác."],
        [
            "The row exists already",
            "There is a row with the same key.",
            "Change the row that exists, or choose another key.",
        ],
    ),
    code(
        "answers_were_told",
        Conflict,
        [
            "Câu trả lời về bản ghi đã từng khóa",
            "Câu trả lời về cơ quan hoặc chỉ tiêu này đã từng khóa hoặc chốt rồi mở lại; nếu xóa thì nội dung đính chính không còn gì để chỉ đến.",
            "Ghi ngày hết hiệu lực valid_to thay vì xóa; điều nào thay đổi sẽ có nội dung đính chính.",
        ],
        [
            "Answers about the row were closed once",
            "Answers about the agency or the indicator were locked or frozen and then reopened; if it were deleted, no erratum could name it.",
            "Give it a last day with valid_to instead of deleting it; errata tell what that moves.",
        ],
    ),
    code(
        "built_in_profile",
        Conflict,
        [
            "Biểu xuất có sẵn",
            "Biểu native do hệ thống cung cấp, không sửa và không xóa được.",
            "Tạo một biểu xuất mới với mã khác.",
        ],
        [
            "A built-in profile",
            "The profile native comes with the program and can be neither changed nor deleted.",
            "Create a profile of your own under another code.",
        ],
    ),
    code(
        "cannot_merge",
        Conflict,
        [
            "Không thể sáp nhập cơ quan",
            "Cơ quan được sáp nhập vào chính nó, hoặc còn đơn vị trực thuộc đang hoạt động.",
            "Chuyển hoặc đóng các đơn vị trực thuộc trước, rồi sáp nhập vào một cơ quan khác.",
        ],
        [
            "The agency cannot be merged",
            "The agency would be merged into itself, or agencies below it are still open.",
            "Move or close the agencies below it first, then merge it into another one.",
        ],
    ),
    code(
        "closed_figures",
        Conflict,
        [
            "Thay đổi làm khác câu trả lời đã khóa",
            "Thay đổi này sẽ làm khác đi điều đã trả lời cho thời gian đã khóa hoặc đã chốt: số liệu, mục tiêu, đánh giá, số cơ quan phải báo cáo hoặc phiên bản định nghĩa.",
            "Chọn ngày hoặc phạm vi sau thời gian đã khóa, với định nghĩa chỉ tiêu và mục tiêu thì ghi holds_from; hoặc mở khóa kèm lý do, sửa, rồi khóa lại.",
        ],
        [
            "The change would move a closed answer",
            "It would change what was answered about locked or frozen time: a figure, a target, a verdict, the agencies expected or the version of the definition.",
            "Choose a date or a scope after the closed time, of an indicator's definition or a target holds_from; or unlock it with a reason, change it, and lock it again.",
        ],
    ),
    code(
        "correction_decided",
        Conflict,
        [
            "Yêu cầu đính chính đã được xử lý",
            "Yêu cầu đính chính đã được phê duyệt hoặc từ chối trước đó.",
            "Đọc lại đính chính; nếu cần, gửi yêu cầu mới.",
        ],
        [
            "The correction was decided on",
            "The correction was approved or rejected before.",
            "Read the correction again; request another one if it is needed.",
        ],
    ),
    code(
        "correction_not_open",
        Conflict,
        [
            "Đính chính không còn mở",
            "Đính chính chưa được phê duyệt, bị từ chối hoặc đã hết thời hạn nên không có gì để đóng.",
            "Không cần làm gì thêm: số liệu đang khóa.",
        ],
        [
            "The correction is not open",
            "The correction was not approved, or its window is over, so there is nothing to close.",
            "Nothing is to be done: the figures are locked.",
        ],
    ),
    code(
        "has_observations",
        Conflict,
        [
            "Chỉ tiêu đã có số liệu khai báo",
            "Không đổi được nguồn số liệu của các tháng đã có số liệu khai báo.",
            "Áp dụng nguồn số liệu mới từ một tháng sau đó (holds_from), hoặc lập chỉ tiêu mới.",
        ],
        [
            "The indicator has declared figures",
            "The source of an indicator cannot change in months for which figures were declared.",
            "Have the new source hold from a later month (holds_from), or create another indicator.",
        ],
    ),
    code(
        "holds_from_outside_scope",
        Conflict,
        [
            "Tháng áp dụng nằm ngoài phạm vi",
            "Tháng bắt đầu áp dụng (holds_from) không thuộc năm hoặc giai đoạn của mục tiêu.",
            "Ghi holds_from là một tháng trong phạm vi mà thông báo nêu.",
        ],
        [
            "The first month lies outside the scope",
            "The month from which the target is to hold (holds_from) does not belong to its year or phase.",
            "Give holds_from a month of the scope that the detail names.",
        ],
    ),
    code(
        "immutable",
        Conflict,
        [
            "Không được thay đổi",
            "Trường này giữ nguyên suốt đời bản ghi.",
            "Xóa bản ghi rồi lập bản ghi mới, hoặc lập thêm một bản ghi khác.",
        ],
        [
            "It cannot change",
            "The member stays the same as long as the row exists.",
            "Delete the row and create it anew, or create another one beside it.",
        ],
    ),
    code(
        "in_use",
        Conflict,
        [
            "Bản ghi đang được sử dụng",
            "Dữ liệu khác còn tham chiếu đến bản ghi nên không xóa được.",
            "Xóa hoặc chuyển dữ liệu tham chiếu trước.",
        ],
        [
            "The row is in use",
            "Other rows refer to it, so it cannot be deleted.",
            "Delete or move the rows that refer to it first.",
        ],
    ),
    code(
        "indicator_is_derived",
        Conflict,
        [
            "Chỉ tiêu được tính tự động",
            "Chỉ tiêu này được tính từ bản ghi, không nhận số liệu khai báo.",
            "Ghi nhận bản ghi gốc (văn bản, tập huấn, giám sát); kết quả sẽ tự cập nhật.",
        ],
        [
            "The indicator is derived",
            "The indicator is computed from records and takes no declared figures.",
            "Record what it is computed from (documents, training, monitoring); the figure follows.",
        ],
    ),
    code(
        "key_expired",
        Conflict,
        ["Khóa đã hết hạn", "Khóa cần xoay vòng đã hết hạn.", "Tạo khóa mới cho hệ thống máy."],
        ["The key has run out", "A key that has run out cannot be exchanged.", "Make a new key for the client."],
    ),
    code(
        "key_replaced",
        Conflict,
        [
            "Khóa đã được xoay vòng",
            "Mỗi khóa chỉ xoay vòng một lần, và khóa này đã có khóa thay thế.",
            "Xoay vòng khóa mới; nếu khóa mới bị mất, thu hồi nó và tạo khóa khác.",
        ],
        [
            "The key was exchanged already",
            "A key is exchanged once, and another has taken this one's place.",
            "Exchange the new key; if it is lost, revoke it and make another.",
        ],
    ),
    code(
        "last_admin",
        Conflict,
        [
            "Quản trị viên cuối cùng",
            "Sau thay đổi này sẽ không còn quản trị viên nào đang hoạt động.",
            "Lập một quản trị viên khác trước.",
        ],
        [
            "The last administrator",
            "No active administrator would remain after this change.",
            "Create another administrator first.",
        ],
    ),
    code(
        "late_record",
        Conflict,
        [
            "Dữ liệu ghi muộn",
            "Ngày của bản ghi thuộc thời gian đã khóa hoặc chốt số liệu, và lịch báo cáo này không nhận dữ liệu ghi muộn.",
            "Yêu cầu đính chính bằng POST /api/v1/corrections; hoặc quản trị viên cho lịch nhận dữ liệu ghi muộn (late_records).",
        ],
        [
            "A late record",
            "The day of the record lies in closed time, and this calendar takes no late records.",
            "Request a correction with POST /api/v1/corrections; or have an administrator let the calendar take late records (late_records).",
        ],
    ),
    code(
        "not_a_phases_first_month",
        Conflict,
        [
            "Không phải tháng đầu của giai đoạn",
            "Phong trào, cách cộng dồn và loại nguồn số liệu của chỉ tiêu chỉ đổi được từ tháng đầu của một giai đoạn.",
            "Ghi holds_from là một trong các tháng mà thông báo nêu.",
        ],
        [
            "Not the first month of a phase",
            "The movement, the semantics and the kind of source of an indicator change with the first month of a phase only.",
            "Give holds_from one of the months that the detail names.",
        ],
    ),
    code(
        "not_empty",
        Conflict,
        [
            "Cơ sở dữ liệu không trống",
            "Dữ liệu mẫu chỉ nạp vào cơ sở dữ liệu chưa có cơ quan.",
            "Dùng một cơ sở dữ liệu mới.",
        ],
        ["The database is not empty", "Sample data goes into a database without agencies only.", "Use a new database."],
    ),
    code(
        "not_locked",
        Conflict,
        [
            "Số liệu chưa khóa",
            "Chỉ đính chính số liệu của kỳ đã khóa đối với cơ quan.",
            "Sửa trực tiếp bản ghi, hoặc kiểm tra lịch, kỳ và cơ quan trong yêu cầu.",
        ],
        [
            "The figures are not locked",
            "Only figures of a period that is locked for the agency are corrected.",
            "Change the records directly, or check the calendar, period and agency of the request.",
        ],
    ),
    code(
        "period_locked",
        Conflict,
        [
            "Kỳ báo cáo đã khóa số liệu",
            "Thay đổi này làm thay đổi số liệu của một kỳ đã khóa.",
            "Yêu cầu đính chính bằng POST /api/v1/corrections, nêu lý do và số văn bản; sửa khi đính chính đã được phê duyệt.",
        ],
        [
            "The period is locked",
            "The change would alter figures of a locked period.",
            "Request a correction with POST /api/v1/corrections, with a reason and a document number; change the figures once it is approved.",
        ],
    ),
    code(
        "phase_frozen",
        Conflict,
        [
            "Giai đoạn đã chốt",
            "Giai đoạn đã kết thúc; số liệu, mục tiêu và thời gian của giai đoạn không được thay đổi.",
            "Ghi nhận vào giai đoạn đang thực hiện; chỉ quản trị viên mới mở lại được giai đoạn.",
        ],
        [
            "The phase is frozen",
            "The phase is over; its figures, targets and years must not change.",
            "Record into the running phase; only an administrator can open a phase again.",
        ],
    ),
    code(
        "records_outside_validity",
        Conflict,
        [
            "Còn bản ghi ngoài thời gian hiệu lực",
            "Thời gian hiệu lực mới bỏ lại người lao động, hệ thống hoặc số liệu của cơ quan.",
            "Chuyển hoặc sáp nhập trước, rồi đổi thời gian hiệu lực.",
        ],
        [
            "Records would lie outside the dates",
            "The new dates of validity would leave people, systems or figures of the agency behind.",
            "Transfer or merge them first, then change the dates.",
        ],
    ),
    code(
        "repeated_key",
        Conflict,
        ["Khóa lặp lại trong lô", "Một dòng trước trong cùng lô đã có khóa này.", "Gộp các dòng cùng khóa thành một."],
        [
            "The key is repeated in the batch",
            "An earlier row of the batch has the same key.",
            "Make one row of those with the same key.",
        ],
    ),
    code(
        "requester_decides",
        Conflict,
        [
            "Không được tự phê duyệt",
            "Người yêu cầu đính chính không được tự phê duyệt hoặc từ chối, kể cả quản trị viên.",
            "Đề nghị người phê duyệt hoặc quản trị viên khác xử lý.",
        ],
        [
            "Not on one's own request",
            "The person who asked for a correction must not decide on it, an administrator neither.",
            "Ask another approver or administrator.",
        ],
    ),
    code(
        "scope_outside_movement",
        Conflict,
        [
            "Phạm vi nằm ngoài phong trào",
            "Giai đoạn hoặc năm của mục tiêu không thuộc phong trào thi đua của chỉ tiêu.",
            "Chọn giai đoạn hoặc năm của phong trào đó.",
        ],
        [
            "The scope lies outside the movement",
            "The phase or year of the target does not belong to the movement of the indicator.",
            "Choose a phase or year of that movement.",
        ],
    ),
    code(
        "second_factor_off",
        Conflict,
        [
            "Chưa cài xác thực hai yếu tố",
            "Tài khoản chưa cài xác thực hai yếu tố, hoặc đã xác nhận rồi.",
            "Cài bằng POST /api/v1/auth/second-factor, rồi xác nhận bằng mã của ứng dụng.",
        ],
        [
            "No second factor to confirm or to turn off",
            "No second factor has been set up, or it is confirmed already.",
            "Set one up with POST /api/v1/auth/second-factor, then confirm it with a code of the app.",
        ],
    ),
    code(
        "second_factor_on",
        Conflict,
        [
            "Xác thực hai yếu tố đang bật",
            "Tài khoản đã bật xác thực hai yếu tố.",
            "Tắt bằng POST /api/v1/auth/second-factor/removal trước khi cài lại.",
        ],
        [
            "The second factor is on",
            "The account has a second factor already.",
            "Turn it off with POST /api/v1/auth/second-factor/removal before you set up another.",
        ],
    ),
    code(
        "subject_taken",
        Conflict,
        [
            "subject đã thuộc về người khác",
            "Một người dùng khác đã gắn với định danh chủ thể này của hệ thống đăng nhập một lần.",
            "Kiểm tra subject; nếu đúng là người đó, bỏ subject khỏi người dùng kia trước.",
        ],
        [
            "The subject is somebody else's",
            "Another user has this subject of the issuer.",
            "Check the subject; if it is right, take it from the other user first.",
        ],
    ),
    code(
        "tenure_outside_scope",
        Conflict,
        [
            "Khoảng thời gian ngoài phạm vi",
            "Khoảng thời gian thuộc cơ quan ngoài phạm vi được giao phải giữ nguyên.",
            "Gửi lại đúng các khoảng đó, chỉ đổi khoảng thuộc phạm vi của mình.",
        ],
        [
            "Stay outside your scope",
            "Stays with agencies outside your scope must be kept as they are.",
            "Send those stays unchanged, and change only those within your scope.",
        ],
    ),
    code(
        "too_many_keys",
        Conflict,
        [
            "Quá nhiều khóa",
            "Hệ thống máy đã có số khóa tối đa, kể cả khóa đã hết hạn.",
            "Thu hồi khóa không còn dùng, rồi tạo lại.",
        ],
        [
            "Too many keys",
            "The client has as many keys as it may, those that have run out included.",
            "Revoke keys that are no longer used, then try again.",
        ],
    ),
    code(
        "too_many_profiles",
        Conflict,
        [
            "Quá nhiều biểu xuất",
            "Đã đủ số biểu xuất mà hệ thống cho phép.",
            "Xóa biểu xuất không còn dùng, rồi tạo lại.",
        ],
        [
            "Too many profiles",
            "There are as many export profiles as the system keeps.",
            "Delete one that is no longer used, then try again.",
        ],
    ),
    code(
        "window_not_ended",
        Conflict,
        [
            "Thời gian chưa kết thúc",
            "Chỉ khóa được kỳ, hoặc chốt được giai đoạn, khi ngày cuối cùng đã qua.",
            "Chờ đến ngày sau ngày cuối của kỳ hoặc giai đoạn, hoặc chọn ngày khóa muộn hơn.",
        ],
        [
            "The time has not ended",
            "A period can be locked, and a phase frozen, only when its last day has passed.",
            "Wait for the day after the last one, or choose a later day for the lock.",
        ],
    ),
];
