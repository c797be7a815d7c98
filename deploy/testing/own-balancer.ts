import { once } from "node:events"
import { Agent, createServer, request } from "node:http"
import type { IncomingHttpHeaders, IncomingMessage, RequestOptions, Server, ServerResponse } from "node:http"
import { buffer } from "node:stream/consumers"

/** The rules for gateways in the balancer's configuration. */
interface Rules {
  readonly checkPath: string
  readonly checkEveryMs: number
  readonly fall: number
  readonly rise: number
  readonly retries: number
  /** Causes, as in `empty-response` and `503`. */
  readonly retryOn: ReadonlySet<string>
  /** A POST is written to another gateway only with this header. */
  readonly repeatableBy: string
}

interface Target {
  readonly host: string
  readonly port: number
  isUp: boolean
  /** The number of checks in a row that contradict this state. */
  contrary: number
  underWay: number
}

interface Received {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/**
 * A load balancer that follows the configuration of HAProxy, for machines without HAProxy: it checks whether each gateway is
 * ready, gives a request to the gateway with the fewest under way, and repeats a failed request at another where allowed.
 */
export class OwnBalancer implements AsyncDisposable {
  readonly #rules: Rules
  readonly #targets: readonly Target[]
  readonly #server: Server
  // No kept connections: a gateway that stops may close one just when a request is written to it.
  readonly #agent = new Agent({ keepAlive: false })
  readonly #timer: NodeJS.Timeout

  /** @param targets as in `127.0.0.1:7788` */
  static async start(configuration: string, targets: readonly string[], port: number): Promise<OwnBalancer> {
    const balancer = new OwnBalancer(rulesIn(configuration), targets)
    balancer.#server.listen(port, "127.0.0.1")
    await once(balancer.#server, "listening")
    return balancer
  }

  private constructor(rules: Rules, targets: readonly string[]) {
    this.#rules = rules
    this.#targets = targets.map((target) => {
      const { hostname: host, port } = new URL(`http://${target}`)
      return { host, port: Number(port), isUp: true, contrary: 0, underWay: 0 }
    })
    this.#server = createServer((asked, answer) => void this.#serve(asked, answer))
    this.#timer = setInterval(() => {
      for (const target of this.#targets) void this.#check(target)
    }, rules.checkEveryMs)
  }

  isUp(index: number): boolean {
    return this.#targets[index]?.isUp === true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    const closed = once(this.#server, "close")
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
    this.#agent.destroy()
  }

  async #check(target: Target): Promise<void> {
    const found = await this.#ask(target, { path: this.#rules.checkPath }).catch(() => undefined)
    const isReady = found?.status === 200
    target.contrary = isReady === target.isUp ? 0 : target.contrary + 1
    if (target.contrary < (isReady ? this.#rules.rise : this.#rules.fall)) return
    target.isUp = isReady
    target.contrary = 0
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = asked
    const body = await buffer(asked).catch(() => undefined)
    if (body === undefined) return
    const mayRepeat = method !== "POST" || headers[this.#rules.repeatableBy] !== undefined
    const received = await this.#askOneOf({ method, path, headers }, body, mayRepeat)
    answer.writeHead(received?.status ?? 503, received?.headers).end(received?.body)
  }

  /** @returns undefined when none has answered */
  async #askOneOf(asked: RequestOptions, body: Buffer, mayRepeat: boolean): Promise<Received | undefined> {
    const { retries, retryOn } = this.#rules
    let last: Received | undefined
    const tried = new Set<Target>()
    for (let tries = 0; tries <= retries; tries++) {
      const target = this.#next(tried)
      if (target === undefined) return last
      tried.add(target)
      try {
        last = await this.#ask(target, asked, body)
        if (!mayRepeat || !retryOn.has(String(last.status))) return last
      } catch (error) {
        const isRefused = error instanceof Error && "code" in error && error.code === "ECONNREFUSED"
        if (!retryOn.has(isRefused ? "conn-failure" : "empty-response")) return undefined
        if (!isRefused && !mayRepeat) return undefined
      }
    }
    return last
  }

  /** The gateway that is up with the fewest requests under way; one that was not tried yet, if there is one. */
  #next(tried: ReadonlySet<Target>): Target | undefined {
    const up = this.#targets.filter(({ isUp }) => isUp)
    const untried = up.filter((target) => !tried.has(target))
    return (untried.length > 0 ? untried : up).toSorted((one, other) => one.underWay - other.underWay)[0]
  }

  async #ask(target: Target, asked: RequestOptions, body?: Buffer): Promise<Received> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    target.underWay++
    try {
      const { host, port } = target
      request({ ...asked, host, port, agent: this.#agent }, resolve)
        .on("error", reject)
        .end(body)
      const received = await promise
      return { status: received.statusCode ?? 0, headers: received.headers, body: await buffer(received) }
    } finally {
      target.underWay--
    }
  }
}

function rulesIn(configuration: string): Rules {
  const read = (pattern: RegExp): string => {
    const [, found] = pattern.exec(configuration) ?? []
    if (found === undefined) throw new Error(`the configuration of the balancer has no ${pattern.source}`)
    return found
  }
  return {
    checkPath: read(/^ {2}option httpchk GET (\S+)$/m),
    checkEveryMs: 1000 * Number(read(/^ {2}default-server check inter (\d+)s /m)),
    fall: Number(read(/^ {2}default-server .*\bfall (\d+)/m)),
    rise: Number(read(/^ {2}default-server .*\brise (\d+)/m)),
    retries: Number(read(/^ {2}retries (\d+)$/m)),
    retryOn: new Set(read(/^ {2}retry-on (.+)$/m).split(" ")),
    repeatableBy: read(/^ {2}http-request disable-l7-retry if METH_POST !\{ req\.hdr\((\S+)\) -m found \}$/m),
  }
}
