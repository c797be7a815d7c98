/**
 * Chinese texts of the API's description, by the English ones: where a text changes, its Chinese is looked at
 * again, for `translate-document.test.ts` does not find it any more. Loaded when it is asked for.
 */
export const CHINESE_TEXTS: Readonly<Record<string, string>> = {
  "A durable gateway to WeCom (企业微信): at-least-once delivery, and the result of each recipient.":
    "企业微信消息的持久网关：至少投递一次，并给出每个接收人的结果。",
  "A key of the gateway, `wp_…`.": "网关的密钥，`wp_…`。",
  "Userids (账号).": "userid（账号）。",
  "Mobile numbers: 11 digits, or + and country code. Anything else becomes an `invalid` recipient.":
    "手机号：11 位数字，或 + 加国家代码。不是手机号的，该接收人的结果为 `invalid`。",
  "Email addresses.": "邮箱。",
  "Department ids.": "部门 ID。",
  "Tag ids.": "标签 ID。",
  "All members in the app's visible range. Cannot be combined with other recipients, and needs scope `send_all`.":
    "应用可见范围内的所有人；不能与其他字段并用，需要 `send_all` 权限。",
  "At least one list is not empty, or `all` is true.": "至少有一个列表不为空，或者 `all` 为 true。",
  "Name of the app that sends the message. Optional if the key holds exactly one app.":
    "发送消息的应用的名称。密钥只能使用一个应用时可以不写。",
  "`high` is sent before `normal`, and `normal` before `bulk`. Default `normal`.":
    "`high` 先于 `normal`，`normal` 先于 `bulk`。默认为 `normal`。",
  "Messages of one app with the same order key are sent one after another, in the order of acceptance.":
    "同一应用中键相同的消息按受理的顺序逐条发出。",
  "When to send the message, RFC 3339 with zone. At most 365 days ahead; up to 5 minutes in the past counts as now.":
    "发送时间，RFC 3339 格式，须带时区。过去 5 分钟以内视为现在，最远 365 天之后。",
  "Recipients that have not been sent to by then become `expired`. Default 24 hours after `send_at`, or after acceptance.":
    "到这个时间仍未发出的为 `expired`。默认为 `send_at` 或受理之后 24 小时。",
  "What to do with a text that is too long, which WeCom would cut without an error: `reject` it, `truncate` it at a suitable place, or `split` text and markdown into several messages. Default `reject`; with `strict: false`, WeCom cuts it.":
    "文本超长、会被企业微信不加提示地截断时怎么办：`truncate` 在合适的位置截断，`split` 把 text 和 markdown 拆成几段发送。默认为 `reject`（拒绝）；`strict: false` 时由企业微信截断。",
  "If false, content that WeCom would cut, ignore or replace by a default is sent, and the response has `warnings`. Content that WeCom would refuse is always refused. Default true.":
    "为 false 时，企业微信会截断、忽略或用默认值替换的内容照常发出，应答中带 `warnings`。企业微信会拒绝的内容始终拒绝。默认为 true。",
  "`strict`: a mobile number must follow the rules of its country, or it is `invalid`. `length`: every number of 5 to 32 bytes is looked up in WeCom. Default: the app's setting.":
    "`strict`：手机号必须符合所属国家的号码规则，否则为 `invalid`。`length`：5 到 32 字节的都向企业微信查询。不写时按应用的设置。",
  "The content is in the field with the same name as the type, in the form that WeCom documents.":
    "内容放在与类型同名的字段中，写法与企业微信文档相同。",
  "`\\n` is a line break, `<a href=…>` a link. For longer texts see `overflow`.":
    "`\\n` 换行，`<a href=…>` 为链接。更长的文本见 `overflow`。",
  "At most 2048 bytes of UTF-8.": "最多 2048 字节（UTF-8）。",
  "Id of a file that was uploaded with `POST /v1/media` (`med_…`), or a media_id of WeCom.":
    "用 `POST /v1/media` 存放的文件的 id（`med_…`），或企业微信的 media_id。",
  "At most 128 bytes of UTF-8.": "最多 128 字节（UTF-8）。",
  "At most 512 bytes of UTF-8.": "最多 512 字节（UTF-8）。",
  "At most 128 characters.": "最多 128 个字符。",
  "At most 512 characters.": "最多 512 个字符。",
  "At most 4 characters.": "最多 4 个字符。",
  "Required, unless the link opens a mini-program.": "必填，跳转到小程序时除外。",
  "appid of a mini-program; used together with pagepath.": "小程序的 appid；与 pagepath 一起使用。",
  "At most 64 bytes of UTF-8.": "最多 64 字节（UTF-8）。",
  "HTML.": "HTML 内容。",
  "Headings, bold, links, inline code, quotes and three font colours are supported.":
    "支持标题、加粗、链接、行内代码、引用和三种字体颜色。",
  "At most 1024 bytes of UTF-8.": "最多 1024 字节（UTF-8）。",
  "4 to 12 characters, or none.": "4 到 12 个字符，可以为空。",
  "The form that WeCom documents for each card type.": "各种卡片的写法与企业微信文档相同。",
  "A field that comes with WeCom's samples. It is ignored with a warning, because `to` and `app` name the recipients and the app.":
    "照搬企业微信示例时会带上的字段：忽略并给出警告，因为接收人和应用由 `to` 和 `app` 指定。",
  "1: members cannot forward the message. 2, only for mpnews: members cannot forward it outside the corp.":
    "1：不能转发、分享；2：不能分享到企业之外，仅用于 mpnews。",
  "1 uses WeCom's own check for duplicates: a message with the same body within the interval is `suppressed`.":
    "1：使用企业微信自己的重复消息检查，间隔内内容相同的请求为 `suppressed`。",
  "In seconds. Default 1800.": "单位为秒；不写时为 1800。",
  "Same as the header Idempotency-Key of a single message: 1 to 255 visible ASCII characters.":
    "同单条消息的 Idempotency-Key 请求头：1 到 255 个可见 ASCII 字符。",
  "How many messages per minute the app sends to one member. Default 30; null for no limit.":
    "应用每分钟发给一个成员的消息数；不写时为 30，null 表示不限。",
  "Default 1000; null for no limit.": "不写时为 1000，null 表示不限。",
  "How many messages are sent to one group chat. Default 200; null for no limit.":
    "发往单个群聊的消息数。不写时为 200，null 表示不限。",
  "Chatids of group chats: for an app, chats that it has created; for a smart robot, groups that it is in.":
    "群聊的 chatid：应用为其所建的群聊，智能机器人为其所在的群。",
  "Calls to group chats, which WeCom cannot recall.": "发往群聊的调用，企业微信不支持撤回。",
  "How many calls to WeCom run at the same time. Default 50.": "同时进行的对企业微信的调用数；不写时为 50。",
  "The corp's maximum number of accounts (账号上限数). The app may then send 200 times as many person-times a day (Beijing time). Further messages wait for the next day, and the last 5 % are reserved for high priority. No daily quota if absent or null.":
    "企业的账号上限数。应用每天（北京时间）最多可以发送它的 200 倍人次；超出的部分等到第二天，最后 5% 留给高优先级消息。不写或为 null 时没有日配额。",
  "Small messages with the same content and priority that are ready at the same time are sent in one call. Such a message cannot be recalled: 409 `shared_call`. Default off.":
    "内容和优先级相同、同时就绪的小消息合在一次调用中发送。这样的消息不能撤回：409 `shared_call`。不写时为关闭。",
  "Used by messages and look-ups that do not set their own. `strict` (default): a mobile number must follow the rules of its country, or it is `invalid`. `length`: every number of 5 to 32 bytes is looked up in WeCom; numbers that belong to no member use up the corp's `lookup_miss_budget`.":
    "用于没有自行指定的消息和查询。`strict`（不写时的值）：手机号必须符合所属国家的号码规则，否则为 `invalid`。`length`：5 到 32 字节的都向企业微信查询；没有成员使用的号码计入企业的 `lookup_miss_budget`。",
  "Settings that differ from WeCom's own limits. WeCom counts by agent: if several apps are the same agent of a corp, they share `member_per_minute`, `member_per_hour`, `chat_per_minute`, `concurrent_calls` and `account_cap`, and are counted together.":
    "与企业微信的数字不同的部分。企业微信按 agent 计数：几个应用同属企业的一个 agent 时，它们的 `member_per_minute`、`member_per_hour`、`chat_per_minute`、`concurrent_calls` 和 `account_cap` 相同，计数也合在一起。",
  "How many numbers that belong to no member may be looked up in WeCom per day. Default 10; null for no limit. After too many, WeCom closes the look-up for a day.":
    "一天内可以向企业微信查询多少个没有成员使用的号码；不写时为 10，null 表示不限。过多时企业微信会关闭查询一天。",
  "Default 9000; null for no limit.": "不写时为 9000，null 表示不限。",
  "How many person-times messages to group chats may reach per minute. Default 20000; null for no limit.":
    "发到群聊的消息每分钟到达的人次；缺省为 20000，null 表示不限。",
  "Default 140000; null for no limit.": "不写时为 140000，null 表示不限。",
  "Settings that differ from the defaults, for all apps of a corp.": "与默认值不同的部分，对企业的所有应用有效。",
  "The code as a URI.": "用 URI 表示的 code。",
  "Does not change between versions. Programs should use it to tell problems apart.": "固定不变，程序据此判断。",
  "What to do.": "应当怎样做。",
  "JSON pointer into the body, or the name of a query parameter.": "指向请求体的 JSON 指针，或查询参数的名称。",
  "WeCom's error code for the same mistake.": "企业微信对同一错误的错误码。",
  "All faults of the request, at most 100.": "请求中的所有错误，最多 100 项。",
  "How many faults were found beyond those in `errors`; absent if `errors` has all of them.":
    "除 `errors` 列出的之外还有多少个错误；全部列出时没有此字段。",
  "RFC 9457. `title`, `detail` and `hint` follow Accept-Language (en, zh).":
    "RFC 9457。`title`、`detail` 和 `hint` 的语言由 Accept-Language 决定（en、zh）。",
  "JSON pointer into the body.": "指向请求体的 JSON 指针。",
  "In the language of Accept-Language.": "语言由 Accept-Language 决定。",
  "The errcode that WeCom may answer.": "企业微信可能因此返回的错误码。",
  "Content that WeCom may cut, ignore or change, although the message is sent; at most 100.":
    "企业微信可能截断、忽略或另作处理、但消息仍会发出的内容；最多 100 项。",
  "While the try is under way, this is a time in the past.": "尝试进行期间是一个已经过去的时间。",
  "The fault, for example `refused`, `dns`, `timeout` or `proxy`; null if WeCom answered that it is busy.":
    "遇到的问题，例如 `refused`、`dns`、`timeout`、`proxy`；企业微信应答系统繁忙时为 null。",
  "Description of the fault, with the host name.": "文字说明，含主机名。",
  "The result of a message.": "消息的结果。",
  "How many calls to WeCom the message has needed so far, or needs in all.":
    "到目前为止的（或共需要的）企业微信调用次数。",
  "The problem that keeps the whole message from being sent: `app_paused` while a setting of its app is wrong, `bot_taken` while another program is connected as the smart robot, `wecom_unreachable` while WeCom cannot be reached.":
    "使整条消息无法发送的问题：应用的配置有误时为 `app_paused`，智能机器人被其他程序占用时为 `bot_taken`，无法连接企业微信时为 `wecom_unreachable`。",
  "Why the recipient is pending; null if it only waits in the queue.": "接收人为什么还在等待；只是排队时为 null。",
  "Why recipients are pending: the reason that all of them share, or else the reason of one of the first.":
    "接收人为什么还在等待：全部接收人共同的原因，或其中靠前的一个。",
  "Sent to at least some recipients, and not recalled.": "至少发给了一部分接收人，并且没有撤回。",
  "For a text that is sent in several parts (`overflow: split`); otherwise null.":
    "用于分段发送的文本（`overflow: split`）；否则为 null。",
  "As written in the request.": "请求中的写法。",
  "The result of a recipient. Every state except `pending` is final.": "接收人的结果。除 `pending` 外都是最终状态。",
  "The msgid of WeCom.": "企业微信的 msgid。",
  "Why the recipient is in this state, as one word; for a pending recipient a `DelayReason`. With the prefix `part_2_of_3_…`, the earlier parts of the text have arrived.":
    "处于该状态的原因，一个词；等待中的接收人为 `DelayReason`。前面带 `part_2_of_3_…` 时：在它之前的各段已经送达。",
  "Nothing is sent to the recipient before this time, because of `reason`. Null if the end is not known.":
    "因为旁边的 `reason`，在此时间之前不会向该接收人发送。何时结束未知时为 null。",
  "When the recipient reached this state; null while pending.": "进入该状态的时间；等待中为 null。",
  "Required, unless the app is a group robot, which has no recipients.": "必填；应用是群机器人时不写。",
  "For a group robot: a JPG or PNG of at most 2 MB, as a file of the gateway (`med_…`), or as `base64` and `md5` instead of `media_id`.":
    "群机器人的图片为不超过 2 MB 的 JPG 或 PNG：填写网关的文件（`med_…`），或用 `base64` 和 `md5` 代替 `media_id`。",
  "Only for group robots: also supports lists, tables and code blocks, but no colours.":
    "仅用于群机器人：还支持列表、表格和代码块，没有颜色。",
  "Key of the group robot (群机器人), or the whole address that WeCom shows for it; only its key is used. Never shown again.":
    "群机器人的 key，或企业微信显示的完整地址（只使用其中的 key）。之后不再显示。",
  "`app`: an app of a corp, with `corp_id`, `agent_id` and `secret`. `robot`: a group robot, with `robot_key`; its messages have no `to`. `bot`: a smart robot (智能机器人) that uses a long connection, with `bot_id` and `secret`; its messages are for `users`.":
    "`app`：企业的应用，需要 `corp_id`、`agent_id` 和 `secret`。`robot`：群机器人，需要 `robot_key`，其消息没有 `to`。`bot`：通过长连接工作的智能机器人，需要 `bot_id` 和 `secret`，消息发给 `users`。",
  "Bot ID of the smart robot, from the robot's page in the admin console. Never shown again.":
    "智能机器人的 Bot ID，见管理后台的机器人页面。之后不再显示。",
  "At most 4096 bytes of UTF-8.": "UTF-8 编码不超过 4096 字节。",
  "Null for robots.": "机器人为 null。",
  "Other apps of the key that are the same agent of the corp, or the same robot. They share the limits in the settings: changing the limit of one changes it for all.":
    "同属这个企业的这个 agent、或同一个机器人的其他应用，仅列出密钥可以使用的。设置中的限制也是共用的：改一个，全部改变。",
  "A configuration error of the whole app. Until it is corrected, its messages are not sent and do not fail.":
    "整个应用的配置错误：修好之前既不发送，也不判为失败。",
  "The id of the key, or `local` for the command on the gateway's machine.":
    "密钥的 id；在网关所在机器上用命令操作时为 `local`。",
  "Network address of the client.": "对方的网络地址。",
  "The result of the last attempt; null while that attempt is under way.": "最后一次尝试的结果；尝试进行期间为 null。",
  "For a card that can be updated. WeCom accepts the code once, within 72 hours.":
    "用于可以更新的卡片：企业微信只接受一次，72 小时内有效。",
  "The same for a key and the keys it was rotated into. They share idempotency keys and the rate.":
    "密钥与由它轮换得到的密钥属于同一个客户端：共用幂等键和速率。",
  "Its first 8 characters, to tell keys apart.": "密钥的前 8 个字符，用来区分密钥。",
  "The key itself. It is shown this once and not kept.": "密钥本身。只显示这一次，网关不保存。",
  "Same as in `/readyz`.": "与 `/readyz` 相同。",
  "How many of them should have been sent already; counted up to 10,000.":
    "其中现在应当已经发出的消息数；最多数到 10,000。",
  "How long the oldest of them has been waiting.": "其中最早的一条已经等待了多久。",
  "Present only while the app cannot reach WeCom.": "应用无法连接企业微信期间才有。",
  "The apps that the key holds.": "密钥可以使用的应用。",
  "The limit of unfinished messages. Above it, new messages are refused with 503.":
    "未完成消息的上限；超过时新消息以 503 拒绝。",
  "80 % of the limit is used, by all apps together.": "已用到 80%，不论由哪些应用占用。",
  "With `full` or higher, a message that was answered 202 survives a power failure.":
    "值为 `full` 或更高时，已返回 202 的消息断电也不会丢失。",
  "Why the gateway cannot store anything at present.": "目前无法写入存储的原因。",
  "`med_…`; the same for the same file of one client. Use it as `media_id` in messages.":
    "`med_…`；同一客户端的同一文件 id 相同。在消息中写在 `media_id` 的位置。",
  "When the file was last uploaded.": "最后一次上传的时间。",
  "Id of the key that first uploaded the file; null if an earlier version did not record it.":
    "首次上传时所用密钥的 id；由没有这项记录的旧版本存放时为 null。",
  "The apps whose messages may use the file.": "哪些应用的消息可以使用它。",
  "Accept a message": "提交一条消息",
  "202 means that the message is on the disk. Without a response the result is unknown: send the request again with the same Idempotency-Key. Within 72 hours this returns the same message.":
    "返回 202 表示消息已经落盘。没有收到应答则结果未知：请用同一个 Idempotency-Key 再发一次；72 小时内得到的是同一条消息。",
  "1 to 255 visible ASCII characters, with or without quotes.": "1 到 255 个可见 ASCII 字符，可以加引号。",
  "The message is on the disk. `Idempotent-Replayed: true` marks the response of an earlier request with the same key.":
    "已经落盘。`Idempotent-Replayed: true` 表示这是同一幂等键之前那次请求的应答。",
  "`msg_…`": "`msg_…`",
  "How many recipients the request named.": "请求中写了多少个接收人。",
  "A problem.": "问题（错误说明）。",
  "List messages, newest first": "消息列表，新的在前",
  "Accepted at or after this time.": "在此时间或之后受理。",
  "1 to 1000; default 100.": "1 到 1000；默认 100。",
  "`next_cursor` of the previous page.": "上一页的 `next_cursor`。",
  "Default Response": "成功时的应答",
  "One message": "一条消息",
  "The result of each recipient, in the order in which they were named": "每个接收人的结果，按请求中的顺序",
  "Each attempt of each call to WeCom": "对企业微信的每次调用的每次尝试",
  "Accept many messages": "提交多条消息",
  "A JSON array, or one message per line with Content-Type: application/x-ndjson. Results come in the same order and form, each as soon as its message is on the disk. A refused message does not affect the others.":
    "JSON 数组；或每行一条消息，Content-Type 为 application/x-ndjson。应答的顺序和格式相同，每条消息落盘后立即返回。一条消息被拒绝不影响其他消息。",
  "The status that a single request would have had.": "与单独提交时的状态码相同。",
  "Cancel recipients not sent yet": "取消尚未发送的接收人",
  "Waits for calls under way. After the response 200, nothing more of the message is sent. A call whose response was lost is not repeated: its recipients end `in_doubt` with the reason `recalled_in_doubt`, and are not counted in `cancelled`. Recipients in a call that other messages share (`share_calls`) cannot be cancelled while the call is under way or its response is missing: 409 `shared_call` at once, and `detail` says how many others were cancelled.":
    "等待正在进行的调用；返回 200 之后，该消息不会再有任何内容发出。应答丢失的调用不再重试：其接收人的结果为 `in_doubt`，原因为 `recalled_in_doubt`，不计入 `cancelled`。与其他消息共用一次调用（`share_calls`）的接收人，在调用进行中或应答缺失时不能取消：立即返回 409 `shared_call`，`detail` 说明取消了多少其他接收人。",
  "Try recipients in these states once more": "把处于这些状态的接收人重发一次",
  "Retrying `in_doubt` may show a member a second copy. Recipients that were `not_found` are looked up in WeCom again. A message to `all` also needs scope `send_all`.":
    "重发 `in_doubt` 可能使成员看到两份。`not_found` 会重新向企业微信查询。发给 `all` 的消息还需要 `send_all` 权限。",
  "Recall a message from the phones": "从手机上撤回消息",
  "Cancels what has not been sent and recalls the rest, call by call, within 24 hours. For a message with more than ten calls or 10,000 recipients it answers 202 once the recall is on the disk; `GET` of the same path shows the progress, also after a crash. Another `POST` meanwhile joins the same recall.":
    "取消尚未发出的部分，并逐次调用地撤回其余部分，24 小时内有效。消息的调用超过十次，或接收人超过 10,000 个时，撤回请求落盘后即返回 202；对同一路径 `GET` 可以查看进度，崩溃之后也可以。进行期间再次 `POST` 会并入同一次撤回。",
  "`calls` counts calls by result. Calls that reached no recipient are only in `total`.":
    "`calls` 按结果计数；没有送达任何接收人的调用只计入 `total`。",
  "How many recipients were cancelled before anything was sent to them.": "发出任何内容之前就取消的接收人数。",
  "Progress of the recall of a message with many calls": "调用很多的消息的撤回进度",
  "404 if no recall was requested, or if the response to its `POST` had the whole result.":
    "没有请求过撤回，或 `POST` 的应答已经包含全部结果时，返回 404。",
  "Cancel all unfinished messages of a key, or of an app": "取消一个密钥或一个应用的所有未完成消息",
  "Cancels each message as `POST /v1/messages/{id}/cancel` does. It answers after about ten seconds; while `more` is true, call it again. `not_cancelled` names at most 100 messages of which nothing, or not everything, could be cancelled. Revoke the key first, or messages that it sends meanwhile have to be cancelled as well.":
    "每条消息都与 `POST /v1/messages/{id}/cancel` 相同。大约十秒后返回；`more` 为 true 时需要再次调用。`not_cancelled` 列出完全没有取消或没有全部取消的消息，最多一百条。请先吊销密钥，否则它在此期间提交的消息也需要取消。",
  "Messages that were sent with this key. Give this or `app`.": "用这个密钥提交的消息；与 `app` 二选一。",
  "Messages of this app. Give this or `key_id`.": "这个应用的消息；与 `key_id` 二选一。",
  "How many messages were cancelled, including those of which only the rest was cancelled.":
    "取消了多少条消息（包括只取消了剩余部分的消息）。",
  "The calls to WeCom for a message, with WeCom's ids and codes":
    "一条消息对企业微信的各次调用，含企业微信的 id 和错误码",
  "Update a card that is on the phones": "更新已经发到手机上的卡片",
  "The body of WeCom's update_template_card without response_code and agentid. Without recipients it updates the card of all members who got it. WeCom accepts each code once, within 72 hours; each call and each press brings one code. Members in userids who have pressed the card are updated with the code of their press, all others with the code of the call. To update all members of a call after the code of the call is used, the code of any press is used. A smart robot's card can be updated only within 5 seconds after a press. Cards that were sent by the app in `else` are updated like those of any app.":
    "企业微信 update_template_card 的请求体，不写 response_code 和 agentid；没有指定对象时更新所有收到卡片的人。企业微信的每个 code 只能使用一次，72 小时内有效：每次调用得到一个，每次点击得到一个。userids 中点击过的成员用那次点击的 code 更新，其他人用调用的 code；更新一次调用的全部对象时，调用自己的 code 用掉之后，改用任一次点击的 code。智能机器人的卡片只能在点击后的 5 秒内更新；由 else 所指的应用发出的卡片与一般应用的卡片相同。",
  "Null for members who are not recipients of the message, and for recipients of a smart robot's card that has not been pressed yet.":
    "不是该消息接收人的成员为 null；智能机器人的卡片没有人点击过时，其接收人也为 null。",
  "Whose code was used; null if no code was left.": "使用了谁的 code；没有可用的 code 时为 null。",
  "The members that the request named; null if it named none.": "请求中点名的成员；没有点名时为 null。",
  "`unknown`: WeCom's response was lost, so the card may have changed. Repeating the request is safe.":
    "`unknown`：企业微信的应答丢失，卡片可能已经更新；再次请求是安全的。",
  "The cards of these members were not changed. In lower case, as WeCom writes them.":
    "这些成员的卡片没有改变。按企业微信的写法为小写。",
  "One entry for each request to WeCom, and for each request that could not be made.":
    "对企业微信的每次请求一项，无法发出的请求也各占一项。",
  "Upload a file for messages": "存放供消息使用的文件",
  "When it answers, the file is on the disk. It is uploaded to WeCom when a message first needs it. WeCom keeps files for three days; the gateway keeps them while a message names them, and for the retention time after the last upload. The same file from the same client gives the same id, with 200 instead of 201; uploads of other clients do not show. 429 `share_used`: the key or its app has used its share of the storage. 503 `files_full`: there is no room for any file.":
    "返回时已经落盘；第一条消息需要它时才上传到企业微信。企业微信保存三天，网关则在有消息使用它时，以及最后一次上传之后的保留期内保存。同一客户端再次上传同一文件得到同一个 id，状态码为 200 而不是 201；其他客户端上传过什么不会显示出来。429 `share_used`：密钥或其应用的存储份额已用完；503 `files_full`：没有空间存放任何文件。",
  "With a file name, which the recipients see.": "须带文件名，接收人会看到它。",
  "image: JPG or PNG up to 10 MB. voice: AMR up to 2 MB and 60 s. video: MP4 up to 10 MB. file: anything up to 20 MB. All of more than 5 bytes.":
    "image：JPG 或 PNG，最大 10 MB。voice：AMR，最大 2 MB、60 秒。video：MP4，最大 10 MB。file：任何文件，最大 20 MB。都要大于 5 字节。",
  "Only messages of this app may use the file. Default: all apps of the key.":
    "只有这个应用的消息可以使用该文件；不写时为密钥的所有应用。",
  "List stored files, newest upload first": "已存放的文件列表，最近上传的在前",
  "Only files whose apps all belong to the key.": "仅列出只有该密钥的应用可以使用的文件。",
  "Only files that were first uploaded with this key.": "只列出最先用这个密钥上传的文件。",
  "Delete a stored file": "删除一个已存放的文件",
  "A key may delete files that its client has uploaded, and with scope `admin` files that only apps of the key may use. 409 `media_in_use` while an unfinished message names the file. A finished message that names it and is retried later fails with `media_missing`.":
    "密钥可以删除其客户端上传的文件；有 `admin` 权限时，还可以删除只有该密钥的应用可以使用的文件。有未完成的消息使用时返回 409 `media_in_use`；已完成的消息使用了它、之后又重发的，以 `media_missing` 失败。",
  "One stored file": "一个已存放的文件的信息",
  "The userid behind a mobile number or email address": "查询手机号或邮箱对应的 userid",
  "Optional if the key holds exactly one app.": "密钥只能使用一个应用时可以不写。",
  "Asks WeCom, even if the result is remembered.": "不使用已记住的结果，重新向企业微信查询。",
  "Events of the key's apps as server-sent events": "密钥的各应用的事件（server-sent events）",
  "Starts with new events, or with the event after Last-Event-ID. If events after that one are missing, the first event is `reset`, without an app, and the oldest stored events follow; `data.reason` is `restored` if a restored backup does not have them, and `deleted` if they were older than the retention time. The data of each event is JSON `{id, at, type, app, message_id, data}`. Types are `reset`, `message.…`, `app.…`, `card.clicked` and `card.menu_clicked` for pressed cards, and `wecom.…` for all other callbacks of WeCom.":
    "从现在开始；带 Last-Event-ID 时从那个事件之后开始。如果它之后的事件已经不在，首先收到不属于任何应用的 `reset` 事件，随后是现存最早的事件：恢复的备份中没有这些事件时，`data.reason` 为 `restored`；它们超过保留期而被删除时为 `deleted`。每个事件的 data 是 JSON `{id, at, type, app, message_id, data}`。类型有 `reset`、`message.…`、`app.…`，卡片被点击时的 `card.clicked` 和 `card.menu_clicked`，以及企业微信其他回调的 `wecom.…`。",
  "A stream.": "事件流。",
  "Register an app": "登记一个应用",
  "Needs a key of all apps. If two requests use the same name, one is answered 409, even if they arrive at the same time. An agent may have several names: limits that are left out are then taken from the existing names, and different limits are answered 409 `other_limits`.":
    "需要可以使用所有应用的密钥。两个请求使用同一名称时，即使同时到达，其中一个也会返回 409。一个 agent 可以有几个名称：没有写的限制沿用已有名称的，与已有名称不同的限制返回 409 `other_limits`。",
  "1 to 63 of a-z, 0-9, - and _.": "1 到 63 个字符：a-z、0-9、- 和 _。",
  "企业 ID, from the page 我的企业 of the admin console.": "企业 ID，见管理后台的“我的企业”页面。",
  "AgentId, from the app's page in the admin console.": "应用页面上的 AgentId。",
  "Secret, from the app's page in the admin console. Never shown again.": "应用页面上的 Secret。之后不再显示。",
  "The apps that the key holds, by name": "密钥可以使用的应用，按名称排序",
  "One app": "一个应用",
  "With an `ETag`, to be used as `If-Match` in a change.": "带有 `ETag`，修改时用于 `If-Match`。",
  "Change the given fields and keep the others": "修改写出的部分，其余不变",
  "`settings` are replaced as a whole: a setting that is left out gets its default again. A changed secret or id ends a pause of the app. Changes that arrive at the same time are made one after another; with `If-Match`, a change that was not based on the last one is answered 412. Another corp or agent id makes it another app in WeCom, which needs a key of all apps. If other apps are that agent already, limits that are left out are taken from them, and different limits are answered 409 `other_limits`. A changed limit applies to all apps of the agent (`same_agent`), which needs a key that holds all of them.":
    "settings 作为整体修改：没有写的设置恢复默认值。改变 secret 或 id 会重新尝试：应用的暂停结束。同时到来的修改依次进行；带 `If-Match` 时，没有看到上一次修改的请求返回 412。改变企业或 agent id 后它是企业微信的另一个应用，需要可以使用所有应用的密钥；如果已有其他应用属于该 agent，没有写的限制沿用已有的，不同的限制返回 409 `other_limits`。修改限制会影响该 agent 的所有应用（`same_agent`），需要这些应用都能使用的密钥。",
  "The `ETag` that was read. The change is made only if nothing has changed since; otherwise 412. Several values separated by commas, and `*`, are allowed.":
    "读取时得到的 `ETag`：此后没有变化才会修改，否则返回 412。可以用逗号分隔写几个，也可以写 `*`。",
  "Delete an app that has no unfinished messages": "删除一个没有待发消息的应用",
  "Keys that name the app keep the name, and hold an app that is registered under this name later.":
    "写有该名称的密钥保留这个名称，之后以同一名称登记的应用也可以使用。",
  "Settings of a corp": "一个企业的设置",
  "With an `ETag`, to be used as `If-Match` in the change.": "带有 `ETag`，修改时用于 `If-Match`。",
  "Set the settings of a corp": "修改一个企业的设置",
  "A setting that is left out gets its default. Needs a key that holds all apps of the corp. With `If-Match`, a change that was not based on the last one is answered 412.":
    "没有写的设置恢复默认值。需要可以使用该企业所有应用的密钥。带 `If-Match` 时，没有看到上一次修改的请求返回 412。",
  "Create a key": "创建密钥",
  "Its apps, scopes and cap must lie within those of the key that makes the request; otherwise 403.":
    "应用、权限范围和人数上限不能超出请求所用的密钥，否则返回 403。",
  'Names of apps, or "all", which includes apps that are registered later.':
    '应用名称的列表，或 "all"（包括以后登记的应用）。',
  "The most recipients that one message may have. With a cap, departments, tags, chats and `all` are refused, because their members cannot be counted.":
    "一条消息的接收人上限。有上限时不能使用部门、标签、群聊和 all，因为无法计数。",
  "The departments that an app sees": "应用可见的部门",
  "For a message of a smart robot: the app of a corp that sends the message to members who are `not_opened`. The key must hold that app too, and both must be able to send the content.":
    "智能机器人的消息：对于 `not_opened` 的成员，在同一条消息中改由哪个企业应用发送。密钥必须也包含该应用，并且两者都能发送该内容。",
  "The app that sends to this recipient: the app that `else` names, or the app of the message.":
    "由哪个应用发给该接收人：`else` 所指的应用，或消息自己的应用。",
  "For a smart robot: the app of a corp that looks up mobiles and emails for its messages. Without it, messages may name only userids.":
    "智能机器人的设置：由哪个企业应用查询消息中的手机号和邮箱。不填时消息只能指定 userid。",
  "For a smart robot: the text that a member gets on opening the conversation for the first time in a day, at most 2048 bytes. Nothing is sent if absent or null.":
    "智能机器人的欢迎语：成员当天首次进入会话时收到的文本，最多 2048 字节。不填或为 null 时不发送。",
  "Members and groups that have written to a smart robot, newest conversation first":
    "给智能机器人发过消息的成员和群聊，最新的会话在前",
  "Members and groups to which the robot can send. Only conversations whose messages arrived while the gateway was connected are known. Apps of other kinds answer 409 `not_supported`.":
    "机器人可以发消息的成员和群聊，只包括网关连接期间收到过消息的会话。其他类型的应用返回 409 `not_supported`。",
  "A conversation with a member, or a group.": "与成员的会话，或群聊。",
  "The member's userid, or the group's chatid.": "成员的 userid，或群聊的 chatid。",
  "The member who wrote last.": "最近发消息的成员。",
  "The members that an app sees, by userid": "应用可见的成员，按 userid 排序",
  "The tags that an app sees": "应用可见的标签",
  "Who has a tag, by userid": "标签的成员，按 userid 排序",
  "Limited to what the app sees. The first request reads it from WeCom with one call, and the gateway keeps it for a day. After 5 s the response has what is known, and `directory.state` is `reading`.":
    "限于应用可见的范围：首次请求时调用一次接口从企业微信读取，由本网关保留一天。超过 5 秒时先应答已有的内容，`directory.state` 为 `reading`。",
  "`null` during the first reading.": "首次读取期间为 `null`。",
  "Departments that carry the tag as a whole.": "整个带有该标签的部门。",
  "The first request reads it from WeCom, and the gateway keeps it for a day. WeCom does not show mobiles and emails to apps. A reading takes one call for each department; after 5 s the response shows the progress.":
    "首次请求时从企业微信读取，由本网关保留一天。企业微信不向应用显示手机号和邮箱。读取时每个部门调用一次接口；超过 5 秒时应答会给出进度。",
  "Reads everything from WeCom again.": "重新从企业微信读取全部内容。",
  "`reading`: the gateway is reading from WeCom, one call for each department, and `items` are from the last reading. `failed`: the last reading failed, and `items` are older than a day.":
    "`reading`：正在逐个部门向企业微信读取，`items` 是之前读到的内容。`failed`：最近一次读取失败，`items` 是一天以前的内容。",
  "0 means the root department.": "0 表示根部门。",
  "A part of a name or userid, in upper or lower case, or a whole mobile number.":
    "姓名或 userid 的一部分（不区分大小写），或完整的手机号。",
  "Only direct members of this department.": "只要该部门的直属成员。",
  "Paths of WeCom's API that are forwarded for the key.": "可以转发给企业微信的接口路径。",
  "Paths below `/cgi-bin/` that the qyapi paths forward to WeCom, exact or ending in `*`. APIs that change data or return a ticket, secret or token must be named by their exact path. Scopes `contacts` and `media` include the usual read APIs.":
    "qyapi 路径可以转发给企业微信的接口：`/cgi-bin/` 之后的完整路径，或以 `*` 结尾。会修改数据的接口，以及返回 ticket、secret、token 的接口，只能用完整路径。权限 `contacts` 和 `media` 包含常用的读取接口。",
  "What the qyapi paths do with a text that is longer than WeCom's limit. Default `truncate`, as WeCom does.":
    "qyapi 路径遇到超过企业微信上限的文本时怎么办；不写时为企业微信自己的做法 `truncate`。",
  "The keys whose apps are all held by the requesting key, oldest first, including revoked ones":
    "应用都在请求所用密钥范围内的密钥，旧的在前，含已吊销的密钥",
  "One key": "一个密钥",
  "Revoke a key at once": "立即吊销一个密钥",
  "Create a second key with the same rights": "创建权限相同的第二个密钥",
  "Both keys are valid until the old one is deleted; `last_used_at` shows its last use. They belong to one client: a request that was sent with an Idempotency-Key through one key is recognized through the other.":
    "在删除旧密钥之前，两个都有效；`last_used_at` 显示最后一次使用的时间。它们属于同一个客户端：用其中一个带 Idempotency-Key 发送的请求，另一个也能认出。",
  "Who did what, newest first": "谁做了什么，新的在前",
  "Entries about apps that the key does not hold are left out. If a key repeats an action on messages or files, or is denied repeatedly, further entries within a minute share one entry with a `count`. The trail is limited by age and number of entries; `deleted` says how many were deleted.":
    "不含与密钥无关的应用的记录。一个密钥循环操作消息或文件、或循环被拒绝时，一分钟内最初几次之后的合为一条记录，带 `count`。审计记录的保留时间和条数有上限；`deleted` 说明已删除多少条。",
  "For the whole trail, of all apps.": "按全部审计记录计算，不论涉及哪些应用。",
  "When the newest of them was written.": "其中最后一条的写入时间。",
  "The oldest entries, which were deleted to stay within the limits; null if none were deleted.":
    "为了不超过上限而删除的最早的记录；没有删除过时为 null。",
  "The requesting key, its apps, and the state of the gateway": "请求所用的密钥、它的应用，以及网关的状况",
  "Whether the process answers": "进程是否有应答？",
  "Whether the gateway accepts and sends messages": "是否受理并发送消息？",
  "Metrics for Prometheus": "供 Prometheus 使用的指标",
  "A key of some apps gets the metrics of these apps, whether the gateway can store, and its version. The metrics of the process and of all requests need a key of all apps.":
    "只能使用部分应用的密钥得到这些应用的指标、网关能否写入存储以及版本；进程和全部请求的指标需要可以使用所有应用的密钥。",
  "Text.": "文本。",
  "WeCom's check when the callback URL is saved in the admin console": "在企业微信管理后台保存回调地址时的验证请求",
  "Returns the decrypted `echostr`. A request without WeCom's signature gets no information.":
    "返回解密后的 `echostr`。签名与企业微信不符的请求得不到任何信息。",
  "Seconds since 1970; must be within 5 minutes of the gateway's clock.":
    "自 1970 年起的秒数；与网关时钟相差最多 5 分钟。",
  "The text.": "解密后的 `echostr`。",
  "WeCom's callbacks about the app's members": "企业微信把成员的操作和消息发给应用",
  "Stored on the disk before the response, and an event on `/v1/events`. A repeated delivery is one event. The body is WeCom's encrypted XML, at most 256 KiB.":
    "落盘之后才应答，并成为 `/v1/events` 的一个事件；重复送来的只算一个事件。请求体是企业微信加密的 XML，最多 256 KiB。",
  "Empty.": "空应答。",
  "Send, follow, cancel, retry and recall.": "提交、查询、取消、重发、撤回。",
  "Files for messages.": "供消息使用的文件。",
  "Members by number or email.": "号码对应的成员。",
  "Group chats that apps create.": "应用创建的群聊。",
  "Create a group chat": "创建群聊",
  "The visible range of the app must be the root department. The 2 to 2000 members see the chat with its first message. The owner is also a member; without `owner`, WeCom picks one. The request may be repeated with its `chatid` or the same Idempotency-Key: it then answers 200 with the existing chat. Not for keys with an `audience_cap`.":
    "应用的可见范围须为根部门。群聊有 2～2000 名成员，收到第一条消息时才能看到；群主也会成为成员，不填时由企业微信选取。带上同一个 `chatid` 或 Idempotency-Key 可以重复请求：返回 200 和已创建的群聊。设有 `audience_cap` 的密钥不能使用。",
  "1 to 32 letters and digits, unique in the corp. Default: the gateway generates one.":
    "1～32 个字母或数字，在企业内唯一；不填时由网关生成。",
  "Userids, or mobiles and emails, whose userids are looked up first.": "userid，以及手机号和邮箱（先查询 userid）。",
  "One of `user`, `mobile`, `email`.": "`user`、`mobile`、`email` 之一。",
  "For `to.chats` of a message.": "用于消息的 `to.chats`。",
  "A userid, like the members.": "userid，成员也是。",
  "`in_doubt`: the response to its creation was lost. Repeat the same request or read the chat to find out.":
    "`in_doubt`：创建请求的应答丢失。重复同一请求，或查看该群聊，即可得知结果。",
  "When this gateway began to create the chat, or first learned of it.": "网关开始创建它、或首次得知它的时间。",
  "When WeCom last returned its data.": "企业微信最近一次返回其信息的时间。",
  "The group chats of an app, newest first": "应用的群聊，最新的在前",
  "Chats that were created here, and others that were read or changed here.":
    "在这里创建的群聊，以及在这里查看或修改过的其他群聊。",
  "One group chat": "一个群聊",
  "A chat that another program has created with the same app is read from WeCom, and then kept here too.":
    "其他程序用同一应用创建的群聊会向企业微信查询，此后也保存在这里。",
  "Asks WeCom, even if the chat is known.": "不论是否已保存，都向企业微信查询。",
  "Change the name, the owner or the members of a group chat": "修改群聊的名称、群主或成员",
  "Fields that are left out stay as they are. Repeating the same change does no harm. Not for keys with an `audience_cap`.":
    "未填写的保持不变。重复同样的修改没有影响。设有 `audience_cap` 的密钥不能使用。",
  "Events in real time.": "发生的事，实时推送。",
  "The callback URLs for WeCom.": "企业微信的回调地址。",
  "Apps, corps, keys, sources, audit trail.": "应用、企业、密钥、来源、审计记录。",
  "Create a source": "创建来源",
  "An address below `/in` with its own token, which can send only to its own recipients. Its app and recipients must lie within those of the requesting key; otherwise 403.":
    "`/in` 之下的一个入口，有自己的 token，只发给它自己的接收人。应用和接收人不得超出当前密钥的范围，否则 403。",
  "The sources whose app the requesting key holds, oldest first": "当前密钥所含应用的来源，最早的在前",
  "One source": "一个来源",
  "What a template makes of a request body": "模板对一个请求体生成的内容",
  "Nothing is sent or stored. For an existing source, add `?dry_run=true` to its address to see the same for the requests of the other program.":
    "不发送，也不保存。对已有的来源，在它自己的入口加 `?dry_run=true`，可以看到对方程序实际发送的内容会变成什么。",
  "Required for the adapter `json`: a text, or the content of a message, optionally with `priority`. Each text in it is a Liquid template that may use the fields of the request body; `body` is the whole body. At most 16 KiB.":
    "用于适配器 `json`（必填）：一个文本，或消息内容（可另含 `priority`）。其中每个文本都是 Liquid 模板，可引用请求体的各个字段；`body` 是整个请求体。最多 16 KiB。",
  "Any JSON that the other program would send.": "对方程序会发送的内容，任意 JSON。",
  "The content that would be sent, without recipients; null if the text comes out blank, in which case nothing is sent.":
    "将发送的内容，不含接收人；生成的文本为空时为 null，表示不发送。",
  "What WeCom would cut or ignore, and why a body is sent as text.":
    "企业微信会截断或忽略的内容，以及请求体按文本发送的原因。",
  "Null unless the adapter is `json`.": "适配器不是 `json` 时为 null。",
  "Change a source": "修改来源",
  "Fields that are left out stay as they are; null removes the signing secret.":
    "未填写的保持不变；签名密钥填 null 即去除。",
  "Give a source another token": "更换来源的 token",
  "The old token ends at once, on all gateways within a second, or after `old_token_s` seconds.":
    "原 token 立即失效（所有网关一秒之内），或在 `old_token_s` 秒后失效。",
  "For how many seconds the old token stays valid. Default 0.": "原 token 继续有效的秒数；不写为 0。",
  "Remove a source and end its token": "删除来源，其 token 随之失效",
  "Messages that it has sent are not affected. All gateways refuse its token within a second.":
    "已发送的消息不受影响。所有网关在一秒之内不再认识它的 token。",
  "For messages that do not set their own. Default `normal`.": "消息未指定时的优先级。默认为 `normal`。",
  "The secret with which the other program signs its requests. Stored encrypted, and never shown.":
    "对方程序为请求签名所用的密钥。加密保存，从不显示。",
  "The protocol that the other program uses.": "对方程序使用的协议。",
  "Whether the source has a signing secret.": "是否设有签名密钥。",
  "Accurate to about a minute; null before its first request.": "精确到一分钟左右；首次请求之前为 null。",
  "The first 8 characters of its token, to tell sources apart.": "token 的前 8 个字符，用于区分来源。",
  "When the previous token ends.": "上一个 token 的失效时间。",
  "The server address to enter in the other program.": "填写到对方程序中的服务器地址。",
  "The token itself. It is shown this once and not kept.": "token 本身。仅显示这一次，不保存。",
  "Health and metrics.": "健康状况和指标。",
  "Trace of the caller (W3C Trace Context). It is stored with the message and sent with its calls to WeCom. An invalid value is ignored.":
    "调用方的追踪标识（W3C Trace Context）：随消息保存，并在对企业微信的调用中一起发送。无法读取的会被忽略。",
  "Used together with `traceparent`.": "与 `traceparent` 一起使用。",
  "Same as the header traceparent of a single message (W3C Trace Context). Default: the one of the request.":
    "同单条消息的 traceparent 请求头（W3C Trace Context）。不写时使用本次请求的。",
}

/** The names of the groups of routes, as the page shows them. */
export const CHINESE_TAGS: Readonly<Record<string, string>> = {
  messages: "消息",
  media: "文件",
  people: "查询成员",
  chats: "群聊",
  events: "事件",
  callbacks: "回调",
  administration: "管理",
  operation: "运行状况",
}
