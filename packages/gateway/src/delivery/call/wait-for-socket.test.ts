import assert from "node:assert/strict"
import { test } from "node:test"
import type { Settings } from "../../model/ports/apps.ts"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

/** Two messages of an app with one socket: WeCom keeps the socket busy with the first, and the second has begun its call. */
class OneSocket implements AsyncDisposable {
  readonly gateway: DispatchUnderTest
  readonly first: string
  readonly second: string
  readonly #release: () => void
  readonly #taken: AsyncDisposableStack

  private constructor(
    gateway: DispatchUnderTest,
    [first, second]: readonly [string, string],
    release: () => void,
    taken: AsyncDisposableStack,
  ) {
    this.gateway = gateway
    this.first = first
    this.second = second
    this.#release = release
    this.#taken = taken
  }

  static async taken(settings: Settings = {}): Promise<OneSocket> {
    await using started = new AsyncDisposableStack()
    const answered = Promise.withResolvers<void>()
    let isSlow = false
    const gateway: DispatchUnderTest = await startDispatch({
      settings: { concurrent_calls: 1, member_per_minute: null, ...settings },
      transport: (real) => ({
        ...real,
        async request(request) {
          if (isSlow && typeof request.body === "string" && request.body.includes("first")) await answered.promise
          // The clock is held meanwhile: on a busy machine the simulator is slow, and the second message would not be
          // prepared.
          using _ = isSlow ? undefined : gateway.clock.hold()
          return await real.request(request)
        },
      }),
    })
    started.use(gateway)
    started.defer(answered.resolve)
    // Calls are prepared ahead only if WeCom has answered at once so far.
    for (let n = 0; n < 50; n++) {
      const earlier = await gateway.post({ users: ["lisi"], text: `earlier ${n}` })
      assert.deepEqual(await gateway.outcome(earlier), ["sent"])
    }
    isSlow = true
    const first = await gateway.post({ users: ["lisi"], text: "first" })
    await begun(gateway, first)
    const second = await gateway.post({ users: ["lisi"], text: "second" })
    await begun(gateway, second)
    return new OneSocket(gateway, [first, second], answered.resolve, started.move())
  }

  /** @returns the outcome of the first, and the agent that each call of the second names at WeCom */
  async end(): Promise<{ readonly first: readonly string[]; readonly agentsOfSecond: readonly unknown[] }> {
    this.#release()
    const first = await this.gateway.outcome(this.first)
    const calls = await this.gateway.calls()
    const ofSecond = calls.filter(({ body }) => JSON.stringify(body).includes("second"))
    return { first, agentsOfSecond: ofSecond.map(({ body }) => body["agentid"]) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#taken.disposeAsync()
  }
}

async function begun(gateway: DispatchUnderTest, id: string): Promise<void> {
  const isInFlight = async (): Promise<boolean> => {
    const [call] = await gateway.stores.outbox.openCalls(id)
    return call?.phase === "in_flight"
  }
  await gateway.until(isInFlight, `the call of ${id} to begin`)
}

for (const command of ["cancel", "recall"] as const) {
  // proves 12.R4: cancel and recall in doubt
  test(`a ${command} does not wait for a socket, and nothing goes out after it`, async () => {
    await using one = await OneSocket.taken()
    const told = await one.gateway.dispatcher[command](one.second)
    assert.equal(told.kind, command === "cancel" ? "cancelled" : "recalled")
    assert.deepEqual(await one.gateway.outcome(one.second), ["cancelled"])
    assert.deepEqual(await one.end(), { first: ["sent"], agentsOfSecond: [] })
  })
}

// proves 12.R6: a wrong agent_id, mended
test("12.R6: a call that waits for a socket while its app becomes another agent goes out as the app is then", async () => {
  await using one = await OneSocket.taken()
  const { gateway } = one
  await gateway.stores.apps.change("alerts", { agentId: 1_000_003, secret: "sim-secret-hr" }, gateway.clock.now())
  assert.deepEqual(await gateway.outcome(one.second), ["sent"])
  assert.deepEqual(await one.end(), { first: ["sent"], agentsOfSecond: [1_000_003] })
})

// proves 12.R4: cancel and recall in doubt
test("a shared call that waits for a socket goes out without the message that is cancelled", async () => {
  await using one = await OneSocket.taken({ share_calls: true })
  const { gateway } = one
  // The limit leaves room for one more that is being prepared.
  const text = "shared"
  const ids = await Promise.all(["zhangsan", "WangWu"].map((user) => gateway.post({ users: [user], text })))
  for (const id of ids) await begun(gateway, id)
  const calls = await Promise.all(ids.map(async (id) => (await gateway.stores.outbox.openCalls(id))[0]))
  const sharer = ids[calls.findIndex((call) => call?.partOf !== undefined)]
  const host = ids.find((id) => id !== sharer)
  assert.ok(sharer !== undefined && host !== undefined, "they share a call")
  assert.equal((await gateway.dispatcher.cancel(sharer)).kind, "cancelled")
  assert.deepEqual(await gateway.outcome(sharer), ["cancelled"])
  await one.end()
  assert.deepEqual(await gateway.outcome(host), ["sent"])
  const seen = (await gateway.calls()).filter(({ body }) => JSON.stringify(body).includes(text))
  assert.deepEqual(
    seen.map(({ body }) => body["touser"]),
    [ids[0] === host ? "zhangsan" : "WangWu"],
  )
})
