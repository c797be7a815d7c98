import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { startSeveral } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"

const times = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)

async function post(several: Several, gateway: number, userid: string, text: string): Promise<string> {
  const body = { to: { users: [userid] }, msgtype: "text", text: { content: text } }
  const { status, json } = await several.request(gateway, "/v1/messages", { body })
  assert.equal(status, 202)
  return json.id
}

/** Why a message with one recipient waits. */
async function delay(several: Several, gateway: number, id: string): Promise<string | undefined> {
  const { json } = await several.request(gateway, `/v1/messages/${id}/recipients`)
  return json.items[0].reason
}

async function stats({ simulator }: Several): Promise<Readonly<Record<string, number>>> {
  return (await fetch(`${simulator.url}/_sim/stats`)).json() as Promise<Record<string, number>>
}

// proves N10: limits over dead and frozen nodes
// proves 13.M4: limits of the sum
test("of 50 messages to one member, posted to two gateways at once, 30 go out, none is dropped, and 20 tell that they wait", async () => {
  await using several = await startSeveral(2)
  const ids = await Promise.all(times(50).map((n) => post(several, n % 2, "zhangsan", `no ${n}`)))
  const reasons = async (): Promise<readonly (string | undefined)[]> =>
    Promise.all(ids.map((id, n) => delay(several, (n + 1) % 2, id)))
  for (;;) {
    const waiting = (await reasons()).filter((reason) => reason === "member_rate").length
    const { recipients = 0, dropped = 0 } = await stats(several)
    assert.equal(dropped, 0)
    if (waiting === 20 && recipients === 30) break
    await sleep(20)
  }
  assert.equal((await several.phone("zhangsan")).length, 30)
})

// proves 13.M4: limits of the sum
test("a call that WeCom was too busy for waits, when it is made again, for a member whose minute all gateways have filled meanwhile", async () => {
  await using several = await startSeveral(2)
  await several.fault({ path: "message/send", kind: "errcode", errcode: -1, match: "refused at first" })
  const refused = await post(several, 0, "zhangsan", "refused at first")
  const isBusy = async (): Promise<boolean> => (await delay(several, 1, refused)) === "wecom_busy"
  while (!(await isBusy())) await sleep(5)
  // All of them, or all but one if the refused call came before.
  await Promise.all(times(30).map((n) => post(several, n % 2, "zhangsan", `no ${n}`)))
  while ((await isBusy()) || (await stats(several))["recipients"] !== 30) await sleep(20)
  // Due messages begin within a second.
  await sleep(2000)
  assert.equal((await stats(several))["dropped"], 0)
  assert.equal((await several.phone("zhangsan")).length, 30)
})
