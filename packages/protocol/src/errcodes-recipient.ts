import type { ErrcodeRow } from "./errcode-entry.ts"

/** Codes about recipients: members, departments, tags, numbers, addresses. */
export const RECIPIENT_ERRCODES: readonly ErrcodeRow[] = [
  {
    errcode: 40003,
    name: "userid_not_valid",
    class: "recipient",
    meaning: {
      en: "A userid is not valid: wrongly written, unknown, or its member has left the corp.",
      zh: "userid 无效：写法有误、不存在，或该成员已离职。",
    },
    todo: {
      en: "Use the account (账号) from the contacts, not the display name; take former members off the list.",
      zh: "请填写通讯录中的“账号”而不是姓名，并移除已离职成员。",
    },
  },
  {
    errcode: 40031,
    name: "userid_list_not_valid",
    class: "recipient",
    meaning: { en: "The list of userids holds one that is not valid.", zh: "userid 列表中存在不合法的 userid。" },
    todo: {
      en: "Find the wrong one (the list can be halved until it is alone), correct it or leave it out.",
      zh: "找出有误的 userid（可将列表对半拆分逐步定位），更正或移除。",
    },
  },
  {
    errcode: 40032,
    name: "too_many_userids",
    class: "request",
    meaning: {
      en: "The list of userids is too long; a message takes at most 1000.",
      zh: "userid 列表过长，发消息时单次最多 1000 个。",
    },
    todo: { en: "Send to 1000 at a time.", zh: "按每批不超过 1000 人拆分发送。" },
  },
  {
    errcode: 40066,
    name: "department_not_valid",
    class: "recipient",
    meaning: {
      en: "A department id is not valid, or the list of departments is empty.",
      zh: "部门 ID 无效，或部门列表为空。",
    },
    todo: {
      en: "Check the ids against 通讯录 in the admin console and leave out departments that are gone.",
      zh: "对照管理后台“通讯录”核对部门 ID，移除已删除的部门。",
    },
  },
  {
    errcode: 40068,
    name: "tag_not_valid",
    class: "recipient",
    meaning: { en: "A tag id is missing or not valid.", zh: "标签 ID 缺失或无效。" },
    todo: {
      en: "Check the ids against 通讯录 → 标签 in the admin console and leave out tags that are gone.",
      zh: "对照管理后台“通讯录 → 标签”核对标签 ID，移除已删除的标签。",
    },
  },
  {
    errcode: 40070,
    name: "tag_range_not_valid",
    class: "recipient",
    meaning: { en: "No member in the given range of the tag is valid.", zh: "标签范围内的节点全部无效。" },
    todo: {
      en: "Check who carries the tag under 通讯录 → 标签 and whether the app may see them.",
      zh: "在“通讯录 → 标签”中检查标签成员，并确认他们在应用可见范围内。",
    },
  },
  {
    errcode: 41009,
    name: "userid_missing",
    class: "request",
    meaning: { en: "The userid is missing.", zh: "缺少 userid 参数。" },
    todo: { en: "Give the userid of the member.", zh: "请补充成员的 userid。" },
  },
  {
    errcode: 41017,
    name: "tagid_missing",
    class: "request",
    meaning: { en: "The tag id is missing.", zh: "缺少标签 ID（tagid）参数。" },
    todo: { en: "Give the id of the tag.", zh: "请补充标签 ID。" },
  },
  {
    errcode: 41019,
    name: "department_missing",
    class: "request",
    meaning: { en: "The department id is missing.", zh: "缺少部门 ID 参数。" },
    todo: { en: "Give the id of the department.", zh: "请补充部门 ID。" },
  },
  {
    errcode: 43004,
    name: "member_not_on_wechat",
    class: "recipient",
    meaning: {
      en: "The member has not bound WeChat or does not follow the corp's WeChat plugin.",
      zh: "成员未绑定微信，或未关注企业的微信插件。",
    },
    todo: {
      en: "Ask the member to scan the corp's WeChat plugin code (我的企业 → 微信插件), or reach them in WeCom itself.",
      zh: "请成员扫码关注“我的企业 → 微信插件”，或直接在企业微信内接收。",
    },
  },
  {
    errcode: 43009,
    name: "corp_not_verified",
    class: "configuration",
    meaning: { en: "The corp has not been verified.", zh: "企业尚未完成认证。" },
    todo: {
      en: "Ask the administrator to verify the corp under 我的企业 in the admin console.",
      zh: "请管理员在管理后台“我的企业”中完成企业认证。",
    },
  },
  {
    errcode: 46004,
    name: "user_not_found",
    class: "recipient",
    meaning: {
      en: "No member has this number, address or userid, or the app may not see the member; WeCom does not tell which.",
      zh: "没有成员使用该手机号、邮箱或 userid，或该成员不在应用可见范围内（企业微信不区分这两种情况）。",
    },
    todo: {
      en: "Check the number in 通讯录; if the member is there, add them to the app's visible range in the admin console, 应用管理 → the app → 可见范围.",
      zh: "先在通讯录中核对手机号或邮箱；若成员存在，请在管理后台“应用管理 → 对应应用 → 可见范围”中加入该成员。",
    },
  },
  {
    errcode: 50002,
    name: "member_outside_allowed_range",
    class: "recipient",
    meaning: { en: "The member is outside the range that this app may act on.", zh: "成员不在应用的权限范围内。" },
    todo: {
      en: "If they should get messages, add them to the app's visible range in the admin console, 应用管理 → the app → 可见范围; else take them off the list.",
      zh: "如需发送，请在管理后台“应用管理 → 对应应用 → 可见范围”中加入该成员；否则从名单中移除。",
    },
  },
  {
    errcode: 60003,
    name: "department_not_found",
    class: "recipient",
    meaning: { en: "The department does not exist.", zh: "部门不存在。" },
    todo: {
      en: "Check the id in 通讯录 of the admin console and leave out departments that are gone.",
      zh: "在管理后台“通讯录”中核对部门 ID，移除已删除的部门。",
    },
  },
  {
    errcode: 60011,
    name: "no_right_over_recipient",
    class: "configuration",
    meaning: {
      en: "The app has no right over a member, department or tag named in the call.",
      zh: "应用对请求中的成员、部门或标签没有权限。",
    },
    todo: {
      en: "To reach them, add them to the app's visible range in the admin console, 应用管理 → the app → 可见范围.",
      zh: "请在管理后台“应用管理 → 对应应用 → 可见范围”中加入相应的成员、部门或标签。",
    },
  },
  {
    errcode: 60021,
    name: "userid_outside_visible_range",
    class: "recipient",
    meaning: { en: "The member is outside the app's visible range.", zh: "成员不在应用可见范围内。" },
    todo: {
      en: "If they should get messages, add them to the app's visible range in the admin console, 应用管理 → the app → 可见范围; else take them off the list.",
      zh: "如需发送，请在管理后台“应用管理 → 对应应用 → 可见范围”中加入该成员；否则从名单中移除。",
    },
  },
  {
    errcode: 60030,
    name: "beyond_visible_range",
    class: "recipient",
    meaning: { en: "A recipient is beyond the app's visible range.", zh: "接收人超出应用可见范围。" },
    todo: {
      en: "If they should get messages, add them to the app's visible range in the admin console, 应用管理 → the app → 可见范围.",
      zh: "如需发送，请在管理后台“应用管理 → 对应应用 → 可见范围”中加入相应的成员、部门或标签。",
    },
  },
  {
    errcode: 60103,
    name: "mobile_malformed",
    class: "recipient",
    meaning: { en: "The mobile number is badly formed.", zh: "手机号格式不正确。" },
    todo: {
      en: "Give 5 to 32 digits, with nothing else but plus and minus signs.",
      zh: "手机号应为 5～32 位数字，只允许另含加号和减号，请去掉空格等其他字符。",
    },
  },
  {
    errcode: 60105,
    name: "email_malformed",
    class: "recipient",
    meaning: { en: "The email address is badly formed.", zh: "邮箱格式不正确。" },
    todo: {
      en: "Give one address of at most 64 bytes, as in name@example.com.",
      zh: "请填写一个不超过 64 字节的邮箱地址，例如 name@example.com。",
    },
  },
  {
    errcode: 60111,
    name: "userid_not_found",
    class: "recipient",
    meaning: {
      en: "No such member: the userid is wrong, the member has left, or the app may not see them.",
      zh: "成员不存在：userid 有误、成员已离职，或不在应用可见范围内。",
    },
    todo: {
      en: "Use the account (账号) from the contacts, not the display name; if the member is there, add them to the app's visible range in the admin console, 应用管理 → the app → 可见范围.",
      zh: "请核对通讯录中的“账号”（不是姓名）；若成员存在，请在管理后台“应用管理 → 对应应用 → 可见范围”中加入该成员。",
    },
  },
  {
    errcode: 60123,
    name: "department_not_valid_id",
    class: "recipient",
    meaning: { en: "The department id is not valid.", zh: "部门 ID 不合法。" },
    todo: { en: "Check the id in 通讯录 of the admin console.", zh: "在管理后台“通讯录”中核对部门 ID。" },
  },
  {
    errcode: 60136,
    name: "record_not_found",
    class: "request",
    meaning: { en: "The record asked for does not exist.", zh: "要查询的记录不存在。" },
    todo: { en: "Check the id in the request.", zh: "请核对请求中的 ID。" },
  },
  {
    errcode: 60146,
    name: "mobile_not_found",
    class: "recipient",
    meaning: { en: "No member has this mobile number.", zh: "没有成员使用该手机号。" },
    todo: {
      en: "Check the number in 通讯录; if the member is there, add them to the app's visible range in the admin console, 应用管理 → the app → 可见范围.",
      zh: "在通讯录中核对手机号；若成员存在，请在管理后台“应用管理 → 对应应用 → 可见范围”中加入该成员。",
    },
  },
  {
    errcode: 60147,
    name: "email_not_found",
    class: "recipient",
    meaning: { en: "No member has this email address.", zh: "没有成员使用该邮箱。" },
    todo: {
      en: "Check the address in 通讯录, and whether it is the corp mailbox (email_type 1) or the private one (2).",
      zh: "在通讯录中核对邮箱，并区分企业邮箱（email_type 为 1）和个人邮箱（2）。",
    },
  },
  {
    errcode: 60148,
    name: "corp_email_not_found",
    class: "recipient",
    meaning: { en: "No member has this corp mailbox.", zh: "没有成员使用该企业邮箱。" },
    todo: {
      en: "Check the address in 通讯录; a private address needs email_type 2.",
      zh: "在通讯录中核对企业邮箱；个人邮箱需将 email_type 设为 2。",
    },
  },
  {
    errcode: 81011,
    name: "no_right_over_tag",
    class: "configuration",
    meaning: { en: "The app has no right over the tag.", zh: "应用没有该标签的权限。" },
    todo: {
      en: "Make the tag usable by the app under 通讯录 → 标签, and have its members in the app's visible range.",
      zh: "在“通讯录 → 标签”中把标签的使用权限开放给该应用，并确保标签成员在应用可见范围内。",
    },
  },
  {
    errcode: 81012,
    name: "no_recipient_range",
    class: "request",
    meaning: { en: "No member, department or tag was given.", zh: "未指定成员、部门或标签。" },
    todo: { en: "Name at least one in touser, toparty or totag.", zh: "touser、toparty、totag 至少填写一个。" },
  },
  {
    errcode: 81013,
    name: "all_recipients_invalid",
    class: "recipient",
    meaning: {
      en: "None of the recipients could be reached: all are wrong or outside the app's visible range. Nothing was sent.",
      zh: "所有接收人都无效，或都不在应用可见范围内，消息未发送。",
    },
    todo: {
      en: "Put the people (or their departments or tags) into the app's visible range in the admin console, 应用管理 → the app → 可见范围, and check the ids. Members of linked corps (互联企业) need linkedcorp/message/send.",
      zh: "请在管理后台“应用管理 → 对应应用 → 可见范围”中加入这些成员（或其部门、标签），并核对 userid、部门 ID 和标签 ID。互联企业成员需使用 linkedcorp/message/send。",
    },
  },
  {
    errcode: 81014,
    name: "too_many_in_request",
    class: "request",
    meaning: { en: "The request names too many at once.", zh: "单次请求的数量超限。" },
    todo: { en: "Spread them over several calls.", zh: "请拆成多次请求。" },
  },
  {
    errcode: 81017,
    name: "too_many_in_batch",
    class: "request",
    meaning: { en: "The batch is larger than WeCom takes.", zh: "批量请求的数量超限。" },
    todo: { en: "Spread it over several calls.", zh: "请拆成多批请求。" },
  },
  {
    errcode: 82001,
    name: "no_recipient",
    class: "request",
    meaning: { en: "Members, departments and tags are all empty.", zh: "接收的成员、部门和标签全部为空。" },
    todo: { en: "Name at least one in touser, toparty or totag.", zh: "touser、toparty、totag 至少填写一个。" },
  },
  {
    errcode: 82002,
    name: "too_many_departments",
    class: "request",
    meaning: { en: "More than 100 departments.", zh: "部门数超过 100 个。" },
    todo: { en: "Send to 100 at a time.", zh: "按每批不超过 100 个部门拆分发送。" },
  },
  {
    errcode: 82003,
    name: "too_many_tags",
    class: "request",
    meaning: { en: "More than 100 tags.", zh: "标签数超过 100 个。" },
    todo: { en: "Send to 100 at a time.", zh: "按每批不超过 100 个标签拆分发送。" },
  },
  {
    errcode: 82101,
    name: "card_update_without_target",
    class: "request",
    meaning: { en: "The card update names no recipient.", zh: "更新卡片时未指定接收人。" },
    todo: {
      en: "Give userids, partyids, tagids, or atall: 1.",
      zh: "请填写 userids、partyids、tagids 之一，或将 atall 设为 1。",
    },
  },
  {
    errcode: 82102,
    name: "card_update_target_not_recipient",
    class: "request",
    meaning: {
      en: "The card update names a member who never got the card.",
      zh: "更新卡片时指定了未收到原卡片的成员。",
    },
    todo: {
      en: "Name only people the card was sent to, or atall: 1.",
      zh: "只能指定原卡片的接收人，或将 atall 设为 1。",
    },
  },
  {
    errcode: 92000,
    name: "member_outside_app_range",
    class: "recipient",
    meaning: { en: "The member is outside the app's visible range.", zh: "成员不在应用的可见范围内。" },
    todo: {
      en: "If they should get messages, add them to the app's visible range in the admin console, 应用管理 → the app → 可见范围; else take them off the list.",
      zh: "如需发送，请在管理后台“应用管理 → 对应应用 → 可见范围”中加入该成员；否则从名单中移除。",
    },
  },
  {
    errcode: 301021,
    name: "userid_in_list_not_found",
    class: "recipient",
    meaning: { en: "One of the userids does not exist.", zh: "userid 列表中有不存在的成员。" },
    todo: { en: "Take the unknown userid off the list.", zh: "请移除不存在的 userid。" },
  },
]
