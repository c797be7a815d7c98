import assert from "node:assert/strict"
import { test } from "node:test"
import { eventually, startAlertmanager, withoutAlertmanager } from "../testing/alertmanager.ts"
import { ALERTS, CORP_ID, simClient } from "../testing/sim-client.ts"

for (const messageType of ["text", "markdown"] as const) {
  test(
    `Alertmanager, unchanged, brings a ${messageType} alert to the phone`,
    { skip: withoutAlertmanager },
    async () => {
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
    },
  )
}
