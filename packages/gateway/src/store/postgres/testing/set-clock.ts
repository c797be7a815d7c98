import type { Pool } from "pg"
import { isConflict } from "../classify-error.ts"
import { testConnection } from "./test-connection.ts"

/** The clock of a test's database, ours and pg-boss's: it does not move until it is set. */
export class SetClock {
  readonly #database: Pool

  /** For a database that a node has been opened on. */
  static async stop(url: string, at: number): Promise<SetClock> {
    const clock = new SetClock(url)
    await clock.#run(`create table public.clock (at bigint not null);
      insert into public.clock values (${at});
      create or replace function wecom_push.now_ms() returns bigint language sql stable
        as 'select at from public.clock';
      create or replace function wecom_push_jobs.job_now() returns timestamptz language sql stable
        as 'select to_timestamp(at / 1000.0) from public.clock'`)
    return clock
  }

  private constructor(url: string) {
    this.#database = testConnection({ connectionString: url })
  }

  /** Jobs in work stay so, however far it jumps. */
  async set(at: number): Promise<void> {
    await this.#run(`with jump as (select to_timestamp(${at} / 1000.0) - wecom_push_jobs.job_now() as by)
        update wecom_push_jobs.job set started_on = started_on + jump.by, heartbeat_on = heartbeat_on + jump.by
        from jump where state = 'active';
      update public.clock set at = ${at}`)
  }

  /** Like `set`, by a difference, during which no job reports that it is in work. */
  async pass(ms: number): Promise<void> {
    await this.#run(`update public.clock set at = at + ${ms}`)
  }

  /** Whether each send to a member counts from its own time, and no more from the latest one that it could have had. */
  async hasAllSends(): Promise<boolean> {
    const { rows } = await this.#database.query<{ late: string }>(`select count(*) as late
      from wecom_push.member_windows, unnest(sends) as send where send > wecom_push.now_ms() + ${ROUNDING_MS}`)
    return Number(rows[0]?.late) === 0
  }

  /** All of them or none: repeated, where a node that changes the same jobs was in the way. */
  async #run(statements: string): Promise<void> {
    for (;;) {
      try {
        await this.#database.query(statements)
        return
      } catch (error) {
        if (!isConflict(error)) throw error
      }
    }
  }
}

/** The error of an age that is counted by two clocks. */
const ROUNDING_MS = 100
