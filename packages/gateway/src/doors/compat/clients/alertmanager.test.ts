import assert from "node:assert/strict"
import { test } from "node:test"
import { eventually } from "../../../../../simulator/src/testing/alertmanager.ts"
import { ALERTMANAGERS } from "../../../../../simulator/src/testing/alertmanagers.ts"
import { simClient } from "../../../../../simulator/src/testing/sim-client.ts"
import { ADMIN_KEY, ALERTS, CORP_ID, startCompat } from "../testing/compat-under-test.ts"

for (const { by, skip, startAlertmanager } of ALERTMANAGERS) {
  for (const messageType of ["text", "markdown"] as const) {
    // client: Alertmanager (wechat_configs) | qyapi | Debian
    // proves 3.test 4: unchanged clients
    // proves 3.done 3: Alertmanager with URL and secret changed
    test(
      `Alertmanager (${by}), unchanged but for URL and secret, brings a ${messageType} alert to the phone`,
      { skip },
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

  // proves 11.B1: tokens of the drop-in
  test(
    `Alertmanager (${by}) continues when the gateway's database was replaced: its old token is expired, and it asks for another`,
    { skip },
    async () => {
      await using resources = new AsyncDisposableStack()
      const sim = resources.use(await simClient())
      const first = await startCompat({ sim })
      const { port } = new URL(first.gateway.url)
      const alertmanager = resources.use(
        await startAlertmanager({
          apiUrl: `${first.gateway.url}/cgi-bin/`,
          corpId: CORP_ID,
          secret: ADMIN_KEY,
          agentId: ALERTS.agentid,
          messageType: "text",
        }),
      )
      await alertmanager.alert("DiskFull", "磁盘 91%")
      await eventually(() => sim.copies("zhangsan"))
      await first[Symbol.asyncDispose]()

      resources.use(await startCompat({ sim, port: Number(port) }))
      await alertmanager.alert("NodeDown", "db3")

      const second = await eventually(async () =>
        (await sim.copies("zhangsan")).filter(({ payload }) => String(payload["content"]).includes("NodeDown")),
      )
      assert.ok(second.length > 0)
    },
  )
}
