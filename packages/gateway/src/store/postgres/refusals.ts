import { StartRefusal } from "../../model/start-refusal.ts"
import { sqlState } from "./classify-error.ts"
import type { TlsRefusal } from "./database-tls.ts"

/** A connection that holds a lock. */
export interface LockHolder {
  /** The id of the server's process. */
  readonly pid: number
  /** The address of its client. */
  readonly address: string
  /** For how long it has been connected. */
  readonly seconds: number
}

/** The texts of refused starts on a PostgreSQL database. `database` as `shownUrl` gives it. */
export const refusals = {
  /** @param seconds 0: it was tried once */
  unreachable: (database: string, seconds: number, why: string, cause: unknown) =>
    new StartRefusal("unreachable", {
      problem:
        seconds === 0
          ? { en: `The database ${database} cannot be reached: ${why}.`, zh: `无法连接数据库 ${database}：${why}。` }
          : {
              en: `The database ${database} cannot be reached, tried for ${seconds} s: ${why}.`,
              zh: `在 ${seconds} 秒内无法连接数据库 ${database}：${why}。`,
            },
      hint: sqlState(cause) === TOO_MANY_CONNECTIONS ? MORE_CONNECTIONS : seconds === 0 ? REACH_NOW : REACH_IT,
      cause,
    }),
  loginRefused: (database: string, why: string, cause: unknown) =>
    new StartRefusal("login_refused", {
      problem: {
        en: `PostgreSQL does not let the gateway into ${database}: ${why}.`,
        zh: `PostgreSQL 拒绝网关连接 ${database}：${why}。`,
      },
      hint: {
        en: "Correct user, password or database in WECOM_PUSH_DATABASE_URL, or create them: CREATE ROLE … LOGIN, CREATE DATABASE … OWNER ….",
        zh: "请更正 WECOM_PUSH_DATABASE_URL 中的用户、密码或数据库，或先创建它们：CREATE ROLE … LOGIN、CREATE DATABASE … OWNER …。",
      },
      cause,
    }),
  unsafe: (database: string, { problem }: TlsRefusal) =>
    new StartRefusal("unsafe_address", {
      problem: {
        en: `The address ${database} cannot be used: ${problem.en}`,
        zh: `无法使用地址 ${database}：${problem.zh}`,
      },
      hint: { en: "Nothing was sent there.", zh: "未向该地址发送任何内容。" },
    }),
  notTrusted: (database: string, why: string, cause: unknown) =>
    new StartRefusal("not_trusted", {
      problem: {
        en: `No safe connection to ${database}, so that not even the password was sent: ${why}.`,
        zh: `无法与 ${database} 建立安全连接，因此未发送密码等任何内容：${why}。`,
      },
      hint: {
        en: "Where the certificate is of a root of your own, name the root's file in WECOM_PUSH_DATABASE_URL with sslrootcert=FILE; write the host as the certificate has it; a server without TLS needs sslmode=disable. The check cannot be switched off.",
        zh: "证书由自建根证书签发的，请在 WECOM_PUSH_DATABASE_URL 中用 sslrootcert=文件 指定根证书；主机名须与证书一致；服务器未启用 TLS 的，请写 sslmode=disable。证书校验不能关闭。",
      },
      cause,
    }),
  serverTooOld: (database: string, version: string) =>
    new StartRefusal("server_too_old", {
      problem: {
        en: `${database} is PostgreSQL ${version}; the gateway needs ${OLDEST_SERVER} or newer.`,
        zh: `${database} 是 PostgreSQL ${version}，网关需要 ${OLDEST_SERVER} 或更新的版本。`,
      },
      hint: { en: "Upgrade the server, or name another.", zh: "请升级数据库服务器，或改用其他服务器。" },
    }),
  notUtf8: (database: string, encoding: string) =>
    new StartRefusal("not_utf8", {
      problem: {
        en: `${database} stores text as ${encoding}, which lacks Chinese characters or emoji; the gateway needs UTF8.`,
        zh: `${database} 的编码是 ${encoding}，无法保存全部中文或表情符号；网关需要 UTF8。`,
      },
      hint: {
        en: "Make a database of that encoding and name it in WECOM_PUSH_DATABASE_URL: CREATE DATABASE wecom_push OWNER … ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0. Nothing was changed.",
        zh: "请新建 UTF8 编码的数据库，并在 WECOM_PUSH_DATABASE_URL 中指定：CREATE DATABASE wecom_push OWNER … ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0。未做任何改动。",
      },
    }),
  startHeld: (database: string, seconds: number, holder: LockHolder | undefined) => {
    const pid = holder?.pid ?? "…"
    const en =
      holder === undefined ? "" : ` (process ${pid} of the server, from ${holder.address}, for ${holder.seconds} s)`
    const zh = holder === undefined ? "" : `（数据库进程 ${pid}，来自 ${holder.address}，已 ${holder.seconds} 秒）`
    return new StartRefusal("start_held", {
      problem: {
        en: `Another gateway${en} is starting on ${database} and did not finish within ${seconds} s. It may be frozen.`,
        zh: `另一个网关${zh}正在 ${database} 上启动，${seconds} 秒内没有完成，可能已停止响应。`,
      },
      hint: {
        en: `Wait if it is upgrading large tables; else stop that gateway, or end its connection: SELECT pg_terminate_backend(${pid}). WECOM_PUSH_DATABASE_WAIT_SECONDS says how long to wait.`,
        zh: `如果它在升级大表，请等待；否则停止该网关，或断开其连接：SELECT pg_terminate_backend(${pid})。等待时长由 WECOM_PUSH_DATABASE_WAIT_SECONDS 设置。`,
      },
    })
  },
  readOnly: (database: string) =>
    new StartRefusal("read_only", {
      problem: {
        en: `${database} cannot be written: the server is a standby, or its transactions are read-only.`,
        zh: `${database} 不可写：该服务器是备库，或其事务被设为只读。`,
      },
      hint: {
        en: "Name the primary server in WECOM_PUSH_DATABASE_URL, or unset default_transaction_read_only.",
        zh: "请在 WECOM_PUSH_DATABASE_URL 中指定主库，或取消 default_transaction_read_only。",
      },
    }),
  noRights: (database: string, user: string, cause?: unknown) =>
    new StartRefusal("no_rights", {
      problem: {
        en: `The user ${user} may not create or use the gateway's tables in ${database}.`,
        zh: `用户 ${user} 无权在 ${database} 中创建或使用网关的表。`,
      },
      hint: {
        en: `As the owner of the database: GRANT CREATE ON DATABASE … TO ${user}; tables that another user made: REASSIGN OWNED BY … TO ${user}.`,
        zh: `请由数据库所有者执行 GRANT CREATE ON DATABASE … TO ${user}；若表由其他用户创建，执行 REASSIGN OWNED BY … TO ${user}。`,
      },
      cause,
    }),
  foreignSchema: (database: string, schema: string) =>
    new StartRefusal("not_a_database", {
      problem: {
        en: `${database} has a schema ${schema} that no gateway made.`,
        zh: `${database} 中已有名为 ${schema} 的模式，但不是由网关创建的。`,
      },
      hint: {
        en: "Give the gateway a database of its own, or rename that schema. Nothing was changed.",
        zh: "请为网关使用单独的数据库，或重命名该模式。未做任何改动。",
      },
    }),
  newerSchema: (database: string, made: number, known: number) =>
    new StartRefusal("newer_schema", {
      problem: {
        en: `${database} was made by a newer version of the gateway (schema ${made}; this one knows ${known}).`,
        zh: `${database} 由更新版本的网关创建（结构版本 ${made}，本版本支持到 ${known}）。`,
      },
      hint: { en: "Start that version. Nothing was changed.", zh: "请使用该版本启动。未做任何改动。" },
    }),
  olderSchema: (database: string, made: number, known: number) =>
    new StartRefusal("older_schema", {
      problem: {
        en: `${database} ${made === 0 ? "has not been used by a gateway yet" : `is of an older version of the gateway (schema ${made}; this one needs ${known})`}.`,
        zh: `${database} ${made === 0 ? "尚未被网关使用过" : `由较旧版本的网关创建（结构版本 ${made}，本版本需要 ${known}）`}。`,
      },
      hint: {
        en: "Start a gateway of this version on it first.",
        zh: "请先用本版本的网关启动一次。",
      },
    }),
  pooled: (database: string) =>
    new StartRefusal("pooled", {
      problem: {
        en: `${database} leads to a pooler in transaction mode, through which no lock of a session lasts: gateways could not tell which of them are alive.`,
        zh: `${database} 经由事务模式的连接池，会话锁无法保持，网关之间无法判断彼此是否在线。`,
      },
      hint: PAST_THE_POOLER,
    }),
  otherDatabase: (database: string, direct: string) =>
    new StartRefusal("pooled", {
      problem: {
        en: `${direct} is not the database that ${database} leads to, or is another server of it.`,
        zh: `${direct} 与 ${database} 不是同一台服务器上的同一个数据库。`,
      },
      hint: {
        en: "Name the database behind the pooler in WECOM_PUSH_DATABASE_DIRECT_URL.",
        zh: "请在 WECOM_PUSH_DATABASE_DIRECT_URL 中填写连接池后面的那个数据库。",
      },
    }),
  restoredInUse: (database: string) =>
    new StartRefusal("locked", {
      problem: {
        en: `A gateway works on ${database}, and may have sent what --after-restore is to hold back.`,
        zh: `有网关正在使用 ${database}，--after-restore 要保留不发的消息可能已被它发出。`,
      },
      hint: {
        en: "Say --after-restore at the first start after a restore only, while no other gateway runs; start the others without it.",
        zh: "--after-restore 只用于恢复后的第一次启动，且此时没有其他网关在运行；其余网关启动时不带该参数。",
      },
    }),
  /** @param why with the step that failed, where one had begun */
  migrationFailed: (database: string, why: string, cause: unknown) =>
    new StartRefusal("migration_failed", {
      problem: {
        en: `The tables in ${database} cannot be brought up to date: ${why}.`,
        zh: `无法更新 ${database} 中的表：${why}。`,
      },
      hint: {
        en: "Nothing was changed: the version before can still start. Correct what is named, or report it.",
        zh: "未做任何改动，之前的版本仍可启动。请处理上述问题，或反馈给我们。",
      },
      cause,
    }),
}

