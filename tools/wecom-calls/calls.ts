/** A call of WeCom's API, or a frame of a smart robot's connection, and our functions for it. */
export interface WeComCall {
  readonly path: string
  readonly verb: "GET" | "POST" | "frame"
  readonly does: { readonly en: string; readonly zh: string }
  /** The expression by which the SDK offers it; it must be in the sources. */
  readonly sdk?: string
  /** The subcommand of `wecom-push`, which must exist. */
  readonly command?: string
  /** A route of the gateway beside the drop-in path, which must exist. */
  readonly route?: string
}

const call = (
  verb: WeComCall["verb"],
  path: string,
  zh: string,
  en: string,
  ours: Pick<WeComCall, "sdk" | "command" | "route"> = {},
): WeComCall => ({ verb, path, does: { en, zh }, ...ours })

/** Every call of WeCom's that push needs, by subject. */
export const WECOM_CALLS: readonly WeComCall[] = [
  call("GET", "gettoken", "获取令牌", "a token", { sdk: "new WeCom" }),
  call("POST", "user/getuserid", "手机号查 userid", "userid of a mobile", {
    sdk: "useridByMobile",
    command: "lookup",
    route: "/v1/lookup",
  }),
  call("POST", "user/get_userid_by_email", "邮箱查 userid", "userid of an email", {
    sdk: "useridByEmail",
    command: "lookup",
    route: "/v1/lookup",
  }),
  call("POST", "message/send", "发送应用消息", "send a message", {
    sdk: "send",
    command: "send",
    route: "/v1/messages",
  }),
  call("POST", "message/recall", "撤回应用消息", "recall a message", {
    sdk: "recall",
    command: "recall",
    route: "/v1/messages/{id}/recall",
  }),
  call("POST", "message/update_template_card", "更新模板卡片", "change a card", {
    sdk: "updateCard",
    command: "card update",
    route: "/v1/messages/{id}/card",
  }),
  call("POST", "message/update_taskcard", "更新旧版卡片（旧）", "change a task card (old)"),
  call("POST", "message/get_statistics", "应用消息发送统计", "how many were sent"),
  call("POST", "linkedcorp/message/send", "互联企业：发送消息", "linked corps: send a message"),
  call("POST", "linkedcorp/agent/get_perm_list", "互联企业：可见范围", "linked corps: what the app sees"),
  call("POST", "linkedcorp/department/list", "互联企业：部门", "linked corps: departments"),
  call("POST", "linkedcorp/user/simplelist", "互联企业：部门成员", "linked corps: members of a department"),
  call("POST", "linkedcorp/user/list", "互联企业：部门成员详情", "linked corps: members with details"),
  call("POST", "linkedcorp/user/get", "互联企业：成员详情", "linked corps: one member"),
  call("POST", "media/upload", "上传临时素材", "upload a file", { sdk: "media.upload", route: "/v1/media" }),
  call("POST", "media/uploadimg", "上传图片", "upload a picture for articles", { sdk: "media.uploadImage" }),
  call("GET", "media/get", "下载临时素材", "download a file", { sdk: "media.download" }),
  call("GET", "media/get/jssdk", "下载高清语音", "download a voice of JS-SDK"),
  call("POST", "media/upload_by_url", "按链接上传（异步）", "upload from an address"),
  call("POST", "media/get_upload_by_url_result", "按链接上传的结果", "how that upload went"),
  call("GET", "agent/get", "应用详情", "one app", { sdk: "agent", command: "doctor" }),
  call("GET", "agent/list", "应用列表", "apps"),
  call("GET", "department/simplelist", "部门 ID 列表", "ids of departments", {
    sdk: "departments",
    command: "departments",
    route: "/v1/apps/{name}/departments",
  }),
  call("GET", "department/list", "部门列表", "departments", {
    sdk: "departments",
    command: "departments",
    route: "/v1/apps/{name}/departments",
  }),
  call("GET", "department/get", "部门详情", "one department"),
  call("GET", "user/simplelist", "部门成员", "members of a department", {
    sdk: "members",
    command: "members",
    route: "/v1/apps/{name}/members",
  }),
  call("GET", "user/list", "部门成员详情", "members with details"),
  call("POST", "user/list_id", "成员 ID 列表", "ids of all members"),
  call("GET", "user/get", "成员详情", "one member", {
    sdk: "members",
    command: "members",
    route: "/v1/apps/{name}/members",
  }),
  call("GET", "tag/list", "标签列表", "tags", { sdk: "tags", command: "tags", route: "/v1/apps/{name}/tags" }),
  call("GET", "tag/get", "标签成员", "members of a tag", {
    sdk: "tag",
    command: "tags",
    route: "/v1/apps/{name}/tags/{id}",
  }),
  call("GET", "getcallbackip", "回调来源 IP", "addresses of callbacks"),
  call("GET", "get_api_domain_ip", "接口域名 IP", "addresses of the API"),
  call("POST", "appchat/create", "创建群聊", "create a group chat", {
    sdk: "chats.create",
    command: "chat create",
    route: "/v1/chats",
  }),
  call("POST", "appchat/update", "修改群聊", "change a group chat", {
    sdk: "chats.update",
    command: "chat update",
    route: "/v1/chats/{chatid}",
  }),
  call("GET", "appchat/get", "获取群聊", "one group chat", {
    sdk: "chats.get",
    command: "chat get",
    route: "/v1/chats/{chatid}",
  }),
  call("POST", "appchat/send", "推送到群聊", "send to a group chat", {
    sdk: "chats.send",
    command: "chat send",
    route: "/v1/messages",
  }),
  call("POST", "webhook/send", "群机器人发送", "send by a group robot", { sdk: "Robot.send", command: "send" }),
  call("POST", "webhook/upload_media", "群机器人上传文件", "upload for a group robot", {
    sdk: "Robot.upload",
    command: "robot upload",
  }),
  call("frame", "aibot_subscribe", "智能机器人：登录", "smart robot: sign in", { sdk: "Bot.connect" }),
  call("frame", "aibot_send_msg", "智能机器人：主动发送", "smart robot: send", { sdk: "Bot.send" }),
  call("frame", "aibot_respond_msg", "智能机器人：回复", "smart robot: reply", { sdk: "Bot.reply" }),
  call("frame", "aibot_respond_welcome_msg", "智能机器人：欢迎语", "smart robot: welcome text", { sdk: "Bot.reply" }),
  call("frame", "aibot_respond_update_msg", "智能机器人：更新卡片", "smart robot: change a card", {
    sdk: "Bot.changeCard",
  }),
  call("frame", "aibot_upload_media_init", "智能机器人：开始上传", "smart robot: begin an upload", { sdk: "Bot.send" }),
  call("frame", "aibot_upload_media_chunk", "智能机器人：上传分片", "smart robot: a part of an upload", {
    sdk: "Bot.send",
  }),
  call("frame", "aibot_upload_media_finish", "智能机器人：结束上传", "smart robot: end an upload", { sdk: "Bot.send" }),
  call("frame", "aibot_msg_callback", "智能机器人：收到消息", "smart robot: a message comes", { sdk: "onEvent" }),
  call("frame", "aibot_event_callback", "智能机器人：收到事件", "smart robot: an event comes", { sdk: "onEvent" }),
]
