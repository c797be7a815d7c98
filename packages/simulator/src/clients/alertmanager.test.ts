import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { eventually } from "../testing/alertmanager.ts"
import type { AlertmanagerOptions } from "../testing/alertmanager.ts"
import { ALERTMANAGERS } from "../testing/alertmanagers.ts"
import { ALERTS, CORP_ID, simClient } from "../testing/sim-client.ts"

for (const { by, skip, startAlertmanager } of ALERTMANAGERS) {
  for (const messageType of ["text", "markdown"] as const) {
    test(`Alertmanager (${by}), unchanged, brings a ${messageType} alert to the phone`, { skip }, async () => {
      await using client = await simClient()
      await using alertmanager = await startAlertmanager({
        apiUrl: `${client.sim.url}/cgi-bin/`,
        corpId: CORP_ID,
        secret: ALERTS.secret,
        agentId: ALERTS.agentid,
        messageType,
      })

      await alertmanager.alert("DiskFull", "磁盘 91%")

      const [copy] = await eventually(() => client.copies("zhangsan"))
      const shown = copy?.payload as { content: string } | undefined
      assert.match(shown?.content ?? "", /DiskFull/)
      assert.match(shown?.content ?? "", /磁盘 91%/)
      // Its habits that a strict server would refuse: numbers as strings, and an empty text beside the markdown.
      assert.equal(copy?.request["agentid"], String(ALERTS.agentid))
    })
  }

  for (const messageType of ["text", "markdown"] as const) {
    test(
      `Alertmanager (${by}) asks with these bytes for a token and for a ${messageType}, and again with another token`,
      { skip },
      async () => {
        const seen: string[] = []
        const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
          const body = await buffer(request)
          seen.push(`${request.method} ${request.url} ${body.toString()}`)
          const isToken = request.url?.includes("gettoken") === true
          const errcode = seen.length === 2 ? 42_001 : 0
          response.end(JSON.stringify({ errcode, errmsg: "", ...(isToken && { access_token: `T${seen.length}` }) }))
        }
        const server = createServer((request, response) => void answer(request, response))
        server.listen(0, "127.0.0.1")
        await once(server, "listening")
        const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cgi-bin/`
        const options: AlertmanagerOptions = { apiUrl, corpId: "ww1", secret: "s1", agentId: 1_000_002, messageType }
        {
          await using alertmanager = await startAlertmanager(options)
          await alertmanager.alert("DiskFull", "磁盘 91%")
          while (seen.length < 4) await sleep(20)
        }
        const isText = messageType === "text"
        const [text, markdown] = isText ? ["DiskFull: 磁盘 91%", ""] : ["", "DiskFull: 磁盘 91%"]
        const body = `{"text":{"content":"${text}"},"touser":"zhangsan","agentid":"1000002","safe":"0","msgtype":"${messageType}","markdown":{"content":"${markdown}"}}\n`
        assert.deepEqual(seen, [
          "GET /cgi-bin/gettoken?corpid=ww1&corpsecret=s1 ",
          `POST /cgi-bin/message/send?access_token=T1 ${body}`,
          "GET /cgi-bin/gettoken?corpid=ww1&corpsecret=s1 ",
          `POST /cgi-bin/message/send?access_token=T3 ${body}`,
        ])
        server.closeAllConnections()
        await once(server.close(), "close")
      },
    )
  }
}
