import { Pool } from "undici"

/** What a careful programmer writes by hand with undici: builds the JSON, posts it, parses the answer. */
export function rawPoolSender(
  port: number,
  query = "access_token=raw",
): { once: () => Promise<unknown>; close(): Promise<void> } {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 50 })
  const path = `/cgi-bin/message/send?${query}`
  let n = 0
  return {
    async once() {
      const { body } = await pool.request({
        method: "POST",
        path,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          touser: "zhangsan",
          msgtype: "text",
          agentid: 1000002,
          text: { content: `你好 ${n++}` },
        }),
      })
      const answer = JSON.parse(await body.text()) as { errcode: number }
      if (answer.errcode !== 0) throw new Error(`errcode ${answer.errcode}`)
    },
    close: () => pool.close(),
  }
}
