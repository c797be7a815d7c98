import assert from "node:assert/strict"
import { undiciTransport } from "@wecom-push/sdk"
import { simClient } from "../../../../../../simulator/src/testing/sim-client.ts"
import type { SimClient } from "../../../../../../simulator/src/testing/sim-client.ts"
import { startDispatcher } from "../../../../delivery/dispatcher.ts"
import { stillClock } from "../../../../delivery/testing/fast-clock.ts"
import type { FastClock } from "../../../../delivery/testing/fast-clock.ts"
import { Front } from "../../../../delivery/testing/front.ts"
import { TemporaryFolder, copyAsLeft } from "../../../../store/testing/open-store.ts"
import { ADMIN_KEY, startTestGateway } from "../start-gateway.ts"
import type { RequestOptions, TestAnswer, TestGateway } from "../start-gateway.ts"

const NO_LIMITS = { member_per_minute: null, member_per_hour: null }

/**
 * A complete gateway, with HTTP and a database file, that can be killed; a simulator as WeCom; and a clock that the test
 * puts forward.
 */
export class GatewayInLife implements AsyncDisposable {
  readonly clock: FastClock = stillClock()
  readonly #sim: SimClient
  readonly #front: Front
  readonly #transport = undiciTransport()
  #folder = new TemporaryFolder()
  #gateway: TestGateway | undefined

  private constructor(sim: SimClient, front: Front) {
    this.#sim = sim
    this.#front = front
  }

  static async start(): Promise<GatewayInLife> {
    const settings = { limits: { ...NO_LIMITS, lookup_misses_per_day: null } }
    const sim = await simClient({ settings })
    const front = await Front.open()
    front.targetPort = sim.sim.port
    const life = new GatewayInLife(sim, front)
    await life.#start()
    await life.ask("/v1/apps/alerts", { method: "PATCH", body: { settings: NO_LIMITS } }, 200)
    const corp = `/v1/corps/${sim.sim.org.corp_id}`
    await life.ask(corp, { method: "PUT", body: { settings: { lookup_miss_budget: null } } }, 200)
    return life
  }

  async ask(path: string, init: RequestOptions, ...statuses: readonly number[]): Promise<TestAnswer> {
    if (this.#gateway === undefined) throw new Error("the gateway is down")
    const answer = await this.#gateway.request(path, init)
    assert.ok(statuses.includes(answer.status), `${path}: ${answer.status} ${answer.text}`)
    return answer
  }

  /** @param isKilled true: the next process finds the database as a process that died now would leave it */
  async restart({ isKilled }: { readonly isKilled: boolean }): Promise<void> {
    const left = new TemporaryFolder()
    if (isKilled) copyAsLeft(this.#folder.file(), left.file())
    await this.#gateway?.stop(isKilled ? 0 : 5000)
    if (!isKilled) copyAsLeft(this.#folder.file(), left.file())
    this.#folder[Symbol.dispose]()
    this.#folder = left
    await this.#start()
  }

  async advance(seconds: number): Promise<void> {
    await this.#sim.advance(seconds)
    this.clock.advance(seconds * 1000)
  }

  async fault(fault: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await this.#sim.control("POST", "faults", { path: "message/send", ...fault })
    assert.ok(answer.ok, await answer.text())
  }

  /** `blocked`: WeCom trusts other addresses than ours. `down`: no server listens at WeCom's address. */
  async setWecom(wecom: "fine" | "blocked" | "down"): Promise<void> {
    if (wecom === "down") await this.#front.shut()
    else {
      await this.#front.shut()
      await this.#front.open()
    }
    await this.#sim.org((org) => (org.trusted_ips = wecom === "blocked" ? ["10.9.9.9"] : []))
  }

  /** How often phones have shown each text, and how many of these they no longer show; by text and person. */
  async ledger(): Promise<{
    readonly shown: ReadonlyMap<string, number>
    readonly visible: ReadonlyMap<string, number>
  }> {
    const shown = new Map<string, number>()
    const visible = new Map<string, number>()
    for (const call of await this.#sim.calls()) {
      if (call.path !== "/cgi-bin/message/send") continue
      const { content } = (call.body as { text: { content: string } }).text
      for (const person of call.shown) count(shown, `${content} ${person}`)
    }
    for (const { userid, payload } of await this.#sim.copies())
      count(visible, `${String(payload["content"])} ${userid}`)
    return { shown, visible }
  }

  /** How many calls of this text have come to WeCom. */
  async callsOf(text: string): Promise<number> {
    const calls = await this.#sim.calls()
    return calls.filter(({ body }) => (body as { text?: { content: string } } | null)?.text?.content === text).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.stop(0)
    this.#folder[Symbol.dispose]()
    await this.#front[Symbol.asyncDispose]()
    await this.#sim[Symbol.asyncDispose]()
    await this.#transport.close()
  }

  async #start(): Promise<void> {
    this.#gateway = await startTestGateway({
      folder: this.#folder,
      environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY, WECOM_PUSH_MASTER_KEY: Buffer.alloc(32, 7).toString("base64") },
      now: () => this.clock.now(),
      createDispatcher: ({ stores, createQueue, createGovernors, log, metrics }) =>
        startDispatcher({
          stores,
          createQueue,
          createGovernors,
          log,
          metrics,
          baseUrl: this.#front.url,
          transport: this.#transport,
          clock: this.clock,
          random: () => 1,
          hooks: metrics.apiHooks,
        }),
    })
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
