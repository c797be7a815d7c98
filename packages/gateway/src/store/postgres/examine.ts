import { Client } from "pg"
import type { Finding } from "../finding.ts"
import { refused } from "../finding.ts"
import { opensKeyCheck } from "../master-key.ts"
import { SecretBox } from "../secret-box.ts"
import {
  asynchronousStandbys,
  lookAt,
  MIGRATION_TABLE,
  refusalOfConnection,
  refuseMoved,
  refuseSchemas,
  refuseServer,
  schemaVersionIn,
} from "./inspect.ts"
import type { Look } from "./inspect.ts"
import { examineBucket } from "./examine-bucket.ts"
import type { BucketFiles } from "./file-objects.ts"
import { deadRowsOf } from "./examine-dead-rows.ts"
import { NODE_LOCKS } from "./locks.ts"
import { SCHEMA, SCHEMA_VERSION } from "./migrate.ts"
import { reasonOf } from "./reason-of.ts"
import { changesBackend } from "./pooling.ts"
import { MORE_CONNECTIONS, PAST_THE_POOLER, refusals } from "./refusals.ts"
import { shownUrl } from "./shown-url.ts"
import { tryToConnect } from "./try-to-connect.ts"

export interface ExamineOptions {
  readonly url: string
  /** The address past a pooler. */
  readonly directUrl?: string | undefined
  readonly masterKey: Uint8Array
  /** The bucket of large files. */
  readonly files?: BucketFiles | undefined
  /** How many connections a gateway uses for its work. */
  readonly maxConnections: number
  /** Milliseconds since 1970; this machine's clock unless given. */
  readonly now?: () => number
}

/**
 * Checks everything that a gateway needs of a database, and changes nothing there. In its bucket of files it writes and
 * deletes an object.
 */
export async function* examinePostgres(options: ExamineOptions): AsyncGenerator<Finding> {
  const { url } = options
  const database = shownUrl(url)
  const first = await tryToConnect(url)
  if (!(first instanceof Client)) {
    const refusal = refusalOfConnection(first, database) ?? refusals.unreachable(database, 0, reasonOf(first), first)
    yield { step: "reach", state: "failed", detail: refusal.problem, hint: refusal.hint }
    return
  }
  await using resources = new AsyncDisposableStack()
  const client = resources.adopt(first, (client) => client.end())
  const found = await lookAt(client)
  const version = found.version_text
  yield {
    step: "reach",
    state: "ok",
    detail: { en: `${database} is there, and lets ${found.user} in`, zh: `${database} 可以连接，用户 ${found.user}` },
  }
  yield (
    (await refused("server", () => refuseServer(found, database))) ?? {
      step: "server",
      state: "ok",
      detail: {
        en: `PostgreSQL ${version}, which can be written; ${found.encoding}, collation ${found.collation}; JIT is off for the gateway (${found.jit} on the server)`,
        zh: `PostgreSQL ${version}，可写；编码 ${found.encoding}，排序规则 ${found.collation}；网关的会话已关闭 JIT（服务器为 ${found.jit}）`,
      },
    }
  )
  const rights = await refused("rights", () => refuseSchemas(found, database))
  yield (
    rights ?? {
      step: "rights",
      state: "ok",
      detail: { en: "the user may make and use the tables", zh: "用户有权创建和使用表" },
    }
  )
  if (rights === undefined) yield await schemaOf(client, found, database)
  yield durabilityOf(found)
  yield await clockOf(client, options.now ?? Date.now)
  yield await poolingOf(client, options)
  yield await connectionsOf(client, options)
  yield await deadRowsOf(client, found.user)
  if (rights === undefined && found.marks.includes(MIGRATION_TABLE))
    yield await masterKeyOf(client, options.masterKey, database)
  const files = await examineBucket(options.files, rights === undefined ? client : undefined, database)
  if (files !== undefined) yield files
}

async function schemaOf(client: Client, found: Look, database: string): Promise<Finding> {
  if (!found.marks.includes(MIGRATION_TABLE)) {
    return {
      step: "schema",
      state: "ok",
      detail: {
        en: "no tables yet: the first start of a gateway makes them, or `wecom-push migrate`",
        zh: "尚无表：网关首次启动或执行 wecom-push migrate 时创建",
      },
    }
  }
  let made = 0
  const refusal = await refused("schema", async () => {
    made = await schemaVersionIn(client, database, found.user)
    await refuseMoved(client, database)
  })
  if (refusal !== undefined) return refusal
  const detail = {
    en: `schema ${made}; this version works on ${SCHEMA_VERSION}`,
    zh: `结构版本 ${made}，本版本使用 ${SCHEMA_VERSION}`,
  }
  if (made >= SCHEMA_VERSION) return { step: "schema", state: "ok", detail }
  const hint = {
    en: "The next start of this version brings it up to date; `wecom-push migrate` does it now.",
    zh: "本版本的网关下次启动时会升级，也可现在执行 wecom-push migrate。",
  }
  return { step: "schema", state: "warning", detail, hint }
}

