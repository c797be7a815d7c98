import type { ErrcodeRow } from "./errcode-entry.ts"

/** Codes about system, token, secret and rights: they concern the app and its way to WeCom, not one message. */
export const SYSTEM_ERRCODES: readonly ErrcodeRow[] = [
  {
    errcode: -1,
    name: "system_busy",
    class: "transient",
    meaning: { en: "WeCom is busy.", zh: "企业微信系统繁忙。" },
    todo: {
      en: "Repeat the call a little later, at most three times with a growing pause.",
      zh: "稍后重试，间隔逐次加长，最多三次。",
    },
  },
  {
    errcode: 6000,
    name: "data_version_conflict",
    class: "transient",
    meaning: {
      en: "The data was being changed by another caller at the same moment.",
      zh: "数据正被其他请求修改，版本冲突。",
    },
    todo: { en: "Repeat the call a little later.", zh: "稍后重试即可。" },
  },
  {
    errcode: 40001,
    name: "secret_not_valid",
    class: "configuration",
    meaning: {
      en: "The app secret is not valid: mistyped, reset in the meantime, or not of this corp; or the app was stopped.",
      zh: "应用 Secret 无效：填写有误、已被重置、与企业 ID 不匹配，或应用已停用。",
    },
    todo: {
      en: "In the admin console open 应用管理 → the app, view the Secret and copy it again; check that the corp id under 我的企业 → 企业信息 belongs to it. Do not keep trying: too many failures block your address for an hour.",
      zh: "登录管理后台，在“应用管理 → 对应应用”中查看并重新复制 Secret，并核对“我的企业 → 企业信息”中的企业 ID。不要反复重试，失败过多会导致调用方 IP 被封禁一小时。",
    },
  },
  {
    errcode: 40013,
    name: "corpid_not_valid",
    class: "configuration",
    meaning: { en: "WeCom knows no corp with this corp id.", zh: "企业 ID（corpid）不正确。" },
    todo: {
      en: "Copy the corp id from the admin console, 我的企业 → 企业信息 → 企业ID; it starts with ww or wx.",
      zh: "在管理后台“我的企业 → 企业信息”底部复制企业 ID（以 ww 或 wx 开头），更正配置。",
    },
  },
  {
    errcode: 40014,
    name: "token_not_valid",
    class: "token",
    meaning: {
      en: "The access token is not valid: expired, damaged, or made for something else.",
      zh: "access_token 无效：已过期、内容损坏，或不是用于该接口的凭证。",
    },
    todo: {
      en: "Fetch a new token and repeat the call once. If it stays, check that all processes of this app share one token and that no other app's secret is used.",
      zh: "重新获取 access_token 后重试一次。若仍然报错，请确认同一应用的各进程共用一个 token，且没有混用其他应用的 Secret。",
    },
  },
  {
    errcode: 40091,
    name: "secret_of_another_corp",
    class: "configuration",
    meaning: {
      en: "The secret is not valid for this corp; it may belong to another one.",
      zh: "Secret 不合法，可能属于其他企业。",
    },
    todo: {
      en: "Check that corp id and secret come from the same corp, then copy the secret again from 应用管理 → the app.",
      zh: "确认企业 ID 与 Secret 来自同一企业，并在“应用管理 → 对应应用”中重新复制 Secret。",
    },
  },
  // 40133 to 40140 differ in what an administrator sees, not in what a sender can do.
  ...[40133, 40134, 40135, 40136, 40137, 40138, 40139, 40140].map((errcode): ErrcodeRow => ({
    errcode,
    name: `app_authorisation_${errcode}`,
    class: "configuration",
    meaning: {
      en: "The app's authorisation or service plan does not allow it: a member's consent is off, a similar app is installed, a trial or the service has ended, or there are more people than seats.",
      zh: "应用的授权或服务状态异常：成员授权关闭、已安装同类应用、试用或服务到期，或使用人数超出上限。",
    },
    todo: {
      en: "Ask the administrator to open the app in the admin console, 应用管理, and to complete or renew what is shown there.",
      zh: "请管理员在管理后台“应用管理”中打开该应用，按页面提示补全授权或续期。",
    },
  })),
  {
    errcode: 40141,
    name: "corp_account_abnormal",
    class: "configuration",
    meaning: { en: "The corp's WeCom account is in an abnormal state.", zh: "企业账号状态异常。" },
    todo: {
      en: "Ask the corp's administrator to sign in to the admin console and follow the notice shown there.",
      zh: "请企业管理员登录管理后台，按页面提示处理账号异常。",
    },
  },
  {
    errcode: 40201,
    name: "stopped_by_antispam",
    class: "request",
    meaning: { en: "WeCom's anti-spam check stopped the message.", zh: "消息被企业微信反垃圾策略拦截。" },
    todo: {
      en: "Change the wording or the links and send less of the same; if it is a mistake, ask WeCom's support.",
      zh: "调整文案或链接，减少重复内容的发送；如属误判，请联系企业微信客服。",
    },
  },
  {
    errcode: 40203,
    name: "parameter_retired",
    class: "request",
    meaning: { en: "The request uses a parameter that WeCom has retired.", zh: "请求使用了已废弃的参数。" },
    todo: {
      en: "Compare the request with the current documentation of the call and leave the old parameter out.",
      zh: "对照接口最新文档，去掉已废弃的参数。",
    },
  },
  {
    errcode: 40204,
    name: "sensitive_content",
    class: "request",
    meaning: { en: "WeCom stopped the message for sensitive content.", zh: "消息含敏感内容，被企业微信拦截。" },
    todo: { en: "Remove the sensitive words or links and send again.", zh: "去掉敏感词或链接后重新发送。" },
  },
  {
    errcode: 40206,
    name: "request_too_large",
    class: "request",
    meaning: { en: "The request body is larger than WeCom takes.", zh: "请求体过大，超出接口限制。" },
    todo: {
      en: "Send to fewer recipients in one call or shorten the content.",
      zh: "减少单次请求的接收人数，或缩短内容。",
    },
  },
  {
    errcode: 41001,
    name: "token_missing",
    class: "request",
    meaning: {
      en: "The call carried no access token in its query string.",
      zh: "请求未在 URL 查询参数中携带 access_token。",
    },
    todo: {
      en: "Put the token into the query as access_token=…; a header or the JSON body is not read. A proxy may have removed it.",
      zh: "把 access_token 放在 URL 查询参数中，放在请求头或 JSON 里无效；同时检查代理是否删掉了查询参数。",
    },
  },
  {
    errcode: 41002,
    name: "corpid_missing",
    class: "configuration",
    meaning: { en: "The corp id is missing.", zh: "缺少企业 ID（corpid）参数。" },
    todo: {
      en: "Set the corp id, from 我的企业 → 企业信息 in the admin console.",
      zh: "请配置企业 ID，可在管理后台“我的企业 → 企业信息”中查看。",
    },
  },
  {
    errcode: 41004,
    name: "secret_missing",
    class: "configuration",
    meaning: { en: "The app secret is missing.", zh: "缺少应用 Secret（corpsecret）参数。" },
    todo: {
      en: "Set the app secret, from 应用管理 → the app in the admin console.",
      zh: "请配置应用 Secret，可在管理后台“应用管理 → 对应应用”中查看。",
    },
  },
  {
    errcode: 42001,
    name: "token_expired",
    class: "token",
    meaning: { en: "The access token has expired.", zh: "access_token 已过期。" },
    todo: {
      en: "Fetch a new token and repeat the call once; tokens normally last two hours and may end earlier.",
      zh: "重新获取 access_token 后重试一次；其有效期通常为两小时，也可能提前失效。",
    },
  },
  {
    errcode: 45009,
    name: "rate_limited",
    class: "throttled",
    meaning: {
      en: "A call limit was exceeded: per minute, per hour, per day, or too many look-ups of unknown numbers.",
      zh: "调用超过频率限制：可能是分钟、小时或当日上限，也可能是查询了过多不存在的手机号或邮箱。",
    },
    todo: {
      en: "Stop this call for the length of the window: 60 s, then 60 min, then until the next day (Beijing time). Calling on does not help. An administrator can lift some blocks with WeCom's 频率自助解封 tool.",
      zh: "暂停该接口：先等 60 秒，再等 60 分钟，仍超限则等到次日（北京时间），期间继续调用无济于事。部分封禁可由管理员用“频率自助解封”工具解除。",
    },
  },
  {
    errcode: 45031,
    name: "secret_not_safe",
    class: "configuration",
    meaning: { en: "WeCom judges the app secret unsafe.", zh: "企业微信判定该 Secret 存在安全风险。" },
    todo: {
      en: "Reset the secret in the admin console, 应用管理 → the app → Secret, and put the new one into the configuration.",
      zh: "在管理后台“应用管理 → 对应应用”中重置 Secret，并更新到配置。",
    },
  },
  {
    errcode: 45033,
    name: "too_many_concurrent_calls",
    class: "transient",
    meaning: {
      en: "Too many calls of one API were running at the same time, or one resource was fetched over and over.",
      zh: "同一接口并发调用过多，或对同一资源拉取过于频繁。",
    },
    todo: { en: "Lower the number of calls in flight and repeat later.", zh: "降低并发数，稍后重试。" },
  },
  {
    errcode: 45035,
    name: "concurrent_change",
    class: "transient",
    meaning: { en: "Two calls changed the same record at once.", zh: "多个请求同时修改同一条数据，发生冲突。" },
    todo: {
      en: "Repeat the call a little later; make changes to one record one after another.",
      zh: "稍后重试；对同一条数据的修改请依次进行。",
    },
  },
  {
    errcode: 45036,
    name: "abnormal_traffic",
    class: "transient",
    meaning: { en: "WeCom sees abnormal traffic on this data.", zh: "该数据的访问流量异常，被暂时限制。" },
    todo: { en: "Slow down and repeat later.", zh: "降低调用频率，稍后重试。" },
  },
  {
    errcode: 48001,
    name: "api_not_authorised",
    class: "configuration",
    meaning: { en: "The app has no authorisation for this function.", zh: "应用未获得该接口功能的授权。" },
    todo: {
      en: "Check the app's API rights in the admin console, 应用管理 → the app.",
      zh: "在管理后台“应用管理 → 对应应用”中检查接口权限，并补充授权。",
    },
  },
  {
    errcode: 48002,
    name: "api_forbidden",
    class: "configuration",
    meaning: {
      en: "This secret may not use this API: a contact-sync secret cannot send messages, a mini-program notice needs an app bound to a mini-program, a group chat needs the whole corp as visible range.",
      zh: "当前 Secret 无权调用该接口：通讯录同步 Secret 不能发消息；小程序通知要求应用已关联小程序；应用群聊要求可见范围为根部门。",
    },
    todo: {
      en: "Use the secret of the app itself (应用管理 → the app), not that of 通讯录同步; for a mini-program notice bind the mini-program to the app first; for a group chat set the app's visible range (可见范围) to the root department.",
      zh: "请使用应用自身的 Secret（应用管理 → 对应应用），不要用“通讯录同步”的 Secret；发送小程序通知前先将小程序关联到应用；应用群聊须将应用的可见范围设为根部门。",
    },
  },
  {
    errcode: 48004,
    name: "authorisation_not_valid",
    class: "configuration",
    meaning: { en: "The authorisation of the app is no longer valid.", zh: "应用的授权关系已失效。" },
    todo: {
      en: "Ask the administrator to authorise the app again in the admin console.",
      zh: "请管理员在管理后台重新授权该应用。",
    },
  },
  {
    errcode: 48005,
    name: "api_retired",
    class: "request",
    meaning: { en: "WeCom has retired this API.", zh: "该接口已废弃。" },
    todo: {
      en: "Use the call that the current documentation names in its place.",
      zh: "请改用文档中的替代接口。",
    },
  },
  {
    errcode: 48006,
    name: "right_withdrawn_for_disuse",
    class: "configuration",
    meaning: {
      en: "The right to call was withdrawn because the app had not been used for long.",
      zh: "应用长期未使用，接口权限已被收回。",
    },
    todo: {
      en: "Ask the administrator to enable the app again in the admin console, 应用管理 → the app.",
      zh: "请管理员在管理后台“应用管理 → 对应应用”中重新启用。",
    },
  },
  {
    errcode: 48008,
    name: "contact_edit_grant_missing",
    class: "configuration",
    meaning: {
      en: "The app lacks the grant to edit contacts that this call needs.",
      zh: "应用没有该接口所需的通讯录编辑权限。",
    },
    todo: {
      en: "Grant the right under 管理工具 → 通讯录同步 in the admin console, or use a call that does without.",
      zh: "在管理后台“管理工具 → 通讯录同步”中开通权限，或改用无需该权限的接口。",
    },
  },
  {
    errcode: 48009,
    name: "contact_sync_may_not_read",
    class: "configuration",
    meaning: {
      en: "The contact-sync secret may no longer read this from newly added addresses.",
      zh: "新增 IP 使用通讯录同步 Secret 时，已不能读取这类信息。",
    },
    todo: {
      en: "Use the app's own secret for look-ups; its visible range must hold the member.",
      zh: "请改用应用自身的 Secret 查询，并确认成员在应用可见范围内。",
    },
  },
  {
    errcode: 48010,
    name: "tls_too_old",
    class: "configuration",
    meaning: {
      en: "The connection used a TLS version that WeCom no longer takes.",
      zh: "TLS 版本过低，企业微信不再支持。",
    },
    todo: {
      en: "Upgrade the proxy or gateway in between to TLS 1.2 or newer.",
      zh: "将中间的代理或网关升级到 TLS 1.2 及以上。",
    },
  },
  {
    errcode: 50003,
    name: "app_disabled",
    class: "configuration",
    meaning: { en: "The app is disabled.", zh: "应用已被停用。" },
    todo: {
      en: "Enable it in the admin console, 应用管理 → the app → 启用应用.",
      zh: "在管理后台“应用管理 → 对应应用”中启用该应用。",
    },
  },
  {
    errcode: 50006,
    name: "system_app_disabled",
    class: "configuration",
    meaning: { en: "The built-in app behind this call is disabled.", zh: "该接口对应的系统应用已被停用。" },
    todo: { en: "Enable it in the admin console, 应用管理.", zh: "在管理后台“应用管理”中启用对应的系统应用。" },
  },
  {
    errcode: 60020,
    name: "address_not_trusted",
    class: "configuration",
    meaning: {
      en: "The address the call came from is not among the app's trusted addresses; errmsg shows it after “from ip”.",
      zh: "调用方 IP 不在应用的企业可信 IP 列表中；errmsg 里 from ip 后面就是该 IP。",
    },
    todo: {
      en: "In the admin console open 应用管理 → the app → 企业可信IP and add the address shown; it takes effect after about a minute. (The page wants a trusted domain or a receive-message URL first, and takes no address of a service provider.) Where your address changes, send through a proxy or gateway with a fixed one.",
      zh: "在管理后台“应用管理 → 对应应用 → 企业可信IP”中添加提示里的 IP，约一分钟后生效（需先设置可信域名或接收消息服务器 URL，且不能填服务商的 IP）。若出口 IP 不固定，请改走有固定 IP 的代理或网关。",
    },
  },
  {
    errcode: 60031,
    name: "app_barred",
    class: "configuration",
    meaning: { en: "WeCom has barred this app from calling the API.", zh: "该应用已被禁止调用接口。" },
    todo: {
      en: "Ask the corp's administrator to look for a notice in the admin console and to take it up with WeCom's support.",
      zh: "请企业管理员在管理后台查看通知，并联系企业微信客服处理。",
    },
  },
  {
    errcode: 81026,
    name: "under_maintenance",
    class: "transient",
    meaning: { en: "The function is under maintenance.", zh: "功能正在维护。" },
    todo: { en: "Repeat later.", zh: "稍后重试。" },
  },
  {
    errcode: 92002,
    name: "cross_corp_call",
    class: "request",
    meaning: { en: "The call reaches into another corp.", zh: "不允许跨企业调用。" },
    todo: {
      en: "Use ids of the corp that the secret belongs to; linked corps need linkedcorp/message/send.",
      zh: "请使用 Secret 所属企业的 ID；发给互联企业成员需调用 linkedcorp/message/send。",
    },
  },
  {
    errcode: 92003,
    name: "cross_app_call",
    class: "request",
    meaning: { en: "The call touches something that belongs to another app.", zh: "不允许跨应用调用。" },
    todo: {
      en: "Use the secret of the app that made the message or resource.",
      zh: "请使用创建该消息或资源的应用的 Secret。",
    },
  },
  {
    errcode: 301002,
    name: "agentid_of_another_app",
    class: "configuration",
    meaning: {
      en: "The secret belongs to another app than the agent id.",
      zh: "Secret 与 agentid 不属于同一个应用。",
    },
    todo: {
      en: "Take AgentId and Secret from the same page, 应用管理 → the app, in the admin console.",
      zh: "在管理后台“应用管理 → 对应应用”的同一页面复制 AgentId 与 Secret，成对更新。",
    },
  },
  {
    errcode: 301007,
    name: "corp_banned",
    class: "configuration",
    meaning: { en: "The corp has been disbanded or banned.", zh: "企业已解散或被封禁。" },
    todo: {
      en: "Ask the corp's administrator; nothing can be sent until WeCom has restored the corp.",
      zh: "请联系企业管理员；在企业恢复之前无法发送任何消息。",
    },
  },
  {
    errcode: 2000002,
    name: "corp_unknown",
    class: "configuration",
    meaning: { en: "WeCom knows no such corp.", zh: "企业 ID（CorpId）不存在。" },
    todo: {
      en: "Copy the corp id from the admin console, 我的企业 → 企业信息.",
      zh: "在管理后台“我的企业 → 企业信息”中重新复制企业 ID。",
    },
  },
  ...[701008, 701016, 701063, 701099].map((errcode): ErrcodeRow => ({
    errcode,
    name: `interface_licence_${errcode}`,
    class: "configuration",
    meaning: {
      en: "The interface licence that this call needs is missing, expired or closed.",
      zh: "缺少该接口所需的接口许可，或许可已过期、已关闭。",
    },
    todo: {
      en: "Ask the administrator to buy or renew interface licences (接口许可) and to assign them to the members.",
      zh: "请管理员购买或续期接口许可，并分配给相应成员。",
    },
  })),
]
