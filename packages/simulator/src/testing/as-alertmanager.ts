import assert from "node:assert/strict"
import type { Alertmanager, AlertmanagerOptions } from "./alertmanager.ts"

/**
 * Sends what Alertmanager 0.28 sends for its `wechat_configs`, byte for byte: it asks for a token once, and for another one
 * when WeCom says that the first has expired. For machines without Alertmanager.
 */
export function asAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const { apiUrl, corpId, secret, agentId, messageType } = options
  let token: string | undefined
  const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(apiUrl + path, init)
    assert.equal(response.status, 200)
    return (await response.json()) as Answer
  }
  const send = async (body: string): Promise<Answer> => {
    token ??= (await ask(`gettoken?corpid=${corpId}&corpsecret=${secret}`)).access_token
    return ask(`message/send?access_token=${token}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    })
  }
  return Promise.resolve({
    async alert(name, summary) {
      const content = `${name}: ${summary}`
      const isText = messageType === "text"
      // An empty text beside the markdown, numbers as strings, and a line's end: its habits.
      const message = {
        text: { content: isText ? content : "" },
        touser: "zhangsan",
        agentid: String(agentId),
        safe: "0",
        msgtype: messageType,
        markdown: { content: isText ? "" : content },
      }
      const body = `${JSON.stringify(message)}\n`
      let answer = await send(body)
      if (answer.errcode === TOKEN_EXPIRED) {
        token = undefined
        answer = await send(body)
      }
      assert.equal(answer.errcode, 0, answer.errmsg)
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })
}

interface Answer {
  readonly errcode: number
  readonly errmsg: string
  readonly access_token?: string
}

const TOKEN_EXPIRED = 42001
