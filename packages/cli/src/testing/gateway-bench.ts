import { join } from "node:path"
import { startGateway } from "@wecom-push/gateway"
import type { Gateway } from "@wecom-push/gateway"
import { ask } from "../../../../tools/testing/ask.ts"
import { placeEmptyDatabase } from "../../../gateway/src/store/testing/open-store.ts"
import { startBench } from "./try-command.ts"
import type { Bench } from "./try-command.ts"

export const adminKey = "an-admin-key-of-more-than-32-characters"

/** The command beside a gateway and the simulator it sends to, all inside the test. */
export interface GatewayBench extends Bench {
  readonly gateway: Gateway
  /** Asks the gateway's API, with the admin key unless another is given. */
  api(method: string, path: string, body?: unknown, key?: string): Promise<Answer>
}

interface Answer {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
  readonly json: any
}

export async function startGatewayBench(apps: readonly string[] = ["alerts"]): Promise<GatewayBench> {
  const bench = await startBench()
  const databaseFile = join(bench.folder, "gateway.db")
  await placeEmptyDatabase(databaseFile)
  const gateway = await startGateway({
    environment: { WECOM_PUSH_ADMIN_KEY: adminKey },
    port: 0,
    databaseFile,
    baseUrl: bench.url,
    botUrl: `${bench.url.replace("http", "ws")}/_bot`,
    apps: known.filter(({ name }) => apps.includes(name)),
    logTo: { write: () => undefined },
  })
  return {
    ...bench,
    gateway,
    run: (argv, { env, ...options } = {}) =>
      bench.run(argv, {
        blank: true,
        realTime: true,
        ...options,
        env: { WECOM_PUSH_URL: gateway.url, WECOM_PUSH_KEY: adminKey, ...env },
      }),
    async api(method, path, body, key = adminKey) {
      const { status, text } = await ask(gateway.url + path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status, json: text === "" ? undefined : JSON.parse(text) }
    },
    async [Symbol.asyncDispose]() {
      await gateway.stop(0)
      await bench[Symbol.asyncDispose]()
    },
  }
}

const corpId = "ww0000000000000001"
const known = [
  { name: "alerts", corpId, agentId: 1000002, secret: "sim-secret-alerts" },
  { name: "hr", corpId, agentId: 1000003, secret: "sim-secret-hr" },
  /** Sees the whole corp. */
  { name: "all", corpId, agentId: 1000004, secret: "sim-secret-root" },
]
