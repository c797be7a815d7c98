import assert from "node:assert/strict"
import { test } from "node:test"
import { classifyErrcode, errcodeEntries } from "@wecom-push/protocol"
import { ALL_INVALID, mayNameOneRecipient } from "@wecom-push/protocol/delivery"
import { shared } from "../../../../tools/testing/shared.ts"
import { text } from "../builders.ts"
import { rejected } from "../testing/rejected.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"

const wecom = shared(async (resources) => {
  const sim = resources.use(await simulatedWeCom())
  // A token that is given out again after it was refused is a case of its own.
  await sim.settings({ repeat_token: false })
  return sim
})

for (const { errcode, name } of errcodeEntries()) {
  const entry = classifyErrcode(errcode, "message/send")

  test(`${errcode} ${name} to a send: ${expectation(errcode)}`, async () => {
    const sim = wecom()
    const answers = entry.class === "transient" ? 3 : 1
    await sim.fault({ path: "message/send", kind: "errcode", errcode, times: answers })
    // A minute passes between the tests, so that each may have a token of its own.
    await sim.advance(61)
    const language = errcode % 2 === 0 ? "en" : "zh"
    const callsBefore = (await sim.calls()).length
    const sending = sim.another({ language }).send({ users: ["zhangsan"] }, text("你好"))

    if (entry.class === "token") assert.equal((await sending).ok, true)
    else if (errcode === ALL_INVALID || mayNameOneRecipient(errcode)) {
      const { ok, recipients, error } = await sending
      assert.deepEqual(
        [ok, recipients[0]?.state, recipients[0]?.errcode, error],
        [false, "invalid", errcode, undefined],
      )
    } else {
      const error = await rejected(sending)
      assert.deepEqual([error.code, error.errcode, error.class], ["refused", errcode, entry.class])
      assert.ok(error.message.includes(entry.meaning[language]))
      assert.ok(error.hint.includes(entry.todo[language]))
      assert.equal(error.result?.recipients[0]?.reason, "call_refused")
    }
    const calls = (await sim.calls()).length - callsBefore
    assert.equal(calls, entry.class === "token" ? 2 : answers)
  })
}

function expectation(errcode: number): string {
  const entry = classifyErrcode(errcode, "message/send")
  if (entry.class === "token") return "one new token, one repeat"
  if (entry.class === "transient") return "three tries, then refused"
  if (errcode === ALL_INVALID || mayNameOneRecipient(errcode)) return "that recipient is invalid"
  return `refused at once, class ${entry.class}`
}
