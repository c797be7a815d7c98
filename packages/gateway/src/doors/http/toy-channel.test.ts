// A channel that is not message/send, tested through the door: on both stores, the gateway has all that a second channel
// needs.
import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { undiciTransport } from "@wecom-push/sdk"
import { CHANNELS } from "../../channels/channels.ts"
import { FarSide, REFUSED_WITH } from "../../channels/testing/far-side.ts"
import { TOY, toyChannel } from "../../channels/testing/toy-channel.ts"
import { startGateway } from "../../app/main.ts"
import type { Gateway } from "../../app/main.ts"
import { newMigratedDatabase } from "../../store/postgres/testing/migrated-database.ts"
import { placeEmptyDatabase, TemporaryFolder } from "../../store/testing/open-store.ts"
import { ADMIN_KEY, aMessage, request } from "./testing/start-gateway.ts"
import type { RequestOptions } from "./testing/start-gateway.ts"

/** Makes a store. @returns its address */
const STORES: Readonly<Record<string, (resources: AsyncDisposableStack) => Promise<string>>> = {
  async SQLite(resources) {
    const folder = resources.use(new TemporaryFolder())
    await placeEmptyDatabase(folder.file())
    return `sqlite:${folder.file()}`
  },
  PostgreSQL: async (resources) => resources.use(await newMigratedDatabase()).url,
}

class ToyGateway implements AsyncDisposable {
  readonly farSide: FarSide
  readonly #resources: AsyncDisposableStack
  readonly #url: string
  readonly #transport = undiciTransport()
  #gateway: Gateway | undefined

  static async start(place: (resources: AsyncDisposableStack) => Promise<string>): Promise<ToyGateway> {
    const resources = new AsyncDisposableStack()
    const url = await place(resources)
    const toy = new ToyGateway(resources, url, resources.use(await FarSide.start("/toy/send")))
    await toy.startAgain()
    return toy
  }

  private constructor(resources: AsyncDisposableStack, url: string, farSide: FarSide) {
    this.#resources = resources
    this.#url = url
    this.farSide = farSide
  }

