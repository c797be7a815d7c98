import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/**
 * What WeCom counts it counts by agent, of which an app is but a name. Where several apps were one agent, what they have
 * used is added up. What belongs to an app that is gone cannot be told apart any more, and goes.
 */
const STATEMENTS = [
  `create table agents (
    id integer primary key,
    corp_id text not null,
    agent_id integer not null,
    unique (corp_id, agent_id)
  ) strict`,
  "insert into agents (corp_id, agent_id) select distinct corp_id, agent_id from apps",
  `create temporary table agent_of_app as
    select name, id as agent, corp_id || '/' || agent_id as key from apps join agents using (corp_id, agent_id)`,

  // Null where it was frozen before and is final: then it is its app's present one.
  "alter table calls add column agent integer",
  `update calls set agent = (select agent from messages join agent_of_app on name = app where seq = calls.message)
    where message in (select seq from messages where state = 'open') and host is null`,

  `create table bodies_of_agents (
    id integer primary key,
    agent integer not null,
    hash text not null,
    message text not null,
    call integer not null,
    at integer not null
  ) strict`,
  `insert into bodies_of_agents (id, agent, hash, message, call, at)
    select id, agent, hash, message, call, at from bodies join agent_of_app on name = app`,
  "drop table bodies",
  "alter table bodies_of_agents rename to bodies",

  `create table person_times_of_agents (
    agent integer not null,
    day text not null,
    taken integer not null,
    told_low integer not null default 0,
    told_spent integer not null default 0,
    primary key (agent, day)
  ) strict, without rowid`,
  `insert into person_times_of_agents (agent, day, taken, told_low, told_spent)
    select agent, day, sum(taken), min(told_low), min(told_spent)
    from person_times join agent_of_app on name = app group by agent, day`,
  "drop table person_times",
  "alter table person_times_of_agents rename to person_times",

  // Until when WeCom refuses further calls (45009): the longest of each agent.
  `insert into pauses (key, until, step)
    select 'message/send ' || agent_of_app.key, max(until), max(step)
    from pauses join agent_of_app on pauses.key = 'message/send ' || name group by agent`,
  "delete from pauses where key in (select 'message/send ' || name from agent_of_app)",
  "drop table agent_of_app",
]
