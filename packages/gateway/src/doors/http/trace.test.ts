import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../tools/testing/shared.ts"
import { hearCalls } from "./testing/hear-calls.ts"
import { startOn, STORES } from "./testing/start-several.ts"
import { ADMIN_KEY, aMessage } from "./testing/start-gateway.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const GIVEN = `00-${TRACE}-b7ad6b7169203331-01`
const OTHER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

const toUser = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  aMessage({ to: { users: ["zhangsan"] }, ...changes })

for (const store of STORES) {
  suite(`${store}: the trace of a caller`, () => {
    const started = shared(async (resources) => resources.use(await startOn(store)))

    // proves 30.trace: the trace of a caller reaches WeCom
    test(`30.trace (${store}): a traceparent goes with the message to WeCom, also after a refusal, and leaves the body as it is`, async () => {
      const several = started()
      using heard = hearCalls(several)
      const headers = { traceparent: GIVEN, tracestate: "a=1, b=2" }
      await several.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 1 })
      const { status, json } = await several.request(0, "/v1/messages", { body: toUser(), headers })
      assert.equal(status, 202)
      await several.until(0, json.id, "sent")
      const sent = heard.of("message/send")
      assert.deepEqual(
        sent.map(({ traceparent, tracestate }) => [traceparent, tracestate]),
        [
          [GIVEN, "a=1,b=2"],
          [GIVEN, "a=1,b=2"],
        ],
      )
      const bodies = (await several.calls("message/send")).slice(-2).map((call) => call["body_base64"])
      assert.equal(bodies[0], bodies[1])
      assert.doesNotMatch(Buffer.from(bodies[0], "base64").toString(), new RegExp(TRACE))
      const repeated = several.logLines.map((line) => JSON.parse(line)).find(({ msg }) => msg === "a call is repeated")
      assert.deepEqual([repeated.message, repeated.trace_id], [json.id, TRACE])
    })

    // proves 30.trace: none, or one that is malformed
    test(`30.trace (${store}): without a traceparent, or with a malformed one, a message is accepted and its calls carry none`, async () => {
      const several = started()
      using heard = hearCalls(several)
      for (const traceparent of [undefined, "", "00-0-0-01", `${GIVEN}-more`, GIVEN.toUpperCase()]) {
        const headers = traceparent === undefined ? {} : { traceparent, tracestate: "a=1" }
        const { status, json } = await several.request(0, "/v1/messages", { body: toUser(), headers })
        assert.equal(status, 202)
        await several.until(0, json.id, "sent")
      }
      const sent = heard.of("message/send")
      assert.deepEqual(
        sent.map(({ traceparent, tracestate }) => [traceparent, tracestate]),
        sent.map(() => [undefined, undefined]),
      )
      assert.equal(sent.length, 5)
    })

    // proves 30.trace: each message of a batch
    test(`30.trace (${store}): each message of a batch has the trace that it names, or else that of the request`, async () => {
      const several = started()
      using heard = hearCalls(several)
      const body = [toUser(), toUser({ traceparent: OTHER }), toUser({ traceparent: "broken" })]
      for (const lines of [false, true]) {
        const { status, json, text } = await several.request(0, "/v1/messages/batch", {
          body: lines ? body.map((one) => JSON.stringify(one)).join("\n") : body,
          headers: { traceparent: GIVEN, ...(lines && { "content-type": "application/x-ndjson" }) },
        })
        assert.equal(status, 200, text)
        const answers: { id: string }[] = lines
          ? text
              .trim()
              .split("\n")
              .map((line) => JSON.parse(line))
          : json
        for (const { id } of answers) await several.until(0, id, "sent")
      }
      const traces = heard.of("message/send").map(({ traceparent }) => traceparent)
      assert.deepEqual(traces.map(String).toSorted(), [GIVEN, GIVEN, GIVEN, GIVEN, OTHER, OTHER])
    })

    // proves 30.trace: one message, two traces
    test(`30.trace (${store}): the same request with another traceparent is the same message`, async () => {
      const several = started()
      const ask = (traceparent: string): Promise<{ status: number; json: { id: string } }> =>
        several.request(0, "/v1/messages", { body: toUser(), headers: { traceparent, "idempotency-key": "one" } })
      const [first, second] = [await ask(GIVEN), await ask(OTHER)]
      assert.deepEqual([first.status, second.status], [202, 202])
      assert.equal(first.json.id, second.json.id)
      await several.until(0, first.json.id, "sent")
      const inBatch = { ...toUser(), idempotency_key: "two" }
      const batch = [
        { ...inBatch, traceparent: GIVEN },
        { ...inBatch, traceparent: OTHER },
      ]
      const { json } = await several.request(0, "/v1/messages/batch", { body: batch })
      assert.deepEqual([json[0].status, json[1].status], [202, 202])
      assert.equal(json[0].id, json[1].id)
      await several.until(0, json[0].id, "sent")
    })

    // proves 30.trace: qyapi paths, look-ups, recalls
    test(`30.trace (${store}): a message that comes by WeCom's own paths keeps its traceparent, and look-ups and recalls carry it`, async () => {
      const several = started()
      using heard = hearCalls(several)
      const { corp_id: corpId } = several.simulator.org
      const token = await several.request(0, `/cgi-bin/gettoken?corpid=${corpId}&corpsecret=${ADMIN_KEY}`, {
        key: null,
      })
      const body = { touser: "lisi", agentid: 1_000_002, msgtype: "text", text: { content: "你好" } }
      const compat = await several.request(0, `/cgi-bin/message/send?access_token=${token.json.access_token}`, {
        body,
        key: null,
        headers: { traceparent: OTHER },
      })
      assert.equal(compat.json.errcode, 0, compat.text)
      const { json } = await several.request(0, "/v1/messages", { body: aMessage(), headers: { traceparent: GIVEN } })
      await several.until(0, json.id, "sent")
      const recalled = await several.request(0, `/v1/messages/${json.id}/recall`, { method: "POST" })
      assert.equal(recalled.status, 200, recalled.text)
      const carried = (path: string): readonly unknown[] => heard.of(path).map(({ traceparent }) => traceparent)
      assert.deepEqual(["user/getuserid", "message/send", "message/recall"].map(carried), [
        [GIVEN],
        [OTHER, GIVEN],
        [GIVEN],
      ])
    })
  })
}
