import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Work } from "node-easywechat"

/** The most used Node SDK for WeCom, used as its guide says. */
export function easyWeChatSender(
  port: number,
  corp: { corpId: string; secret: string; agentId: number },
): {
  once: () => Promise<unknown>
  close(): void
} {
  // By default its token cache is a file in the working directory.
  const folder = mkdtempSync(join(tmpdir(), "easywechat-"))
  const app = new Work({
    corp_id: corp.corpId,
    secret: corp.secret,
    token: "unused",
    aes_key: "",
    file_cache: { path: folder, dirMode: 0o700, fileMode: 0o600, ext: ".cache" },
    http: { baseURL: `http://127.0.0.1:${port}/` },
  })
  const client = app.getClient()
  let n = 0
  return {
    async once() {
      const answer = await client.postJson("/cgi-bin/message/send", {
        touser: "zhangsan",
        msgtype: "text",
        agentid: corp.agentId,
        text: { content: `你好 ${n++}` },
      })
      const { errcode } = answer.toObject<{ errcode: number }>()
      if (errcode !== 0) throw new Error(`errcode ${errcode}`)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
