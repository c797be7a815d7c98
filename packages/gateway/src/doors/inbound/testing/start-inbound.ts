import { ADMIN_KEY } from "../../http/testing/start-gateway.ts"
import type { RequestOptions, TestAnswer } from "../../http/testing/start-gateway.ts"
import { startWithSimulator } from "../../http/testing/start-with-simulator.ts"
import type { WithSimulator } from "../../http/testing/start-with-simulator.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

export interface InboundDay extends WithSimulator {
  /**
   * Sends a request as another program does, without a header of ours; `KEY` in the path is replaced by an administrator's
   * key.
   */
  readonly ask: (path: string, init?: Omit<RequestOptions, "key">) => Promise<TestAnswer>
  /** The newest message on the phone, once it was sent: the payload of its type. */
  readonly shown: (userid?: string) => Promise<readonly Json[]>
  /** The newest message in the form of `/v1/messages/{id}`. */
  readonly newest: () => Promise<Json>
  /** How many messages there are. */
  readonly count: () => Promise<number>
}

/** A gateway with a simulator, for requests in other protocols. */
export async function startInbound(): Promise<InboundDay> {
  const day = await startWithSimulator()
  const list = async (): Promise<readonly Json[]> => (await day.request("/v1/messages?limit=100")).json.items
  const newest = async (): Promise<Json> => {
    const [message] = await list()
    if (message === undefined) throw new Error("there is no message yet")
    return message
  }
  return {
    ...day,
    ask: (path, init) => day.request(path.replace("KEY", ADMIN_KEY), { ...init, key: null }),
    newest,
    async shown(userid = "zhangsan") {
      const { id } = await newest()
      await day.until(id, "sent", "partly_sent", "failed")
      return (await day.phone(userid)).map(({ body }) => body)
    },
    async count() {
      return (await list()).length
    },
    [Symbol.asyncDispose]: () => day[Symbol.asyncDispose](),
  }
}

/** Makes a source for an adapter. @returns the way to send requests with its token */
export async function addSource(day: InboundDay, adapter: string, more: object = {}): Promise<string> {
  const body = { name: adapter, adapter, app: "alerts", to: { mobiles: ["13800000001"] }, ...more }
  const { status, json, text } = await day.request("/v1/sources", { body })
  if (status !== 201) throw new Error(text)
  return json.token
}