export const OLDEST_SERVER = 13

const TOO_MANY_CONNECTIONS = "53300"

const REACH_NOW = {
  en: "Start PostgreSQL, or correct WECOM_PUSH_DATABASE_URL.",
  zh: "请启动 PostgreSQL，或更正 WECOM_PUSH_DATABASE_URL。",
}

const REACH_IT = {
  en: "Start PostgreSQL, or correct WECOM_PUSH_DATABASE_URL; WECOM_PUSH_DATABASE_WAIT_SECONDS says how long to wait.",
  zh: "请启动 PostgreSQL，或更正 WECOM_PUSH_DATABASE_URL；等待时长由 WECOM_PUSH_DATABASE_WAIT_SECONDS 设置。",
}

export const MORE_CONNECTIONS = {
  en: "Raise max_connections on the server (or the CONNECTION LIMIT of the role or the database), or lower WECOM_PUSH_DATABASE_CONNECTIONS.",
  zh: "请调大服务器的 max_connections（或角色、数据库的 CONNECTION LIMIT），或调小 WECOM_PUSH_DATABASE_CONNECTIONS。",
}

export const PAST_THE_POOLER = {
  en: "Name the server itself, or a pool in session mode, in WECOM_PUSH_DATABASE_DIRECT_URL, for the one connection that needs it; or in WECOM_PUSH_DATABASE_URL for all.",
  zh: "请在 WECOM_PUSH_DATABASE_DIRECT_URL 中填写数据库服务器本身或会话模式的池，供需要它的那个连接使用；或在 WECOM_PUSH_DATABASE_URL 中填写，供全部连接使用。",
}
