import { randomBytes } from "node:crypto"
import { openSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import { gatherCalls, gatherTold } from "../check/gather.ts"
import { registerApps } from "../gateway/register-apps.ts"
import { judgeFollowers } from "../check/followers.ts"
import { History, readHistory } from "../history.ts"
import { Random } from "../lib/random.ts"
import { within } from "../lib/within.ts"
import { untilQuiet } from "../until-quiet.ts"
import { APPS_AT_WECOM, LOOKUPS_PER_MINUTE, organisation, simulatorSettings } from "../world.ts"
import { Day } from "./day.ts"
import { allEvents, Followers } from "./followers.ts"
import { onPostgres, onSqlite } from "./gateways.ts"
import type { PlannedTrouble } from "./gateways.ts"
import { judgeDay } from "./judge-day.ts"
import type { DayVerdict } from "./judge-day.ts"
import { DayLoad } from "./load.ts"

export interface DayOptions {
  /** The launcher of the packed command. */
  readonly command: string
  readonly seed: string
  readonly troubles: number
  /** How many gateways run on one PostgreSQL; null: one gateway on a file. */
  readonly nodes: number | null
  readonly control: string | null
  /** How long each snapshot is held; null: some seconds, drawn at random. */
  readonly snapshotMs: number | null
  /** Counted from the moment at which something is due and can be sent. */
  readonly longestSilenceMs: number
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
    nodes: options.nodes ?? 1,
    lookupsPerMinute: LOOKUPS_PER_MINUTE,
  })
  await using simulator = await startSimulator({
    port: 0,
    org: organisation(MEMBERS + OUTSIDERS),
    settings: simulatorSettings("documented"),
  })
  const adminKey = `chaos-${randomBytes(24).toString("hex")}`
  const output = openSync(join(folder, "gateway.log"), "a")
  const plan = { command, baseUrl: simulator.url, adminKey, control, markers: null }
  const place = { plan, folder, output, random: random.fork("steps") }
  await using gateways = options.nodes === null ? onSqlite(place) : await onPostgres(place, options.nodes)
  const { nodes, nextStep } = gateways
  // One after another, because the first makes the tables.
  for (const node of nodes) await node.start()
  await registerApps(nodes[0]?.url ?? "", adminKey)
  const balancer = random.fork("balancer")
  const gatewayUrl = (): string | undefined => {
    const urls = nodes.flatMap(({ url }) => url ?? [])
    return urls.length === 0 ? undefined : balancer.pick(urls)
  }
  await using followers = new Followers(FOLLOWERS, adminKey, gatewayUrl)
  const load = new DayLoad({
    random: random.fork("load"),
    history,
    members: MEMBERS,
    adminKey,
    gatewayUrl,
  })
  const day = new Day({ history, simulatorUrl: simulator.url, load, nodes, nextStep, snapshotMs: options.snapshotMs })
  const died = Promise.race(nodes.map((one) => one.died.promise))
  died.catch(() => undefined)
  await Promise.race([troubled(day, gateways.troubles, options, random), died])

  history.add({ kind: "healed" })
  progress(`${load.posts} posts; until all is sent`)
  const ended = Promise.race([Promise.all([load.stop(), day.settle()]), died])
  await within(ended, LONGEST_ANSWER_MS, () => `${load.open} requests for their answers`)
  const gateway = { url: nodes[0]?.url ?? "", key: adminKey }
  // A gateway that is broken on purpose has been silent for too long by then.
  await untilQuiet(gateway, progress, control === null ? STUCK_AFTER_MS : 2 * options.longestSilenceMs)
  history.add({ kind: "quiet" })
  const [calls, told] = await Promise.all([gatherCalls(simulator.url), gatherTold(gateway)])
  // Kept so that a bad day can be examined.
  writeFileSync(join(folder, "evidence.json"), JSON.stringify({ calls, told: [...told.values()] }))
  const events = await allEvents(gateway.url, adminKey)
  const lasting = readHistory(log).flatMap((one) => (one.kind === "gone_back" ? one.lastEvent : []))
  const followerFaults = judgeFollowers(events, await followers.heard(events), lasting)
  const exits = await Promise.all(nodes.map((node) => node.stop()))
  const bad = exits.find((exit) => exit !== "0")
  if (bad !== undefined) throw new Error(`a gateway ended with ${bad} when asked to stop`)
  const storeFaults = await gateways.judgeStore()
  const others = [...followerFaults, ...storeFaults]
  const evidence = { happenings: readHistory(log), calls, told }
  return judgeDay(evidence, { others, events: events.length, longestSilenceMs: options.longestSilenceMs })
}

/** Troubles of one kind follow one another; those of different kinds overlap. */
async function troubled(
  day: Day,
  kinds: readonly PlannedTrouble[],
  { troubles, progress }: DayOptions,
  random: Random,
): Promise<void> {
  // All apps are at work before the first trouble.
  await sleep(SETTLES_MS)
  const planned = counted(kinds, troubles)
  const others = planned.reduce((sum, { share, count }) => sum + (share === "once" ? 0 : count), 0)
  let met = 0
  await Promise.all(
    planned.flatMap(({ name, meet, share, atOnce, count }) => {
      let left = count
      return Array.from({ length: atOnce }, async (_, track) => {
        const ofTrack = random.fork(`${name} ${track}`)
        const after = share === "once" ? Math.round((others * ofTrack.integer(30, 90)) / 100) : 0
        const isEarly = (): boolean => met < after
        while (isEarly()) await sleep(100)
        while (left-- > 0) {
          await sleep(ofTrack.integer(0, LONGEST_PAUSE_MS))
          await meet(day, ofTrack)
          if (++met % 10 === 0) progress(`${met} troubles, ${day.load.posts} posts`)
        }
      })
    }),
  )
}

function shareOf({ share }: PlannedTrouble): number {
  return share === "once" ? 0 : share
}

/** How many of each kind there are to be. */
function counted(kinds: readonly PlannedTrouble[], troubles: number): (PlannedTrouble & { readonly count: number })[] {
  const whole = kinds.reduce((sum, kind) => sum + shareOf(kind), 0)
  const shared = troubles - kinds.filter(({ share }) => share === "once").length
  let [given, asked] = [0, 0]
  return kinds.map((kind) => {
    if (kind.share === "once") return { ...kind, count: 1 }
    asked += kind.share
    const until = Math.round((shared * asked) / whole)
    const count = until - given
    given = until
    return { ...kind, count }
  })
}

/** Beside them there are outsiders; each of those gets one storm. */
const MEMBERS = 4000
const OUTSIDERS = 100
const FOLLOWERS = 20
const SETTLES_MS = 3000
const LONGEST_PAUSE_MS = 1000
const LONGEST_ANSWER_MS = 120_000
/** So long because the delay before a repeat doubles each time the answer of a call is lost. */
const STUCK_AFTER_MS = 60_000
