import { sql } from "kysely"
import { connect } from "../connection.ts"
import type { Database } from "../connection.ts"

/** The clock of a test's database, ours and that of pg-boss: it stands still until it is set. */
export class SetClock {
  readonly #url: string
  readonly #db: Database | undefined

  /** On a database that a node has been opened on. @param db a connection of the caller's; one of its own each time unless given */
  static async stop(url: string, at: number, db?: Database): Promise<SetClock> {
    const clock = new SetClock(url, db)
    await clock.#run(`create table public.clock (at bigint not null);
      insert into public.clock values (${at});
      create or replace function wecom_push.now_ms() returns bigint language sql stable
        as 'select at from public.clock';
      create or replace function wecom_push_jobs.job_now() returns timestamptz language sql stable
        as 'select to_timestamp(at / 1000.0) from public.clock'`)
    return clock
  }

  private constructor(url: string, db: Database | undefined) {
    this.#url = url
    this.#db = db
  }

  /** Whoever is at work goes on being so, however far it jumps. */
  async set(at: number): Promise<void> {
    await this.#run(`with jump as (select to_timestamp(${at} / 1000.0) - wecom_push_jobs.job_now() as by)
        update wecom_push_jobs.job set started_on = started_on + jump.by, heartbeat_on = heartbeat_on + jump.by
        from jump where state = 'active';
      update public.clock set at = ${at}`)
  }

  /** As `set`, for as long as it is given, and nobody has said meanwhile that it is at work. */
  async pass(ms: number): Promise<void> {
    await this.#run(`update public.clock set at = at + ${ms}`)
  }

  async #run(statements: string): Promise<void> {
    if (this.#db !== undefined) return void (await sql.raw(statements).execute(this.#db))
    const db = connect({ url: this.#url, maxConnections: 1, onLost: () => {} })
    try {
      await sql.raw(statements).execute(db)
    } finally {
      await db.destroy()
    }
  }
}
