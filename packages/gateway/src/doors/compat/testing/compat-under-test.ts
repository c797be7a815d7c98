import assert from "node:assert/strict"
import { undiciTransport } from "@wecom-push/sdk"
import type { Transport } from "@wecom-push/sdk"
import type { Dispatcher } from "../../../model/ports/dispatcher.ts"
import { startDispatcher } from "../../../delivery/dispatcher.ts"
import { fastClock } from "../../../delivery/testing/fast-clock.ts"
import type { FastClock } from "../../../delivery/testing/fast-clock.ts"
import { ADMIN_KEY, startTestGateway } from "../../http/testing/start-gateway.ts"
import type { TestGateway } from "../../http/testing/start-gateway.ts"
import type { GatewayOptions } from "../../../app/main.ts"
import type { TemporaryFolder } from "../../../store/testing/open-store.ts"
import { ALERTS, CORP_ID, HR, ROOT, simClient } from "../../../../../simulator/src/testing/sim-client.ts"
import type { SimClient } from "../../../../../simulator/src/testing/sim-client.ts"

export { ADMIN_KEY, ALERTS, CORP_ID, HR, ROOT }

export interface Answer {
  readonly errcode: number
  readonly errmsg: string
  readonly [field: string]: unknown
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

interface KeyWish {
  readonly scopes?: readonly string[]
  readonly apps?: readonly string[] | "all"
  readonly audience_cap?: number
  readonly overflow?: string
  readonly forward?: readonly string[]
}

export interface CompatOptions extends Partial<GatewayOptions> {
  readonly folder?: TemporaryFolder
  readonly sim?: SimClient
  /** Something between the paths and the dispatcher. */
  readonly wrap?: (dispatcher: Dispatcher) => Dispatcher
  /** Something between the dispatcher and WeCom. */
  readonly wrapTransport?: (transport: Transport) => Transport
}

/** A complete gateway, a simulator as WeCom, and a minimal client of the qyapi paths. */
export interface CompatUnderTest extends AsyncDisposable {
  readonly sim: SimClient
  readonly gateway: TestGateway
  readonly clock: FastClock
  /** The key that `/v1/keys` makes for the wish; scope `send` and the app `alerts` unless given. */
  key(wish?: KeyWish): Promise<{ readonly id: string; readonly key: string }>
  /** Sends the request over HTTP. */
  ask(path: string, init?: RequestInit): Promise<Reply>
  get(path: string, query?: Record<string, string>): Promise<Answer>
  post(path: string, query: Record<string, string>, body?: unknown): Promise<Answer>
  token(key?: string): Promise<string>
  /** A call with a token of the key. */
  call(path: string, body: unknown, key?: string): Promise<Answer>
  /** `message/send` as alerts; a text to zhangsan unless said otherwise. */
  send(message?: Record<string, unknown>, key?: string): Promise<Answer>
}

export async function startCompat(options: CompatOptions = {}): Promise<CompatUnderTest> {
  const {
    sim: givenSim,
    wrap = (dispatcher) => dispatcher,
    wrapTransport = (transport) => transport,
    folder,
    ...changes
  } = options
  const sim = givenSim ?? (await simClient())
  const clock = fastClock()
  const transport = undiciTransport()
  const gateway = await startTestGateway({
    ...(folder === undefined ? {} : { folder }),
    now: () => clock.now(),
    apps: [
      { name: "alerts", corpId: CORP_ID, agentId: ALERTS.agentid, secret: ALERTS.secret },
      { name: "hr", corpId: CORP_ID, agentId: HR.agentid, secret: HR.secret },
      { name: "other-corp", corpId: "ww9999999999999999", agentId: ROOT.agentid, secret: "not-asked-for" },
    ],
    createDispatcher: ({ stores, createQueue, createGovernors, log, metrics }) =>
      wrap(
        startDispatcher({
          stores,
          createQueue,
          createGovernors,
          log,
          metrics,
          baseUrl: sim.sim.url,
          transport: wrapTransport(transport),
          clock,
          random: () => 1,
          hooks: metrics.apiHooks,
        }),
      ),
    ...changes,
  })

  const ask: CompatUnderTest["ask"] = async (path, init) => {
    const response = await fetch(`${gateway.url}/cgi-bin/${path}`, init)
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const answerTo = async (path: string, query: Record<string, string>, init: RequestInit): Promise<Answer> => {
    const { status, text } = await ask(`${path}?${new URLSearchParams(query).toString()}`, init)
    assert.equal(status, 200, text)
    return JSON.parse(text) as Answer
  }
  const test: CompatUnderTest = {
    sim,
    gateway,
    clock,
    key: async (wish = {}) => {
      const body = { name: "test", scopes: ["send"], apps: ["alerts"], ...wish }
      const answer = await gateway.request("/v1/keys", { body })
      assert.equal(answer.status, 201, answer.text)
      return answer.json
    },
    ask,
    get: (path, query = {}) => answerTo(path, query, {}),
    post: (path, query, body) =>
      answerTo(path, query, {
        method: "POST",
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    token: async (key = ADMIN_KEY) => {
      const answer = await test.get("gettoken", { corpid: CORP_ID, corpsecret: key })
      assert.equal(answer.errcode, 0, answer.errmsg)
      return String(answer["access_token"])
    },
    call: async (path, body, key) => test.post(path, { access_token: await test.token(key) }, body),
    send: (message = {}, key) =>
      test.call(
        "message/send",
        { touser: "zhangsan", msgtype: "text", agentid: ALERTS.agentid, text: { content: "你好" }, ...message },
        key,
      ),
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]()
      await transport.close()
      if (givenSim === undefined) await sim[Symbol.asyncDispose]()
    },
  }
  return test
}
