import { setTimeout as sleep } from "node:timers/promises"
import type { GoneBack } from "../history.ts"
import type { Random } from "../lib/random.ts"
import type { Day } from "./day.ts"
import type { DayDatabase } from "./day-database.ts"

export type DatabaseTrouble = "snapshot" | "dump" | "password" | "statement_timeout" | "hung" | "pooler" | "standby"
type MeetDatabaseTrouble = (day: Day, database: DayDatabase, random: Random) => Promise<void>

export const DATABASE_TROUBLES = {
  /** A transaction keeps its snapshot open, as a backup or a report does. */
  snapshot: async (day, database, random) => {
    const ms = day.snapshotMs ?? random.integer(5000, 12_000)
    await day.during("snapshot", null, `${ms} ms`, () => database.holdSnapshot(ms))
  },
  dump: async (day, database) => day.during("dump", null, "", () => database.dump()),
  /** The role gets another password for a while: until it is changed back, gateways that reconnect are refused. */
  password: alone(async (day, database, random) => {
    const ms = random.integer(2000, 4000)
    await day.during("password", null, `${ms} ms`, async () => {
      await database.changePassword()
      await sleep(ms)
      await database.changePasswordBack()
    })
  }),
  statement_timeout: alone(async (day, database, random) => {
    await day.during("statement_timeout", null, "1 s", async () => {
      await database.limitStatements(1000)
      await sleep(random.integer(2500, 4500))
      await database.limitStatements(null)
    })
  }),
  hung: alone(async (day, database, random) => {
    const ms = random.integer(2000, 5000)
    await day.during("hung", null, `${ms} ms`, () => database.hang(ms))
  }),
  /** The pooler restarts; the second gateway connects through it. */
  pooler: alone(async (day, database, random) => {
    const ms = random.integer(0, 3000)
    await day.during("pooler", 2, `${ms} ms`, () => database.restartPooler(ms))
  }),
  /** The asynchronous standby takes over. An operator retries some of the messages held back after it; others stay in doubt. */
  standby: alone(async (day, database, random) => {
    const lacksMs = random.integer(300, 2000)
    const lack = await database.cutOff()
    await sleep(lacksMs)
    const work = (): Promise<GoneBack> => database.takeOver(lack, random.integer(100, 2000))
    const goneBack = await day.during("standby", null, `lacks the last ${lacksMs} ms`, work)
    day.history.add(goneBack)
    for (const id of goneBack.unfinished) if (random.chance(RELEASED)) day.leave(day.load.release(id))
  }),
} as const satisfies Record<DatabaseTrouble, MeetDatabaseTrouble>

/** Starts such a trouble when no gateway is starting, and waits after it until the gateways are at work again. */
function alone(meet: MeetDatabaseTrouble): MeetDatabaseTrouble {
  return async (day, database, random) => {
    using _ = await day.takeDatabase()
    await meet(day, database, random)
    await sleep(WORKS_AGAIN_MS)
  }
}

const RELEASED = 0.5
const WORKS_AGAIN_MS = 2500