function durabilityOf(found: Look): Finding {
  const { fsync, synchronous_commit: commit, full_page_writes: pages, synchronous_standbys: standbys } = found
  const off = [
    ...(fsync === "off" ? ["fsync"] : []),
    ...(commit === "off" ? ["synchronous_commit"] : []),
    ...(pages === "off" ? ["full_page_writes"] : []),
  ]
  if (off.length === 0) {
    const followers = asynchronousStandbys(found)
    if (followers > 0) return asynchronousOf(commit, followers)
    const copies = standbys === "" ? "none" : standbys
    return {
      step: "durability",
      state: "ok",
      detail: {
        en: `fsync, full_page_writes and synchronous_commit (${commit}) are on; synchronous standbys: ${copies}`,
        zh: `fsync、full_page_writes、synchronous_commit（${commit}）均已开启；同步备库：${standbys === "" ? "无" : standbys}`,
      },
    }
  }
  const statements = off.map((name) => `ALTER SYSTEM SET ${name} = on;`).join(" ")
  return {
    step: "durability",
    state: "failed",
    detail: {
      en: `${off.join(", ")} off: what was answered 202 may be lost, or the database damaged, when the server fails`,
      zh: `${off.join("、")} 已关闭：服务器故障时，已返回 202 的消息可能丢失，数据库可能损坏`,
    },
    hint: {
      en: `As a superuser: ${statements} SELECT pg_reload_conf(); and look whether the role or the database sets it (\\drds in psql).`,
      zh: `请以超级用户执行：${statements} SELECT pg_reload_conf(); 并检查角色或数据库上是否另有设置（psql 中 \\drds）。`,
    },
  }
}

/** This is no fault: many servers are meant to be so. */
function asynchronousOf(commit: string, standbys: number): Finding {
  return {
    step: "durability",
    state: "ok",
    detail: {
      en: `fsync, full_page_writes and synchronous_commit (${commit}) are on; asynchronous standbys: ${standbys}. What was accepted in the last moments is lost when one takes over from a server that is lost`,
      zh: `fsync、full_page_writes、synchronous_commit（${commit}）均已开启；异步备库：${standbys}。服务器丢失、由备库接管时，最后片刻受理的消息会丢失`,
    },
    hint: {
      en: "To lose none of it: synchronous_standby_names names a standby, and synchronous_commit is on.",
      zh: "如需不丢失：在 synchronous_standby_names 中列出备库，并将 synchronous_commit 设为 on。",
    },
  }
}

async function clockOf(client: Client, now: () => number): Promise<Finding> {
  const before = now()
  const { rows } = await client.query<{ now: number }>(
    "select extract(epoch from clock_timestamp())::float8 * 1000 as now",
  )
  const after = now()
  // How long the answer was on its way is uncertain.
  const ahead = (rows[0]?.now ?? 0) - (before + after) / 2
  const seconds = Math.max(0, Math.abs(ahead) - (after - before) / 2) / 1000
  const shown = seconds.toFixed(1)
  if (seconds < CLOCK_WARNING_S) {
    return {
      step: "clock",
      state: "ok",
      detail: { en: `as this machine's, within ${shown} s`, zh: `与本机时钟相差 ${shown} 秒以内` },
    }
  }
  const [en, zh] = ahead > 0 ? ["ahead of", "快"] : ["behind", "慢"]
  return {
    step: "clock",
    state: seconds < CLOCK_FAILURE_S ? "warning" : "failed",
    detail: {
      en: `the database's clock is ${shown} s ${en} this machine's; what is scheduled goes out by the database's`,
      zh: `数据库的时钟比本机${zh} ${shown} 秒；定时消息以数据库的时间为准`,
    },
    hint: {
      en: "Let both machines take their time from NTP (timedatectl set-ntp true).",
      zh: "请让两台机器都通过 NTP 校时（timedatectl set-ntp true）。",
    },
  }
}

