import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { ODD_MESSAGES, REFUSED_MESSAGES, withTaskId } from "../../../../../protocol/src/testing/odd-messages.ts"
import type { OddMessage } from "../../../../../protocol/src/testing/odd-messages.ts"
import { shared } from "../../../../../../tools/testing/shared.ts"
import { ALERTS, startCompat } from "../testing/compat-under-test.ts"
import type { Answer } from "../testing/compat-under-test.ts"

/** Members get 30 a minute. */
const MEMBERS = ["zhangsan", "lisi", "WangWu", "007"]
let sends = 0

suite("odd messages through the drop-in, which is never strict", () => {
  const compat = shared(async (resources) => {
    const started = resources.use(await startCompat())
    await started.sim.control("PUT", "settings", { unknown_media: "accept", safe_news: "ignore" })
    return started
  })

  const send = (message: OddMessage["message"]): Promise<Answer> => {
    sends++
    const touser = MEMBERS[sends % MEMBERS.length]
    return compat().send({ ...withTaskId(message, `odd-${sends}`), touser, toparty: "", agentid: ALERTS.agentid })
  }

  for (const { what, message } of ODD_MESSAGES) {
    // proves 11.B34: one table, four doors
    test(`${what} goes out`, async () => {
      const answer = await send(message)
      assert.equal(answer.errcode, 0, answer.errmsg)
      const { json } = await compat().gateway.request(`/v1/messages/${String(answer["msgid"])}`)
      assert.equal(json.state, "sent")
    })
  }

  for (const { what, message, errcode } of REFUSED_MESSAGES) {
    // proves 11.B34: one table, four doors
    test(`${what} is ${errcode}`, async () => {
      assert.equal((await send(message)).errcode, errcode)
    })
  }

  test("what WeCom cuts or ignores is in the message's status", async () => {
    const answer = await send({ msgtype: "text", text: { content: "x".repeat(2049), mentioned: ["lisi"] } })
    const { json } = await compat().gateway.request(`/v1/messages/${String(answer["msgid"])}`)
    assert.deepEqual(
      json.warnings.map(({ path }: { path: string }) => path),
      ["/text/content", "/text/mentioned"],
    )
  })
})
