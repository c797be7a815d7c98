import assert from "node:assert/strict"
import { test } from "node:test"
import { eventually, startAlertmanager, withoutAlertmanager } from "../../../../simulator/src/testing/alertmanager.ts"
import { ALERTS, CORP_ID, startCompat } from "../testing/compat-under-test.ts"

for (const messageType of ["text", "markdown"] as const) {
  test(
    `Alertmanager, unchanged but for URL and secret, brings a ${messageType} alert to the phone`,
    { skip: withoutAlertmanager },
    async () => {
      await using compat = await startCompat()
      const { key } = await compat.key()
      await using alertmanager = await startAlertmanager({
        apiUrl: `${compat.gateway.url}/cgi-bin/`,
        corpId: CORP_ID,
        secret: key,
        agentId: ALERTS.agentid,
        messageType,
      })

      await alertmanager.alert("DiskFull", "磁盘 91%")

      const [copy] = await eventually(() => compat.sim.copies("zhangsan"))
      assert.match(String(copy?.payload["content"]), /DiskFull[^]*磁盘 91%/)
      assert.equal(copy?.request["msgtype"], messageType)
      assert.equal(copy?.request["agentid"], ALERTS.agentid)
    },
  )
}
