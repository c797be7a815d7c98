import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator } from "@wecom-push/simulator"
import { startGateway } from "../../../app/main.ts"
import type { Gateway } from "../../../app/main.ts"
import { placeEmptyDatabase, TemporaryFolder } from "../../../store/testing/open-store.ts"
import { ADMIN_KEY, request } from "./start-gateway.ts"
import type { RequestOptions, TestAnswer } from "./start-gateway.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

export interface WithSimulator extends AsyncDisposable {
  readonly gateway: Gateway
  readonly simulator: Simulator
  readonly logLines: readonly string[]
  request(path: string, init?: RequestOptions): Promise<TestAnswer>
  /** Resolves with the message once it is in one of these states. */
  until(id: string, ...states: readonly string[]): Promise<Json>
  /** Texts that a phone shows. */
  phone(userid: string): Promise<Json[]>
}

/** The whole system: a gateway that sends to a simulator. */
export async function startWithSimulator(): Promise<WithSimulator> {
  await using started = new AsyncDisposableStack()
  const simulator = started.use(await startSimulator({ port: 0 }))
  const logLines: string[] = []
  const folder = started.use(new TemporaryFolder())
  await placeEmptyDatabase(folder.file())
  const gateway = started.use(
    await startGateway({
      environment: { WECOM_PUSH_ADMIN_KEY: ADMIN_KEY },
      port: 0,
      databaseFile: folder.file(),
      baseUrl: simulator.url,
      botUrl: `${simulator.url.replace("http", "ws")}/_bot`,
      apps: [{ name: "alerts", corpId: simulator.org.corp_id, agentId: 1_000_002, secret: "sim-secret-alerts" }],
      logTo: { write: (line) => void logLines.push(line) },
    }),
  )
  const kept = started.move()
  const ask = (path: string, init?: RequestOptions): Promise<TestAnswer> => request(gateway.url + path, init)
  return {
    gateway,
    simulator,
    logLines,
    request: ask,
    async until(id, ...states) {
      for (;;) {
        const { json } = await ask(`/v1/messages/${id}`)
        if (states.includes(json.state)) return json
        await sleep(5)
      }
    },
    async phone(userid) {
      const answer = await fetch(`${simulator.url}/_sim/messages?userid=${userid}`)
      return ((await answer.json()) as { messages: Json[] }).messages
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
