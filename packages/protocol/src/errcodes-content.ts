import type { ErrcodeRow } from "./errcode-entry.ts"

/** Codes about the form of a request and the content of a message, except cards and media. */
export const CONTENT_ERRCODES: readonly ErrcodeRow[] = [
  {
    errcode: 40008,
    name: "msgtype_not_valid",
    class: "request",
    meaning: { en: "WeCom knows no such msgtype in this call.", zh: "消息类型（msgtype）不合法。" },
    todo: {
      en: "Use text, image, voice, video, file, textcard, news, mpnews, markdown, miniprogram_notice or template_card. markdown_v2 is for group robots only.",
      zh: "应用消息支持 text、image、voice、video、file、textcard、news、mpnews、markdown、miniprogram_notice 和 template_card；markdown_v2 仅群机器人可用。",
    },
  },
  {
    errcode: 40033,
    name: "illegal_characters",
    class: "request",
    meaning: {
      en: "The request holds characters that WeCom does not take, such as \\uxxxx escapes.",
      zh: "请求含有不合法的字符，例如 \\uxxxx 形式的转义。",
    },
    todo: {
      en: "Send the text as plain UTF-8 and leave control characters out.",
      zh: "请直接使用 UTF-8 原文，不要用 \\uxxxx 转义，并去掉控制字符。",
    },
  },
  {
    errcode: 40035,
    name: "parameter_not_valid",
    class: "request",
    meaning: {
      en: "A parameter is not valid; often text where a list belongs, or a list that is too long.",
      zh: "参数不合法，常见原因是把数组写成了字符串，或列表超长。",
    },
    todo: {
      en: "Compare types and lengths with the documentation of the call; errmsg often names the field.",
      zh: "对照接口文档检查参数类型和长度，errmsg 通常会指出具体字段。",
    },
  },
  {
    errcode: 40036,
    name: "template_id_not_valid",
    class: "request",
    meaning: { en: "The template id is badly formed.", zh: "模板 ID（template_id）格式不合法。" },
    todo: { en: "Copy the template id again.", zh: "请重新复制模板 ID。" },
  },
  {
    errcode: 40037,
    name: "template_id_unknown",
    class: "request",
    meaning: { en: "The template id is not valid for this app.", zh: "模板 ID（template_id）无效。" },
    todo: { en: "Use a template that has been added to this app.", zh: "请使用已添加到该应用的模板。" },
  },
  {
    errcode: 40039,
    name: "url_too_long",
    class: "request",
    meaning: { en: "The URL is too long.", zh: "URL 过长。" },
    todo: {
      en: "Keep it within 1024 bytes, for instance with a short link.",
      zh: "请控制在 1024 字节以内，可改用短链接。",
    },
  },
  {
    errcode: 40056,
    name: "agentid_not_valid",
    class: "configuration",
    meaning: {
      en: "The agent id is not valid: not a number, or no such app.",
      zh: "agentid 不合法：不是整数，或应用不存在。",
    },
    todo: {
      en: "Copy AgentId from the admin console, 应用管理 → the app, and give it as a number.",
      zh: "在管理后台“应用管理 → 对应应用”中复制 AgentId，以整数填写。",
    },
  },
  {
    errcode: 40057,
    name: "callback_url_not_valid",
    class: "configuration",
    meaning: { en: "The callback URL is not valid or could not be verified.", zh: "回调 URL 不合法，或验证未通过。" },
    todo: {
      en: "Make the URL reachable from the internet and let it answer the verification within a second, then save it again under 应用管理 → the app → 接收消息.",
      zh: "确保该 URL 可从公网访问并在 1 秒内正确响应验证请求，再到“应用管理 → 对应应用 → 接收消息”中重新保存。",
    },
  },
  {
    errcode: 40058,
    name: "argument_not_valid",
    class: "request",
    meaning: {
      en: "An argument is not valid: unreadable JSON, too long, too many, empty, or a GET where a POST belongs.",
      zh: "参数不合法：JSON 无法解析、长度或数量超限、必填项为空，或该用 POST 却用了 GET。",
    },
    todo: {
      en: "Read errmsg: it names the field and what was expected. A recall must come from the app that sent the message.",
      zh: "查看 errmsg，其中会指出字段及期望值；撤回消息须使用原发送应用的 token。",
    },
  },
  {
    errcode: 40063,
    name: "parameter_empty",
    class: "request",
    meaning: {
      en: "A parameter is empty, or verb or body do not suit the call.",
      zh: "参数为空，或请求方法、请求体格式不正确。",
    },
    todo: {
      en: "Fill in the parameter; check the verb and that the body is JSON.",
      zh: "请补全参数，并检查请求方法以及请求体是否为 JSON。",
    },
  },
  {
    errcode: 40074,
    name: "news_cannot_be_confidential",
    class: "request",
    meaning: { en: "A news message cannot be confidential.", zh: "图文消息（news）不支持保密（safe）。" },
    todo: { en: "Use mpnews, or leave safe out.", zh: "请改用 mpnews，或去掉 safe 参数。" },
  },
  {
    errcode: 40094,
    name: "url_without_scheme",
    class: "request",
    meaning: { en: "A URL is missing or has no http:// or https://.", zh: "URL 缺失，或缺少 http://、https:// 前缀。" },
    todo: { en: "Give the full URL with its scheme.", zh: "请填写带协议头的完整 URL。" },
  },
  {
    errcode: 41010,
    name: "url_missing",
    class: "request",
    meaning: { en: "The URL is missing.", zh: "缺少 url 参数。" },
    todo: { en: "Fill in the url of the message.", zh: "请填写消息的 url。" },
  },
  {
    errcode: 41011,
    name: "agentid_missing",
    class: "configuration",
    meaning: { en: "The agent id is missing.", zh: "缺少 agentid 参数。" },
    todo: {
      en: "Set the agent id, from 应用管理 → the app in the admin console.",
      zh: "请配置 agentid，可在管理后台“应用管理 → 对应应用”中查看。",
    },
  },
  {
    errcode: 41016,
    name: "title_missing",
    class: "request",
    meaning: { en: "An article has no title.", zh: "图文消息缺少标题。" },
    todo: { en: "Give every article a title.", zh: "请为每篇图文填写 title。" },
  },
  {
    errcode: 41018,
    name: "tagname_missing",
    class: "request",
    meaning: { en: "The tag's name is missing.", zh: "缺少标签名称。" },
    todo: { en: "Give the tag a name.", zh: "请填写标签名称。" },
  },
  {
    errcode: 41033,
    name: "description_missing",
    class: "request",
    meaning: { en: "A textcard has no description.", zh: "文本卡片（textcard）缺少 description。" },
    todo: {
      en: "Fill in textcard.description, at most 512 bytes to be safe.",
      zh: "请填写 textcard.description，稳妥起见不超过 512 字节。",
    },
  },
  {
    errcode: 44004,
    name: "content_empty",
    class: "request",
    meaning: { en: "The text content is empty.", zh: "消息文本内容为空。" },
    todo: { en: "Give the message some text.", zh: "请填写消息内容。" },
  },
  {
    errcode: 45002,
    name: "content_too_long",
    class: "request",
    meaning: {
      en: "The content is too long: 2048 bytes for a text, 666 K for an article.",
      zh: "消息内容过长：文本上限 2048 字节，图文正文上限 666K。",
    },
    todo: { en: "Shorten it, or have it split into several messages.", zh: "请缩短内容，或拆分成多条发送。" },
  },
  {
    errcode: 45008,
    name: "too_many_articles",
    class: "request",
    meaning: { en: "More than 8 articles in one message.", zh: "单条图文消息超过 8 篇。" },
    todo: { en: "Send 8 at a time.", zh: "每条消息最多 8 篇，请拆分发送。" },
  },
  {
    errcode: 45029,
    name: "answer_too_large",
    class: "request",
    meaning: { en: "The answer would be too large.", zh: "返回数据量过大。" },
    todo: { en: "Ask for a smaller part, for instance one department.", zh: "请缩小查询范围，例如逐个部门查询。" },
  },
  {
    errcode: 45030,
    name: "too_many_media_ids",
    class: "request",
    meaning: { en: "More than 20 media ids in one call.", zh: "单次请求的 media_id 超过 20 个。" },
    todo: { en: "Spread them over several calls.", zh: "请拆成多次请求。" },
  },
  {
    errcode: 45032,
    name: "author_too_long",
    class: "request",
    meaning: { en: "The author of an article is longer than 64 bytes.", zh: "图文作者（author）超过 64 字节。" },
    todo: { en: "Shorten the author's name.", zh: "请缩短作者名。" },
  },
  {
    errcode: 45034,
    name: "url_scheme_missing",
    class: "request",
    meaning: { en: "A URL does not start with http:// or https://.", zh: "URL 未以 http:// 或 https:// 开头。" },
    todo: { en: "Give the full URL with its scheme.", zh: "请补上 http:// 或 https:// 前缀。" },
  },
  {
    errcode: 50100,
    name: "cursor_not_valid",
    class: "request",
    meaning: { en: "The page cursor is not valid any more.", zh: "分页游标（cursor）无效。" },
    todo: { en: "Start the listing again from the first page.", zh: "请从第一页重新拉取。" },
  },
  {
    errcode: 82004,
    name: "content_might_crash_client",
    class: "request",
    meaning: { en: "WeCom refused content that might crash a client.", zh: "内容不合法，可能导致客户端异常。" },
    todo: {
      en: "Take out unusual control characters, endless combining marks and very long unbroken runs.",
      zh: "请去掉异常控制字符、大量堆叠的组合符号和超长不换行内容。",
    },
  },
  {
    errcode: 85002,
    name: "forbidden_words",
    class: "request",
    meaning: { en: "The content holds forbidden words.", zh: "内容含有违禁词。" },
    todo: { en: "Change the wording and send again.", zh: "请修改措辞后重新发送。" },
  },
  {
    errcode: 90200,
    name: "miniprogram_appid_missing",
    class: "request",
    meaning: { en: "The mini-program's appid is missing.", zh: "缺少小程序 appid。" },
    todo: { en: "Fill in miniprogram_notice.appid.", zh: "请填写 miniprogram_notice.appid。" },
  },
  {
    errcode: 90201,
    name: "too_many_content_items",
    class: "request",
    meaning: { en: "More than 10 items in a mini-program notice.", zh: "小程序通知的 content_item 超过 10 项。" },
    todo: { en: "Keep at most 10 items.", zh: "请保留不超过 10 项。" },
  },
  {
    errcode: 90202,
    name: "content_item_key_length",
    class: "request",
    meaning: {
      en: "The key of an item is missing or longer than 10 characters.",
      zh: "content_item 的 key 为空或超过 10 个字。",
    },
    todo: { en: "Give every item a key of 1 to 10 characters.", zh: "每项 key 应为 1～10 个字。" },
  },
  {
    errcode: 90203,
    name: "content_item_value_length",
    class: "request",
    meaning: {
      en: "The value of an item is missing or longer than 30 characters.",
      zh: "content_item 的 value 为空或超过 30 个字。",
    },
    todo: { en: "Give every item a value of 1 to 30 characters.", zh: "每项 value 应为 1～30 个字。" },
  },
  {
    errcode: 90204,
    name: "miniprogram_page_not_valid",
    class: "request",
    meaning: { en: "The page of the mini-program is not valid.", zh: "小程序页面路径（page）不合法。" },
    todo: {
      en: "Give a path inside that mini-program, at most 1024 bytes.",
      zh: "请填写该小程序内的页面路径，不超过 1024 字节。",
    },
  },
  {
    errcode: 90206,
    name: "miniprogram_not_linked",
    class: "configuration",
    meaning: { en: "The mini-program is not linked to the app.", zh: "小程序未与应用关联。" },
    todo: {
      en: "Link it in the admin console, 应用管理 → the app → 关联小程序.",
      zh: "在管理后台“应用管理 → 对应应用”中关联该小程序。",
    },
  },
  {
    errcode: 90207,
    name: "miniprogram_appid_not_valid",
    class: "request",
    meaning: { en: "The mini-program's appid is not valid.", zh: "小程序 appid 不合法。" },
    todo: { en: "Copy the appid (wx…) of the mini-program again.", zh: "请重新复制小程序的 appid（以 wx 开头）。" },
  },
  {
    errcode: 90208,
    name: "miniprogram_appid_mismatch",
    class: "request",
    meaning: {
      en: "The appid is not that of the mini-program bound to the app.",
      zh: "小程序 appid 与应用关联的小程序不一致。",
    },
    todo: {
      en: "Use the appid of the mini-program that the app is bound to.",
      zh: "请使用与该应用关联的小程序 appid。",
    },
  },
]