  /** Messages that were sent still count. */
  async startAgain(): Promise<void> {
    await this.#gateway?.stop()
    this.#gateway = await startGateway({
      environment: {
        WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
        WECOM_PUSH_MASTER_KEY: "07".repeat(32),
        WECOM_PUSH_DATABASE_URL: this.#url,
      },
      port: 0,
      // WeCom is never called.
      baseUrl: "http://127.0.0.1:9",
      apps: [{ name: "alerts", kind: "toy", corpId: "ww0000000000000001", agentId: 1_000_002, secret: "s" }],
      channels: { ...CHANNELS, toy: { callKind: TOY, open: () => toyChannel(this.farSide.url, this.#transport) } },
      logTo: { write: () => {} },
    })
  }

  ask(path: string, init?: RequestOptions) {
    return request(`${this.#gateway?.url}${path}`, init)
  }

  /** @returns its id */
  async post(users: readonly string[], more: object = {}): Promise<string> {
    const { status, json, text } = await this.ask("/v1/messages", { body: aMessage({ to: { users }, ...more }) })
    assert.equal(status, 202, text)
    return json.id as string
  }

  async ended(id: string) {
    for (;;) {
      const { json } = await this.ask(`/v1/messages/${id}`)
      if (json.recipients.pending === 0) return json
      await sleep(10)
    }
  }

  /** The outcome of each recipient: the state, as in `sent`, or the state and its reason. */
  async outcomes(id: string): Promise<readonly string[]> {
    const { json } = await this.ask(`/v1/messages/${id}/recipients`)
    return json.items.map(({ state, reason }: { state: string; reason: string | null }) =>
      reason === null ? state : `${state} ${reason}`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.stop()
    await this.#transport.close()
    await this.#resources.disposeAsync()
  }
}

for (const [store, place] of Object.entries(STORES)) {
  suite(`31.1: a channel of another kind, on ${store}`, () => {
    // proves 31.toy: from accept to result, on both stores
    test("a message goes from accept to result: a call for each member, in the channel's own bytes", async () => {
      await using toy = await ToyGateway.start(place)
      const id = await toy.post(["zhangsan", "lisi", "ZhangSan"])
      assert.equal((await toy.ended(id)).state, "sent")
      assert.deepEqual(await toy.outcomes(id), ["sent", "sent", "sent"])
      assert.deepEqual(toy.farSide.sent.toSorted(), [
        '{"to":"lisi","msgtype":"text","text":{"content":"磁盘 91%"}}',
        '{"to":"zhangsan","msgtype":"text","text":{"content":"磁盘 91%"}}',
      ])
      const { json } = await toy.ask(`/v1/messages/${id}/recipients`)
      assert.deepEqual(
        json.items.map((one: { msgid: string | null }) => one.msgid),
        [null, null, null],
      )
    })

    // proves 31.toy: its own rate, over a restart
    test("each member gets as many a minute as the kind says, and that holds over a restart", async () => {
      await using toy = await ToyGateway.start(place)
      const ids = await Promise.all(Array.from({ length: 20 }, () => toy.post(["zhangsan"])))
      for (const id of ids) assert.equal((await toy.ended(id)).state, "sent")
      await toy.startAgain()
      const late = await toy.post(["zhangsan", "lisi"])
      const delayed = async () => (await toy.ask(`/v1/messages/${late}/recipients`)).json.items[0]
      while ((await delayed()).reason !== "member_rate") await sleep(10)
      while ((await toy.outcomes(late))[1] !== "sent") await sleep(10)
      assert.equal((await delayed()).state, "pending")
      assert.equal(toy.farSide.sent.filter((body) => body.includes("zhangsan")).length, 20)
    })

    // proves 31.toy: without a check nothing is repeated
    test("a lost answer is in doubt for good, since nothing keeps a second copy back; a retry sends it anew", async () => {
      await using toy = await ToyGateway.start(place)
      toy.farSide.does = "cuts"
      const id = await toy.post(["zhangsan"])
      assert.equal((await toy.ended(id)).state, "in_doubt")
      assert.deepEqual(await toy.outcomes(id), ["in_doubt no_check"])
      toy.farSide.does = "accepts"
      assert.equal((await toy.ask(`/v1/messages/${id}/retry`, { body: { states: ["in_doubt"] } })).status, 200)
      assert.equal((await toy.ended(id)).state, "sent")
      assert.equal(toy.farSide.sent.length, 2)
    })

    test("two equal messages are two, since no check is to be guarded against", async () => {
      await using toy = await ToyGateway.start(place)
      for (const id of [await toy.post(["lisi"]), await toy.post(["lisi"])]) {
        assert.equal((await toy.ended(id)).state, "sent")
      }
      assert.equal(toy.farSide.sent.length, 2)
    })

    // proves 31.toy: messages share no call that names one member
    test("equal messages at once each have their own call, also where the app may share calls", async () => {
      await using toy = await ToyGateway.start(place)
      const change = { method: "PATCH", body: { settings: { share_calls: true } } }
      assert.equal((await toy.ask("/v1/apps/alerts", change)).status, 200)
      const ids = await Promise.all(["zhangsan", "lisi", "wangwu"].map((userid) => toy.post([userid])))
      for (const id of ids) assert.equal((await toy.ended(id)).state, "sent")
      const named = toy.farSide.sent.map((body) => (JSON.parse(body) as { to: string }).to)
      assert.deepEqual(named.toSorted(), ["lisi", "wangwu", "zhangsan"])
    })

    test("a refusal is the member's result, with the code", async () => {
      await using toy = await ToyGateway.start(place)
      toy.farSide.does = "refuses"
      const id = await toy.post(["zhangsan"])
      assert.equal((await toy.ended(id)).state, "failed")
      const { json } = await toy.ask(`/v1/messages/${id}/attempts`)
      assert.deepEqual([json.items[0].errcode, json.items[0].result], [REFUSED_WITH, "refused"])
    })

    // proves 31.toy: what it cannot do is refused
    test("what the kind does not carry is refused at the door, and so is what it cannot do afterwards", async () => {
      await using toy = await ToyGateway.start(place)
      const refused = async (more: object): Promise<unknown> => {
        const { status, json } = await toy.ask("/v1/messages", { body: aMessage({ to: { users: ["lisi"] }, ...more }) })
        return [status, ...json.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`)]
      }
      const card = { msgtype: "markdown", markdown: { content: "**91%**" }, text: undefined }
      assert.deepEqual(await refused(card), [422, "/msgtype not_supported"])
      assert.deepEqual(await refused({ to: { departments: [2] } }), [422, "/to not_supported"])
      assert.deepEqual(await refused({ to: { all: true } }), [422, "/to not_supported"])
      const id = await toy.post(["lisi"])
      await toy.ended(id)
      const recall = await toy.ask(`/v1/messages/${id}/recall`, { method: "POST" })
      assert.deepEqual([recall.status, recall.json.code], [409, "not_supported"])
      const change = { button: { replace_name: "已处理" } }
      const changed = await toy.ask(`/v1/messages/${id}/card`, { body: change })
      assert.deepEqual([changed.status, changed.json.code], [409, "not_supported"])
      assert.equal(toy.farSide.sent.length, 1)
    })
  })
}
