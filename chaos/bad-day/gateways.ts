import { randomBytes } from "node:crypto"
import { join } from "node:path"
import type { Fault } from "../check/evidence.ts"
import { judgePostgres } from "../check/store-postgres.ts"
import { judgeStore } from "../check/store.ts"
import type { UnkeptPlan } from "../gateway/plan.ts"
import type { Random } from "../lib/random.ts"
import type { Trouble } from "../history.ts"
import { DATABASE_TROUBLES } from "./database-troubles.ts"
import type { DatabaseTrouble } from "./database-troubles.ts"
import { DayDatabase } from "./day-database.ts"
import { DayNode, STEPS } from "./day-node.ts"
import type { Step } from "./day-node.ts"
import { TROUBLES_OF_ANY } from "./troubles.ts"
import type { MeetTrouble } from "./troubles.ts"

/** The gateways that a bad day is about, none of them started yet. */
export interface Gateways extends AsyncDisposable {
  readonly nodes: readonly DayNode[]
  /** The troubles that they may meet. */
  readonly troubles: readonly PlannedTrouble[]
  readonly nextStep: () => Step
  /** Judges the database, once the gateways have ended. */
  judgeStore(): Promise<readonly Fault[]>
}

export interface PlannedTrouble {
  readonly name: Trouble
  readonly meet: MeetTrouble
  /** How often it comes, in proportion to the other shares; or once a day, at a random moment. */
  readonly share: number | "once"
  readonly atOnce: number
}

export interface GatewaysOptions {
  readonly plan: UnkeptPlan
  readonly folder: string
  /** File handle for what the processes log. */
  readonly output: number
  readonly random: Random
}

/** One gateway on a SQLite file. */
export function onSqlite({ plan, folder, output, random }: GatewaysOptions): Gateways {
  const file = join(folder, "gateway.db")
  const ofNode = { ...plan, database: `sqlite:${file}`, masterKey: null, home: join(folder, "home") }
  const node = new DayNode(1, ofNode, 0, { output })
  return {
    nodes: [node],
    troubles: planned(SHARES_ON_SQLITE, TROUBLES_OF_ANY),
    nextStep: startFirst(random.deck({ gettoken: 1, begin: 2, settle: 2 })),
    judgeStore: () => Promise.resolve(judgeStore(file)),
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  }
}

/** Several gateways on one PostgreSQL: the clock of the first is an hour ahead, and the others connect through a pooler. */
export async function onPostgres(options: GatewaysOptions, count: number): Promise<Gateways> {
  const { plan, folder, output, random } = options
  await using resources = new AsyncDisposableStack()
  const database = resources.use(await DayDatabase.start())
  const masterKey = randomBytes(32).toString("hex")
  const nodes = Array.from({ length: count }, (_, index) => {
    const isPooled = index > 0
    const home = join(folder, `home-${index + 1}`)
    const ofNode = { ...plan, database: isPooled ? database.pooledUrl : database.url, masterKey, home }
    const environment = isPooled ? { WECOM_PUSH_DATABASE_DIRECT_URL: database.url } : {}
    return resources.use(new DayNode(index + 1, ofNode, isPooled ? 0 : HOUR_MS, { output, environment }))
  })
  const kept = resources.move()
  const ofDatabase = Object.fromEntries(
    Object.entries(DATABASE_TROUBLES).map(([name, meet]) => [name, (day, ofTrouble) => meet(day, database, ofTrouble)]),
  ) as Record<DatabaseTrouble, MeetTrouble>
  return {
    nodes,
    troubles: planned(SHARES_ON_POSTGRES, { ...TROUBLES_OF_ANY, ...ofDatabase }),
    nextStep: random.deck(Object.fromEntries(STEPS.map((step) => [step, 1])) as Record<Step, number>),
    // The gateways have stopped by then.
    judgeStore: () => judgePostgres(database.url, 0),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Draws `start` first, while the gateway's clock is still right. */
function startFirst(next: () => Step): () => Step {
  let hasStarted = false
  return () => {
    if (hasStarted) return next()
    hasStarted = true
    return "start"
  }
}

function planned<Name extends Trouble>(
  shares: Readonly<Record<Name, PlannedTrouble["share"]>>,
  troubles: Readonly<Record<Name, MeetTrouble>>,
): PlannedTrouble[] {
  return (Object.keys(shares) as Name[]).map((name) => ({
    name,
    meet: troubles[name],
    share: shares[name],
    atOnce: name === "content" ? CONTENTS_AT_ONCE : 1,
  }))
}

/** Chosen so that the troubles of each kind, one after another, take about as long as those of any other kind. */
const SHARES_ON_SQLITE = { content: 16, clock: 14, storm: 4, frozen: 6 } as const
const SHARES_ON_POSTGRES = {
  content: 18,
  clock: 12,
  storm: 3,
  frozen: 6,
  snapshot: 4,
  dump: 4,
  password: 4,
  statement_timeout: 3,
  hung: 4,
  pooler: 2,
  standby: "once",
} as const
/** Several of them may concern one app. */
const CONTENTS_AT_ONCE = 3
const HOUR_MS = 3_600_000
