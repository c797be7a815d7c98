import { ask } from "../../../../../../tools/testing/ask.ts"
import type { Stores } from "../../../model/ports/stores.ts"
import { startGateway } from "../../../app/main.ts"
import type { Gateway, GatewayOptions } from "../../../app/main.ts"
import { placeEmptyDatabase, TemporaryFolder } from "../../../store/testing/open-store.ts"
import { IdleDispatcher } from "./idle-dispatcher.ts"

export const ADMIN_KEY = "test-admin-key-of-more-than-32-characters"

export interface TestGateway extends Gateway {
  readonly folder: TemporaryFolder
  readonly dispatcher: IdleDispatcher
  readonly stores: Stores
  readonly logLines: string[]
  request(path: string, init?: RequestOptions): Promise<TestAnswer>
}

export interface RequestOptions {
  readonly method?: string
  readonly key?: string | null
  readonly headers?: Record<string, string>
  /** Anything but a string or bytes is sent as JSON. */
  readonly body?: unknown
}

export interface TestAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
  readonly json: any
}

/** A gateway over HTTP with a real database, which sends nothing. */
export async function startTestGateway(
  options: Partial<GatewayOptions> & { folder?: TemporaryFolder } = {},
): Promise<TestGateway> {
  const { folder = new TemporaryFolder(), ...rest } = options
  const dispatcher = new IdleDispatcher()
  const logLines: string[] = []
  const { promise: stores, resolve } = Promise.withResolvers<Stores>()
  if (options.folder === undefined) await placeEmptyDatabase(folder.file())
  const gateway = await startGateway({
    environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY, LOG_LEVEL: "debug" },
    port: 0,
    databaseFile: folder.file(),
    apps: [{ name: "alerts", corpId: "ww0000000000000001", agentId: 1_000_002, secret: "sim-secret-alerts" }],
    logTo: { write: (line) => void logLines.push(line) },
    ...rest,
    createDispatcher: (parts) => {
      resolve(parts.stores)
      return rest.createDispatcher?.(parts) ?? dispatcher
    },
  })
  return {
    ...gateway,
    folder,
    dispatcher,
    stores: await stores,
    logLines,
    request: (path, init) => request(gateway.url + path, init),
    async [Symbol.asyncDispose]() {
      await gateway.stop()
      if (options.folder === undefined) folder[Symbol.dispose]()
    },
  }
}

export async function request(
  url: string,
  { method, key = ADMIN_KEY, headers = {}, body }: RequestOptions = {},
): Promise<TestAnswer> {
  const isRaw = typeof body === "string" || body instanceof Uint8Array
  const {
    status,
    headers: given,
    text,
  } = await ask(url, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
  })
  const isJson = /[/+]json(?:;|$)/.test(given.get("content-type") ?? "")
  return {
    status,
    headers: given,
    text,
    json: isJson && text !== "" ? JSON.parse(text) : undefined,
  }
}

/** A valid message. */
export function aMessage(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { app: "alerts", to: { mobiles: ["13800000001"] }, msgtype: "text", text: { content: "磁盘 91%" }, ...changes }
}
