//! Codes of refusals that their status explains.

use super::code::Place::Problem;
use super::code::{Code, code};

pub(super) const TABLE: &[Code] = &[
    code(
        "idempotency_key_not_taken",
        Problem(400),
        [
            "Không nhận Idempotency-Key",
            "Câu trả lời của thao tác này chứa khóa bí mật chỉ hiển thị một lần, nên không được lưu để trả lại.",
            "Bỏ tiêu đề Idempotency-Key; nếu mất câu trả lời, thu hồi khóa và tạo khóa khác.",
        ],
        [
            "Idempotency-Key is not taken",
            "The operation answers a secret that is shown once, so its answer is not kept to be repeated.",
            "Leave the header Idempotency-Key out; if the answer is lost, revoke the key and make another.",
        ],
    ),
    code(
        "invalid_idempotency_key",
        Problem(400),
        [
            "Idempotency-Key không hợp lệ",
            "Tiêu đề Idempotency-Key rỗng, quá 255 ký tự hoặc có ký tự ngoài ASCII nhìn thấy được.",
            "Gửi một khóa mới cho mỗi thao tác, ví dụ một UUID.",
        ],
        [
            "Invalid Idempotency-Key",
            "The header Idempotency-Key is empty, longer than 255 characters, or not visible ASCII.",
            "Send a new key for each operation, a UUID for example.",
        ],
    ),
    code(
        "malformed_request",
        Problem(400),
        [
            "Yêu cầu không đọc được",
            "Nội dung không phải JSON hợp lệ, hoặc địa chỉ, tham số, tiêu đề sai cú pháp.",
            "Sửa cú pháp theo vị trí nêu trong detail rồi gửi lại.",
        ],
        [
            "The request cannot be read",
            "The body is not valid JSON, or the address, its query or a header is malformed.",
            "Correct the syntax at the place the detail names, and send it again.",
        ],
    ),
    code(
        "unknown_preference",
        Problem(400),
        [
            "Không đáp ứng được Prefer",
            "Yêu cầu có Prefer: handling=strict cùng một lựa chọn mà thao tác này không nhận; hoặc Prefer: tx=… với giá trị khác commit và rollback, hay tx=rollback ở thao tác không chạy thử được.",
            "Bỏ hoặc viết lại lựa chọn đó (tx=rollback), hoặc bỏ handling=strict để máy chủ bỏ qua lựa chọn không biết.",
        ],
        [
            "A preference cannot be honoured",
            "The request says Prefer: handling=strict together with a preference this operation does not take; or Prefer: tx=… with another value than commit and rollback, or tx=rollback where nothing can be tried.",
            "Leave that preference out or spell it as tx=rollback, or leave out handling=strict to have unknown ones passed over.",
        ],
    ),
    code(
        "invalid_token",
        Problem(401),
        [
            "Phiên đăng nhập không hợp lệ",
            "Mã truy cập sai, đã hết hạn, đã đăng xuất, hoặc tài khoản đã đổi mật khẩu hay bị khóa; khóa API sai, đã hết hạn, bị thu hồi, hoặc dùng từ mạng không được phép.",
            "Đăng nhập lại bằng POST /api/v1/auth/login; hệ thống máy dùng khóa khác.",
        ],
        [
            "The token is not valid",
            "The access token is wrong, has run out or was given up, or the account has a new password or is disabled; the API key is wrong, has run out, was revoked, or comes from a network that is not its own.",
            "Log in again with POST /api/v1/auth/login; a machine needs another key.",
        ],
    ),
    code(
        "issuer_token_refused",
        Problem(401),
        [
            "Đăng nhập một lần không thành công",
            "Mã không do hệ thống đăng nhập một lần cấp, không dành cho hệ thống này, đã dùng, đã hết hạn hoặc đã cấp quá một giờ.",
            "Đăng nhập lại ở hệ thống đăng nhập một lần rồi gửi mã mới.",
        ],
        [
            "The sign-on failed",
            "The token is not the issuer's, is not for this server, was used, has run out, or is more than an hour old.",
            "Log in at the issuer again and send the new token.",
        ],
    ),
    code(
        "second_factor_required",
        Problem(401),
        [
            "Cần mã xác thực",
            "Mật khẩu đúng, nhưng tài khoản đã bật xác thực hai yếu tố.",
            "Đăng nhập lại kèm `code`: mã đang hiển thị trên ứng dụng, hoặc một mã khôi phục.",
        ],
        [
            "A code is needed",
            "The password is right, but a second factor is on.",
            "Log in again with `code`: the one the app shows, or a recovery code.",
        ],
    ),
    code(
        "session_over",
        Problem(401),
        [
            "Phiên làm việc đã kết thúc",
            "Mã làm mới đã dùng rồi, đã hết hạn, hoặc phiên của nó đã kết thúc.",
            "Đăng nhập lại bằng POST /api/v1/auth/login.",
        ],
        [
            "The session is over",
            "The refresh token was used before or has run out, or its session has ended.",
            "Log in again with POST /api/v1/auth/login.",
        ],
    ),
    code(
        "unauthenticated",
        Problem(401),
        [
            "Cần đăng nhập",
            "Yêu cầu không có mã truy cập.",
            "Đăng nhập, rồi gửi tiêu đề Authorization: Bearer <access_token>.",
        ],
        [
            "Log in first",
            "The request carries no access token.",
            "Log in, then send the header Authorization: Bearer <access_token>.",
        ],
    ),
    code(
        "wrong_credentials",
        Problem(401),
        [
            "Đăng nhập không thành công",
            "Tên đăng nhập hoặc mật khẩu không đúng, hoặc tài khoản đã bị khóa.",
            "Kiểm tra lại; nếu quên mật khẩu, đề nghị quản trị viên đặt lại.",
        ],
        [
            "The log-in failed",
            "The user name or the password is wrong, or the account is disabled.",
            "Check both; if the password is forgotten, ask an administrator for a new one.",
        ],
    ),
    code(
        "wrong_second_factor",
        Problem(401),
        [
            "Mã xác thực không đúng",
            "Mật khẩu đúng, nhưng mã xác thực sai, hết hạn hoặc đã dùng.",
            "Nhập mã đang hiển thị trên ứng dụng; mất ứng dụng thì dùng mã khôi phục, hoặc đề nghị quản trị viên đặt lại mật khẩu.",
        ],
        [
            "The code is wrong",
            "The password is right, but the code is wrong, has run out or was used.",
            "Type the code the app shows now; if the app is lost, a recovery code, or ask an administrator for a new password.",
        ],
    ),
    code(
        "forbidden",
        Problem(403),
        [
            "Không có quyền",
            "Vai trò của tài khoản không được thực hiện thao tác này.",
            "Dùng tài khoản có vai trò phù hợp hoặc đề nghị quản trị viên cấp quyền.",
        ],
        [
            "Not permitted",
            "The role of the account does not allow this operation.",
            "Use an account with a fitting role, or ask an administrator for it.",
        ],
    ),
    code(
        "not_entitled",
        Problem(403),
        [
            "Chưa được cấp quyền ở đây",
            "Hệ thống đăng nhập một lần nhận ra bạn, nhưng không cấp vai trò, cơ quan hoặc tên dùng được ở đây; hoặc tài khoản đã bị khóa.",
            "Đề nghị quản trị viên cấp quyền theo nội dung nêu trong detail.",
        ],
        [
            "Not entitled here",
            "The issuer knows you, but gives no role, agency or name that counts here; or the account is disabled.",
            "Have an administrator grant what the detail names.",
        ],
    ),
    code(
        "rights_changed",
        Problem(403),
        [
            "Quyền đã thay đổi giữa chừng",
            "Vai trò, cơ quan, phạm vi hoặc yếu tố xác thực của tài khoản đã thay đổi sau khi yêu cầu bắt đầu; phần chưa thực hiện không được thực hiện.",
            "Kiểm tra quyền hiện có ở GET /api/v1/me rồi gửi lại yêu cầu.",
        ],
        [
            "Rights changed meanwhile",
            "The account's role, agency, scopes or second factor changed after the request had begun; what was not done by then is not done.",
            "See GET /api/v1/me for what the account may do now, and send the request again.",
        ],
    ),
    code(
        "origin_not_allowed",
        Problem(403),
        [
            "Trang web không được phép gọi API",
            "Trình duyệt hỏi trước cho một trang thuộc nguồn (origin) không có trong danh sách được phép.",
            "Đề nghị người vận hành thêm nguồn đó vào THIDUA_CORS_ORIGINS.",
        ],
        [
            "The origin may not call the API",
            "A browser asked, before calling, for a page of an origin that is not on the list.",
            "Ask whoever runs the server to add the origin to THIDUA_CORS_ORIGINS.",
        ],
    ),
    code(
        "no_issuer",
        Problem(404),
        [
            "Chưa có đăng nhập một lần",
            "Hệ thống này chưa nối với hệ thống đăng nhập một lần nào.",
            "Đăng nhập bằng mật khẩu, hoặc đề nghị người vận hành đặt THIDUA_OIDC_ISSUER.",
        ],
        [
            "No sign-on here",
            "This server is not joined to an issuer.",
            "Log in with a password, or have the operator set THIDUA_OIDC_ISSUER.",
        ],
    ),
    code(
        "not_found",
        Problem(404),
        [
            "Không tìm thấy",
            "Không có gì ở địa chỉ này, hoặc bản ghi nằm ngoài phạm vi được giao.",
            "Kiểm tra địa chỉ, mã và phạm vi của tài khoản.",
        ],
        [
            "Not found",
            "There is nothing at this address, or the row lies outside your scope.",
            "Check the address, the code and the scope of your account.",
        ],
    ),
    code(
        "method_not_allowed",
        Problem(405),
        [
            "Phương thức không được hỗ trợ",
            "Địa chỉ có thật nhưng không nhận phương thức này.",
            "Dùng một phương thức nêu trong tiêu đề Allow.",
        ],
        [
            "Method not allowed",
            "The address exists, but does not take this method.",
            "Use one of the methods in the header Allow.",
        ],
    ),
    code(
        "not_acceptable",
        Problem(406),
        [
            "Không có dạng nội dung phù hợp",
            "Tiêu đề Accept hoặc Accept-Encoding loại trừ mọi dạng mà máy chủ trả lời được.",
            "Chấp nhận application/json, hoặc bỏ tiêu đề đó.",
        ],
        [
            "Not acceptable",
            "The header Accept or Accept-Encoding excludes everything the server can answer.",
            "Accept application/json, or leave the header out.",
        ],
    ),
    code(
        "body_too_slow",
        Problem(408),
        [
            "Nội dung đến quá chậm",
            "Nội dung chưa đến đủ trong thời gian máy chủ chờ; chưa có gì được ghi.",
            "Gửi lại qua đường truyền tốt hơn, hoặc chia thành nhiều yêu cầu nhỏ hơn.",
        ],
        [
            "The body arrives too slowly",
            "The body has not arrived within the time the server waits; nothing was written.",
            "Send it again over a better line, or in several smaller requests.",
        ],
    ),
    code(
        "body_took_too_long",
        Problem(408),
        [
            "Gửi nội dung quá lâu",
            "Nội dung đến đều nhưng tổng thời gian gửi vượt mức tối đa của một yêu cầu; chưa có gì được ghi.",
            "Chia thành nhiều yêu cầu nhỏ hơn, nén bằng gzip, hoặc gửi qua đường truyền tốt hơn.",
        ],
        [
            "The body took too long",
            "The body came steadily, but longer in all than any request may take; nothing was written.",
            "Send it in several smaller requests, packed with gzip, or over a better line.",
        ],
    ),
    code(
        "username_taken",
        Problem(409),
        [
            "Tên đăng nhập đã có người dùng",
            "Hệ thống đăng nhập một lần cho một tên mà ở đây một tài khoản khác đã có, có thể là tài khoản trước đây của chính bạn.",
            "Đề nghị quản trị viên ghi subject nêu trong detail vào tài khoản đó.",
        ],
        [
            "The user name is taken",
            "The issuer gives a name that another account here has already, which may be your own of before.",
            "Have an administrator give that account the subject that the detail names.",
        ],
    ),
    code(
        "stale",
        Problem(412),
        [
            "Dữ liệu đã thay đổi",
            "Bản ghi không còn như khi đọc: If-Match không trùng với ETag hiện tại.",
            "Đọc lại bản ghi, xem thay đổi của người khác, rồi gửi lại với ETag mới.",
        ],
        [
            "The row has changed",
            "The row is no longer as it was read: If-Match does not name its present ETag.",
            "Read the row again, look at what others changed, and repeat with the new ETag.",
        ],
    ),
    code(
        "payload_too_large",
        Problem(413),
        [
            "Nội dung gửi lên quá lớn",
            "Nội dung vượt số byte mà máy chủ nhận trong một yêu cầu.",
            "Chia thành nhiều yêu cầu nhỏ hơn.",
        ],
        [
            "The body is too large",
            "The body has more bytes than the server takes in one request.",
            "Send it in several smaller requests.",
        ],
    ),
    code(
        "unsupported_media_type",
        Problem(415),
        [
            "Kiểu nội dung không được hỗ trợ",
            "Content-Type thiếu hoặc không thuộc kiểu mà thao tác này nhận.",
            "Gửi với một kiểu nêu trong tiêu đề Accept của câu trả lời.",
        ],
        [
            "Unsupported media type",
            "The Content-Type is missing or none that this operation takes.",
            "Send one of the media types in the answer's header Accept.",
        ],
    ),
    code(
        "unsupported_content_encoding",
        Problem(415),
        [
            "Không hỗ trợ cách nén này",
            "Nội dung được nén theo cách khác với những cách mà máy chủ giải nén, hoặc nén nhiều lần.",
            "Nén bằng gzip hoặc deflate, hoặc gửi nội dung không nén.",
        ],
        [
            "The content encoding is not taken",
            "The body is packed in another way than those the server unpacks, or more than once.",
            "Pack it with gzip or deflate, or send it as it is.",
        ],
    ),
    code(
        "batch_rejected",
        Problem(422),
        [
            "Lô không được ghi",
            "Lô phải được ghi trọn vẹn, nhưng có dòng bị từ chối; không dòng nào được ghi.",
            "Sửa các dòng nêu trong batch.rejections, hoặc gửi với mode=partial để ghi các dòng đúng.",
        ],
        [
            "The batch was not written",
            "The batch must be written as a whole, but rows were refused; none was written.",
            "Correct the rows in batch.rejections, or send it with mode=partial to have the right ones written.",
        ],
    ),
    code(
        "idempotency_key_reused",
        Problem(422),
        [
            "Idempotency-Key đã dùng cho yêu cầu khác",
            "Khóa này đã đi cùng một nội dung khác ở cùng địa chỉ.",
            "Dùng khóa mới cho yêu cầu mới; chỉ gửi lại khóa cũ khi lặp lại đúng yêu cầu cũ.",
        ],
        [
            "The Idempotency-Key was used for another request",
            "The key came with another body to the same address before.",
            "Choose a new key for a new request; repeat a key only with the very same request.",
        ],
    ),
    code(
        "invalid_input",
        Problem(422),
        [
            "Dữ liệu chưa đúng quy định",
            "Đọc được nội dung, nhưng một hay nhiều quy định bị vi phạm; errors nêu từng chỗ.",
            "Sửa từng chỗ theo pointer, code và detail trong errors rồi gửi lại.",
        ],
        [
            "The input breaks rules",
            "The request can be read, but breaks one or more rules; errors names each of them.",
            "Correct every place by its pointer, code and detail in errors, and send it again.",
        ],
    ),
    code(
        "precondition_required",
        Problem(428),
        [
            "Cần tiêu đề If-Match",
            "Sửa và xóa phải nói rõ phiên bản đã đọc, để không ghi đè thay đổi của người khác.",
            "Đọc bản ghi, rồi gửi lại với If-Match là ETag vừa nhận.",
        ],
        [
            "If-Match is missing",
            "A change or deletion must name the version that was read, so that nobody's change is overwritten.",
            "Read the row, and send the request again with its ETag in If-Match.",
        ],
    ),
    code(
        "too_many_requests",
        Problem(429),
        [
            "Quá nhiều yêu cầu",
            "Đã dùng hết số yêu cầu hoặc số lần đăng nhập được phép trong một khoảng thời gian.",
            "Chờ số giây nêu trong Retry-After; theo dõi các tiêu đề RateLimit để không vượt giới hạn.",
        ],
        [
            "Too many requests",
            "The requests or log-ins allowed in a window of time are used up.",
            "Wait the seconds in Retry-After; watch the header RateLimit to stay below the limit.",
        ],
    ),
    code(
        "too_many_streams",
        Problem(429),
        [
            "Quá nhiều luồng thay đổi",
            "Tài khoản đã mở số luồng thay đổi và yêu cầu chờ thay đổi nhiều nhất có thể cùng lúc.",
            "Đóng những luồng không dùng nữa, hoặc đọc một luồng rồi chia cho các nơi cần.",
        ],
        [
            "Too many streams",
            "The account has as many streams of changes, and requests that wait for changes, as it may have at once.",
            "Close those that nobody reads, or read one stream and pass it on.",
        ],
    ),
    code(
        "too_many_wrong_tries",
        Problem(429),
        [
            "Đăng nhập sai quá nhiều lần",
            "Đã có nhiều lần đăng nhập sai với tên này từ mạng này, với tên này từ nơi khác, hoặc từ mạng này với nhiều tên.",
            "Chờ số giây nêu trong Retry-After rồi đăng nhập lại; thời gian chờ tăng dần sau mỗi lần sai. Quên mật khẩu thì liên hệ quản trị viên.",
        ],
        [
            "Too many wrong tries to log in",
            "Wrong tries came before, for this name from this network, for this name from elsewhere, or from this network for many names.",
            "Wait the seconds in Retry-After, then log in again; the wait grows with every wrong try. Ask an administrator if the password is lost.",
        ],
    ),
    code(
        "internal_error",
        Problem(500),
        [
            "Hệ thống gặp lỗi",
            "Lỗi của chương trình; yêu cầu chưa được thực hiện.",
            "Báo cho người vận hành kèm request_id; gửi lại không gây hại nếu dùng cùng Idempotency-Key.",
        ],
        [
            "The system failed",
            "A defect of the program; the request was not carried out.",
            "Tell whoever runs the server the request_id; sending it again with the same Idempotency-Key does no harm.",
        ],
    ),
    code(
        "issuer_unavailable",
        Problem(503),
        [
            "Hệ thống đăng nhập một lần không trả lời",
            "Chưa lấy được khóa để kiểm tra mã.",
            "Thử lại sau số giây nêu ở Retry-After.",
        ],
        [
            "The issuer does not answer",
            "Its keys, which tell whether the token is good, are not to be had.",
            "Try again after the seconds that Retry-After names.",
        ],
    ),
    code(
        "unavailable",
        Problem(503),
        [
            "Tạm thời chưa phục vụ được",
            "Cơ sở dữ liệu không trả lời hoặc đang quá tải; không có gì được ghi.",
            "Thử lại sau số giây nêu trong Retry-After.",
        ],
        [
            "Unavailable for the moment",
            "The database does not answer or is overloaded; nothing was stored.",
            "Try again after the seconds in Retry-After.",
        ],
    ),
    code(
        "storage_full",
        Problem(503),
        [
            "Hết chỗ lưu trữ",
            "Máy chủ không còn chỗ để ghi thêm; không có gì được ghi, việc đọc vẫn bình thường.",
            "Báo cho người vận hành để giải phóng dung lượng; sau đó thử lại, không cần khởi động lại hệ thống.",
        ],
        [
            "No room left",
            "The server has no room to store anything more; nothing was stored, and reading goes on.",
            "Tell whoever runs the server to make room; then try again, no restart is needed.",
        ],
    ),
    code(
        "no_room",
        Problem(503),
        [
            "Hết bộ nhớ cho yêu cầu",
            "Bộ nhớ dành cho nội dung gửi lên và câu trả lời, hoặc phần của cơ quan hoặc của tài khoản trong đó, đang được dùng hết; không có gì được ghi.",
            "Thử lại sau số giây nêu trong Retry-After; gửi lần lượt các lô lớn thay vì cùng lúc.",
        ],
        [
            "No memory left for the request",
            "The memory for bodies and answers, or the share of it that the agency or the account has, is used up; nothing was stored.",
            "Try again after the seconds in Retry-After; send large batches one after the other.",
        ],
    ),
    code(
        "outcome_unknown",
        Problem(503),
        [
            "Chưa rõ đã ghi hay chưa",
            "Cơ sở dữ liệu mất kết nối đúng lúc ghi: thay đổi có thể đã được ghi, có thể chưa.",
            "Gửi lại với cùng Idempotency-Key: yêu cầu được trả lời như lần đầu nếu đã ghi, và được thực hiện nếu chưa. Nếu không dùng khóa, hãy đọc lại dữ liệu trước khi gửi lại.",
        ],
        [
            "Unknown whether it was stored",
            "The database was gone while it stored the change, which may stand or not.",
            "Send it again with the same Idempotency-Key: it is answered as the first time if it stands, and carried out if not. Without a key, read before you send it again.",
        ],
    ),
];
