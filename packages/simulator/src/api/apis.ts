import type { Stats } from "../ledger.ts"
import { mediaGet } from "../media/get.ts"
import { mediaUpload, uploadImage } from "../media/upload.ts"
import { sendMessage } from "../send/send-message.ts"
import { updateTemplateCard } from "../send/update-card.ts"
import { agentGet } from "./agent-get.ts"
import type { ApiHandler } from "./call.ts"
import { departmentSimplelist, tagGet, tagList, userGet, userSimplelist } from "./contacts.ts"
import { getUseridByEmail, getUseridByMobile } from "./lookup.ts"
import { recall } from "./recall.ts"

export const API_PREFIX = "/cgi-bin/"

export interface Api {
  readonly verb: "GET" | "POST"
  /** What the wrong verb answers. */
  readonly wrongVerbErrcode: number
  /** Whether it tells about an app that is disabled, too. */
  readonly answersWhenDisabled?: true
  /** Part of `message/*`, where `ip_check_send` decides about callers from elsewhere. */
  readonly sends?: true
  /** Not counted in the rate of an API. @see wecom document 90312 */
  readonly rateFree?: true
  readonly counts?: keyof Stats
  readonly handle: ApiHandler
}

const sending = { verb: "POST", wrongVerbErrcode: 40058, sends: true } as const
const lookup = { verb: "POST", wrongVerbErrcode: 40003, counts: "lookups" } as const
const uploading = { verb: "POST", wrongVerbErrcode: 40058 } as const
const reading = { verb: "GET", wrongVerbErrcode: 40058 } as const

/** The APIs that need a token, by their path below `/cgi-bin/`. */
export const APIS: ReadonlyMap<string, Api> = new Map<string, Api>([
  ["message/send", { ...sending, rateFree: true, counts: "calls", handle: sendMessage }],
  ["message/recall", { ...sending, handle: recall }],
  ["message/update_template_card", { ...sending, handle: updateTemplateCard }],
  ["user/getuserid", { ...lookup, handle: getUseridByMobile }],
  ["user/get_userid_by_email", { ...lookup, handle: getUseridByEmail }],
  ["media/upload", { ...uploading, handle: mediaUpload }],
  ["media/uploadimg", { ...uploading, handle: uploadImage }],
  ["media/get", { ...reading, handle: mediaGet }],
  ["agent/get", { ...reading, answersWhenDisabled: true, handle: agentGet }],
  ["department/simplelist", { ...reading, handle: departmentSimplelist }],
  ["user/simplelist", { ...reading, handle: userSimplelist }],
  ["user/get", { ...reading, handle: userGet }],
  ["tag/list", { ...reading, handle: tagList }],
  ["tag/get", { ...reading, handle: tagGet }],
])

/** Those whose body is multipart. */
export const UPLOAD_APIS = ["media/upload", "media/uploadimg"] as const
