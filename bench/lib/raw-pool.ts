import { Pool } from "undici"

export interface RawPoolSender {
  readonly once: () => Promise<unknown>
  readonly send: (text: { touser: string; content: string }) => Promise<{ msgid: string }>
  close(): Promise<void>
}

/** A token as long as those of WeCom. */
const RAW_TOKEN = "raw-token-".padEnd(214, "x")

/**
 * A sender as a careful programmer writes it with undici: builds the JSON, posts it, parses the answer.
 * @param deadlineMs the deadline of a whole call, as every send of the SDK has; none unless given
 */
export function rawPoolSender(
  port: number,
  { token = RAW_TOKEN, connections = 50, deadlineMs = Infinity } = {},
): RawPoolSender {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections })
  const path = `/cgi-bin/message/send?access_token=${token}`
  const send: RawPoolSender["send"] = async ({ touser, content }) => {
    const { body } = await pool.request({
      method: "POST",
      path,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ touser, msgtype: "text", agentid: 1000002, text: { content } }),
      ...(deadlineMs < Infinity && { signal: AbortSignal.timeout(deadlineMs) }),
    })
    const answer = JSON.parse(await body.text()) as { errcode: number; msgid: string }
    if (answer.errcode !== 0) throw new Error(`errcode ${answer.errcode}`)
    return { msgid: answer.msgid }
  }
  let n = 0
  return { send, once: () => send({ touser: "zhangsan", content: `你好 ${n++}` }), close: () => pool.close() }
}
