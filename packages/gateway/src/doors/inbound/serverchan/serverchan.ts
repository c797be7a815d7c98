import type { Adapter } from "../adapter.ts"
import { filled } from "../caller.ts"
import type { InboundCall } from "../inbound-call.ts"
import { contentOf } from "../note.ts"
import { emptyMessage, pathNotKnown } from "../refusals.ts"
import { sentenceOf } from "../told.ts"

/**
 * ServerChan (Server酱): `/KEY.send`; `openid` names further userids.
 * @see https://sct.ftqq.com/
 */
export const adapter: Adapter = {
  tokenIn: keyIn,
  read(call) {
    if (call.path.length !== 1 || keyIn(call) === undefined) throw pathNotKnown()
    const title = filled((call.field("title") ?? call.field("text"))?.trim())
    if (title === undefined) throw emptyMessage("title")
    const desp = filled(call.field("desp"))
    const users = (call.field("openid") ?? "").split(/[,|]/).map((one) => one.trim())
    return {
      // The text below the title is markdown.
      content: contentOf({ title, text: desp ?? call.field("short") ?? "", isMarkdown: desp !== undefined }),
      also: { users: users.filter((one) => one !== "") },
      overflow: "split",
    }
  },
  accepted: ({ id }) => ({
    status: 200,
    body: { code: 0, message: "", data: { pushid: id, readkey: id, error: "SUCCESS", errno: 0 } },
  }),
  refused: (refused) => {
    const { status } = refused.problem
    const info = sentenceOf(refused)
    const code = status === 401 ? 40_001 : status * 100
    return { status, body: { code, message: `[${refused.problem.code}]${info}`, info, args: [null], scode: status } }
  },
}

function keyIn({ path: [first] }: InboundCall): string | undefined {
  return /^(.+)\.send$/.exec(first ?? "")?.[1]
}
