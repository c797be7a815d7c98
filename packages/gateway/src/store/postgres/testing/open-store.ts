import { sql } from "kysely"
import type { LocalStores } from "../../../ports/stores.ts"
import { NOON } from "../../testing/build.ts"
import type { StoreUnderTest } from "../../testing/contract/rule.ts"
import { MASTER_KEY } from "../../testing/open-store.ts"
import { connect } from "../connection.ts"
import { openPostgres } from "../open.ts"
import type { OpenedPostgres, PostgresOptions } from "../open.ts"
import { newDatabase } from "./cluster.ts"
import { TakeTurns } from "./take-turns.ts"

/** Another node on a database. */
export function openNode(url: string, changes: Partial<PostgresOptions> = {}): Promise<OpenedPostgres> {
  return openPostgres({ url, masterKey: MASTER_KEY, now: NOON, ...changes })
}

export async function openTemporaryPostgres(): Promise<StoreUnderTest> {
  await using resources = new AsyncDisposableStack()
  const { url } = resources.use(await newDatabase())
  const opened = await openNode(url)
  const database = resources.move()
  return underTest(url, opened, () => database.disposeAsync())
}

function underTest(url: string, opened: OpenedPostgres, drop: () => Promise<void>): StoreUnderTest {
  const { stores, session } = opened
  const turns = new TakeTurns(opened)
  const outbox = {
    ...stores.outbox,
    claim: turns.claim.bind(turns),
    release: turns.release.bind(turns),
  }
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rules that ask for others are left out
    stores: { ...stores, outbox } as unknown as LocalStores,
    async crash() {
      // It goes on in this process, and would take what the next one is to find.
      await turns.abandon()
      // In this order it does not come back, as the next process would not wait for it.
      const ended = session[Symbol.asyncDispose]()
      await endConnections(url)
      await ended
      return underTest(url, await openNode(url), () => Promise.resolve())
    },
    async [Symbol.asyncDispose]() {
      await turns[Symbol.asyncDispose]()
      await stores[Symbol.asyncDispose]()
      await drop()
    },
  }
}

/** Of all nodes, without a goodbye. @param which of a node, those that its name says */
export async function endConnections(url: string, which = "%"): Promise<void> {
  const db = connect({ url, maxConnections: 1, onLost: () => {} })
  try {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name like ${which}`.execute(db)
  } finally {
    await db.destroy()
  }
}
