import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { ODD_TEXTS, oddMessage } from "../../../../simulator/src/testing/odd-texts.ts"
import { ADMIN_KEY, ALERTS, startCompat } from "./testing/compat-under-test.ts"

// proves 11.B12: odd text in bodies
suite("a body with odd text is repaired, sent and warned of as the simulator does it, and the log tells why", () => {
  for (const odd of ODD_TEXTS) {
    test(odd.what, async () => {
      await using compat = await startCompat({
        environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY, LOG_LEVEL: "warn" },
      })
      const body = oddMessage(odd, ALERTS.agentid)
      const { text } = await compat.ask(`message/send?access_token=${await compat.token()}`, { method: "POST", body })
      const { errcode, errmsg } = JSON.parse(text)
      assert.deepEqual([errcode, errmsg], [0, "ok. Warning: wrong json format."])
      const [copy] = await compat.sim.copies("zhangsan")
      assert.equal(copy?.payload["content"], odd.shown)
      const line =
        compat.gateway.logLines.find((text) => text.includes("corrected the JSON text of a request body")) ?? "{}"
      const { level, route, warnings } = JSON.parse(line)
      assert.deepEqual([level, route, warnings.length], ["warn", "/cgi-bin/message/send", 1])
      assert.ok(!line.includes(odd.shown))
    })
  }
})

test("what stays no JSON after the repair is an empty body with the warning, as in the simulator", async () => {
  await using compat = await startCompat()
  const paths = [
    `${compat.gateway.url}/cgi-bin/message/send?access_token=${await compat.token()}`,
    `${compat.sim.sim.url}/cgi-bin/message/send?access_token=${await compat.sim.token()}`,
  ]
  for (const body of ["\0\0", "{'touser':'lisi'}", '{"touser":"lisi\n",}', "\n\xff", "[]\0"]) {
    for (const path of paths) {
      const { errcode, errmsg } = (await (await fetch(path, { method: "POST", body })).json()) as Record<
        string,
        unknown
      >
      assert.equal(errcode, 41011, `${path} ${JSON.stringify(body)}`)
      assert.match(String(errmsg), /^Warning: wrong json format\./)
    }
  }
})

test("over a mebibyte odd text is refused by 40033, since others would wait; what is well formed goes to the next check", async () => {
  await using compat = await startCompat()
  const path = `message/send?access_token=${await compat.token()}`
  for (const [text, errcode] of [
    ["\n", 40033],
    ["x", 44004],
  ] as const) {
    const body = `{"agentid":${ALERTS.agentid},"touser":"zhangsan","msgtype":"text","x":"${text.repeat(1024 * 1024)}"}`
    const answer = JSON.parse((await compat.ask(path, { method: "POST", body })).text)
    assert.equal(answer.errcode, errcode, answer.errmsg)
  }
})

test("what is nested without end is refused, odd text or not", async () => {
  await using compat = await startCompat()
  const body = `{"a":"\n","b":${"[".repeat(1000)}${"]".repeat(1000)}}`
  const { text } = await compat.ask(`message/send?access_token=${await compat.token()}`, { method: "POST", body })
  assert.equal(JSON.parse(text).errcode, 40058)
})
