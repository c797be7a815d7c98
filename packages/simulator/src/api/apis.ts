import { chatCreate, chatGet, chatUpdate } from "../chats/chat-apis.ts"
import { sendToChat } from "../chats/send-to-chat.ts"
import type { Stats } from "../ledger.ts"
import { mediaGet, mediaGetHighQuality } from "../media/get.ts"
import { uploadByUrl, uploadByUrlResult } from "../media/upload-by-url.ts"
import { mediaUpload, robotUpload, uploadImage } from "../media/upload.ts"
import { sendAsRobot } from "../send/send-as-robot.ts"
import { sendMessage } from "../send/send-message.ts"
import { updateTemplateCard } from "../send/update-card.ts"
import { updateTaskCard } from "../send/update-task-card.ts"
import { apiAddresses, callbackAddresses } from "./addresses.ts"
import { agentGet, agentList } from "./agent-get.ts"
import type { ApiHandler, RobotApiHandler } from "./call.ts"
import {
  departmentGet,
  departmentList,
  departmentSimplelist,
  tagGet,
  tagList,
  userGet,
  userList,
  userListId,
  userSimplelist,
} from "./contacts.ts"
import {
  linkedDepartments,
  linkedMember,
  linkedMemberDetails,
  linkedMembers,
  linkedPermissions,
  sendToLinkedCorps,
} from "./linked-corps.ts"
import { getUseridByEmail, getUseridByMobile } from "./lookup.ts"
import { recall } from "./recall.ts"
import { getStatistics } from "./statistics.ts"

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
  /**
   * Whether contact sync may call it: `always`; `ids`: only where it may read more than ids; `only` it. All else answers it
   * 48002. @see wecom document 90313
   */
  readonly contactSync?: "always" | "ids" | "only"
  readonly handle: ApiHandler
}

const sending = { verb: "POST", wrongVerbErrcode: 40058, sends: true } as const
const lookup = { verb: "POST", wrongVerbErrcode: 40003, counts: "lookups" } as const
const posting = { verb: "POST", wrongVerbErrcode: 40058 } as const
const reading = { verb: "GET", wrongVerbErrcode: 40058 } as const

/** The APIs that need a token, by their path below `/cgi-bin/`. */
export const APIS: ReadonlyMap<string, Api> = new Map<string, Api>([
  ["message/send", { ...sending, rateFree: true, counts: "calls", handle: sendMessage }],
  ["message/recall", { ...sending, handle: recall }],
  ["message/update_template_card", { ...sending, handle: updateTemplateCard }],
  ["message/update_taskcard", { ...sending, handle: updateTaskCard }],
  ["user/getuserid", { ...lookup, handle: getUseridByMobile }],
  ["user/get_userid_by_email", { ...lookup, handle: getUseridByEmail }],
  ["media/upload", { ...posting, handle: mediaUpload }],
  ["media/uploadimg", { ...posting, handle: uploadImage }],
  ["media/get", { ...reading, handle: mediaGet }],
  ["agent/get", { ...reading, answersWhenDisabled: true, handle: agentGet }],
  ["agent/list", { ...reading, handle: agentList }],
  ["department/simplelist", { ...reading, contactSync: "always", handle: departmentSimplelist }],
  ["department/list", { ...reading, contactSync: "ids", handle: departmentList }],
  ["department/get", { ...reading, contactSync: "ids", handle: departmentGet }],
  ["user/simplelist", { ...reading, contactSync: "ids", handle: userSimplelist }],
  ["user/list", { ...reading, contactSync: "ids", handle: userList }],
  ["user/list_id", { ...posting, contactSync: "only", handle: userListId }],
  ["user/get", { ...reading, contactSync: "ids", handle: userGet }],
  ["tag/list", { ...reading, contactSync: "always", handle: tagList }],
  ["tag/get", { ...reading, contactSync: "always", handle: tagGet }],
  ["linkedcorp/message/send", { ...sending, rateFree: true, handle: sendToLinkedCorps }],
  ["linkedcorp/agent/get_perm_list", { ...posting, handle: linkedPermissions }],
  ["linkedcorp/department/list", { ...posting, handle: linkedDepartments }],
  ["linkedcorp/user/simplelist", { ...posting, handle: linkedMembers }],
  ["linkedcorp/user/list", { ...posting, handle: linkedMemberDetails }],
  ["linkedcorp/user/get", { ...posting, handle: linkedMember }],
  ["appchat/create", { ...posting, handle: chatCreate }],
  ["appchat/update", { ...posting, handle: chatUpdate }],
  ["appchat/get", { ...reading, handle: chatGet }],
  ["appchat/send", { ...posting, handle: sendToChat }],
  ["message/get_statistics", { ...sending, handle: getStatistics }],
  ["media/get/jssdk", { ...reading, handle: mediaGetHighQuality }],
  ["media/upload_by_url", { ...posting, handle: uploadByUrl }],
  ["media/get_upload_by_url_result", { ...posting, handle: uploadByUrlResult }],
  ["getcallbackip", { ...reading, contactSync: "always", handle: callbackAddresses }],
  ["get_api_domain_ip", { ...reading, contactSync: "always", handle: apiAddresses }],
])

/** The APIs of group robots: POST alone, and the key in the query is all there is of a caller. */
export const ROBOT_APIS: ReadonlyMap<string, RobotApiHandler> = new Map<string, RobotApiHandler>([
  ["webhook/send", sendAsRobot],
  ["webhook/upload_media", robotUpload],
])

/** Those whose body is multipart. */
export const UPLOAD_APIS = ["media/upload", "media/uploadimg", "webhook/upload_media"] as const
