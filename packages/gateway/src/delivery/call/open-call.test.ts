import assert from "node:assert/strict"
import { test } from "node:test"
import { startDispatch } from "../testing/start-dispatch.ts"

interface Org {
  readonly members: readonly { readonly userid: string; readonly mobile: string }[]
}

// proves 12.T2: recipients of an open call
test("a recipient in an open call gets no second one, no matter who has the number by now", async () => {
  await using gateway = await startDispatch()
  const address = "13800000001"
  await gateway.fault({ path: "message/send", kind: "reset_after" })
  const id = await gateway.post({ mobiles: [address] })
  await gateway.until(async () => (await gateway.attempts(id))[0]?.result === "in_doubt")
  const org = (await gateway.control("GET", "org")) as Org
  const numbers: Record<string, string> = { zhangsan: "13900000077", lisi: address }
  const members = org.members.map((member) => ({ ...member, mobile: numbers[member.userid] ?? member.mobile }))
  await gateway.control("PUT", "org", { ...org, members })
  await gateway.dispatcher.lookUp({ app: "alerts", type: "mobile", address, fresh: true })
  assert.deepEqual(await gateway.outcome(await gateway.post({ mobiles: [address], text: "the new one" })), ["sent"])
  await gateway.advance(5)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.recipients(id))[0]?.userid, "zhangsan")
  assert.equal((await gateway.phone("zhangsan")).length, 1)
  assert.deepEqual(await gateway.phone("lisi"), ["the new one"])
})
