import { carryFile } from "@wecom-push/sdk/internals"
import type { Api } from "@wecom-push/sdk/internals"
import { APP_MESSAGE, UPLOAD_API } from "@wecom-push/protocol/delivery"
import { callOnce } from "../../wecom/call-once.ts"
import type { Channel } from "../channel.ts"

/**
 * Sends messages of an app to members, departments and tags.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function appMessageChannel(api: Api, agentId: number): Channel {
  return {
    kind: APP_MESSAGE,
    send: (call) => callOnce(api, { path: APP_MESSAGE.api, ...call }),
    async upload({ type, filename, blob, signal }) {
      const { sent, ...carried } = carryFile({ blob, filename }, undefined)
      const end = await callOnce(api, { path: UPLOAD_API, query: { type }, ...carried, signal })
      return { end, sha256: sent.hash() }
    },
    recall: (msgid, trace) =>
      callOnce(api, { path: "message/recall", body: JSON.stringify({ msgid }), repeatable: true, trace }),
    // A response_code can be used once: a second try after a lost answer would only be refused because of that.
    changeCard: (body) => callOnce(api, { path: "message/update_template_card", body, repeatable: false }),
    /** @see https://developer.work.weixin.qq.com/document/path/91579 */
    changeTaskCard: (body) => callOnce(api, { path: "message/update_taskcard", body, repeatable: true }),
    /** @see https://developer.work.weixin.qq.com/document/path/90227 */
    check: (signal) =>
      callOnce(api, {
        path: "agent/get",
        method: "GET",
        query: { agentid: String(agentId) },
        repeatable: true,
        signal,
      }),
  }
}
