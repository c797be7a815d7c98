import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { openTmpdir } from "../../../../../../tools/testing/open-tmpdir.ts"
import { without } from "../../../../../../tools/testing/programs.ts"
import { OwnPooler } from "./own-pooler.ts"
import { startPgBouncer } from "./pgbouncer.ts"
import type { PoolerOptions } from "./pooler-options.ts"

/** Why PgBouncer cannot be the pooler here, for `skip`. */
export const noPgBouncer = without("pgbouncer")

/** The program that is the pooler. */
export type PoolerProgram = "pgbouncer" | "own"

export interface Pooler extends AsyncDisposable {
  /** The same database through the pooler. */
  readonly url: string
  /** Ends it at once, with all connections, and starts it again at the same place. */
  restart(downMs: number): Promise<void>
}

/**
 * A pooler in front of a database, which is common: PgBouncer, or where that is missing one of the tests, which behaves
 * alike.
 */
export async function startPooler(
  url: string,
  mode: PoolerOptions["mode"],
  settings: PoolerOptions["settings"] = {},
  program: PoolerProgram = noPgBouncer === false ? "pgbouncer" : "own",
): Promise<Pooler> {
  await using starting = new AsyncDisposableStack()
  const folder = mkdtempSync(join(openTmpdir(), "wecom-push-pooler-"))
  starting.defer(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o777)
  const options = { url, mode, settings, folder }
  const start = async (): Promise<AsyncDisposable> =>
    program === "own" ? OwnPooler.start(options) : startPgBouncer(options)
  let running: AsyncDisposable | undefined = await start()
  const started = starting.move()
  const { pathname, username, password } = new URL(url.replace("@/", "@x/"))
  const stop = async (): Promise<void> => {
    const ending = running
    running = undefined
    await ending?.[Symbol.asyncDispose]()
  }
  return {
    url: `postgres://${username}:${password}@${pathname}?host=${encodeURIComponent(folder)}&port=6432`,
    async restart(downMs) {
      await stop()
      await sleep(downMs)
      running = await start()
    },
    async [Symbol.asyncDispose]() {
      await stop()
      await started.disposeAsync()
    },
  }
}
