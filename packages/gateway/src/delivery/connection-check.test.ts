import assert from "node:assert/strict"
import { test } from "node:test"
import type { HealthReport } from "../model/ports/governor.ts"
import { appMessageChannel } from "../channels/app-message/app-message.ts"
import { ConnectionCheck } from "./connection-check.ts"
import { failure, OneMessage } from "./testing/one-message.ts"
import type { Answer } from "./testing/one-message.ts"

function setUp(...answers: readonly Answer[]) {
  const one = new OneMessage()
  one.answers = [...answers]
  const reports: HealthReport[] = []
  const governor = { report: (report: HealthReport) => void reports.push(report) }
  const channel = appMessageChannel(one.api, 1_000_002)
  const check = channel.check?.bind(channel) ?? assert.fail()
  const connection = new ConnectionCheck({ check, governor, clock: one.clock, stopping: one.stopping.signal })
  return { one, reports, connection }
}

test("the app asks for itself by its agent id, once however many want to know, and reports the answer", async () => {
  const { one, reports, connection } = setUp({ errcode: 0 })
  await Promise.all([connection.ask(), connection.ask()])
  const [request, ...others] = one.requests
  assert.deepEqual([request?.path, request?.method, request?.query], ["agent/get", "GET", { agentid: "1000002" }])
  assert.deepEqual(
    [others.length, reports.map(({ health, isAgentGet }) => [health.kind, isAgentGet])],
    [0, [["answered", true]]],
  )
  await connection.ask()
  assert.equal(one.requests.length, 2)
})

test("whatever WeCom answers, it can be reached; a fault of the configuration is reported as one", async () => {
  for (const [answer, kind] of [
    [{ errcode: 48002, errmsg: "api forbidden" }, "answered"],
    [{ errcode: 60020, errmsg: "not allow to access from your ip" }, "misconfigured"],
    [failure({ failure: "refused" }), "unreachable"],
    [failure({ code: "unusable_answer", failure: "unusable_answer" }), "unreachable"],
    [failure({ code: "unusable_answer", failure: "unusable_answer", class: "configuration" }), "misconfigured"],
  ] as const) {
    const { reports, connection } = setUp(answer)
    await connection.ask()
    assert.deepEqual(
      reports.map(({ health }) => health.kind),
      [kind],
    )
  }
})

test("a gateway that stops meanwhile draws no conclusion", async () => {
  const { one, reports, connection } = setUp(() => {
    one.stopping.abort()
    throw failure({ code: "aborted" })
  })
  await connection.ask()
  assert.deepEqual(reports, [])
})
