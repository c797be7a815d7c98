import type { Adapter } from "../adapter.ts"
import { filled } from "../caller.ts"
import { contentOf } from "../note.ts"
import { emptyMessage, notAllowed } from "../refusals.ts"
import { sentenceOf } from "../told.ts"

/**
 * wecomchan (Wecom酱): `?sendkey=&msg=&msg_type=`, below any path that its server has.
 * @see https://github.com/easychen/wecomchan
 */
export const adapter: Adapter = {
  tokenIn: (call) => filled(call.query.get("sendkey")),
  tokensInBody: (call) => {
    const key = filled(call.field("sendkey"))
    return key === undefined ? [] : [key]
  },
  read(call) {
    const type = call.field("msg_type") ?? "text"
    if (type !== "text" && type !== "markdown") throw notAllowed("msg_type", ["text", "markdown"])
    const text = call.field("msg") ?? call.field("text") ?? ""
    if (text.trim() === "") throw emptyMessage("msg")
    return { content: contentOf({ text, isMarkdown: type === "markdown" }), overflow: "split" }
  },
  accepted: ({ id }) => ({ status: 200, body: { errcode: 0, errmsg: "ok", msgid: id } }),
  refused: (refused) => {
    const { status } = refused.problem
    return { status, body: { errcode: status === 401 ? 40_001 : status * 100, errmsg: sentenceOf(refused) } }
  },
}
