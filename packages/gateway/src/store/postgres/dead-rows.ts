import { SCHEMA } from "./migrate.ts"

/** The deleted rows of our tables that PostgreSQL still has to clear away, and what prevents it. */
export interface DeadRows {
  readonly dead: number
  readonly live: number
  /** How long the oldest transaction whose rows must be kept has been open; 0: there is none. */
  readonly oldestSnapshotSeconds: number
  /** The holder of that transaction, and the statement that ends it; null: there is none. */
  readonly holder: string | null
  readonly ending: string | null
  /** False when the role sees the transactions of its own sessions only: it is not a member of pg_read_all_stats. */
  readonly seesAll: boolean
}

/**
 * The dead rows of this database. While an open transaction could still see deleted rows, no vacuum clears them, and
 * reads of tables that change much become slower. Transactions of other databases, and vacuum itself, keep no rows.
 */
export const DEAD_ROWS = `with held as (
    select xact_start as since, pid || ' (' || coalesce(usename, '') || ', ' || coalesce(nullif(application_name, ''), '-') || ')'
      as holder, 'SELECT pg_terminate_backend(' || pid || ');' as ending
    from pg_stat_activity
    where datname = current_database() and backend_xmin is not null and xact_start is not null
      and backend_type = 'client backend' and pid <> pg_backend_pid()
    union all
    select prepared, gid, 'ROLLBACK PREPARED ' || quote_literal(gid) || ';'
    from pg_prepared_xacts where database = current_database()
  ), oldest as (select * from held order by since limit 1)
  select coalesce(sum(n_dead_tup), 0)::float8 as dead, coalesce(sum(n_live_tup), 0)::float8 as live,
    greatest(0, coalesce(extract(epoch from clock_timestamp() - (select since from oldest)), 0))::float8
      as "oldestSnapshotSeconds",
    (select holder from oldest) as holder, (select ending from oldest) as ending,
    pg_has_role(current_user, 'pg_read_all_stats', 'usage') as "seesAll"
  from pg_stat_user_tables where schemaname in ('${SCHEMA}', '${SCHEMA}_jobs')`
