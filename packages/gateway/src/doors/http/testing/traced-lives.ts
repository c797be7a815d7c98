import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { shared } from "../../../../../../tools/testing/shared.ts"
import { hearCalls } from "./hear-calls.ts"
import { ADMIN_KEY, aMessage } from "./start-gateway.ts"
import { startOn, startSeveral, STORES } from "./start-several.ts"

/** A span that has ended. */
export interface EndedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | undefined
  readonly attributes: Readonly<Record<string, unknown>>
  /** The code of the failure. */
  readonly error: string | undefined
}

/**
 * Tests the spans of messages in a process that has registered OpenTelemetry.
 * @param by the name of what records them
 * @param ended all spans that have ended so far, in that order, of gateways that are started after this
 */
export function tracedLives(by: string, ended: () => readonly EndedSpan[]): void {
  /** The spans of one trace, as soon as there are `count` of them. */
  const trace = async (traceId: string, count: number): Promise<readonly EndedSpan[]> => {
    for (;;) {
      const found = ended().filter((span) => span.traceId === traceId)
      if (found.length >= count) return found
      await sleep(10)
    }
  }
  const allOf = (id: string): readonly EndedSpan[] =>
    ended().filter(({ attributes }) => attributes["wecom_push.message"] === id)

  for (const store of STORES) {
    suite(`${store}, recorded by ${by}: the life of a message is one trace`, () => {
      const started = shared(async (resources) => resources.use(await startOn(store)))

      // proves 30.spans: one trace, parents and children
      test(`30.spans (${store}): from the caller over acceptance and look-up to the call, each step is a part of the one before`, async () => {
        const several = started()
        using heard = hearCalls(several)
        const { traceId, spanId, traceparent } = aCaller()
        const { json } = await several.request(0, "/v1/messages", { body: aMessage(), headers: { traceparent } })
        await several.until(0, json.id, "sent")
        const spans = await trace(traceId, 5)
        const [accept, people, call, settle, deliver] = NAMES.map((name) => only(spans, name))
        assert.equal(spans.length, 5)
        assert.deepEqual(
          [accept, deliver, people, call, settle].map((span) => span?.parentId),
          [spanId, accept?.spanId, deliver?.spanId, deliver?.spanId, deliver?.spanId],
        )
        assert.deepEqual(
          [accept, deliver].map((span) => span?.attributes["wecom_push.message"]),
          [json.id, json.id],
        )
        assert.deepEqual(call?.attributes, {
          "wecom_push.kind": "app_message",
          "wecom_push.call": 1,
          "wecom_push.attempt": 1,
          "wecom_push.recipients": 1,
          "wecom_push.errcode": 0,
        })
        // WeCom, or a proxy on the way to it, receives the id of the span that called it.
        assert.deepEqual(
          ["user/getuserid", "message/send"].map((path) => heard.of(path).map((headers) => headers["traceparent"])),
          [[`00-${traceId}-${people?.spanId}-01`], [`00-${traceId}-${call?.spanId}-01`]],
        )
      })

      // proves 30.spans: repeats of a call
      test(`30.spans (${store}): a call that is repeated is one span for each try, and the one that failed says by which code`, async () => {
        const several = started()
        await several.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 1 })
        const { traceId, traceparent } = aCaller()
        const body = aMessage({ to: { users: ["zhangsan"] } })
        const { json } = await several.request(0, "/v1/messages", { body, headers: { traceparent } })
        await several.until(0, json.id, "sent")
        const calls = (await trace(traceId, 7)).filter(({ name }) => name === "send call")
        assert.deepEqual(
          calls.map(({ error, attributes }) => [attributes["wecom_push.attempt"], error]),
          [
            [1, "errcode_-1"],
            [2, undefined],
          ],
        )
      })

      // proves 30.spans: no trace of a caller, a refusal
      test(`30.spans (${store}): without a traceparent a new trace begins; a refused request is no failure`, async () => {
        const several = started()
        const body = aMessage({ to: { users: ["lisi"] } })
        const { json } = await several.request(0, "/v1/messages", { body, headers: { traceparent: "broken" } })
        await several.until(0, json.id, "sent")
        const [first] = allOf(json.id)
        assert.ok(first !== undefined)
        const spans = await trace(first.traceId, 4)
        assert.equal(only(spans, "accept message")?.parentId, undefined)
        const { traceId, traceparent } = aCaller()
        const refused = await several.request(0, "/v1/messages", {
          body: { ...body, app: "unknown" },
          headers: { traceparent },
        })
        assert.equal(refused.status, 404)
        const [span] = await trace(traceId, 1)
        assert.deepEqual(
          [span?.name, span?.error, span?.attributes["wecom_push.result"]],
          ["accept message", undefined, "not_found"],
        )
      })

      // proves 30.spans: shared calls
      test(`30.spans (${store}): messages that share a call have it in their traces, each with what of it is theirs`, async () => {
        const several = started()
        using heard = hearCalls(several)
        const changed = await several.request(0, "/v1/apps/alerts", {
          method: "PATCH",
          body: { settings: { share_calls: true } },
        })
        assert.equal(changed.status, 200, changed.text)
        const callers = [aCaller(), aCaller()]
        const text = { content: "一起发送" }
        await Promise.all(
          callers.map(({ traceparent }, n) => {
            const body = aMessage({ to: { users: [n === 0 ? "zhangsan" : "lisi"] }, text })
            return several.request(0, "/v1/messages", { body, headers: { traceparent } })
          }),
        )
        for (const { traceId } of callers) {
          while (!ended().some((span) => span.traceId === traceId && span.name === "deliver message")) await sleep(10)
          const calls = ended().filter((span) => span.traceId === traceId && span.name === "send call")
          assert.deepEqual(
            calls.map(({ attributes }) => attributes["wecom_push.recipients"]),
            [1],
          )
        }
        // Two gateways may each have one of the messages.
        if (store === "SQLite") assert.equal(heard.of("message/send").length, 1)
      })

      // proves 30.spans: what stays private
      test(`30.spans (${store}): no text, number, person, key or secret is in a span`, async () => {
        const written = JSON.stringify(ended())
        for (const secret of [
          "磁盘",
          "13800000001",
          "zhangsan",
          "lisi",
          ADMIN_KEY,
          "sim-secret-alerts",
          "access_token",
        ]) {
          assert.ok(!written.includes(secret), secret)
        }
        assert.ok(ended().length > 15)
      })
    })
  }

  // proves 30.spans: over two gateways
  test(`30.spans: a message that one gateway accepts and another sends has one trace, recorded by ${by}`, async () => {
    await using several = await startSeveral(2)
    const { traceId, spanId, traceparent } = aCaller()
    const body = aMessage({ to: { users: ["zhangsan"] }, send_at: new Date(Date.now() + 1000).toISOString() })
    const { json } = await several.request(0, "/v1/messages", { body, headers: { traceparent } })
    await several.gateways[0]?.stop()
    await several.until(1, json.id, "sent")
    const spans = await trace(traceId, 4)
    const [accept, deliver, call] = ["accept message", "deliver message", "send call"].map((name) => only(spans, name))
    assert.deepEqual(
      [accept, deliver, call].map((span) => span?.parentId),
      [spanId, accept?.spanId, deliver?.spanId],
    )
  })
}

const NAMES = ["accept message", "find people", "send call", "settle call", "deliver message"]

function only(spans: readonly EndedSpan[], name: string): EndedSpan | undefined {
  const found = spans.filter((span) => span.name === name)
  assert.equal(found.length, 1, `${found.length} spans are called ${name}`)
  return found[0]
}

/** A caller with a trace of its own. */
function aCaller(): { readonly traceId: string; readonly spanId: string; readonly traceparent: string } {
  const number = String(++callers)
  const [traceId, spanId] = [number.padStart(32, "a"), number.padStart(16, "b")]
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` }
}

let callers = 0
