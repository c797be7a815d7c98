import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { ODD_MESSAGES, REFUSED_MESSAGES, withTaskId } from "../../../../protocol/src/testing/odd-messages.ts"
import type { OddMessage } from "../../../../protocol/src/testing/odd-messages.ts"
import { shared } from "../../../../../tools/testing/shared.ts"
import { pointerOf } from "../../accept/pointer.ts"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestAnswer } from "./testing/start-gateway.ts"
import { postFile, TEXT } from "./testing/media-form.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"

/** Members get 30 a minute. */
const MEMBERS = ["zhangsan", "lisi", "WangWu", "007"]
let sends = 0

suite("odd messages through /v1", () => {
  const bench = shared(async (resources) => {
    const started = resources.use(await startWithSimulator())
    const settings = { unknown_media: "accept", safe_news: "ignore" }
    await fetch(`${started.simulator.url}/_sim/settings`, { method: "PUT", body: JSON.stringify(settings) })
    return started
  })

  const post = (message: OddMessage["message"], more: object): Promise<TestAnswer> => {
    sends++
    const to = { users: [MEMBERS[sends % MEMBERS.length]] }
    return bench().request("/v1/messages", { body: { ...withTaskId(message, `odd-${sends}`), to, ...more } })
  }

  const sent = async (answer: TestAnswer, warned: readonly string[]): Promise<void> => {
    assert.equal(answer.status, 202, answer.text)
    assert.deepEqual(pathsOf(answer.json.warnings), pointers(warned))
    const message = await bench().until(answer.json.id, "sent", "failed")
    assert.equal(message["state"], "sent")
    assert.deepEqual(message["warnings"] ?? [], answer.json.warnings ?? [])
  }

  const callsOf = async (): Promise<string[]> => {
    const answer = await fetch(`${bench().simulator.url}/_sim/calls`)
    const { calls } = (await answer.json()) as { calls: { path: string; body: { text?: { content: string } } }[] }
    return calls.filter(({ path }) => path.endsWith("message/send")).map(({ body }) => body.text?.content ?? "")
  }

  for (const { what, message, warned, isLoss } of ODD_MESSAGES) {
    if (isLoss === undefined) {
      // proves 11.B34: one table, four doors
      test(`${what} goes out with a warning, strict or not`, async () => {
        for (const more of [{}, { strict: true }, { strict: false }]) await sent(await post(message, more), warned)
      })
      continue
    }
    // proves 11.B34: one table, four doors
    test(`${what} is refused, and goes out with a warning where strict is false`, async () => {
      for (const more of [{}, { strict: true }]) {
        const { status, json } = await post(message, more)
        assert.deepEqual(
          [status, ...pathsOf(json.errors)],
          [json.code === "wrong_type" ? 400 : 422, ...pointers(warned)],
        )
      }
      await sent(await post(message, { strict: false }), warned)
    })
  }

  for (const { what, message, errcode } of REFUSED_MESSAGES) {
    // proves 11.B34: one table, four doors
    test(`${what} is refused with ${errcode}, strict or not`, async () => {
      for (const strict of [true, false]) {
        const { status, json } = await post(message, { strict })
        assert.ok(status === 422 || status === 400)
        assert.equal(json.errors[0].errcode, errcode)
      }
    })
  }

  // proves 11.B30: strict
  test("where strict is false WeCom cuts, unless overflow says something", async () => {
    const message = { msgtype: "text", text: { content: "x".repeat(3000) } }
    await sent(await post(message, { strict: false }), ["text.content"])
    assert.equal((await callsOf()).at(-1)?.length, 3000)
    assert.equal((await post(message, { strict: false, overflow: "reject" })).status, 422)
    await sent(await post(message, { strict: false, overflow: "truncate" }), [])
    assert.equal((await callsOf()).at(-1)?.length, 2048)
    const before = (await callsOf()).length
    await sent(await post(message, { strict: false, overflow: "split" }), [])
    assert.equal((await callsOf()).length, before + 2)
  })

  // proves 11.B31: truncate
  test("truncate cuts a title too, and split does not", async () => {
    const textcard = { title: "题".repeat(129), description: "两天", url: "https://a.example.com" }
    const { status, json } = await post({ msgtype: "textcard", textcard }, { overflow: "split" })
    assert.deepEqual([status, ...pathsOf(json.errors)], [422, "/textcard/title"])
    // A text that is cut by characters may still have too many bytes, which WeCom does not check.
    await sent(await post({ msgtype: "textcard", textcard }, { overflow: "truncate" }), [])
  })

  test("a file that goes with safe is of a documented kind, strict or not", async () => {
    const zip = (await postFile(bench(), TEXT, { filename: "日志.zip" })).json.id
    const txt = (await postFile(bench(), TEXT, { filename: "日志.TXT" })).json.id
    for (const strict of [true, false]) {
      const { status, json } = await post(fileMessage(zip, 1), { strict })
      assert.equal(status, 422)
      assert.partialDeepStrictEqual(json.errors, [{ path: "/file/media_id", code: "unsafe_file", errcode: 40004 }])
      assert.match(json.errors[0].detail, /日志\.zip/)
    }
    await sent(await post(fileMessage(txt, 1), {}), [])
    await sent(await post(fileMessage(zip, 0), {}), [])
  })
})

