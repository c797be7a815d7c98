import { randomBytes } from "node:crypto"
import { openSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import { gatherCalls, gatherTold } from "../check/gather.ts"
import { judgeStore } from "../check/store.ts"
import { registerApps } from "../gateway/register-apps.ts"
import { History, readHistory } from "../history.ts"
import type { Trouble } from "../history.ts"
import { Random } from "../lib/random.ts"
import { within } from "../lib/within.ts"
import { untilQuiet } from "../until-quiet.ts"
import { APPS_AT_WECOM, LOOKUPS_PER_MINUTE, organisation, simulatorSettings } from "../world.ts"
import { Day } from "./day.ts"
import { DayNode } from "./day-node.ts"
import { judgeDay } from "./judge-day.ts"
import type { DayVerdict } from "./judge-day.ts"
import { DayLoad } from "./load.ts"
import { TROUBLES_OF_ANY } from "./troubles.ts"
import type { MeetTrouble } from "./troubles.ts"

export interface DayOptions {
  /** The launcher of the packed command. */
  readonly command: string
  readonly seed: string
  readonly troubles: number
  readonly control: string | null
  /** Must exist and be empty. */
  readonly folder: string
  readonly progress: (line: string) => void
}

/** A bad day, from an empty database to the verdict. */
export async function runDay(options: DayOptions): Promise<DayVerdict> {
  const { command, seed, control, folder, progress } = options
  const random = new Random(seed)
  const log = join(folder, "driver.ndjson")
  using history = new History(log)
  history.add({
    kind: "run",
    seed,
    kills: 0,
    variant: "documented",
    control,
    apps: APPS_AT_WECOM.map(({ name, agentId, memberPerMinute }) => ({ name, agentId, memberPerMinute })),
    nodes: 1,
    lookupsPerMinute: LOOKUPS_PER_MINUTE,
  })
  await using simulator = await startSimulator({
    port: 0,
    org: organisation(MEMBERS),
    settings: simulatorSettings("documented"),
  })
  const adminKey = `chaos-${randomBytes(24).toString("hex")}`
  const output = openSync(join(folder, "gateway.log"), "a")
  const database = `sqlite:${join(folder, "gateway.db")}`
  const plan = { command, database, masterKey: null, baseUrl: simulator.url, adminKey, control, markers: null }
  await using node = new DayNode(1, { ...plan, home: join(folder, "home") }, 0, { output })
  await node.start()
  const nodes = [node]
  await registerApps(node.url ?? "", adminKey)
  const balancer = random.fork("balancer")
  const load = new DayLoad({
    random: random.fork("load"),
    history,
    members: MEMBERS,
    adminKey,
    gatewayUrl: () => {
      const urls = nodes.flatMap(({ url }) => url ?? [])
      return urls.length === 0 ? undefined : balancer.pick(urls)
    },
  })
  const day = new Day({ history, simulatorUrl: simulator.url, load, nodes })
  const died = Promise.race(nodes.map((one) => one.died.promise))
  died.catch(() => undefined)
  await Promise.race([troubled(day, options, random), died])

  history.add({ kind: "healed" })
  progress(`${load.posts} posts; until all is sent`)
  const ended = Promise.race([Promise.all([load.stop(), day.settle()]), died])
  await within(ended, LONGEST_ANSWER_MS, () => `${load.open} requests for their answers`)
  const gateway = { url: node.url ?? "", key: adminKey }
  await untilQuiet(gateway, progress, STUCK_AFTER_MS)
  history.add({ kind: "quiet" })
  const [calls, told] = await Promise.all([gatherCalls(simulator.url), gatherTold(gateway)])
  // So that a bad day can be looked into.
  writeFileSync(join(folder, "evidence.json"), JSON.stringify({ calls, told: [...told.values()] }))
  const exit = await node.stop()
  if (exit !== "0") throw new Error(`a gateway ended with ${exit} when asked to stop`)
  const storeFaults = judgeStore(join(folder, "gateway.db"))
  return judgeDay({ happenings: readHistory(log), calls, told }, storeFaults)
}

/** Troubles of one kind follow one another, of several they overlap. */
async function troubled(day: Day, { troubles, progress }: DayOptions, random: Random): Promise<void> {
  // All apps have been at work before.
  await sleep(SETTLES_MS)
  const left = shared(troubles)
  let met = 0
  const meet = async (name: Trouble, trouble: MeetTrouble, ofTrack: Random): Promise<void> => {
    while ((left.get(name) ?? 0) > 0) {
      left.set(name, (left.get(name) ?? 0) - 1)
      await sleep(ofTrack.integer(0, 1500))
      await trouble(day, ofTrack)
      if (++met % 10 === 0) progress(`${met} troubles, ${day.load.posts} posts`)
    }
  }
  await Promise.all(
    Object.entries(TROUBLES_OF_ANY).flatMap(([name, trouble]) =>
      Array.from({ length: AT_ONCE[name as keyof typeof AT_ONCE] }, (_, track) =>
        meet(name as Trouble, trouble, random.fork(`${name} ${track}`)),
      ),
    ),
  )
}

/** How many of each kind there are to be. */
function shared(troubles: number): Map<Trouble, number> {
  const whole = Object.values(SHARES).reduce((sum, share) => sum + share, 0)
  const counts = new Map<Trouble, number>()
  let given = 0
  let asked = 0
  for (const [name, share] of Object.entries(SHARES)) {
    asked += share
    const until = Math.round((troubles * asked) / whole)
    counts.set(name as Trouble, until - given)
    given = until
  }
  return counts
}

const SHARES = { content: 3, clock: 2 } as const
/** Contents that are answered badly at the same time may be of one app. */
const AT_ONCE = { content: 3, clock: 1 } as const
const MEMBERS = 4000
const SETTLES_MS = 3000
const LONGEST_ANSWER_MS = 120_000
/** A call whose answer was lost is repeated after twice as long each time. */
const STUCK_AFTER_MS = 60_000
