/** For whoever does not know one by heart. */
export const KNOWN_PATHS = [
  "message/send",
  "gettoken",
  "*",
  "message/recall",
  "message/update_template_card",
  "user/getuserid",
  "user/get_userid_by_email",
  "user/get",
  "user/simplelist",
  "department/simplelist",
  "tag/list",
  "tag/get",
  "media/upload",
  "media/uploadimg",
  "media/get",
  "agent/get",
] as const
