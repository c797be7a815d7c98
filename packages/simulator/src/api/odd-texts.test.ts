import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { ODD_TEXTS, oddMessage } from "../testing/odd-texts.ts"
import { ALERTS, simClient, type SimClient } from "../testing/sim-client.ts"

async function post(sim: SimClient, body: string | Uint8Array<ArrayBuffer>) {
  const query = new URLSearchParams({ access_token: await sim.token() }).toString()
  const response = await fetch(`${sim.sim.url}/cgi-bin/message/send?${query}`, { method: "POST", body })
  return (await response.json()) as { readonly errcode: number; readonly errmsg: string }
}

// proves 11.B12: odd text in bodies
suite("a body with odd text is repaired, sent and warned of, in the answer and in the ledger", () => {
  for (const odd of ODD_TEXTS) {
    test(odd.what, async () => {
      await using sim = await simClient()
      const { errcode, errmsg } = await post(sim, oddMessage(odd, ALERTS.agentid))
      assert.deepEqual([errcode, errmsg], [0, "ok. Warning: wrong json format."])
      const [copy] = await sim.copies("zhangsan")
      assert.equal(copy?.payload["content"], odd.shown)
      assert.deepEqual(copy?.request["text"], { content: odd.shown })
      const call = (await sim.calls()).at(-1)
      assert.equal(call?.warnings?.length, 1)
      assert.equal(call?.body_base64, Buffer.from(oddMessage(odd, ALERTS.agentid)).toString("base64"))
    })
  }
})

// proves 11.B12: odd text in bodies
test("a NUL after the body, as C programs send it, is left out with a warning", async () => {
  await using sim = await simClient()
  const body = { touser: "zhangsan", msgtype: "text", agentid: ALERTS.agentid, text: { content: "a" } }
  assert.equal((await post(sim, `${JSON.stringify(body)}\0`)).errmsg, "ok. Warning: wrong json format.")
  assert.equal((await sim.copies("zhangsan")).length, 1)
})

// proves 11.B12: odd text in bodies
test("where mistakes in JSON are refused, repaired text is 40058, and pairs and U+FFFD of the sender are no mistake", async () => {
  await using sim = await simClient({ settings: { json_mistakes: "refuse" } })
  const [odd] = ODD_TEXTS
  assert.ok(odd)
  assert.equal((await post(sim, oddMessage(odd, ALERTS.agentid))).errcode, 40058)
  const written = Buffer.from("\\ud83d\\ude00 \uFFFD \\\\ud800 \\n")
  assert.equal((await post(sim, oddMessage({ what: "", written, shown: "" }, ALERTS.agentid))).errmsg, "ok")
  assert.equal((await sim.copies("zhangsan")).at(-1)?.payload["content"], "\u{1F600} \uFFFD \\ud800 \n")
  assert.deepEqual((await sim.calls()).at(-1)?.warnings, undefined)
})
