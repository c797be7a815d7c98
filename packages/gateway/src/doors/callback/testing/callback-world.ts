import assert from "node:assert/strict"
import { once } from "node:events"
import { get } from "node:http"
import type { IncomingMessage } from "node:http"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator } from "@wecom-push/simulator"
import { ADMIN_KEY, request } from "../../http/testing/start-gateway.ts"
import type { RequestOptions, TestAnswer } from "../../http/testing/start-gateway.ts"
import { startGateway } from "../../../app/main.ts"
import type { Gateway, GatewayOptions } from "../../../app/main.ts"
import { placeEmptyDatabase, TemporaryFolder } from "../../../store/testing/open-store.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

export interface GatewayEvent {
  readonly id: number
  readonly type: string
  readonly app: string
  readonly message_id: string | null
  readonly data: Json
}

/** The simulator's answer to a press. */
export interface Told {
  readonly seq: number
  readonly state: string
  readonly response_code: string
  readonly tries: readonly { readonly status: number | null; readonly error: string | null; readonly took_ms: number }[]
}

/** A gateway that is called back by the simulator it sends to. */
export class CallbackWorld implements AsyncDisposable {
  readonly simulator: Simulator
  readonly folder = new TemporaryFolder()
  readonly #options: Partial<GatewayOptions>
  #gateway: Gateway | undefined

  private constructor(simulator: Simulator, options: Partial<GatewayOptions>) {
    this.simulator = simulator
    this.#options = options
  }

  static async start(options: Partial<GatewayOptions> = {}): Promise<CallbackWorld> {
    const world = new CallbackWorld(
      await startSimulator({ port: 0, settings: { callback_verification: "refuse" } }),
      options,
    )
    await placeEmptyDatabase(world.folder.file())
    await world.startGateway()
    return world
  }

  get gateway(): Gateway {
    assert.ok(this.#gateway !== undefined)
    return this.#gateway
  }

  /** Uses the same database as before; WeCom gets the gateway's address. */
  async startGateway(changes: Partial<GatewayOptions> = {}): Promise<void> {
    const { corp_id: corpId, apps } = this.simulator.org
    this.#gateway = await startGateway({
      environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY },
      port: 0,
      databaseFile: this.folder.file(),
      baseUrl: this.simulator.url,
      apps: apps.slice(0, 2).map(({ agentid, secret, callback }, index) => ({
        name: ["alerts", "hr"][index] ?? "",
        corpId,
        agentId: agentid,
        secret,
        callbackToken: callback.token,
        encodingAesKey: callback.encoding_aes_key,
      })),
      logTo: { write: () => {} },
      ...this.#options,
      ...changes,
    })
    await this.setUrls(({ name }) => `${this.gateway.url}/callback/${name}`)
  }

  async stopGateway(): Promise<void> {
    await this.#gateway?.stop()
    this.#gateway = undefined
  }

  /** Sets the addresses as an administrator does in the console: WeCom calls each new address. */
  async setUrls(urlOf: (app: { readonly name: string }) => string): Promise<void> {
    const { org } = this.simulator
    const apps = org.apps.map((app, index) => {
      const name = ["alerts", "hr"][index]
      return name === undefined ? app : { ...app, callback: { ...app.callback, url: urlOf({ name }) } }
    })
    await this.control("PUT", "org", { ...org, apps })
  }

  request(path: string, init?: RequestOptions): Promise<TestAnswer> {
    return request(this.gateway.url + path, init)
  }

  async control(method: string, path: string, body?: unknown): Promise<Json> {
    const response = await fetch(`${this.simulator.url}/_sim/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    return (await response.json()) as Json
  }

  /** Posts a message and waits for its end. */
  async send(message: Json): Promise<string> {
    const { status, json, text } = await this.request("/v1/messages", { body: { app: "alerts", ...message } })
    assert.equal(status, 202, text)
    for (;;) {
      const { json: now } = await this.request(`/v1/messages/${json.id}`)
      if (now.finished_at !== null) return json.id
      await new Promise(setImmediate)
    }
  }

  /** The last message on a phone. */
  async face(userid: string): Promise<Json> {
    const { messages } = await this.control("GET", `messages?userid=${userid}`)
    return messages.at(-1)?.body.template_card ?? {}
  }

  /** Presses something on the newest message of a phone. */
  async press(userid: string, key = "approve", selected: Json = {}): Promise<Told> {
    const { messages } = await this.control("GET", `messages?userid=${userid}`)
    return (await this.control("POST", `phones/${userid}/click`, {
      msgid: messages.at(-1)?.msgid,
      key,
      selected,
    })) as Told
  }

  /** This many events after this one, of these types. */
  async events(types: RegExp, count: number, options: { after?: number; key?: string } = {}): Promise<GatewayEvent[]> {
    const { after = 0, key = ADMIN_KEY } = options
    // Uses a connection of its own: a connection that fetch keeps for later would delay the gateway's stop.
    const stream = get(`${this.gateway.url}/v1/events`, {
      agent: false,
      headers: { authorization: `Bearer ${key}`, "last-event-id": String(after) },
    })
    const [answer] = (await once(stream, "response")) as [IncomingMessage]
    const events: GatewayEvent[] = []
    let text = ""
    for await (const piece of answer.setEncoding("utf8")) {
      const blocks = `${text}${piece}`.split("\n\n")
      text = blocks.pop() ?? ""
      for (const data of blocks.flatMap((block) => /^data: (.*)$/m.exec(block)?.[1] ?? [])) {
        const event = JSON.parse(data) as GatewayEvent
        if (types.test(event.type)) events.push(event)
      }
      if (events.length >= count) break
    }
    return events
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopGateway()
    await this.simulator.close()
    this.folder[Symbol.dispose]()
  }
}

const QUESTION = {
  card_type: "button_interaction",
  task_id: "deploy-4711",
  main_title: { title: "要发布吗？" },
  button_selection: {
    question_key: "region",
    option_list: [
      { id: "eu", text: "欧洲" },
      { id: "cn", text: "中国" },
    ],
  },
  button_list: [
    { text: "同意", key: "approve" },
    { text: "驳回", key: "reject" },
  ],
  action_menu: { desc: "选项", action_list: [{ text: "静音", key: "mute" }] },
} as const

export const aCard = (changes: Json = {}, to: Json = { users: ["zhangsan", "lisi"] }): Json => ({
  to,
  msgtype: "template_card",
  template_card: { ...QUESTION, ...changes },
})
