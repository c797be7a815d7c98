import type { Bilingual } from "@wecom-push/protocol"

interface ProblemKind {
  readonly status: number
  readonly title: Bilingual
  /** The next step for the caller. */
  readonly hint: Bilingual
}

export type ProblemCode = keyof typeof KINDS

const KINDS = {
  bad_request: {
    status: 400,
    title: { en: "The request cannot be read", zh: "无法解析请求" },
    hint: { en: "Send well-formed HTTP/1.1.", zh: "请发送格式正确的 HTTP/1.1 请求。" },
  },
  body_missing: {
    status: 400,
    title: { en: "The body is missing", zh: "缺少请求体" },
    hint: {
      en: "Send the body that the path takes; below /v1 that is a JSON object with Content-Type: application/json.",
      zh: "请发送该路径所需的请求体；/v1 下为 JSON 对象，并带上 Content-Type: application/json。",
    },
  },
  invalid_json: {
    status: 400,
    title: { en: "The body is not JSON", zh: "请求体不是合法的 JSON" },
    hint: {
      en: "Build the body with a JSON library rather than by joining strings.",
      zh: "请用 JSON 库生成请求体，不要手工拼接字符串。",
    },
  },
  invalid_utf8: {
    status: 400,
    title: { en: "The body is not UTF-8", zh: "请求体不是合法的 UTF-8" },
    hint: { en: "Encode the body as UTF-8, not GBK.", zh: "请用 UTF-8 编码请求体（不要用 GBK）。" },
  },
  invalid_text: {
    status: 400,
    title: { en: "The text has characters that cannot be stored", zh: "文本含有无法如实保存的字符" },
    hint: {
      en: "Remove NUL characters, and cut texts between characters rather than inside one.",
      zh: "请去掉空字符（NUL）；截断文本时不要把一个字符切成两半。",
    },
  },
  invalid_form: {
    status: 400,
    title: { en: "The form cannot be read", zh: "无法解析表单" },
    hint: {
      en: "Send multipart/form-data with one file and a type, built by an HTTP library; the boundary in Content-Type is that of the body.",
      zh: "请用 HTTP 库生成 multipart/form-data，包含一个文件和 type；Content-Type 中的 boundary 须与请求体一致。",
    },
  },
  too_deep: {
    status: 400,
    title: { en: "The JSON is nested too deeply", zh: "JSON 嵌套过深" },
    hint: { en: "Nest at most 32 levels.", zh: "嵌套不要超过 32 层。" },
  },
  unknown_field: {
    status: 400,
    title: { en: "Unknown field in the request", zh: "请求含有无法识别的字段" },
    hint: {
      en: "Remove the fields named in errors, or correct their spelling; /openapi.json lists all fields.",
      zh: "请删除 errors 中列出的字段或更正拼写；全部字段见 /openapi.json。",
    },
  },
  wrong_type: {
    status: 400,
    title: { en: "A value has the wrong JSON type", zh: "值的 JSON 类型不对" },
    hint: {
      en: "Correct the types named in errors; /openapi.json lists all types.",
      zh: "请按 errors 中的说明更正类型；全部类型见 /openapi.json。",
    },
  },
  invalid_idempotency_key: {
    status: 400,
    title: { en: "The Idempotency-Key cannot be used", zh: "Idempotency-Key 不可用" },
    hint: {
      en: "Use 1 to 255 visible ASCII characters, such as a UUID, and the same ones when you repeat the request.",
      zh: "请使用 1–255 个可见 ASCII 字符（例如 UUID），重试时保持不变。",
    },
  },
  unauthorized: {
    status: 401,
    title: { en: "A valid key is needed", zh: "需要有效的密钥" },
    hint: {
      en: "Send `Authorization: Bearer wp_…`; `wecom-push keys create` makes a key. Under /v1 no key in the query string is accepted. Below /in a source's token is taken as its protocol writes it; `wecom-push sources create` makes one.",
      zh: "请在请求头中发送 Authorization: Bearer wp_…，密钥可用 wecom-push keys create 新建；/v1 下查询字符串中的密钥无效。/in 下按各协议的写法带上来源的 token，可用 wecom-push sources create 新建来源。",
    },
  },
  insufficient_scope: {
    status: 403,
    title: { en: "The key may not do this", zh: "密钥没有此操作的权限" },
    hint: {
      en: "Use a key with the scope named in detail, or ask an administrator for one.",
      zh: "请使用具备 detail 中所示权限的密钥，或向管理员申请。",
    },
  },
  beyond_reach: {
    status: 403,
    title: { en: "The request goes beyond what this key may do", zh: "超出当前密钥的范围" },
    hint: {
      en: "An admin key makes, rotates and revokes keys whose apps, scopes and audience_cap lie within its own, and changes what concerns its own apps alone. Use an admin key that holds all of it.",
      zh: "管理密钥只能新建、轮换、吊销 apps、scopes、audience_cap 均不超出自身的密钥，也只能修改仅涉及自身应用的内容。请使用范围足够的管理密钥。",
    },
  },
  foreign_host: {
    status: 403,
    title: { en: "This gateway can only be called by a name of this machine", zh: "此网关只接受以本机主机名访问" },
    hint: {
      en: "Call it as 127.0.0.1 or localhost, on this machine. Its key is public, since it was started with --simulator; for other names start `wecom-push serve` without --simulator.",
      zh: "请在本机以 127.0.0.1 或 localhost 访问。此网关由 --simulator 启动，密钥是公开的；需要以其他主机名访问时，请不带 --simulator 运行 wecom-push serve。",
    },
  },
  foreign_origin: {
    status: 403,
    title: {
      en: "MCP is not available under this host name, or to this page",
      zh: "不接受以此主机名或从此网页访问 MCP",
    },
    hint: {
      en: "Call /mcp by localhost, by an IP address, or by a name that WECOM_PUSH_MCP_HOSTS lists; a web page may call it only from such a name, too.",
      zh: "请以 localhost、IP 地址或 WECOM_PUSH_MCP_HOSTS 中列出的主机名访问 /mcp；网页也只能从这些主机名访问。",
    },
  },
  callback_refused: {
    status: 403,
    title: { en: "Not a valid callback from WeCom to this app", zh: "不是企业微信发给此应用的回调" },
    hint: {
      en: "Compare corp id, Token and EncodingAESKey with the app's settings in WeCom's console; the gateway's log names the reason.",
      zh: "请将企业 ID、Token、EncodingAESKey 与企业微信后台的应用设置逐一核对；具体原因见网关日志。",
    },
  },
  not_found: {
    status: 404,
    title: { en: "Not found", zh: "找不到" },
    hint: {
      en: "Check the name or id, and that the key holds the app it belongs to.",
      zh: "请核对名称或 id，并确认密钥包含其所属的应用。",
    },
  },
  no_such_path: {
    status: 404,
    title: { en: "No such path", zh: "此路径不存在" },
    hint: { en: "/openapi.json and /docs list all paths.", zh: "可用路径见 /openapi.json 和 /docs。" },
  },
  method_not_allowed: {
    status: 405,
    title: { en: "This path does not take this method", zh: "此路径不支持该方法" },
    hint: { en: "Use one of the methods in the Allow header.", zh: "请使用响应头 Allow 中列出的方法。" },
  },
  not_acceptable: {
    status: 406,
    title: { en: "The requested answer format is not available", zh: "无法以所要求的格式应答" },
    hint: {
      en: "Send Accept: text/event-stream, or no Accept header.",
      zh: "请发送 Accept: text/event-stream，或不带 Accept。",
    },
  },
  request_timeout: {
    status: 408,
    title: { en: "The request took too long to arrive", zh: "请求未能在限定时间内发送完" },
    hint: { en: "Send it again on a new connection.", zh: "请用新连接重新发送。" },
  },
  already_sent: {
    status: 409,
    title: { en: "Nothing is left to cancel", zh: "已没有可以取消的内容" },
    hint: {
      en: "Everything has gone out. POST …/recall takes it back from the phones within 24 hours.",
      zh: "消息已全部发出。24 小时内可用 POST …/recall 撤回。",
    },
  },
  nothing_to_retry: {
    status: 409,
    title: { en: "No recipient is in one of these states", zh: "没有处于这些状态的接收人" },
    hint: { en: "GET …/recipients shows the state of each.", zh: "可用 GET …/recipients 查看每个接收人的状态。" },
  },
  nothing_to_recall: {
    status: 409,
    title: { en: "There is nothing to recall", zh: "没有可以撤回的内容" },
    hint: { en: "Nothing of this message has gone out.", zh: "此消息没有任何内容发出。" },
  },
  recall_expired: {
    status: 409,
    title: { en: "It is too late to recall this message", zh: "已超过撤回时限" },
    hint: { en: "WeCom takes a message back for 24 hours only.", zh: "企业微信只允许撤回 24 小时内的消息。" },
  },
  shared_call: {
    status: 409,
    title: { en: "This message shared a call with others", zh: "此消息与其他消息合并发送，不能单独撤回" },
    hint: {
      en: "WeCom takes back whole calls only. Switch the app's share_calls off where messages must be recalled, or cancelled while an answer is missing.",
      zh: "企业微信只能整批撤回。如果应用的消息需要撤回，或需要在应答丢失时取消，请关闭其 share_calls 设置。",
    },
  },
  not_supported: {
    status: 409,
    title: { en: "The app's channel does not support this", zh: "该应用的渠道不支持此操作" },
    hint: {
      en: "Only messages that go out by message/send can be recalled, and only their cards can be changed; what has not gone out yet can be cancelled. Apps of a corp see members, smart robots have conversations.",
      zh: "只有通过 message/send 发出的消息可以撤回，也只有其中的卡片可以更新；尚未发出的部分可以取消。只有企业应用能看到成员，只有智能机器人有会话。",
    },
  },
  no_card: {
    status: 409,
    title: { en: "There is no card to change", zh: "没有可以更新的卡片" },
    hint: {
      en: "Only a template card with buttons, a vote or choices can be changed, and once it has been sent.",
      zh: "只有带按钮、投票或选择项的模板卡片可以更新，并且须已发出。",
    },
  },
  card_expired: {
    status: 409,
    title: { en: "It is too late to change this card", zh: "卡片已超过可更新的时限" },
    hint: {
      en: "WeCom lets a card be changed for 72 hours, a smart robot's for 5 seconds after each press.",
      zh: "企业微信只允许在 72 小时内更新卡片；智能机器人的卡片只能在每次点击后的 5 秒内更新。",
    },
  },
  card_not_updatable: {
    status: 409,
    title: { en: "No code is left to update this card", zh: "已没有可用于更新此卡片的 code" },
    hint: {
      en: "WeCom lets a card be changed once after sending and once after each press, for 72 hours; a smart robot's card after each press alone, for 5 seconds. Wait for a press, or send a new card.",
      zh: "企业微信允许在发送后、以及每次点击后的 72 小时内各更新一次卡片；智能机器人的卡片只能在每次点击后的 5 秒内更新一次。请等待下一次点击，或发送新卡片。",
    },
  },
  chat_exists: {
    status: 409,
    title: { en: "Another group chat has this chatid", zh: "此 chatid 已被其他群聊使用" },
    hint: {
      en: "Leave chatid out, or name another one. The chat that has it was made by another request, or by another program.",
      zh: "请去掉 chatid，或换一个。使用它的群聊由其他请求或其他程序创建。",
    },
  },
  chat_refused: {
    status: 409,
    title: { en: "WeCom refused this for the group chat", zh: "企业微信拒绝了对群聊的操作" },
    hint: { en: "Errors names WeCom's code and what to do.", zh: "errors 中有企业微信的错误码和处理办法。" },
  },
  app_exists: {
    status: 409,
    title: { en: "An app of this name exists", zh: "已有同名应用" },
    hint: { en: "Change it with PATCH, or choose another name.", zh: "请用 PATCH 修改该应用，或另取名称。" },
  },
  older_gateways: {
    status: 409,
    title: {
      en: "A gateway of an older version uses this database",
      zh: "仍有旧版本的网关在使用此数据库",
    },
    hint: {
      en: "It does not know what the request asks for, and would do something else. Replace the older gateways, then send the request again.",
      zh: "旧版本不支持此请求，会作出错误的处理。请先升级全部网关，再重新发送请求。",
    },
  },
  other_limits: {
    status: 409,
    title: { en: "This agent is registered already, with other limits", zh: "该 agent 已以另一名称登记，且限制不同" },
    hint: {
      en: "WeCom counts by agent, so its names have one set of limits. Leave the limits out to take over those of the other app, or change them there first.",
      zh: "企业微信按 agent 计数，同一 agent 的各个名称共用一套限制。请不写这些限制（沿用另一应用的值），或先修改另一应用的限制。",
    },
  },
  media_in_use: {
    status: 409,
    title: { en: "An unfinished message names this file", zh: "有未完成的消息引用此文件" },
    hint: { en: "Cancel that message or wait until it is finished.", zh: "请取消该消息，或等待它完成。" },
  },
  app_in_use: {
    status: 409,
    title: { en: "The app still has messages to send", zh: "该应用仍有未发完的消息" },
    hint: {
      en: "Cancel them all with POST /v1/messages/cancel, or wait until they are finished.",
      zh: "请用 POST /v1/messages/cancel 取消全部消息，或等待它们完成。",
    },
  },
  key_revoked: {
    status: 409,
    title: { en: "The key is revoked", zh: "该密钥已吊销" },
    hint: { en: "Make a new one with POST /v1/keys.", zh: "请用 POST /v1/keys 新建密钥。" },
  },
  changed_meanwhile: {
    status: 412,
    title: { en: "It has been changed since it was read", zh: "读取之后已被修改" },
    hint: {
      en: "Nothing was changed. GET it again, check that the change is still wanted, and send it with the new ETag in If-Match.",
      zh: "本次没有修改。请重新 GET，确认仍需修改后，在 If-Match 中带上新的 ETag 再次提交。",
    },
  },
  body_too_large: {
    status: 413,
    title: { en: "The body is too large", zh: "请求体过大" },
    hint: {
      en: "Send less at a time: a message or a batch of messages may have 64 MiB, what is sent to other paths has a smaller limit, which detail names.",
      zh: "请减少单次发送的内容：一条消息或一批消息最多 64 MiB，其他路径的上限较小，见 detail。",
    },
  },
  too_many_values: {
    status: 413,
    title: { en: "The body holds too many values", zh: "请求体中的值过多" },
    hint: { en: "Spread it over several requests.", zh: "请拆成多个请求发送。" },
  },
  uri_too_long: {
    status: 414,
    title: { en: "The address is too long", zh: "请求地址过长" },
    hint: { en: "Check the id in the path.", zh: "请核对路径中的 id。" },
  },
  unsupported_media_type: {
    status: 415,
    title: { en: "The content type is not supported here", zh: "不支持此内容类型" },
    hint: {
      en: "Send Content-Type: application/json in UTF-8; with curl add -H 'Content-Type: application/json', or write --json instead of -d. A batch may also be application/x-ndjson, and a file is multipart/form-data (curl -F).",
      zh: "请使用 Content-Type: application/json（UTF-8）；用 curl 时请加上 -H 'Content-Type: application/json'，或把 -d 换成 --json。批量接口也接受 application/x-ndjson，上传文件使用 multipart/form-data（curl -F）。",
    },
  },
  unsupported_content_encoding: {
    status: 415,
    title: { en: "Compressed bodies are not accepted", zh: "不接受压缩的请求体" },
    hint: { en: "Send the body without Content-Encoding.", zh: "请去掉 Content-Encoding，发送未压缩的请求体。" },
  },
  invalid_value: {
    status: 422,
    title: { en: "A value is out of range", zh: "取值不合要求" },
    hint: {
      en: "Correct everything that errors names; nothing was accepted.",
      zh: "请逐项更正 errors 中列出的问题；本次没有受理任何内容。",
    },
  },
  template_failed: {
    status: 422,
    title: { en: "The template of the source made no message", zh: "来源的模板未能生成消息" },
    hint: {
      en: "Correct the template; wecom-push sources preview shows what it makes of a body. Nothing was accepted.",
      zh: "请更正模板；可用 wecom-push sources preview 查看它对一个请求体生成的内容。本次没有受理。",
    },
  },
  too_many_names: {
    status: 422,
    title: { en: "An object in the body has too many names", zh: "请求体中某个对象的字段过多" },
    hint: {
      en: "Put lists into arrays; /openapi.json lists all fields.",
      zh: "列表请用数组表示；全部字段见 /openapi.json。",
    },
  },
  idempotency_key_reused: {
    status: 422,
    title: { en: "This Idempotency-Key was used for another request", zh: "该 Idempotency-Key 已用于另一个请求" },
    hint: {
      en: "Use a new key for each message. To repeat a request, send the same body. The first message is untouched.",
      zh: "每条消息请使用新的 Idempotency-Key；重试时请求体必须相同。第一条消息不受影响。",
    },
  },
  rate_limited: {
    status: 429,
    title: { en: "This key sends too many requests", zh: "该密钥的请求过于频繁" },
    hint: { en: "Wait as long as Retry-After says.", zh: "请等待 Retry-After 指定的时间后再试。" },
  },
  share_used: {
    status: 429,
    title: { en: "This key or app has used up its share", zh: "该密钥或应用已用完自己的份额" },
    hint: {
      en: "Wait until some of yours is done or deleted; others are served meanwhile. An administrator may raise the setting that detail names. Nothing was accepted.",
      zh: "请等待自己已占用的部分完成或删除后再试，期间其他密钥不受影响。管理员可以调高 detail 中的设置。本次没有受理。",
    },
  },
  lookup_budget_spent: {
    status: 429,
    title: { en: "Today's budget for unknown numbers is used up", zh: "今日未知号码的查询额度已用完" },
    hint: {
      en: "Too many numbers that no member has close WeCom's look-up for a day. Use userids, or raise lookup_miss_budget of the corp.",
      zh: "查不到的号码过多，企业微信会停用查询接口一天。请改用 userid，或调高该企业的 lookup_miss_budget。",
    },
  },
  chat_limit: {
    status: 429,
    title: { en: "WeCom takes no more group chats of this corp for now", zh: "该企业的群聊创建或修改次数已达上限" },
    hint: {
      en: "A corp makes 1000 group chats a day, and changes them 1000 times an hour. Wait as long as Retry-After says.",
      zh: "每个企业每天可创建 1000 个群聊，每小时可修改 1000 次。请等待 Retry-After 指定的时间。",
    },
  },
  lookups_paused: {
    status: 429,
    title: { en: "WeCom has closed look-ups for a while", zh: "企业微信暂时限制了查询" },
    hint: {
      en: "Wait as long as Retry-After says, or use the userid.",
      zh: "请等待 Retry-After 指定的时间，或直接使用 userid。",
    },
  },
  header_fields_too_large: {
    status: 431,
    title: { en: "The headers are too large", zh: "请求头过大" },
    hint: { en: "Send at most 16 KiB of headers.", zh: "请求头总计不要超过 16 KiB。" },
  },
  internal_error: {
    status: 500,
    title: { en: "Something failed inside the gateway", zh: "网关内部出错" },
    hint: {
      en: "Repeating with the same Idempotency-Key is safe. The log has more under this request id.",
      zh: "使用相同的 Idempotency-Key 重试是安全的。可凭 request_id 在日志中查找原因。",
    },
  },
  wecom_failed: {
    status: 503,
    title: { en: "WeCom refused or could not be reached", zh: "企业微信拒绝了请求或无法连接" },
    hint: {
      en: "Try again later; `wecom-push doctor --gateway` names what is wrong.",
      zh: "请稍后重试；可用 wecom-push doctor --gateway 查明原因。",
    },
  },
  chat_in_doubt: {
    status: 503,
    title: { en: "WeCom's answer was lost", zh: "企业微信的应答丢失" },
    hint: {
      en: "Send the same request again, with the chatid that detail names: the chat is not made twice.",
      zh: "请带上 detail 中的 chatid 重新发送同一请求，不会重复创建群聊。",
    },
  },
  too_busy: {
    status: 503,
    title: { en: "The memory for request bodies is full", zh: "正在处理的请求已占满请求体内存" },
    hint: {
      en: "Send it again after Retry-After, and large bodies one after another. Nothing was accepted.",
      zh: "请在 Retry-After 之后重发，较大的请求请依次发送；本次没有受理。",
    },
  },
  reading_interrupted: {
    status: 503,
    title: { en: "The gateway was interrupted while reading this request", zh: "网关读取该请求时中断" },
    hint: {
      en: "Send it again after Retry-After, with the same Idempotency-Key; the gateway's log names the cause.",
      zh: "请在 Retry-After 之后使用相同的 Idempotency-Key 重发；原因见网关日志。",
    },
  },
  too_many_connections: {
    status: 503,
    title: { en: "The gateway has no room for more connections", zh: "网关的连接数已达上限" },
    hint: {
      en: "Send it again after Retry-After, and keep connections open for several requests. WECOM_PUSH_MAX_CONNECTIONS raises the limit. Nothing was accepted.",
      zh: "请在 Retry-After 之后重发，并让多个请求复用连接；上限由 WECOM_PUSH_MAX_CONNECTIONS 设置。本次没有受理。",
    },
  },
  too_many_streams: {
    status: 503,
    title: { en: "The gateway has no room for more event streams", zh: "网关的事件流数量已达上限" },
    hint: {
      en: "Follow again after Retry-After, with Last-Event-ID; one stream has the events of all apps of a key. WECOM_PUSH_MAX_STREAMS raises the limit.",
      zh: "请在 Retry-After 之后带上 Last-Event-ID 重新连接；一个事件流即可接收密钥所含全部应用的事件。上限由 WECOM_PUSH_MAX_STREAMS 设置。",
    },
  },
  backlog_full: {
    status: 503,
    title: { en: "Too many messages are waiting", zh: "待发消息过多" },
    hint: {
      en: "Send it again after Retry-After. Nothing was accepted.",
      zh: "请在 Retry-After 之后重发；本次没有受理。",
    },
  },
  files_full: {
    status: 503,
    title: { en: "No more files can be stored", zh: "文件存储量已达上限" },
    hint: {
      en: "Delete files that no message needs with DELETE /v1/media/{id}, or raise WECOM_PUSH_FILES_LIMIT_MIB. Nothing was stored.",
      zh: "请用 DELETE /v1/media/{id} 删除不再需要的文件，或调高 WECOM_PUSH_FILES_LIMIT_MIB。本次没有存储任何内容。",
    },
  },
  storage_full: {
    status: 503,
    title: { en: "The gateway's disk is full", zh: "网关磁盘已满" },
    hint: {
      en: "Free space on its disk, then send it again. Nothing was accepted.",
      zh: "请清理网关磁盘后重发；本次没有受理。",
    },
  },
  storage_error: {
    status: 503,
    title: { en: "The gateway's database failed, or refused the gateway", zh: "网关的数据库出错，或拒绝了网关" },
    hint: {
      en: "Whether it was accepted is unknown: send it again with the same Idempotency-Key.",
      zh: "无法确定是否已受理：请使用相同的 Idempotency-Key 重发。",
    },
  },
  storage_busy: {
    status: 503,
    title: { en: "Another program has locked the gateway's database", zh: "网关数据库被其他程序占用" },
    hint: {
      en: "Send it again after Retry-After. Nothing was accepted.",
      zh: "请在 Retry-After 之后重发；本次没有受理。",
    },
  },
  files_unavailable: {
    status: 503,
    title: { en: "The gateway cannot use its bucket of files", zh: "网关无法使用保存文件的存储桶" },
    hint: {
      en: "Send it again after Retry-After; the gateway's log names the cause. Nothing was accepted.",
      zh: "请在 Retry-After 之后重发，原因见网关日志；本次没有受理。",
    },
  },
  shutting_down: {
    status: 503,
    title: { en: "The gateway is stopping", zh: "网关正在停止" },
    hint: {
      en: "Send it again after Retry-After. Nothing was accepted.",
      zh: "请在 Retry-After 之后重发；本次没有受理。",
    },
  },
} as const satisfies Readonly<Record<string, ProblemKind>>

export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = KINDS