suite("strict", () => {
  const gateway = shared(async (resources) => resources.use(await startTestGateway()))
  const long = { text: { content: "x".repeat(2049) }, strict: false }
  const postLenient = (more: object): Promise<TestAnswer> =>
    gateway().request("/v1/messages", { body: aMessage({ strict: false, ...more }) })

  test("is true or false", async () => {
    for (const strict of ["false", 0, null]) {
      const { status, json } = await gateway().request("/v1/messages", { body: aMessage({ strict }) })
      assert.deepEqual([status, ...pathsOf(json.errors)], [400, "/strict"])
    }
  })

  test("is part of what an idempotency key covers, and a replay has the warnings again", async () => {
    const headers = { "idempotency-key": "strict-1" }
    const first = await gateway().request("/v1/messages", { body: aMessage(long), headers })
    const again = await gateway().request("/v1/messages", { body: aMessage(long), headers })
    assert.deepEqual([again.status, again.headers.get("idempotent-replayed")], [202, "true"])
    assert.deepEqual(again.json, first.json)
    assert.deepEqual(pathsOf(again.json.warnings), ["/text/content"])
    const other = aMessage({ ...long, strict: true, overflow: "truncate" })
    const reused = await gateway().request("/v1/messages", { body: other, headers })
    assert.equal(reused.json.code, "idempotency_key_reused")
  })

  // proves 11.B30: strict
  test("warnings are in the language that is asked for, when a message is accepted and ever after", async () => {
    const { json } = await gateway().request("/v1/messages", {
      body: aMessage(long),
      headers: { "accept-language": "zh" },
    })
    const told = { path: "/text/content", code: "too_long" }
    assert.deepEqual(json.warnings, [
      { ...told, detail: "text.content 有 2049 字节；超过 2048 字节的部分会被企业微信截断，建议缩短或拆分。" },
    ])
    assert.deepEqual((await gateway().request(`/v1/messages/${json.id}`)).json.warnings, [
      { ...told, detail: "text.content is 2049 bytes long; WeCom cuts it after 2048. Shorten or split it if you can." },
    ])
  })

  test("each message of a batch has its own, small or large", async () => {
    const mobiles = Array.from({ length: 30_000 }, (_, index) => `138${String(index).padStart(8, "0")}`)
    const body = [aMessage(long), aMessage(), aMessage({ ...long, to: { mobiles } })]
    const { json } = await gateway().request("/v1/messages/batch", { body })
    assert.deepEqual(
      json.map(({ status, warnings }: { status: number; warnings?: [] }) => [status, ...pathsOf(warnings)]),
      [[202, "/text/content"], [202], [202, "/text/content"]],
    )
  })

  test("a duplicate check out of range takes WeCom's default or its most, with a warning", async () => {
    for (const interval of [0, -5, 99_999, 1.5]) {
      const check = { enable_duplicate_check: 1, duplicate_check_interval: interval }
      const refused = await gateway().request("/v1/messages", { body: aMessage(check) })
      assert.deepEqual(pathsOf(refused.json.errors), ["/duplicate_check_interval"], String(interval))
      const { status, json } = await gateway().request("/v1/messages", { body: aMessage({ ...check, strict: false }) })
      assert.deepEqual([status, ...pathsOf(json.warnings)], [202, "/duplicate_check_interval"])
    }
  })

  // proves 11.B30: strict
  test("unknown fields of our own stay 400, also where strict is false, and a pasted touser is no recipient", async () => {
    for (const more of [{ stict: true }, { idempotency_key: "k" }, { to: { users: ["a"], userid: "b" } }]) {
      const { status, json } = await postLenient(more)
      assert.deepEqual([status, json.code], [400, "unknown_field"], JSON.stringify(more))
    }
    const { json: misplaced } = await postLenient({ to: undefined, touser: "zhangsan" })
    assert.deepEqual(pathsOf(misplaced.errors).toSorted(), ["/to", "/touser"])
  })

  test("a message with nothing to warn of has no warnings", async () => {
    const { json } = await gateway().request("/v1/messages", { body: aMessage() })
    assert.equal("warnings" in json, false)
    assert.equal("warnings" in (await gateway().request(`/v1/messages/${json.id}`)).json, false)
  })
})

function pathsOf(faults: readonly { readonly path: string }[] = []): string[] {
  return faults.map(({ path }) => path)
}

/** The duplicate check is a field of ours, and is allowed. */
function pointers(paths: readonly string[]): string[] {
  return paths.filter((path) => !path.includes("duplicate")).map(pointerOf)
}

function fileMessage(id: string, safe: number): OddMessage["message"] {
  return { msgtype: "file", file: { media_id: id }, safe }
}
