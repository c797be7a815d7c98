import { startSimulator } from "@wecom-push/simulator"
import type { SimulatorOptions } from "@wecom-push/simulator"
import type { WeComOptions } from "../client-options.ts"
import { WeCom } from "../client.ts"
import { leapingClock } from "./leaping-clock.ts"
import type { LeapingClock } from "./leaping-clock.ts"

export const ALERTS = { corpId: "ww0000000000000001", secret: "sim-secret-alerts", agentId: 1000002 }

/** One message on a member's phone. */
interface Shown {
  readonly userid: string
  readonly msgid: string
  readonly request: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

/** A call as the simulator saw it. */
interface SeenCall {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly sha256: string
  readonly errcode: number | null
}

/** A simulator, and a client of its app 告警, which sees the departments 2 and 3. */
export interface SimulatedWeCom extends AsyncDisposable {
  readonly wecom: WeCom
  /** The simulator's address. */
  readonly url: string
  readonly clock: LeapingClock
  /** Another client of the same app, unless the options say otherwise. */
  another(options?: Partial<WeComOptions>): WeCom
  fault(fault: Readonly<Record<string, unknown>>): Promise<void>
  settings(settings: Readonly<Record<string, unknown>>): Promise<void>
  readonly org: (change: (org: Org) => void) => Promise<void>
  shown(userid?: string): Promise<readonly Shown[]>
  calls(path?: string): Promise<readonly SeenCall[]>
  /** Lets time pass on both sides. */
  advance(seconds: number): Promise<void>
}

interface Org {
  trusted_ips: string[]
  members: { userid: string; mobile?: string; name?: string; departments: number[] }[]
  tags: { id: number; members: string[] }[]
  apps: { agentid: number; enabled: boolean }[]
}

export async function simulatedWeCom({
  simulator: simulatorOptions = {},
  ...options
}: Partial<WeComOptions> & { simulator?: SimulatorOptions } = {}): Promise<SimulatedWeCom> {
  const simulator = await startSimulator({ port: 0, ...simulatorOptions })
  const clock = leapingClock()
  const clients: WeCom[] = []
  const another = (changes: Partial<WeComOptions> = {}): WeCom => {
    const client = new WeCom({ baseUrl: simulator.url, ...ALERTS, clock, ...options, ...changes })
    clients.push(client)
    return client
  }
  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const response = await fetch(`${simulator.url}/_sim/${path}`, init)
    if (!response.ok) throw new Error(await response.text())
    return response.json()
  }
  return {
    wecom: another(),
    url: simulator.url,
    clock,
    another,
    async fault(fault) {
      await control("POST", "faults", fault)
    },
    async settings(settings) {
      await control("PUT", "settings", settings)
    },
    async org(change) {
      const org = (await control("GET", "org")) as Org
      change(org)
      await control("PUT", "org", org)
    },
    async shown(userid) {
      const query = userid === undefined ? "" : `?userid=${userid}`
      return ((await control("GET", `messages${query}`)) as { messages: Shown[] }).messages
    },
    async calls(path = "message/send") {
      const { calls } = (await control("GET", "calls")) as { calls: SeenCall[] }
      return calls.filter((call) => call.path.replace("/cgi-bin/", "") === path)
    },
    async advance(seconds) {
      clock.advance(seconds * 1000)
      await control("POST", "clock", { advance_s: seconds })
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close()
      await simulator.close()
    },
  }
}
