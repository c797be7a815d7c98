import assert from "node:assert/strict"
import { test } from "node:test"
import { CallbackCipher, isCallbackSignature, readXml, xmlText } from "@wecom-push/protocol/callback"
import { leapingClock } from "../../testing/leaping-clock.ts"
import { WeComError } from "../../wecom-error.ts"
import type { CallbackEvent } from "../event.ts"
import type { CallbackOptions } from "../options.ts"
import { APP, deliveryOf, innerXml, visitOf } from "./app-settings.ts"
import type { Delivery } from "./app-settings.ts"

/** A handler that can be called: by HTTP, or as a function. */
export interface OpenHandler extends AsyncDisposable {
  call(method: string, query: Record<string, string>, body?: string): Promise<Response>
}

/** Long enough for a busy machine. An event that never comes fails its rule and does not delay the whole file. */
const TOLD_WITHIN_MS = 20_000

const CLICK = innerXml(
  "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[template_card_event]]></Event>" +
    "<EventKey><![CDATA[approve]]></EventKey><TaskId><![CDATA[deploy-1]]></TaskId>" +
    "<CardType><![CDATA[button_interaction]]></CardType><ResponseCode><![CDATA[FRESH]]></ResponseCode>",
)

const textFrom = (userid: string, content: string): string =>
  innerXml(
    `<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${content}]]></Content><MsgId>9223372036854775807</MsgId>`,
    userid,
  )

const menuClick = (key: string): string =>
  innerXml(`<MsgType>event</MsgType><Event>click</Event><EventKey>${key}</EventKey>`)

