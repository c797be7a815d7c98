import type { Adapter } from "../adapter.ts"
import { filled } from "../caller.ts"
import { contentOf } from "../note.ts"
import { emptyMessage, pathNotKnown } from "../refusals.ts"
import { sentenceOf } from "../told.ts"

/**
 * message-pusher: `/push/NAME`. Its `to` is ignored here, because a source has its own recipients.
 * @see https://github.com/songquanpeng/message-pusher
 */
export const adapter: Adapter = {
  tokensInBody: (call) => {
    const token = filled(call.field("token"))
    return token === undefined ? [] : [token]
  },
  read(call) {
    if (call.path.length !== 2 || call.path[0] !== "push") throw pathNotKnown()
    const title = filled(call.field("title"))
    const content = filled(call.field("content"))
    const text = content ?? filled(call.field("description")) ?? filled(call.field("desp")) ?? ""
    if (title === undefined && text === "") throw emptyMessage("description")
    return {
      content: contentOf({ title, text, url: filled(call.field("url")), isMarkdown: content !== undefined }),
      overflow: "split",
      warnings: filled(call.field("to")) === undefined ? [] : [OTHER_RECIPIENTS],
    }
  },
  accepted: ({ id }) => ({ status: 200, body: { success: true, message: "ok", uuid: id } }),
  refused: (refused) => ({
    status: refused.problem.status,
    body: { success: false, message: sentenceOf(refused) },
  }),
}

const OTHER_RECIPIENTS = {
  en: "to names recipients of message-pusher; those of the source, or of the query with a key, got the message.",
  zh: "to 是 message-pusher 的接收人；消息已发给来源（或使用密钥时查询参数）指定的接收人。",
}