async function poolingOf(client: Client, { url, directUrl }: ExamineOptions): Promise<Finding> {
  const isPooled = await changesBackend(client, url)
  if (isPooled && directUrl !== undefined) return poolingPast(directUrl)
  if (!isPooled) {
    return {
      step: "pooling",
      state: "ok",
      detail: {
        en: "each connection keeps its session (direct, or a pooler in session mode)",
        zh: "每个连接保持自己的会话（直连，或会话模式的连接池）",
      },
    }
  }
  return {
    step: "pooling",
    state: "failed",
    detail: {
      en: "a pooler in transaction mode is in between: locks of a session and LISTEN do not last, so that nodes count as dead, their work is taken from them, and changes made on others arrive late",
      zh: "中间有事务模式的连接池：会话锁和 LISTEN 无法保持，节点会被误判为离线、作业被收走，其他网关的通知也会迟到",
    },
    hint: PAST_THE_POOLER,
  }
}

async function poolingPast(directUrl: string): Promise<Finding> {
  const database = shownUrl(directUrl)
  const client = await tryToConnect(directUrl)
  if (!(client instanceof Client)) {
    const { problem, hint } = refusals.unreachable(database, 0, reasonOf(client), client)
    return { step: "pooling", state: "failed", detail: problem, hint }
  }
  try {
    if (await changesBackend(client, directUrl)) {
      const { problem, hint } = refusals.pooled(database)
      return { step: "pooling", state: "failed", detail: problem, hint }
    }
  } finally {
    await client.end()
  }
  return {
    step: "pooling",
    state: "ok",
    detail: {
      en: `a pooler in transaction mode; locks and notices go past it, by ${database}`,
      zh: `经由事务模式的连接池；会话锁和通知绕过它，使用 ${database}`,
    },
  }
}

async function connectionsOf(client: Client, { maxConnections }: ExamineOptions): Promise<Finding> {
  const { rows } = await client.query<Connections>(CONNECTIONS, [NODE_LOCKS])
  const [{ most, used, gateways } = { most: 0, used: 0, gateways: 0 }] = rows
  const needed = maxConnections + OWN_CONNECTIONS
  // This connection does not count as used. The server may count others for a moment too long, or not yet.
  const free = Math.min(most, Math.max(0, most - used + 1))
  const detail = {
    en: `${free} of ${most} are free; a gateway takes up to ${needed}; ${gateways} run`,
    zh: `${most} 个连接中有 ${free} 个空闲，每个网关最多使用 ${needed} 个；正在运行 ${gateways} 个网关`,
  }
  if (free >= needed) return { step: "connections", state: "ok", detail }
  return {
    step: "connections",
    // Running gateways already have their connections.
    state: gateways > 0 ? "warning" : "failed",
    detail,
    hint: MORE_CONNECTIONS,
  }
}

async function masterKeyOf(client: Client, masterKey: Uint8Array, database: string): Promise<Finding> {
  const { rows } = await client.query<{ value: string }>(
    `select value from ${SCHEMA}.meta where name = 'master_key_check'`,
  )
  const [row] = rows
  const refusal = await refused("master_key", () => {
    // A damaged key check is written anew at the next start.
    if (row !== undefined) opensKeyCheck(new SecretBox(masterKey), row.value, database)
  })
  return (
    refusal ?? {
      step: "master_key",
      state: "ok",
      detail: { en: "the one that the secrets are encrypted with", zh: "与加密 Secret 时使用的一致" },
    }
  )
}

interface Connections {
  /** The limit for this user in this database. */
  readonly most: number
  readonly used: number
  readonly gateways: number
}

/** The narrowest of the limits of server, role and database, each with its present use. */
const CONNECTIONS = `with limits (most, used) as (
    select current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer,
      (select sum(numbackends)::integer from pg_stat_database)
    union all
    select rolconnlimit, (select count(*)::integer from pg_stat_activity where usename = current_user)
      from pg_roles where rolname = current_user and rolconnlimit >= 0
    union all
    select datconnlimit, (select numbackends from pg_stat_database where datname = current_database())
      from pg_database where datname = current_database() and datconnlimit >= 0
  )
  select most, used, (select count(*)::integer from pg_locks where locktype = 'advisory'
      and classid = $1::bigint::oid and objsubid = 2 and granted
      and database = (select oid from pg_database where datname = current_database())) as gateways
  from limits order by most - used limit 1`
/** The session's connection, and those of the jobs. */
const OWN_CONNECTIONS = 5
const CLOCK_WARNING_S = 5
const CLOCK_FAILURE_S = 60
