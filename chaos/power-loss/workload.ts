import { execFileSync } from "node:child_process"
import { mkdirSync, openSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import { GatewayProcess } from "../gateway/gateway-process.ts"
import type { GatewayPlan } from "../gateway/plan.ts"
import { registerApps } from "../gateway/register-apps.ts"
import { mustAnswer } from "../lib/http.ts"
import { Random } from "../lib/random.ts"
import { makePost } from "../load/make-post.ts"
import { untilQuiet } from "../until-quiet.ts"
import { APPS, organisation, simulatorSettings, WRONG_AGENT_ID } from "../world.ts"
import { pathOf } from "../../tools/testing/programs.ts"
import { readOperations } from "./operations.ts"
import type { Operation } from "./operations.ts"

/** What is synced: all promises (`full`, as the gateway does), only what SQLite needs to stay intact, or nothing. */
export type Synchronous = "full" | "normal" | "off"

export interface Recording {
  readonly operations: readonly Operation[]
  readonly databaseFile: string
}

interface RecordOptions {
  readonly seed: string
  readonly synchronous: Synchronous
  /** Posts in each of the first two lives; half as many in the third. */
  readonly posts: number
}

const MEMBERS = 5000
const ADMIN_KEY = "power-loss-0123456789abcdef0123456789"

/**
 * Runs the packed command three times while it accepts, sends and settles and its apps are changed: it is killed, then stopped
 * in good order, then killed. Its operations on files are recorded from before the first file exists.
 */
export async function record(
  command: string,
  folder: string,
  { seed, synchronous, posts }: RecordOptions,
): Promise<Recording> {
  const data = join(folder, "data")
  mkdirSync(data)
  const log = join(folder, "operations")
  const library = join(folder, "recorder.so")
  execFileSync(pathOf("gcc"), ["-O2", "-shared", "-fPIC", "-o", library, join(import.meta.dirname, "recorder.c")])

  await using simulator = await startSimulator({
    port: 0,
    org: organisation(MEMBERS),
    settings: simulatorSettings("documented"),
  })
  const databaseFile = join(data, "gateway.db")
  const plan: GatewayPlan = {
    command,
    database: `sqlite:${databaseFile}`,
    masterKey: null,
    baseUrl: simulator.url,
    adminKey: ADMIN_KEY,
    home: join(folder, "home"),
    control: null,
    markers: join(data, "markers"),
  }
  const output = openSync(join(folder, "gateway.log"), "a")
  const environment = { LD_PRELOAD: library, RECORD_FOLDER: data, RECORD_LOG: log, CHAOS_SYNCHRONOUS: synchronous }
  const nodeOptions = synchronous === "full" ? [] : [`--import=${join(import.meta.dirname, "synchronous.ts")}`]
  const random = new Random(seed).fork("posts")
  const live = async (count: number, { isFirst = false, withChanges = false } = {}): Promise<GatewayProcess> => {
    const gateway = new GatewayProcess(plan, { output, environment, nodeOptions })
    const url = await gateway.start()
    if (isFirst) await registerApps(url, ADMIN_KEY)
    await Promise.all([post(url, count, random), withChanges && changeApps(url)])
    return gateway
  }

  const first = await live(posts, { isFirst: true, withChanges: true })
  await sleep(50)
  await first.kill()
  // Without changes, because a call that is repeated while another agent id is in force waits for a minute.
  const second = await live(posts)
  await untilQuiet({ url: second.url ?? "", key: ADMIN_KEY }, console.error)
  await second.stop()
  const third = await live(posts / 2, { withChanges: true })
  await third.kill()
  return { operations: readOperations(log, data), databaseFile }
}

const AT_ONCE = 4

/** Wrong settings are corrected at once, so that no message waits for that. */
async function changeApps(url: string): Promise<void> {
  for (const { name, agentId, secret } of APPS.slice(1, 4)) {
    const changes = [
      { agent_id: WRONG_AGENT_ID },
      { agent_id: agentId, settings: { concurrent_calls: 10 } },
      { secret: "wrong" },
      { secret },
    ]
    for (const body of changes) {
      await mustAnswer({
        url: `${url}/v1/apps/${name}`,
        method: "PATCH",
        body,
        headers: { authorization: `Bearer ${ADMIN_KEY}` },
      })
    }
  }
}

async function post(url: string, count: number, random: Random): Promise<void> {
  let left = count
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const { body } = makePost(random, left, MEMBERS)
      await mustAnswer({
        url: `${url}/v1/messages`,
        method: "POST",
        body,
        headers: { authorization: `Bearer ${ADMIN_KEY}` },
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
}
