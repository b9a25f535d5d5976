//! Codes of broken rules, named at a member in `errors`.

use super::code::Place::Rule;
use super::code::{Code, code};

pub(super) const TABLE: &[Code] = &[
    code(
        "as_of_in_future",
        Rule,
        [
            "Chưa đến thời điểm này",
            "asOf nêu một thời điểm trong tương lai, hoặc một seq chưa có trong nhật ký thay đổi.",
            "Nêu một thời điểm đã qua, hoặc seq lấy từ một câu trả lời.",
        ],
        [
            "Not reached yet",
            "asOf names a time in the future, or a seq the change log does not hold yet.",
            "Name a time that has passed, or a seq taken from an answer.",
        ],
    ),
    code(
        "before_first_change",
        Rule,
        [
            "Trước thay đổi đầu tiên",
            "asOf nêu một thời điểm mà nhật ký thay đổi chưa có gì; detail nêu thời điểm sớm nhất có dữ liệu.",
            "Nêu thời điểm đó hoặc một thời điểm sau đó.",
        ],
        [
            "Before the first change",
            "asOf names a time at which the change log held nothing yet; detail says the first moment there is.",
            "Name that moment or a later one.",
        ],
    ),
    code(
        "before_detection",
        Rule,
        [
            "Thời điểm trước khi phát hiện",
            "Báo cáo hoặc khắc phục sự cố không thể trước thời điểm phát hiện.",
            "Sửa thời điểm này hoặc detected_at.",
        ],
        [
            "Before detection",
            "An incident cannot be reported or resolved before it was detected.",
            "Correct this moment, or detected_at.",
        ],
    ),
    code(
        "common_password",
        Rule,
        [
            "Mật khẩu dễ đoán",
            "Mật khẩu phổ biến, lặp lại, theo dãy phím, hoặc chứa tên của tài khoản hay của hệ thống.",
            "Dùng một cụm vài từ không liên quan với nhau.",
        ],
        [
            "A password that is easily guessed",
            "The password is common, repeats itself, runs along the keyboard, or holds a name of the account or the system.",
            "Take a phrase of some words that have nothing to do with each other.",
        ],
    ),
    code(
        "confirmed_before_training",
        Rule,
        ["Xác nhận trước khi tập huấn", "Ngày xác nhận kỹ năng trước ngày tập huấn.", "Sửa confirmed_on hoặc on."],
        [
            "Confirmed before the training",
            "The day skills were confirmed lies before the training.",
            "Correct confirmed_on, or on.",
        ],
    ),
    code(
        "control_character",
        Rule,
        [
            "Có ký tự điều khiển",
            "Văn bản có ký tự không hiển thị được.",
            "Xóa ký tự nêu trong detail; thường do sao chép từ tệp khác.",
        ],
        [
            "Control character",
            "The text holds a character that cannot be shown.",
            "Remove the character the detail names; it often comes with a copied text.",
        ],
    ),
    code(
        "cycle",
        Rule,
        [
            "Quan hệ vòng",
            "Một cơ quan không thể là cấp trên hoặc tiền thân của chính nó.",
            "Chọn cơ quan không nằm dưới cơ quan này.",
        ],
        [
            "Cycle",
            "An agency cannot be its own parent or predecessor, directly or through others.",
            "Choose an agency that does not lie below this one.",
        ],
    ),
    code(
        "date_out_of_range",
        Rule,
        [
            "Ngày ngoài các năm của kỳ báo cáo",
            "Không có kỳ báo cáo nào chứa ngày này.",
            "Dùng ngày trong các năm nêu ở detail.",
        ],
        [
            "No period holds the date",
            "No reporting period holds this date.",
            "Use a date within the years the detail names.",
        ],
    ),
    code(
        "dates_out_of_order",
        Rule,
        [
            "Sai thứ tự ngày",
            "Ngày chốt số liệu, hạn gửi và ngày khóa phải theo đúng thứ tự.",
            "Sửa để ngày chốt không sau hạn gửi, hạn gửi không sau ngày khóa.",
        ],
        [
            "Dates out of order",
            "Data cut-off, submission deadline and lock must follow each other.",
            "Put the cut-off not after the deadline, and the deadline not after the lock.",
        ],
    ),
    code(
        "duplicate_field",
        Rule,
        ["Trường nêu nhiều lần", "Tham số fields nêu một trường nhiều lần.", "Chỉ giữ lại một."],
        ["Field named twice", "The parameter fields names a member more than once.", "Keep one of them."],
    ),
    code(
        "duplicate_member",
        Rule,
        ["Trường xuất hiện nhiều lần", "Một đối tượng JSON có cùng một trường nhiều lần.", "Chỉ giữ lại một."],
        ["Member stands twice", "A JSON object holds the same member more than once.", "Keep one of them."],
    ),
    code(
        "duplicate_output_name",
        Rule,
        ["Tên thuộc tính bị trùng", "Hai thuộc tính của biểu xuất có cùng tên.", "Đổi tên một trong hai thuộc tính."],
        [
            "Duplicate output name",
            "Two properties of an export profile have the same name.",
            "Rename one of the two properties.",
        ],
    ),
    code(
        "duplicate_parameter",
        Rule,
        ["Tham số xuất hiện nhiều lần", "Một tham số truy vấn xuất hiện nhiều lần.", "Chỉ giữ lại một."],
        ["Parameter stands twice", "A query parameter stands more than once.", "Keep one of them."],
    ),
    code(
        "electronic_exceeds_open",
        Rule,
        [
            "Văn bản điện tử nhiều hơn số được tính",
            "Số văn bản điện tử lớn hơn tổng số văn bản trừ văn bản mật.",
            "Kiểm tra total, secret và electronic.",
        ],
        [
            "More electronic documents than counted",
            "Electronic exceeds total minus secret.",
            "Check total, secret and electronic.",
        ],
    ),
    code(
        "empty_batch",
        Rule,
        ["Lô trống", "Lô không có dòng nào.", "Gửi ít nhất một dòng."],
        ["Empty batch", "The batch has no rows.", "Send one row at least."],
    ),
    code(
        "empty_list",
        Rule,
        ["Danh sách trống", "Danh sách này phải có ít nhất một giá trị.", "Thêm một giá trị."],
        ["Empty list", "The list needs at least one value.", "Add a value."],
    ),
    code(
        "ends_before_start",
        Rule,
        ["Kết thúc trước khi bắt đầu", "Ngày cuối đứng trước ngày đầu.", "Đổi một trong hai ngày."],
        ["Ends before it starts", "The last day lies before the first.", "Change one of the two days."],
    ),
    code(
        "event_after_status",
        Rule,
        [
            "Lần giám sát sau ngày ghi nhận",
            "Lần giám sát gần nhất không thể sau ngày của bản ghi.",
            "Sửa last_event hoặc on.",
        ],
        [
            "Event after the status",
            "The last monitoring event cannot lie after the day of the status.",
            "Correct last_event, or on.",
        ],
    ),
    code(
        "failed_exceeds_electronic",
        Rule,
        [
            "Văn bản lỗi nhiều hơn văn bản điện tử",
            "Số văn bản gửi, nhận không thành công lớn hơn số văn bản điện tử.",
            "Sửa failed hoặc electronic; failed là một phần của electronic.",
        ],
        [
            "More failures than electronic documents",
            "The documents that failed to arrive are more than the electronic ones.",
            "Correct failed, or electronic; failed is a part of electronic.",
        ],
    ),
    code(
        "format_does_not_fit",
        Rule,
        [
            "Kiểu không phù hợp với giá trị",
            "Giá trị ở đường dẫn này không viết được theo kiểu đã chọn.",
            "Chọn kiểu (kind) nêu ở detail hoặc đường dẫn khác.",
        ],
        [
            "The format does not fit the value",
            "The value at the path cannot be written in the format chosen.",
            "Choose a kind that the detail names, or another path.",
        ],
    ),
    code(
        "in_future",
        Rule,
        [
            "Chưa diễn ra",
            "Bản ghi nêu một ngày, một tháng hoặc một thời điểm chưa đến; thông báo nêu ngày hôm nay. Ngày tính theo giờ Việt Nam; thời điểm của sự cố được lệch 5 phút.",
            "Ghi nhận khi việc đã diễn ra; số ước thực hiện của tháng tới thì nêu nature là estimate.",
        ],
        [
            "Still to come",
            "The record names a day, a month or a moment that has not come; the message says today's date. Days are those of Viet Nam; moments of incidents may be ahead by five minutes.",
            "Record it once it has happened; an estimate of a month to come has the nature estimate.",
        ],
    ),
    code(
        "incomplete_code_list",
        Rule,
        [
            "Danh mục mã chưa đủ",
            "Danh mục mã thiếu giá trị mà báo cáo có thể có, và không có otherwise.",
            "Bổ sung các giá trị nêu ở detail, hoặc đặt otherwise.",
        ],
        [
            "The code list is incomplete",
            "The code list lacks values the report can have, and there is no otherwise.",
            "Add the values that the detail names, or set otherwise.",
        ],
    ),
    code(
        "invalid_agency_identifier",
        Rule,
        [
            "Mã định danh cơ quan sai",
            "Mã định danh gồm các nhóm chữ in hoa hoặc chữ số cách nhau bằng dấu chấm, không quá 35 ký tự.",
            "Viết như H18.20.",
        ],
        [
            "Invalid agency identifier",
            "An identifier is groups of capital letters or digits separated by dots, at most 35 characters.",
            "Write it like H18.20.",
        ],
    ),
    code(
        "invalid_area_code",
        Rule,
        [
            "Mã đơn vị hành chính sai",
            "Mã có 2 chữ số (tỉnh) hoặc 5 chữ số (xã, phường).",
            "Tra mã trong danh mục đơn vị hành chính.",
        ],
        [
            "Invalid area code",
            "The code has 2 digits (province) or 5 digits (commune).",
            "Look it up in the catalogue of administrative units.",
        ],
    ),
    code(
        "invalid_as_of",
        Rule,
        [
            "asOf không hợp lệ",
            "asOf không phải là thời điểm có múi giờ, cũng không phải là seq của một thay đổi.",
            "Viết theo RFC 3339 kèm múi giờ, ví dụ 2026-11-01T00:00:00+07:00, hoặc một số seq.",
        ],
        [
            "asOf is not valid",
            "asOf is neither a time with its offset nor the seq of a change.",
            "Write a time as in RFC 3339, such as 2026-11-01T00:00:00+07:00, or a seq.",
        ],
    ),
    code(
        "invalid_closing_day",
        Rule,
        ["Ngày chốt tháng sai", "Ngày chốt từ 1 đến 28.", "Bỏ trống nếu chốt vào ngày cuối tháng."],
        ["Invalid closing day", "The closing day is 1 to 28.", "Leave it out when months close on their last day."],
    ),
    code(
        "invalid_code",
        Rule,
        [
            "Mã sai",
            "Mã chỉ gồm chữ không dấu, chữ số, dấu chấm, gạch dưới, gạch nối, và bắt đầu bằng chữ hoặc số.",
            "Bỏ dấu, dấu cách và ký tự khác.",
        ],
        [
            "Invalid code",
            "A code has ASCII letters, digits, dot, underscore and hyphen only, and starts with a letter or digit.",
            "Remove accents, spaces and other characters.",
        ],
    ),
    code(
        "invalid_count",
        Rule,
        [
            "Số lượng sai",
            "Số lượng là số nguyên không âm, không quá giới hạn.",
            "Gửi một số nguyên trong giới hạn nêu ở detail.",
        ],
        [
            "Invalid count",
            "A count is a whole number, not negative and not beyond the limit.",
            "Send a whole number within the limits the detail names.",
        ],
    ),
    code(
        "invalid_cursor",
        Rule,
        [
            "Con trỏ trang không hợp lệ",
            "Con trỏ bị sửa, hoặc thuộc danh sách hay thứ tự sắp xếp khác.",
            "Lấy lại từ trang đầu, rồi dùng nguyên giá trị next.",
        ],
        [
            "Invalid cursor",
            "The cursor was altered, or belongs to another list or order.",
            "Start from the first page, and use next as it is.",
        ],
    ),
    code(
        "invalid_date",
        Rule,
        ["Ngày sai", "Giá trị không phải là một ngày có thật dạng năm-tháng-ngày.", "Viết như 2026-10-20."],
        ["Invalid date", "The value is no day of the calendar, written year-month-day.", "Write it like 2026-10-20."],
    ),
    code(
        "invalid_fraction",
        Rule,
        ["Phân số sai", "Tử số hoặc mẫu số ngoài giới hạn; mẫu số phải dương.", "Ví dụ 100 % là 100/100."],
        [
            "Invalid fraction",
            "Numerator or denominator is out of limits; the denominator must be positive.",
            "100 %, for example, is 100/100.",
        ],
    ),
    code(
        "invalid_hash",
        Rule,
        ["Giá trị băm sai dạng", "Giá trị băm SHA-256 sai dạng.", "Gửi 64 chữ số thập lục phân viết thường."],
        ["Invalid hash", "The SHA-256 hash is malformed.", "Send 64 hexadecimal digits in lower case."],
    ),
    code(
        "invalid_header",
        Rule,
        [
            "Tiêu đề không hợp lệ",
            "Một tiêu đề của yêu cầu trống, quá dài hoặc có ký tự ngoài bảng ASCII.",
            "Sửa hoặc bỏ tiêu đề nêu trong pointer.",
        ],
        [
            "Header not valid",
            "A header of the request is empty, too long, or holds a character that is not ASCII.",
            "Mend or drop the header the pointer names.",
        ],
    ),
    code(
        "invalid_hours",
        Rule,
        ["Thời lượng sai", "Khóa tập huấn kéo dài từ 1 đến 2000 giờ.", "Gửi số giờ nguyên trong giới hạn."],
        ["Invalid hours", "A course has 1 to 2000 hours.", "Send whole hours within the limits."],
    ),
    code(
        "invalid_length",
        Rule,
        ["Độ dài sai", "Văn bản trống hoặc quá dài.", "Rút gọn hoặc bổ sung theo giới hạn nêu ở detail."],
        [
            "Invalid length",
            "The text is empty or too long.",
            "Shorten or complete it to fit the limits the detail names.",
        ],
    ),
    code(
        "invalid_level",
        Rule,
        ["Cấp độ sai", "Cấp độ an toàn hệ thống thông tin từ 1 đến 5.", "Gửi cấp độ theo quyết định phê duyệt."],
        [
            "Invalid level",
            "The security level of an information system is 1 to 5.",
            "Send the level that was approved.",
        ],
    ),
    code(
        "invalid_moment",
        Rule,
        ["Thời điểm ngoài giới hạn", "Thời điểm nằm ngoài các năm được hỗ trợ.", "Kiểm tra năm."],
        ["Moment out of limits", "The moment lies outside the years that are supported.", "Check the year."],
    ),
    code(
        "invalid_month",
        Rule,
        ["Tháng báo cáo sai", "Tháng báo cáo viết năm-tháng.", "Viết như 2026-10."],
        ["Invalid month", "A reporting month is written year-month.", "Write it like 2026-10."],
    ),
    code(
        "invalid_network",
        Rule,
        [
            "Mạng không hợp lệ",
            "Giá trị không phải địa chỉ IP hoặc mạng theo dạng CIDR, hoặc còn bit khác 0 sau phần mạng.",
            "Ghi như 10.18.0.0/16, 203.0.113.7 hoặc 2001:db8::/32.",
        ],
        [
            "Not a network",
            "The value is neither an IP address nor a network in CIDR form, or has bits behind those that count.",
            "Write 10.18.0.0/16, 203.0.113.7 or 2001:db8::/32.",
        ],
    ),
    code(
        "invalid_output_name",
        Rule,
        [
            "Tên thuộc tính sai",
            "Tên thuộc tính xuất ra không đúng quy tắc.",
            "Dùng chữ cái không dấu, chữ số, _ và -; dấu chấm để lồng nhau.",
        ],
        [
            "Invalid output name",
            "The name of a property that is sent out breaks the rules for names.",
            "Use letters without accents, digits, _ and -; dots nest.",
        ],
    ),
    code(
        "invalid_password_length",
        Rule,
        ["Độ dài mật khẩu sai", "Mật khẩu quá ngắn hoặc quá dài.", "Chọn một cụm từ dài, dễ nhớ."],
        [
            "Invalid password length",
            "The password is too short or too long.",
            "Choose a long phrase that is easy to remember.",
        ],
    ),
    code(
        "invalid_period",
        Rule,
        [
            "Kỳ báo cáo sai",
            "Kỳ báo cáo viết theo tháng, quý, 6 tháng hoặc năm.",
            "Viết như 2026-10, 2026-Q4, 2026-H2 hoặc 2026.",
        ],
        [
            "Invalid period",
            "A period is a month, quarter, half-year or year.",
            "Write it like 2026-10, 2026-Q4, 2026-H2 or 2026.",
        ],
    ),
    code(
        "invalid_range",
        Rule,
        [
            "Khoảng kỳ báo cáo sai",
            "Kỳ cuối khác loại với kỳ đầu, đứng trước kỳ đầu, hoặc cách quá xa.",
            "Chọn hai kỳ cùng loại theo thứ tự, chia khoảng dài thành nhiều lần.",
        ],
        [
            "Invalid range",
            "The last period is of another length than the first, before it, or too far away.",
            "Choose two periods of one length in order, and ask for a long range in parts.",
        ],
    ),
    code(
        "invalid_shape",
        Rule,
        [
            "Sai cấu trúc",
            "Trường thiếu, thừa, hoặc không đúng kiểu dữ liệu.",
            "So với lược đồ của thao tác trong /docs/.",
        ],
        [
            "Wrong shape",
            "A member is missing, unknown, or of the wrong type.",
            "Compare it with the schema of the operation in /docs/.",
        ],
    ),
    code(
        "invalid_sort",
        Rule,
        [
            "Không sắp xếp được theo trường này",
            "Danh sách chỉ sắp xếp theo các trường nêu trong detail.",
            "Chọn một trong các trường đó; thêm dấu - để đảo thứ tự.",
        ],
        [
            "Invalid sort",
            "The list can be sorted by the keys the detail names only.",
            "Choose one of them; a leading - reverses the order.",
        ],
    ),
    code(
        "invalid_source_path",
        Rule,
        [
            "Đường dẫn sai",
            "Đường dẫn tới giá trị trong báo cáo không đúng dạng.",
            "Ghi tên các trường cách nhau bằng dấu chấm, ví dụ window.from.",
        ],
        [
            "Invalid source path",
            "The path of a value in the report is not in the right form.",
            "Write names of members separated by dots, e.g. window.from.",
        ],
    ),
    code(
        "invalid_subject",
        Rule,
        [
            "subject không hợp lệ",
            "Định danh chủ thể rỗng, quá 255 ký tự, có khoảng trắng hoặc ký tự ngoài ASCII.",
            "Chép đúng giá trị sub mà hệ thống đăng nhập một lần cấp.",
        ],
        [
            "Invalid subject",
            "The subject is empty, longer than 255 characters, or holds a space or what is not ASCII.",
            "Copy the value of sub as the issuer gives it.",
        ],
    ),
    code(
        "invalid_place",
        Rule,
        [
            "Ngày thay đổi vị trí không phù hợp",
            "Ngày của vị trí mới trong cây cơ quan không nằm sau vị trí trước đó, nằm ngoài thời gian hiệu lực của cơ quan, hoặc không kèm thay đổi nào.",
            "Gửi `placed_from` cùng `kind` hoặc `parent` mới, với ngày sau lần thay đổi gần nhất. Để sửa ngày của lần gần nhất, chỉ gửi `placed_from`.",
        ],
        [
            "The day of a place does not fit",
            "The day of the new place in the tree of agencies does not come after the place before it, lies outside the agency's existence, or nothing changes on it.",
            "Send `placed_from` with a new `kind` or `parent`, and a day after the last change. To correct the day of the last one, send `placed_from` alone.",
        ],
    ),
    code(
        "invalid_tenures",
        Rule,
        [
            "Số khoảng thời gian công tác sai",
            "Cần từ 1 đến 100 khoảng thời gian thuộc cơ quan.",
            "Gửi ít nhất khoảng hiện tại.",
        ],
        ["Wrong number of stays", "One to 100 stays with agencies are needed.", "Send the present one at least."],
    ),
    code(
        "invalid_transfer",
        Rule,
        [
            "Chuyển cơ quan không hợp lệ",
            "Ngày chuyển không nằm trong thời gian ở cơ quan hiện tại, hoặc nơi đến là chính cơ quan đó.",
            "Kiểm tra ngày chuyển và cơ quan đến.",
        ],
        [
            "Invalid transfer",
            "The transfer does not fall within the current stay, or leads to the same agency.",
            "Check the day and the agency.",
        ],
    ),
    code(
        "invalid_weight",
        Rule,
        ["Trọng số sai", "Trọng số ngoài giới hạn.", "Gửi số nguyên trong giới hạn nêu ở detail."],
        ["Invalid weight", "The weight is out of limits.", "Send a whole number within the limits the detail names."],
    ),
    code(
        "invalid_window",
        Rule,
        [
            "Thời hạn đính chính không hợp lệ",
            "Thời hạn đính chính đóng trước khi mở, hoặc dài quá 30 ngày.",
            "Sửa opens_at hoặc closes_at.",
        ],
        [
            "Invalid window",
            "The window of a correction closes before it opens, or is longer than 30 days.",
            "Correct opens_at or closes_at.",
        ],
    ),
    code(
        "invalid_years",
        Rule,
        ["Số năm của giai đoạn sai", "Giai đoạn gồm từ 1 đến 30 năm trọn vẹn.", "Sửa first_year hoặc last_year."],
        ["Invalid years", "A phase is 1 to 30 whole years.", "Correct first_year, or last_year."],
    ),
    code(
        "judged_on_out_of_range",
        Rule,
        [
            "Không đánh giá được tại ngày này",
            "judged_on nêu một ngày trước ngày thay đổi cuối cùng của dữ liệu được hỏi, hoặc sau hôm nay.",
            "Nêu một ngày trong khoảng mà detail cho biết; muốn ngày sớm hơn thì hỏi trạng thái sớm hơn bằng asOf.",
        ],
        [
            "Not a day to judge on",
            "judged_on names a day before that of the last change of the data asked, or one after today.",
            "Name a day in the range that detail tells; for an earlier one ask an earlier state with asOf.",
        ],
    ),
    code(
        "level_without_basis",
        Rule,
        ["Cấp độ thiếu căn cứ pháp lý", "Cấp độ và căn cứ pháp lý phải đi cùng nhau.", "Gửi cả hai, hoặc bỏ cả hai."],
        ["Level without basis", "A level and its legal basis go together.", "Send both, or neither."],
    ),
    code(
        "malformed_row",
        Rule,
        ["Dòng không đọc được", "Một dòng của lô không phải JSON hợp lệ.", "Sửa cú pháp tại cột nêu trong detail."],
        [
            "Malformed row",
            "A line of the batch is not valid JSON.",
            "Correct its syntax at the column the detail names.",
        ],
    ),
    code(
        "missing_member",
        Rule,
        ["Thiếu trường", "Thiếu một trường bắt buộc.", "Bổ sung trường nêu ở pointer."],
        ["Member missing", "A required member is missing.", "Add the member the pointer names."],
    ),
    code(
        "missing_parameter",
        Rule,
        ["Thiếu tham số", "Thiếu một tham số truy vấn bắt buộc.", "Bổ sung tham số nêu ở pointer."],
        ["Parameter missing", "A required query parameter is missing.", "Add the parameter the pointer names."],
    ),
    code(
        "missing_password",
        Rule,
        [
            "Thiếu mật khẩu",
            "Người dùng không đăng nhập một lần phải có mật khẩu.",
            "Gửi trường password, hoặc subject.",
        ],
        ["No password", "A user without a subject needs a password.", "Send the member password, or subject."],
    ),
    code(
        "no_earlier_definition",
        Rule,
        [
            "Chưa có định nghĩa nào trước đó",
            "Định nghĩa đầu tiên của chỉ tiêu áp dụng từ đầu, nên không có tháng bắt đầu.",
            "Không ghi holds_from khi lập chỉ tiêu; dùng valid_from để nêu ngày hiệu lực.",
        ],
        [
            "No earlier definition",
            "The first definition of an indicator holds from the beginning, and has no first month.",
            "Leave holds_from out when creating an indicator; valid_from says since when it is in force.",
        ],
    ),
    code(
        "no_row_fits",
        Rule,
        [
            "Không dòng nào đúng cấu trúc",
            "Không dòng nào trong 1.000 dòng đầu của lô đúng cấu trúc, nên phần còn lại không được đọc.",
            "Xem lỗi của các dòng, và kiểm tra xem tệp có gửi đúng địa chỉ không.",
        ],
        [
            "No row fits",
            "None of the first 1,000 rows of the batch has the right shape, so the others were not read.",
            "Look at the errors of the rows, and check that the file was sent to the right address.",
        ],
    ),
    code(
        "no_token_to_give_up",
        Rule,
        [
            "Không có phiên để đăng xuất",
            "Yêu cầu đăng xuất được gửi bằng khóa API, không phải bằng mã truy cập.",
            "Nếu khóa không còn dùng, đề nghị quản trị viên thu hồi khóa.",
        ],
        [
            "No token to give up",
            "The request to log out carries an API key, and no access token.",
            "If the key is no longer used, ask an administrator to revoke it.",
        ],
    ),
    code(
        "not_an_object",
        Rule,
        [
            "Không phải đối tượng JSON",
            "Bản vá phải là một đối tượng JSON.",
            "Đặt các trường cần đổi trong dấu ngoặc nhọn.",
        ],
        ["Not an object", "A merge patch must be a JSON object.", "Put the members to change between braces."],
    ),
    code(
        "numerator_without_denominator",
        Rule,
        ["Tử số khi mẫu số bằng 0", "Không phát sinh thì tử số phải bằng 0.", "Đặt tử số bằng 0 hoặc kiểm tra mẫu số."],
        [
            "Numerator without denominator",
            "Where nothing arose the numerator must be 0.",
            "Make the numerator 0, or check the denominator.",
        ],
    ),
    code(
        "out_of_limits",
        Rule,
        [
            "Ngoài giới hạn",
            "Giá trị, độ dài hoặc số phần tử vượt giới hạn trong hợp đồng API.",
            "Gửi giá trị trong giới hạn nêu ở detail.",
        ],
        [
            "Out of limits",
            "The value, its length or its number of items lies outside the contract's limits.",
            "Stay within the limits the detail names.",
        ],
    ),
    code(
        "outside_course",
        Rule,
        [
            "Ngoài thời gian của khóa tập huấn",
            "Ngày tập huấn trước ngày đầu của khóa hoặc sau ngày cuối quá 30 ngày; hoặc thời gian mới của khóa bỏ ra ngoài những bản ghi đã có.",
            "Sửa on, hoặc sửa from và to của khóa.",
        ],
        [
            "Outside the course",
            "The training lies before the first day of its course, or more than 30 days after the last; or new days of a course leave out records that there are.",
            "Correct on, or the course's from and to.",
        ],
    ),
    code(
        "overlapping_phases",
        Rule,
        [
            "Giai đoạn chồng nhau",
            "Thời gian trùng với một giai đoạn khác của phong trào.",
            "Đổi năm của một trong hai giai đoạn.",
        ],
        ["Overlapping phases", "The years overlap another phase of the movement.", "Change the years of one of them."],
    ),
    code(
        "overlapping_tenures",
        Rule,
        [
            "Khoảng thời gian chồng nhau",
            "Các khoảng thời gian phải theo thứ tự, không chồng nhau; chỉ khoảng cuối được để mở.",
            "Đặt ngày kết thúc của khoảng trước đứng trước ngày bắt đầu của khoảng sau.",
        ],
        [
            "Overlapping stays",
            "Stays must be in order and must not overlap; only the last may be open.",
            "End each stay before the next begins.",
        ],
    ),
    code(
        "paperless_exceeds_signed",
        Rule,
        [
            "Văn bản không kèm giấy nhiều hơn văn bản ký số",
            "Chỉ văn bản ký số mới thay được bản giấy.",
            "Kiểm tra signed và paperless.",
        ],
        ["More paperless than signed", "Only a signed document replaces paper.", "Check signed and paperless."],
    ),
    code(
        "password_beside_subject",
        Rule,
        [
            "Vừa có mật khẩu vừa có subject",
            "Người dùng đăng nhập một lần không có mật khẩu ở đây.",
            "Gửi một trong hai: password hoặc subject.",
        ],
        [
            "A password beside a subject",
            "A user who signs on by an issuer's word has no password here.",
            "Send one of the two: password or subject.",
        ],
    ),
    code(
        "phase_and_year",
        Rule,
        ["Vừa giai đoạn vừa năm", "Mục tiêu áp dụng cho một giai đoạn hoặc một năm.", "Chỉ gửi một trong hai."],
        ["Phase and year", "A target is for a phase or for a year.", "Send one of them only."],
    ),
    code(
        "read_only_member",
        Rule,
        [
            "Trường do hệ thống đặt",
            "Nội dung gửi lên có một trường chỉ hệ thống được đặt.",
            "Bỏ trường đó khỏi nội dung gửi lên.",
        ],
        [
            "Set by the system",
            "The body holds a member that only the system sets.",
            "Leave the member out of the body.",
        ],
    ),
    code(
        "reason_required",
        Rule,
        [
            "Cần nêu lý do",
            "Thao tác này phải có lý do để lưu vào nhật ký thay đổi.",
            "Gửi tiêu đề Change-Reason với lý do.",
        ],
        [
            "A reason is needed",
            "The operation needs a reason for the change log.",
            "Send the header Change-Reason with the reason.",
        ],
    ),
    code(
        "remote_date",
        Rule,
        ["Năm quá xa", "Năm nằm ngoài khoảng được hỗ trợ.", "Kiểm tra năm."],
        ["Remote date", "The year lies outside the years that are supported.", "Check the year."],
    ),
    code(
        "repeated_value",
        Rule,
        ["Giá trị bị lặp", "Mỗi giá trị chỉ được ghi một lần trong danh sách.", "Bỏ giá trị lặp."],
        ["Repeated value", "Each value may stand in the list only once.", "Remove the repetition."],
    ),
    code(
        "reserved_code",
        Rule,
        [
            "Mã dành riêng",
            "Mã bắt đầu bằng “erased-” dành cho người hoặc tài khoản đã được xóa thông tin định danh.",
            "Chọn mã khác.",
        ],
        [
            "Reserved code",
            "Codes that begin with “erased-” stand for people and accounts whose identifiers are erased.",
            "Choose another code.",
        ],
    ),
    code(
        "role_for_people",
        Rule,
        [
            "Vai trò dành cho người",
            "Hệ thống máy không được giữ vai trò quản trị hoặc phê duyệt.",
            "Chọn editor, viewer, auditor hoặc puller.",
        ],
        [
            "A role for people",
            "A client cannot be an administrator or an approver.",
            "Choose editor, viewer, auditor or puller.",
        ],
    ),
    code(
        "row_too_large",
        Rule,
        [
            "Dòng quá lớn",
            "Một dòng của lô dài hơn mức mà một dòng có thể có; các dòng sau không được đọc.",
            "Kiểm tra xem các dòng có bị nối liền hoặc lồng vào nhau không.",
        ],
        [
            "The row is too large",
            "A row of the batch is longer than any row may be; the rows after it were not read.",
            "Check whether rows were run together, or put into each other.",
        ],
    ),
    code(
        "scope_beyond_role",
        Rule,
        [
            "Phạm vi quyền vượt vai trò",
            "Khóa được cấp một phạm vi quyền mà vai trò của hệ thống máy không có, hoặc chỉ có khi không giới hạn theo cơ quan.",
            "Bỏ phạm vi này, hoặc đổi vai trò của hệ thống máy trước.",
        ],
        [
            "A scope beyond the role",
            "A key is to have a scope that the client's role does not have, or has for the whole province only.",
            "Leave the scope out, or change the client's role first.",
        ],
    ),
    code(
        "secret_exceeds_total",
        Rule,
        ["Văn bản mật nhiều hơn tổng số", "Số văn bản mật lớn hơn tổng số văn bản.", "Kiểm tra secret và total."],
        ["More secret documents than documents", "Secret exceeds total.", "Check secret and total."],
    ),
    code(
        "semantics_do_not_fit_source",
        Rule,
        [
            "Cách tính không hợp nguồn số liệu",
            "Cách cộng theo thời gian không dùng được với nguồn số liệu này.",
            "Khai báo: flow hoặc state; văn bản: flow; tập huấn, giám sát: stock.",
        ],
        [
            "Semantics do not fit the source",
            "Figures of this source cannot be added up over time in this way.",
            "Declared: flow or state; documents: flow; training and monitoring: stock.",
        ],
    ),
    code(
        "signed_exceeds_electronic",
        Rule,
        [
            "Văn bản ký số nhiều hơn văn bản điện tử",
            "Số văn bản ký số lớn hơn số văn bản điện tử.",
            "Kiểm tra electronic và signed.",
        ],
        ["More signed than electronic", "Signed exceeds electronic.", "Check electronic and signed."],
    ),
    code(
        "source_out_of_reach",
        Rule,
        [
            "Không tra cứu được từ dòng này",
            "Dòng của báo cáo không nêu cơ quan, chỉ tiêu hoặc mục tiêu cần tra cứu; ngoài các dòng chỉ có giá trị chung của báo cáo.",
            "Dùng of: row hoặc report, hoặc chọn rows khác.",
        ],
        [
            "Out of reach of the row",
            "The row names no such agency, indicator or target to look up; outside the rows only the report's own values are at hand.",
            "Use of: row or report, or choose other rows.",
        ],
    ),
    code(
        "subject_without_issuer",
        Rule,
        [
            "Chưa có hệ thống đăng nhập một lần",
            "Hệ thống này chưa nối với hệ thống đăng nhập một lần nên không ai có subject.",
            "Đặt THIDUA_OIDC_ISSUER trước, hoặc gửi password.",
        ],
        [
            "A subject without an issuer",
            "This server is not joined to an issuer, so nobody has a subject.",
            "Set THIDUA_OIDC_ISSUER first, or send a password.",
        ],
    ),
    code(
        "too_many_rows",
        Rule,
        ["Lô quá nhiều dòng", "Lô vượt số dòng nhận được trong một yêu cầu.", "Chia thành nhiều lô."],
        ["Too many rows", "The batch has more rows than one request may have.", "Divide it into several batches."],
    ),
    code(
        "too_many_rows_at_once",
        Rule,
        [
            "Quá nhiều dòng để ghi một lần",
            "Lô ghi trọn vẹn hoặc ghi thử vượt số dòng được ghi trong một lần; trong lúc ghi, người khác phải chờ.",
            "Gửi với mode=partial, hoặc chia thành nhiều lô.",
        ],
        [
            "Too many rows at once",
            "The batch is to be written all or none, or only tried, and has more rows than may be written at once: others wait meanwhile.",
            "Send it with mode=partial, or divide it into several batches.",
        ],
    ),
    code(
        "unknown_agency",
        Rule,
        [
            "Không có cơ quan này",
            "Không có cơ quan với mã định danh đó trong phạm vi được giao.",
            "Tra mã bằng GET /api/v1/agencies.",
        ],
        [
            "Unknown agency",
            "There is no agency with this identifier within your scope.",
            "Look it up with GET /api/v1/agencies.",
        ],
    ),
    code(
        "unknown_calendar",
        Rule,
        ["Không có lịch này", "Không có lịch báo cáo với mã đó.", "Tra mã bằng GET /api/v1/calendars."],
        ["Unknown calendar", "There is no calendar with this code.", "Look it up with GET /api/v1/calendars."],
    ),
    code(
        "unknown_course",
        Rule,
        [
            "Không có khóa tập huấn này",
            "Không có khóa tập huấn với mã đó.",
            "Tra mã bằng GET /api/v1/courses, hoặc lập khóa trước.",
        ],
        [
            "Unknown course",
            "There is no course with this code.",
            "Look it up with GET /api/v1/courses, or create it first.",
        ],
    ),
    code(
        "unknown_field",
        Rule,
        [
            "Không có trường này",
            "Tham số fields nêu một trường mà danh sách không có.",
            "Chọn trong các trường nêu ở detail.",
        ],
        [
            "Unknown field",
            "The parameter fields names a member the list does not have.",
            "Choose from the members the detail names.",
        ],
    ),
    code(
        "unknown_indicator",
        Rule,
        ["Không có chỉ tiêu này", "Không có chỉ tiêu với mã đó.", "Tra mã bằng GET /api/v1/indicators."],
        ["Unknown indicator", "There is no indicator with this code.", "Look it up with GET /api/v1/indicators."],
    ),
    code(
        "unknown_member",
        Rule,
        [
            "Không có trường này",
            "Nội dung có một trường mà thao tác không biết hoặc không cho ghi.",
            "Bỏ trường đó, hoặc sửa tên theo gợi ý ở detail.",
        ],
        [
            "Unknown member",
            "The body holds a member that the operation does not know or does not let one write.",
            "Leave it out, or correct its name as the detail suggests.",
        ],
    ),
    code(
        "unknown_movement",
        Rule,
        ["Không có phong trào này", "Không có phong trào thi đua với mã đó.", "Tra mã bằng GET /api/v1/movements."],
        ["Unknown movement", "There is no movement with this code.", "Look it up with GET /api/v1/movements."],
    ),
    code(
        "unknown_parameter",
        Rule,
        [
            "Không có tham số này",
            "Truy vấn có một tham số mà thao tác không biết.",
            "Bỏ tham số đó, hoặc sửa tên theo gợi ý ở detail.",
        ],
        [
            "Unknown parameter",
            "The query holds a parameter the operation does not know.",
            "Leave it out, or correct its name as the detail suggests.",
        ],
    ),
    code(
        "unknown_phase",
        Rule,
        [
            "Không có giai đoạn này",
            "Phong trào thi đua không có giai đoạn với mã đó.",
            "Tra mã bằng GET /api/v1/movements/{movement}/phases.",
        ],
        [
            "Unknown phase",
            "The movement has no phase with this code.",
            "Look it up with GET /api/v1/movements/{movement}/phases.",
        ],
    ),
    code(
        "unknown_seq",
        Rule,
        [
            "Chưa có số thứ tự này",
            "Nhật ký thay đổi chưa đến số thứ tự (seq) này.",
            "Nêu một seq lấy từ một câu trả lời, hoặc bỏ trống để lấy seq mới nhất.",
        ],
        [
            "No such position",
            "The change log has not come to this position (seq).",
            "Name a seq taken from an answer, or leave it out for the last one.",
        ],
    ),
    code(
        "unknown_source_path",
        Rule,
        [
            "Báo cáo không có đường dẫn này",
            "Không có giá trị nào của báo cáo ở đường dẫn này.",
            "Chọn một đường dẫn mà GET /api/v1/export-profiles/native/metadata liệt kê.",
        ],
        [
            "The report has no such path",
            "No value of the report stands at this path.",
            "Choose a path that GET /api/v1/export-profiles/native/metadata lists.",
        ],
    ),
    code(
        "unknown_staff",
        Rule,
        [
            "Không có người này",
            "Không có người với mã đó trong phạm vi được giao.",
            "Tra mã bằng GET /api/v1/staff, hoặc thêm người trước.",
        ],
        [
            "Unknown member of staff",
            "There is no member of staff with this code within your scope.",
            "Look it up with GET /api/v1/staff, or add the person first.",
        ],
    ),
    code(
        "unknown_system",
        Rule,
        [
            "Không có hệ thống này",
            "Không có hệ thống thông tin với mã đó trong phạm vi được giao.",
            "Tra mã bằng GET /api/v1/information-systems.",
        ],
        [
            "Unknown information system",
            "There is no information system with this code within your scope.",
            "Look it up with GET /api/v1/information-systems.",
        ],
    ),
    code(
        "unknown_user",
        Rule,
        ["Không có người dùng này", "Không có người dùng với tên đăng nhập đã nêu.", "Xem tên tại GET /api/v1/users."],
        ["No such user", "There is no user with this name.", "Look up the name with GET /api/v1/users."],
    ),
    code(
        "unknown_value",
        Rule,
        [
            "Giá trị không có trong danh mục",
            "Giá trị không thuộc các giá trị được phép.",
            "Chọn một giá trị nêu ở detail.",
        ],
        ["Unknown value", "The value is none of those allowed.", "Choose one of the values the detail names."],
    ),
    code(
        "unknown_year",
        Rule,
        ["Năm ngoài giới hạn", "Năm nằm ngoài khoảng được hỗ trợ.", "Kiểm tra năm."],
        ["Unknown year", "The year lies outside the years that are supported.", "Check the year."],
    ),
    code(
        "value_and_parent",
        Rule,
        [
            "Vừa là giá trị vừa chứa thuộc tính khác",
            "Một tên được dùng làm giá trị, và ở chỗ khác lại chứa thuộc tính lồng bên trong.",
            "Đổi một trong hai tên nêu ở detail.",
        ],
        [
            "A value and a parent",
            "A name is a value in one place, and holds nested properties in another.",
            "Rename one of the two names that the detail gives.",
        ],
    ),
    code(
        "wrong_code",
        Rule,
        [
            "Mã xác thực không đúng",
            "Mã không phải mã đang hiển thị trên ứng dụng, hoặc đã dùng.",
            "Nhập mã đang hiển thị; kiểm tra đồng hồ của điện thoại.",
        ],
        [
            "Wrong code",
            "The code is not the one the app shows now, or was used.",
            "Type the one shown now; check the clock of the phone.",
        ],
    ),
    code(
        "wrong_password",
        Rule,
        [
            "Mật khẩu không đúng",
            "Mật khẩu hiện tại không đúng.",
            "Kiểm tra lại; nếu quên, đề nghị quản trị viên đặt lại.",
        ],
        [
            "Wrong password",
            "The password in force is another one.",
            "Check it; if it is forgotten, ask an administrator for a new one.",
        ],
    ),
    code(
        "wrong_type",
        Rule,
        ["Sai kiểu dữ liệu", "Giá trị có kiểu khác với kiểu được quy định.", "Gửi đúng kiểu nêu ở detail."],
        ["Wrong type", "The value is of another type than it should be.", "Send the type the detail names."],
    ),
];
