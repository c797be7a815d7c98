import type { Stats } from "../ledger.ts"
import { sendMessage } from "../send/send-message.ts"
import { agentGet } from "./agent-get.ts"
import type { ApiHandler } from "./call.ts"
import { getUseridByEmail, getUseridByMobile } from "./lookup.ts"

export const API_PREFIX = "/cgi-bin/"

export interface Api {
  readonly verb: "GET" | "POST"
  /** What the wrong verb answers. */
  readonly wrongVerbErrcode: number
  /** Whether it tells about an app that is disabled, too. */
  readonly answersWhenDisabled?: true
  /** Whether callers outside the trusted addresses are refused only while `ip_check_send` is on. */
  readonly sends?: true
  /** Not counted in the rate of an API. @see wecom document 90312 */
  readonly rateFree?: true
  readonly counts?: keyof Stats
  readonly handle: ApiHandler
}

/** The APIs that need a token, by their path below `/cgi-bin/`. */
export const APIS: ReadonlyMap<string, Api> = new Map<string, Api>([
  [
    "message/send",
    { verb: "POST", wrongVerbErrcode: 40058, sends: true, rateFree: true, counts: "calls", handle: sendMessage },
  ],
  ["user/getuserid", { verb: "POST", wrongVerbErrcode: 40003, counts: "lookups", handle: getUseridByMobile }],
  ["user/get_userid_by_email", { verb: "POST", wrongVerbErrcode: 40003, counts: "lookups", handle: getUseridByEmail }],
  ["agent/get", { verb: "GET", wrongVerbErrcode: 40058, answersWhenDisabled: true, handle: agentGet }],
])