/** The rules for every handler, for whatever server it is. */
export function callbackHandlerContract(name: string, open: (options: CallbackOptions) => Promise<OpenHandler>): void {
  const rule = (title: string, check: () => Promise<void>): void => void test(`${name}: ${title}`, check)

  /** A handler for the app, with a clock of its own; it records everything that the handler reports. */
  async function started(options: Partial<CallbackOptions> = {}) {
    const clock = leapingClock()
    const events: CallbackEvent[] = []
    const errors: unknown[] = []
    const refusals: string[] = []
    const handler = await open({
      ...APP,
      clock,
      onEvent: (event) => void events.push(event),
      onError: (error) => void errors.push(error),
      onRefused: ({ reason }) => void refusals.push(reason),
      ...options,
    })
    const now = (): number => Math.floor(clock.now() / 1000)
    return {
      clock,
      events,
      errors,
      refusals,
      now,
      call: handler.call.bind(handler),
      deliver: (xml: string) => post(deliveryOf(xml, { timestamp: now() })),
      post,
      async told(count: number): Promise<void> {
        const deadline = performance.now() + TOLD_WITHIN_MS
        while (events.length < count) {
          if (performance.now() > deadline) assert.fail(`told ${events.length} of ${count} events`)
          await new Promise(setImmediate)
        }
      },
      [Symbol.asyncDispose]: () => handler[Symbol.asyncDispose](),
    }
    function post({ query, body }: Delivery): Promise<Response> {
      return handler.call("POST", query, body)
    }
  }

  // proves 4.2: callbacks
  rule("the address is verified by the decrypted text as it is: no quotes, no line end", async () => {
    await using app = await started()
    // Long enough that its Base64 holds every character that a query must escape.
    const echo = "3917462085126".repeat(40)
    const answer = await app.call("GET", visitOf(echo, { timestamp: app.now() }))
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get("content-type") ?? "", /^text\/plain/)
    assert.equal(await answer.text(), echo)
    assert.equal(app.events.length, 0)
  })

  rule("a delivery is answered by an empty 200, and then reported", async () => {
    await using app = await started()
    const answer = await app.deliver(CLICK)
    assert.deepEqual([answer.status, await answer.text()], [200, ""])
    await app.told(1)
    const [event] = app.events
    assert.equal(event?.kind, "template_card_event")
    assert.ok(event?.kind === "template_card_event")
    assert.deepEqual([event.EventKey, event.ResponseCode, event.AgentID], ["approve", "FRESH", 1000007])
  })

  // proves 4.2: callbacks
  rule("WeCom has its answer before onEvent ends, however long that takes", async () => {
    const { promise: forever } = Promise.withResolvers<void>()
    await using app = await started({ onEvent: () => forever })
    assert.equal((await app.deliver(CLICK)).status, 200)
  })

  // proves 4.2: callbacks
  rule("userid 007 and a 64-bit MsgId stay text, and blanks around a text stay", async () => {
    await using app = await started()
    await app.deliver(textFrom("007", " 1e3 "))
    await app.told(1)
    const [event] = app.events
    assert.ok(event?.kind === "text")
    assert.deepEqual([event.FromUserName, event.MsgId, event.Content], ["007", "9223372036854775807", " 1e3 "])
  })

  // proves 4.2: callbacks
  rule("a wrong signature is refused, for a visit and for a delivery", async () => {
    await using app = await started()
    const wrong = { timestamp: app.now(), token: "anotherToken" }
    assert.equal((await app.call("GET", visitOf("x", wrong))).status, 403)
    assert.equal((await app.post(deliveryOf(CLICK, wrong))).status, 403)
    assert.deepEqual(app.refusals, ["signature", "signature"])
  })

  rule("a signature does not hold for another body, nonce or time", async () => {
    await using app = await started()
    const { query, body } = deliveryOf(CLICK, { timestamp: app.now() })
    const other = deliveryOf(CLICK, { timestamp: app.now() })
    assert.equal((await app.call("POST", query, other.body)).status, 403)
    assert.equal((await app.call("POST", { ...query, nonce: "1" }, body)).status, 403)
    assert.equal((await app.call("POST", { ...query, timestamp: String(app.now() + 1) }, body)).status, 403)
    assert.equal(app.events.length, 0)
  })

  // proves 4.2: callbacks
  rule("a request whose time is more than five minutes off is refused: an old one kept and sent again", async () => {
    await using app = await started()
    const kept = deliveryOf(CLICK, { timestamp: app.now() })
    const visit = visitOf("x", { timestamp: app.now() })
    app.clock.advance(5 * 60_000 + 1000)
    assert.equal((await app.post(kept)).status, 403)
    assert.equal((await app.call("GET", visit)).status, 403)
    assert.equal((await app.post(deliveryOf(CLICK, { timestamp: app.now() + 301 }))).status, 403)
    assert.deepEqual(app.refusals, ["stale", "stale", "stale"])
    assert.equal((await app.post(deliveryOf(CLICK, { timestamp: app.now() - 300 }))).status, 200)
  })

  rule("how old a request may be can be set, also to any age", async () => {
    await using app = await started({ maxAgeMs: Number.POSITIVE_INFINITY })
    assert.equal((await app.post(deliveryOf(CLICK, { timestamp: 0 }))).status, 200)
    await using strict = await started({ maxAgeMs: 10_000 })
    assert.equal((await strict.post(deliveryOf(CLICK, { timestamp: strict.now() - 11 }))).status, 403)
  })

  rule("a delivery that comes again inside the window is answered alike and raises no second event", async () => {
    await using app = await started({ beforeAnswer: () => ({ msgtype: "text", text: { content: "收到" } }) })
    const kept = deliveryOf(CLICK, { timestamp: app.now() })
    const first = await app.post(kept)
    const replayed = await app.post(kept)
    // A repetition of WeCom's may be encrypted and signed anew.
    const repeated = await app.deliver(CLICK)
    for (const answer of [first, replayed, repeated]) assert.equal(await openReply(answer), "收到")
    await app.deliver(textFrom("bob", "x"))
    await app.told(2)
    assert.deepEqual(
      app.events.map(({ FromUserName }) => FromUserName),
      ["alice", "bob"],
    )
  })

  rule("deliveries are remembered up to the number set", async () => {
    await using app = await started({ rememberedDeliveries: 2 })
    for (const key of ["a", "b", "a", "c", "a"]) await app.deliver(menuClick(key))
    await app.told(4)
    const keys = app.events.map((event) => (event.kind === "click" ? event.EventKey : ""))
    assert.deepEqual(keys, ["a", "b", "c", "a"])
  })

  // proves 4.2: callbacks
  rule("a delivery for another receiver is refused", async () => {
    await using app = await started()
    const answer = await app.post(deliveryOf(CLICK, { timestamp: app.now(), receiveId: "ww9999999999999999" }))
    assert.equal(answer.status, 403)
    assert.deepEqual(app.refusals, ["receive_id"])
  })

  rule("a body that another key encrypted is refused", async () => {
    await using app = await started()
    const encodingAesKey = APP.encodingAesKey.replace(/^./, "x")
    const answer = await app.post(deliveryOf(CLICK, { timestamp: app.now(), encodingAesKey }))
    assert.equal(answer.status, 400)
    assert.deepEqual(app.refusals, ["undecipherable"])
  })

  // proves 4.2: callbacks
  rule("broken XML is refused, outside and inside, with the signature right", async () => {
    await using app = await started()
    const { query } = deliveryOf(CLICK, { timestamp: app.now() })
    for (const body of ["", "<xml>", "{}", "<xml><Encrypt></Encrypt></xml>", "success"]) {
      assert.equal((await app.call("POST", query, body)).status, 400, body)
    }
    assert.equal((await app.deliver("<xml><MsgType>")).status, 400)
    assert.equal((await app.deliver("not xml")).status, 400)
    assert.deepEqual(new Set(app.refusals), new Set(["xml"]))
    assert.equal(app.events.length, 0)
  })

  // proves 4.2: callbacks
  rule("an entity bomb is refused, outside and inside", async () => {
    await using app = await started()
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "${"&a;".repeat(1000)}">]>`
    const { query, body } = deliveryOf(CLICK, { timestamp: app.now() })
    assert.equal((await app.call("POST", query, bomb + body)).status, 400)
    assert.equal((await app.deliver(bomb + innerXml("<MsgType>text</MsgType><Content>&b;</Content>"))).status, 400)
    assert.deepEqual([app.refusals, app.events], [["xml", "xml"], []])
  })

  rule("the rest of a body is read only when its signature is right", async () => {
    await using app = await started()
    const { query, body } = deliveryOf(CLICK, { timestamp: app.now(), token: "anotherToken" })
    const nested = body.replace("</xml>", `${"<a>".repeat(20_000)}</xml>`)
    assert.equal((await app.call("POST", query, nested)).status, 403)
    const own = deliveryOf(CLICK, { timestamp: app.now() })
    assert.equal((await app.call("POST", own.query, own.body.replace("</xml>", "<a></xml>"))).status, 400)
    assert.deepEqual(app.refusals, ["signature", "xml"])
  })

  rule("a body over its limit is refused, and one at the limit is not", async () => {
    const { body } = deliveryOf(CLICK, { timestamp: 0 })
    await using app = await started({ maxBodyBytes: body.length })
    assert.equal((await app.deliver(CLICK)).status, 200)
    const tooLong = { ...deliveryOf(CLICK, { timestamp: app.now() }), body: `${body} ` }
    assert.equal((await app.post(tooLong)).status, 413)
    assert.equal((await app.post({ ...tooLong, body: "x".repeat(3_000_000) })).status, 413)
    assert.deepEqual(app.refusals, ["too_large", "too_large"])
  })

  rule("a query without its parts, or a time that is none, is refused", async () => {
    await using app = await started()
    const { query, body } = deliveryOf(CLICK, { timestamp: app.now() })
    for (const missing of ["msg_signature", "timestamp", "nonce"]) {
      const { [missing]: _, ...rest } = query
      assert.equal((await app.call("POST", rest, body)).status, 400, missing)
    }
    assert.equal((await app.call("GET", query)).status, 400)
    assert.equal((await app.call("POST", { ...query, timestamp: "soon" }, body)).status, 403)
    assert.deepEqual(new Set(app.refusals), new Set(["query", "stale"]))
  })

  rule("other methods are refused, with those there are", async () => {
    await using app = await started()
    const answer = await app.call("PUT", {}, "x")
    assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET, POST"])
  })

  rule("a refusal says nothing to the caller, and says in the log where to look", async () => {
    const messages: string[] = []
    await using app = await started({ language: "zh", onRefused: ({ message }) => void messages.push(message) })
    const answer = await app.post(deliveryOf(CLICK, { timestamp: app.now(), token: "anotherToken" }))
    assert.equal(await answer.text(), "")
    assert.match(messages.join(), /签名不对：请核对此处的 Token/)
    assert.doesNotMatch(messages.join(), new RegExp(`${APP.token}|${APP.encodingAesKey}`))
  })

  rule("what beforeAnswer does is done before WeCom has its answer", async () => {
    const stored = Promise.withResolvers<void>()
    await using app = await started({ beforeAnswer: () => stored.promise })
    let isAnswered = false
    const answer = app.deliver(CLICK).then((response) => {
      isAnswered = true
      return response
    })
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    assert.equal(isAnswered, false)
    stored.resolve()
    assert.equal((await answer).status, 200)
  })

  rule("when beforeAnswer fails the answer is 500, and the repetition starts anew", async () => {
    const failure = new Error("the disk is full")
    let calls = 0
    await using app = await started({
      beforeAnswer: () => {
        if (++calls === 1) throw failure
      },
    })
    assert.equal((await app.deliver(CLICK)).status, 500)
    assert.equal((await app.deliver(CLICK)).status, 200)
    await app.told(1)
    assert.deepEqual([app.errors, calls], [[failure], 2])
  })

  rule("repetitions that come while beforeAnswer works wait for it and get its reply", async () => {
    const ready = Promise.withResolvers<void>()
    let calls = 0
    await using app = await started({
      beforeAnswer: async () => {
        calls++
        await ready.promise
        return { button: { replace_name: "已同意" } }
      },
    })
    const answers = [app.deliver(CLICK), app.deliver(CLICK), app.deliver(CLICK)]
    ready.resolve()
    for (const answer of await Promise.all(answers)) assert.match(await openInner(answer), /已同意/)
    assert.equal(calls, 1)
  })

  rule("an onEvent that fails is reported, and costs neither the answer nor the next event", async () => {
    const failure = new Error("no such order")
    const told = Promise.withResolvers<void>()
    await using app = await started({
      onEvent: async ({ FromUserName }) => {
        if (FromUserName === "alice") throw failure
        told.resolve()
      },
    })
    assert.equal((await app.deliver(CLICK)).status, 200)
    assert.equal((await app.deliver(textFrom("bob", "x"))).status, 200)
    await told.promise
    assert.deepEqual(app.errors, [failure])
  })

  // proves 4.2: callbacks
  rule("a reply is encrypted, signed, and addressed to the member who raised the event", async () => {
    await using app = await started({ beforeAnswer: () => ({ button: { replace_name: "已同意" } }) })
    const answer = await app.deliver(CLICK)
    assert.match(answer.headers.get("content-type") ?? "", /^application\/xml/)
    assert.equal(
      await openInner(answer),
      `<xml><ToUserName><![CDATA[alice]]></ToUserName><FromUserName><![CDATA[${APP.receiveId}]]></FromUserName>` +
        `<CreateTime>${app.now()}</CreateTime><MsgType><![CDATA[update_button]]></MsgType>` +
        "<Button><ReplaceName><![CDATA[已同意]]></ReplaceName></Button></xml>",
    )
  })

  rule("a reply that WeCom would not take is not sent, and reported with every fault", async () => {
    await using app = await started({ beforeAnswer: () => ({ msgtype: "text", text: { content: "长".repeat(683) } }) })
    const answer = await app.deliver(CLICK)
    assert.deepEqual([answer.status, await answer.text()], [200, ""])
    await app.told(1)
    const [error] = app.errors
    assert.ok(error instanceof WeComError)
    assert.deepEqual([error.code, error.faults[0]?.path], ["invalid_input", "text.content"])
  })

  rule("options with faults are refused together, and no secret is in the message", async () => {
    const bad = { token: "", encodingAesKey: "tooShort", receiveId: APP.receiveId, maxAgeMs: 0, maxBodyBytes: -1 }
    const error = await Promise.resolve()
      .then(() => open(bad))
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
    assert.ok(error instanceof WeComError)
    assert.deepEqual(
      error.faults.map(({ path }) => path),
      ["token", "encodingAesKey", "maxAgeMs", "maxBodyBytes"],
    )
    assert.doesNotMatch(error.message, /tooShort/)
  })
}

/** The reply in an answer, decrypted after its signature was checked. */
async function openInner(answer: Response): Promise<string> {
  const envelope = (await readXml(await answer.text())) ?? {}
  const encrypted = xmlText(envelope, "Encrypt")
  const [timestamp, nonce] = [xmlText(envelope, "TimeStamp"), xmlText(envelope, "Nonce")]
  const signed = isCallbackSignature(xmlText(envelope, "MsgSignature"), {
    token: APP.token,
    timestamp,
    nonce,
    encrypted,
  })
  assert.equal(signed, true)
  const decrypted = new CallbackCipher(APP.encodingAesKey, APP.receiveId).decrypt(encrypted)
  assert.ok(decrypted.kind === "message")
  return decrypted.message
}

async function openReply(answer: Response): Promise<string> {
  return xmlText((await readXml(await openInner(answer))) ?? {}, "Content")
}
