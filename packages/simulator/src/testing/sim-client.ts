import type { MediaType } from "@wecom-push/protocol"
import { ask } from "../../../../tools/testing/ask.ts"
import { startSimulator, type Simulator, type SimulatorOptions } from "../start-simulator.ts"
import { SAMPLES } from "./sample-media.ts"

export interface Answer {
  readonly errcode: number
  readonly errmsg: string
  readonly [field: string]: unknown
}

export interface Copy {
  readonly seq: number
  readonly userid: string
  readonly msgid: string
  readonly agentid: number
  readonly chat?: string
  readonly robot?: string
  readonly at: string
  readonly request: Record<string, unknown>
  readonly body: Record<string, unknown>
  /** The member of `body` that its msgtype names. */
  readonly payload: Record<string, unknown>
  readonly recalled?: boolean
}

export interface Call {
  readonly seq: number
  readonly path: string
  readonly query: Record<string, string>
  readonly body: unknown
  readonly body_base64: string
  readonly sha256: string | null
  readonly errcode: number | null
  readonly answer: Record<string, unknown> | null
  readonly shown: string[]
  readonly suppressed: string[]
  readonly dropped: string[]
  /** Absent where there are none. */
  readonly warnings?: string[]
  readonly fault: string | null
  readonly forgotten_bytes?: number
}

export const CORP_ID = "ww0000000000000001"
/** Sees the departments 2 and 3 and tag 1. */
export const ALERTS = { agentid: 1000002, secret: "sim-secret-alerts" } as const
/** Sees department 3 and lisi; has no mini-program. */
export const HR = { agentid: 1000003, secret: "sim-secret-hr" } as const
/** Sees everybody. */
export const ROOT = { agentid: 1000004, secret: "sim-secret-root" } as const

/** A simulator and the least of a client: what a test says is what goes over the wire. */
export interface SimClient extends AsyncDisposable {
  readonly sim: Simulator
  /** A call below `/cgi-bin/` with this query and, by POST, this body. */
  get(path: string, query?: Record<string, string>): Promise<Answer>
  post(path: string, query: Record<string, string>, body: unknown): Promise<Answer>
  token(app?: { readonly secret: string }): Promise<string>
  /** A multipart body with one file in it, in the part `media` unless said otherwise. */
  upload(path: string, query: Record<string, string>, file: UploadedFile): Promise<Answer>
  /** The id of a small file of that type, uploaded by the alerts app. */
  mediaId(type: MediaType): Promise<string>
  /** `message/send` as the alerts app unless said otherwise; a text to zhangsan unless said otherwise. */
  send(message?: Record<string, unknown>, app?: { readonly secret: string; readonly agentid: number }): Promise<Answer>
  copies(userid?: string): Promise<Copy[]>
  calls(): Promise<Call[]>
  settings(change: Record<string, unknown>): Promise<void>
  org(change: (org: OrgJson) => void): Promise<void>
  advance(seconds: number): Promise<void>
  control(method: string, path: string, body?: unknown): Promise<Response>
}

export interface UploadedFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly filename?: string
  readonly part?: string
}

export interface OrgJson {
  member_cap: number
  trusted_ips: string[]
  departments: Record<string, unknown>[]
  members: (Record<string, unknown> & { userid: string })[]
  tags: Record<string, unknown>[]
  apps: (Record<string, unknown> & { agentid: number })[]
  chats: (Record<string, unknown> & { chatid: string })[]
  robots: (Record<string, unknown> & { key: string })[]
}

export async function simClient(options: SimulatorOptions = {}): Promise<SimClient> {
  const sim = await startSimulator({ port: 0, ...options })
  const url = (path: string, query: Record<string, string> = {}): string =>
    `${sim.url}/cgi-bin/${path}?${new URLSearchParams(query).toString()}`

  const read = async (path: string): Promise<unknown> => JSON.parse((await ask(`${sim.url}/_sim/${path}`)).text)

  const client: SimClient = {
    sim,
    get: async (path, query) => JSON.parse((await ask(url(path, query))).text) as Answer,
    post: async (path, query, body) => {
      const init = { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }
      return JSON.parse((await ask(url(path, query), init)).text) as Answer
    },
    token: async ({ secret } = ALERTS) => {
      const answer = await client.get("gettoken", { corpid: CORP_ID, corpsecret: secret })
      return String(answer["access_token"])
    },
    upload: async (path, query, { bytes, filename = "a.bin", part = "media" }) => {
      const form = new FormData()
      form.append(part, new Blob([bytes]), filename)
      return (await (await fetch(url(path, query), { method: "POST", body: form })).json()) as Answer
    },
    mediaId: async (type) => {
      const query = { access_token: await client.token(), type }
      return String((await client.upload("media/upload", query, { bytes: SAMPLES[type] }))["media_id"])
    },
    send: async (message = {}, app = ALERTS) =>
      client.post(
        "message/send",
        { access_token: await client.token(app) },
        { touser: "zhangsan", msgtype: "text", agentid: app.agentid, text: { content: "你好" }, ...message },
      ),
    copies: async (userid) => {
      const query = userid === undefined ? "" : `?userid=${userid}`
      const { messages } = (await read(`messages${query}`)) as { messages: Copy[] }
      return messages.map((copy) => Object.assign(copy, { payload: copy.body[String(copy.body["msgtype"])] }))
    },
    calls: async () => ((await read("calls")) as { calls: Call[] }).calls,
    settings: async (change) => mustSucceed(await client.control("PUT", "settings", change)),
    org: async (change) => {
      const org = (await (await client.control("GET", "org")).json()) as OrgJson
      change(org)
      await mustSucceed(await client.control("PUT", "org", org))
    },
    advance: async (seconds) => mustSucceed(await client.control("POST", "clock", { advance_s: seconds })),
    control: (method, path, body) =>
      fetch(`${sim.url}/_sim/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    [Symbol.asyncDispose]: () => sim.close(),
  }
  return client
}

async function mustSucceed(response: Response): Promise<void> {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
}
