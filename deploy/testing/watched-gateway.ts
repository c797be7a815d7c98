import assert from "node:assert/strict"
import { connect } from "node:net"
import type { Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import type { Worker } from "node:worker_threads"
import { startGateway } from "@wecom-push/gateway"
import type { Gateway, GatewayOptions } from "@wecom-push/gateway"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator } from "@wecom-push/simulator"
import { TemporaryFolder } from "../../packages/gateway/src/store/testing/open-store.ts"
import { Timeline } from "./timeline.ts"

const KEY = "a-key-of-more-than-thirty-two-characters"

/**
 * A gateway with a simulator. Its figures are read once for each minute of Prometheus's time, without waiting for a minute. For
 * the gateway no time passes, unless its clock is moved; then it delivers nothing for a while.
 */
export class WatchedGateway implements AsyncDisposable {
  readonly gateway: Gateway
  readonly simulator: Simulator
  readonly timeline = new Timeline()
  readonly #resources: AsyncDisposableStack
  readonly #clock: { aheadMs: number }
  readonly #threads: readonly Worker[]
  readonly #sockets: Socket[] = []
  #stopped = false

  private constructor(gateway: Gateway, simulator: Simulator, { resources, clock, threads }: Inside) {
    this.gateway = gateway
    this.simulator = simulator
    this.#resources = resources
    this.#clock = clock
    this.#threads = threads
  }

  /** Starts it, and reads the figures of the first minute. @param options of the gateway */
  static async start(options: Partial<GatewayOptions> = {}): Promise<WatchedGateway> {
    await using starting = new AsyncDisposableStack()
    const folder = starting.use(new TemporaryFolder())
    const simulator = starting.use(await startSimulator({ port: 0, members: 200 }))
    const clock = { aheadMs: 0 }
    const { environment, ...others } = options
    const threads: Worker[] = []
    const note = (thread: Worker): unknown => threads.push(thread)
    process.on("worker", note)
    starting.defer(() => void process.off("worker", note))
    const gateway = starting.use(
      await startGateway({
        environment: { WECOM_PUSH_ADMIN_KEY: KEY, LOG_LEVEL: "silent", ...environment },
        port: 0,
        databaseFile: folder.file(),
        baseUrl: simulator.url,
        apps: [{ name: "alerts", corpId: simulator.org.corp_id, agentId: 1_000_002, secret: "sim-secret-alerts" }],
        now: () => Date.now() + clock.aheadMs,
        ...others,
      }),
    )
    const watched = new WatchedGateway(gateway, simulator, { resources: starting.move(), clock, threads })
    await watched.read()
    return watched
  }

  /** Lets minutes pass, and reads the figures after each. */
  async minutes(count: number, { ofGatewayToo = false } = {}): Promise<void> {
    for (let n = 0; n < count; n++) {
      if (ofGatewayToo) this.#clock.aheadMs += 60_000
      await this.read()
    }
  }

  /** Reads the figures once more, as a scrape does. */
  async read(): Promise<void> {
    this.timeline.scrape(this.#stopped ? undefined : await this.ask("/metrics"))
  }

  async stop(): Promise<void> {
    await this.gateway.stop()
    this.#stopped = true
  }

  async request(path: string, body?: object, method = body === undefined ? "GET" : "POST"): Promise<Response> {
    return fetch(this.gateway.url + path, {
      method,
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  async ask(path: string, body?: object, method?: string): Promise<string> {
    const answer = await this.request(path, body, method)
    const text = await answer.text()
    assert.ok(answer.ok, `${path}: ${answer.status} ${text}`)
    return text
  }

  /** Posts a message, and waits until it is settled or must wait. @returns its id */
  async send(to: object, more: object = {}): Promise<string> {
    const id = await this.#post(to, more)
    await this.until(id, ({ state, problem }) => SETTLED.has(state) || problem !== null)
    return id
  }

  /** Posts a message, and waits until the answer to its first call is lost. */
  async sendIntoDoubt(to: object): Promise<string> {
    const id = await this.#post(to)
    while (!(await this.ask(`/v1/messages/${id}/attempts`)).includes('"in_doubt"')) await sleep(10)
    return id
  }

  async #post(to: object, more: object = {}): Promise<string> {
    const message = { to, msgtype: "text", text: { content: `磁盘 91% ${performance.now()}` }, ...more }
    const { id } = JSON.parse(await this.ask("/v1/messages", message)) as { id: string }
    return id
  }

  async until(id: string, isSo: (message: { state: string; problem: object | null }) => boolean): Promise<void> {
    while (!isSo(JSON.parse(await this.ask(`/v1/messages/${id}`)) as Parameters<typeof isSo>[0])) await sleep(10)
  }

  /** Reads the figures until a line matches. */
  async untilFigure(line: RegExp): Promise<void> {
    while (!line.test(await this.ask("/metrics"))) await sleep(10)
  }

  /** Opens connections until `count` are open, including those of the scrapes. */
  async connections(count: number): Promise<void> {
    const open = Number(/^wecom_push_http_connections (\d+)$/m.exec(await this.ask("/metrics"))?.[1])
    for (let n = open; n < count; n++) this.#sockets.push(connect(this.gateway.port, "127.0.0.1"))
    await this.untilFigure(new RegExp(`^wecom_push_http_connections ${count}$`, "m"))
  }

  /** Ends the thread that was started last, as by a fault. */
  async endThread(): Promise<void> {
    const thread = this.#threads.findLast(({ threadId }) => threadId > 0)
    assert.ok(thread !== undefined)
    await thread.terminate()
  }

  /** Sets a fault at WeCom. */
  async fault(fault: object): Promise<void> {
    await this.#simulator("/_sim/faults", fault)
  }

  async faultsEnd(): Promise<void> {
    await fetch(`${this.simulator.url}/_sim/faults`, { method: "DELETE" })
  }

  async #simulator(path: string, body: object): Promise<void> {
    const answer = await fetch(this.simulator.url + path, { method: "POST", body: JSON.stringify(body) })
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.text()}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await this.#resources.disposeAsync()
  }
}

interface Inside {
  readonly resources: AsyncDisposableStack
  readonly clock: { aheadMs: number }
  readonly threads: readonly Worker[]
}

const SETTLED: ReadonlySet<string> = new Set(["sent", "partly_sent", "failed", "in_doubt", "cancelled", "scheduled"])
