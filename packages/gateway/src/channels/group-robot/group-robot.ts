import { GROUP_ROBOT } from "@wecom-push/protocol/delivery"
import { carryFile } from "@wecom-push/sdk/internals"
import type { KeyedApi } from "@wecom-push/sdk/internals"
import { callOnce } from "../../wecom/call-once.ts"
import type { Channel } from "../channel.ts"

/**
 * Sends messages of a group robot into its group. It has no `check`, because any request would be noticed by members.
 * @see https://developer.work.weixin.qq.com/document/path/99110
 */
export function groupRobotChannel(api: KeyedApi): Channel {
  return {
    kind: GROUP_ROBOT,
    send: (call) => callOnce(api, { path: GROUP_ROBOT.api, ...call }),
    async upload({ type, filename, blob, signal }) {
      const { sent, ...carried } = carryFile({ blob, filename }, undefined)
      const end = await callOnce(api, { path: "webhook/upload_media", query: { type }, ...carried, signal })
      return { end, sha256: sent.hash() }
    },
  }
}
