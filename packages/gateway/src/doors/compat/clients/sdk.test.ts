import assert from "node:assert/strict"
import { test } from "node:test"
import { text, WeCom, WeComError } from "@wecom-push/sdk"
import { ALERTS, CORP_ID, startCompat } from "../testing/compat-under-test.ts"
import type { CompatUnderTest } from "../testing/compat-under-test.ts"

test("the SDK with the gateway's address and key in place of WeCom's and the secret: from a number to the phone", async () => {
  await using compat = await startCompat()
  await using wecom = await clientOf(compat)

  const result = await wecom.send(
    { mobiles: ["13800000001", "13900000000"], users: ["lisi", "unlicensed"], departments: [404] },
    text("磁盘 91%"),
  )

  assert.deepEqual(Object.fromEntries(result.recipients.map(({ address, state }) => [address, state])), {
    "13800000001": "sent",
    "13900000000": "not_found",
    lisi: "sent",
    unlicensed: "unlicensed",
    404: "invalid",
  })
  assert.equal((await compat.sim.copies("zhangsan")).length, 1)

  const [call] = result.calls
  await wecom.recall(call?.msgid ?? "")
  assert.deepEqual(await compat.sim.copies(), [])
})

test("the SDK's check of an app succeeds", async () => {
  await using compat = await startCompat()
  await using wecom = await clientOf(compat)
  assert.equal((await wecom.agent()).agentid, ALERTS.agentid)
})

test("the SDK gets what the operator has to correct, as from WeCom itself", async () => {
  await using compat = await startCompat()
  await using wecom = await clientOf(compat)
  await compat.sim.org((org) => void (org.trusted_ips = ["203.0.113.9"]))

  const error = await wecom.send({ users: ["zhangsan"] }, text("x")).catch((error: unknown) => error)

  assert.ok(error instanceof WeComError)
  assert.equal(error.errcode, 60020)
  assert.match(error.errmsg ?? "", /from ip: 127\.0\.0\.1/)
})

async function clientOf(compat: CompatUnderTest): Promise<WeCom> {
  const { key } = await compat.key()
  return new WeCom({ corpId: CORP_ID, secret: key, agentId: ALERTS.agentid, baseUrl: compat.gateway.url, proxy: false })
}
