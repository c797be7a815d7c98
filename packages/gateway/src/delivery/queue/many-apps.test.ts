import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import type { Transport, TransportRequest, TransportResponse } from "@wecom-push/sdk"
import { HeldMessages } from "../testing/count-held.ts"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"
import type { LocalStores } from "../../model/ports/stores.ts"

/** A WeCom that holds each send until the test releases it. */
class SlowWecom {
  readonly held: { readonly agentId: number; readonly answer: () => void }[] = []
  readonly answered = new Map<number, number>()
  most = 0
  #isQuick = false

  transport = (real: Transport): Transport => ({ ...real, request: (request) => this.#answer(request) })

  #answer({ url, body, onConnected }: TransportRequest): Promise<TransportResponse> {
    if (url.pathname.endsWith("/gettoken"))
      return Promise.resolve(json({ access_token: "t".repeat(40), expires_in: 7200 }))
    const { agentid } = JSON.parse(typeof body === "string" ? body : "{}") as { agentid: number }
    onConnected?.()
    const { promise, resolve } = Promise.withResolvers<TransportResponse>()
    const answer = (): void => {
      this.answered.set(agentid, (this.answered.get(agentid) ?? 0) + 1)
      resolve(json({ msgid: "m" }))
    }
    if (this.#isQuick) answer()
    else this.held.push({ agentId: agentid, answer })
    this.most = Math.max(this.most, this.held.length)
    return promise
  }

  /** Answers the oldest send. */
  answerOne(): void {
    this.held.shift()?.answer()
  }

  /** Otherwise their timers would keep the test file running. */
  answerAll(): void {
    this.#isQuick = true
    for (const { answer } of this.held.splice(0)) answer()
  }
}

/** Counts the messages of each app that were taken to work. */
class Claims {
  readonly #claimed = new Map<string, number>()

  wrap = (stores: LocalStores): LocalStores => {
    const { outbox } = stores
    const claim: typeof outbox.claim = async (wanted) => {
      const messages = await outbox.claim(wanted)
      this.#claimed.set(wanted.app, this.of(wanted.app) + messages.length)
      return messages
    }
    return { ...stores, outbox: { ...outbox, claim } }
  }

  of(app: string): number {
    return this.#claimed.get(app) ?? 0
  }
}

function json(fields: object): TransportResponse {
  const body = JSON.stringify({ errcode: 0, errmsg: "ok", ...fields })
  return { status: 200, contentType: "application/json; charset=UTF-8", body }
}

async function register(gateway: DispatchUnderTest, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `app-${index}`)
  for (const [index, name] of names.entries()) {
    const app = { name, corpId: "ww0000000000000001", agentId: 2_000_000 + index, secrets: { secret: `s-${index}` } }
    await gateway.stores.apps.put({ ...app, settings: {} }, gateway.clock.now())
  }
  return names
}

async function fill(gateway: DispatchUnderTest, apps: readonly string[], each: number): Promise<readonly string[]> {
  return Promise.all(
    apps.flatMap((app) =>
      Array.from({ length: each }, (_, number) => gateway.post({ app, users: [`member-${number}`] })),
    ),
  )
}

// proves 12.R2: many apps and a slow WeCom
test("12.R2: calls of all apps together are never more than there are sockets, and the apps take turns", async () => {
  const wecom = new SlowWecom()
  await using gateway = await startDispatch({ transport: wecom.transport, idle: true })
  const apps = await register(gateway, 12)
  await fill(gateway, apps, 30)
  gateway.start()
  for (let answered = 0; answered < 200; answered++) {
    await gateway.until(() => wecom.held.length === 100, "a hundred calls under way")
    wecom.answerOne()
  }
  assert.equal(wecom.most, 100)
  // Each app gets a twelfth of 200, or all that it had under way from the beginning.
  for (const [agentId, count] of wecom.answered) assert.ok(count >= 8, `${agentId} was answered ${count} times`)
  assert.equal(wecom.answered.size, 12)
  wecom.answerAll()
})

// proves 12.R2: many apps and a slow WeCom
test("12.R2: messages of an app that has nothing waiting pass the backlogs of all others", async () => {
  const wecom = new SlowWecom()
  const claims = new Claims()
  await using gateway = await startDispatch({ transport: wecom.transport, wrap: claims.wrap, idle: true })
  const [alone = assert.fail(), ...others] = await register(gateway, 61)
  const sentOfAlone = (): number =>
    wecom.held.filter(({ agentId }) => agentId === 2_000_000).length + (wecom.answered.get(2_000_000) ?? 0)
  gateway.start()
  await gateway.post({ app: alone, users: ["zhangsan"] })
  await gateway.until(() => sentOfAlone() === 1, "its first call, with a token of its own")
  await fill(gateway, others, 10)
  const answerOne = async (): Promise<void> => {
    await gateway.until(() => wecom.held.length === 100, "a hundred calls under way")
    wecom.answerOne()
  }
  // After this none of them has only just begun to wait.
  for (let answered = 0; answered < 160; answered++) await answerOne()
  for (let sent = 2; sent <= 4; sent++) {
    await gateway.post({ app: alone, users: [`member-${sent}`] })
    await gateway.until(() => claims.of(alone) === sent, "the message at work")
    await sleep(100)
    for (let answered = 0; sentOfAlone() < sent; answered++) {
      assert.ok(answered < 30, `message ${sent} waits for a turn of all the backlogs`)
      await answerOne()
    }
  }
  wecom.answerAll()
})

// proves 31.turns: who has much to send, and who has little
test("31.turns: five messages of an app with little to send pass backlogs that all came before them", async () => {
  const wecom = new SlowWecom()
  const claims = new Claims()
  await using gateway = await startDispatch({ transport: wecom.transport, wrap: claims.wrap, idle: true })
  const [alone = assert.fail(), ...others] = await register(gateway, 61)
  const sentOfAlone = (): number =>
    wecom.held.filter(({ agentId }) => agentId === 2_000_000).length + (wecom.answered.get(2_000_000) ?? 0)
  gateway.start()
  await gateway.post({ app: alone, users: ["zhangsan"] })
  await gateway.until(() => sentOfAlone() === 1, "its first call, with a token of its own")
  await fill(gateway, others, 30)
  const answerOne = async (): Promise<void> => {
    await gateway.until(() => wecom.held.length === 100, "a hundred calls under way")
    wecom.answerOne()
  }
  for (let answered = 0; answered < 160; answered++) await answerOne()
  await fill(gateway, [alone], 5)
  await gateway.until(() => claims.of(alone) === 6, "its messages at work")
  await sleep(100)
  let answered = 0
  for (; sentOfAlone() < 6; answered++) {
    assert.ok(answered < 40, `${sentOfAlone() - 1} of its five messages went out while ${answered} others ended`)
    await answerOne()
    await sleep(2)
  }
  wecom.answerAll()
})

// proves 12.R1: 500 apps, 300 due each, 1 s
test("12.R1: however many apps have something due, a bounded number of messages is at work", async () => {
  const wecom = new SlowWecom()
  const held = new HeldMessages()
  await using gateway = await startDispatch({ transport: wecom.transport, wrap: held.wrap, idle: true })
  const apps = await register(gateway, 200)
  await fill(gateway, apps, 20)
  gateway.start()
  await gateway.until(() => wecom.held.length === 100, "a hundred calls under way")
  await gateway.until(() => held.most >= apps.length * 8, "a few of each app")
  assert.ok(held.most <= 1024 + apps.length * 8, `${held.most} at work`)
  wecom.answerAll()
})

// proves 12.R1: 500 apps, 300 due each, 1 s
test("12.R1: a restart in the middle of many apps' backlogs continues where it was, and no recipient is left in doubt", async () => {
  const wecom = new SlowWecom()
  await using gateway = await startDispatch({ transport: wecom.transport, idle: true })
  const apps = await register(gateway, 40)
  const ids = await fill(gateway, apps, 10)
  gateway.start()
  await gateway.until(() => wecom.held.length === 100, "a hundred calls under way")
  for (let answered = 0; answered < 120; answered++) {
    wecom.answerOne()
    await gateway.until(() => wecom.held.length > 0, "the next call")
  }
  // The answers to these sends are lost.
  wecom.held.length = 0
  await gateway.crash()
  await gateway.until(() => wecom.held.length >= 100, "as many under way after the restart")
  wecom.answerAll()
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves 12.R13: accepting beside many apps
test("12.R13: accepting looks at the app it is for, however many apps wait for another day", async () => {
  const looked: string[] = []
  const counted = (stores: LocalStores): LocalStores => {
    const { outbox } = stores
    const waiting: typeof outbox.waiting = (app, now) => {
      looked.push(app)
      return outbox.waiting(app, now)
    }
    return { ...stores, outbox: { ...outbox, waiting } }
  }
  await using gateway = await startDispatch({ wrap: counted, idle: true })
  const apps = await register(gateway, 300)
  const tomorrow = gateway.clock.now() + 24 * 3_600_000
  for (const app of apps) await gateway.post({ app, users: ["zhangsan"], sendAt: tomorrow })
  gateway.start()
  await gateway.until(() => new Set(looked).size === apps.length, "the look at all of them at the start")
  looked.length = 0
  for (let n = 0; n < 5; n++) {
    const id = await gateway.post({ users: ["zhangsan"], text: `now ${n}` })
    assert.deepEqual(await gateway.outcome(id), ["sent"])
  }
  assert.deepEqual([...new Set(looked)], ["alerts"])
})
