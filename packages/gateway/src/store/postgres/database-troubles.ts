import type { Bilingual } from "@wecom-push/protocol"
import type { StorageErrorCode } from "../../model/storage-error.ts"

/** The meaning of an error of PostgreSQL. Callers always get 503 with the code and a `Retry-After`. */
export interface DatabaseTrouble {
  /** SQLSTATEs of five characters, or the first two of a whole class. */
  readonly states: readonly string[]
  readonly code: StorageErrorCode
  /**
   * `waiting`: it passes by itself. `operator`: it lasts until an operator changes something in the database or the
   * address. `change`: the change itself causes it, so that the rest of a batch is done without it.
   */
  readonly mendedBy: "waiting" | "operator" | "change"
  readonly meaning: Bilingual
}

/**
 * A whole SQLSTATE counts before its class; docs/database-errors.md is generated from this table. Source: appendix A of
 * PostgreSQL's manual.
 */
export const DATABASE_TROUBLES: readonly DatabaseTrouble[] = [
  {
    states: ["53100", "53000"],
    code: "storage_full",
    mendedBy: "operator",
    meaning: { en: "The disk is full, or a limit of the system is reached.", zh: "磁盘已满，或达到系统限制。" },
  },
  {
    states: ["53300"],
    code: "storage_busy",
    mendedBy: "waiting",
    meaning: { en: "All connections of the server are in use.", zh: "数据库服务器的连接数已满。" },
  },
  {
    states: ["57014"],
    code: "storage_busy",
    mendedBy: "waiting",
    meaning: {
      en: "A statement took longer than it may, or an operator ended it.",
      zh: "语句执行超时，或被管理员取消。",
    },
  },
  {
    states: ["40001", "40P01", "55P03"],
    code: "storage_busy",
    mendedBy: "waiting",
    meaning: {
      en: "Another transaction holds what this one needs, after several tries.",
      zh: "多次尝试后，所需数据仍被其他事务占用。",
    },
  },
  {
    states: ["08", "57", "58", "53", "55", "XX", "F0", "72"],
    code: "storage_error",
    mendedBy: "waiting",
    meaning: {
      en: "The server is stopping or starting, is out of memory, or had an internal error; or the connection is broken.",
      zh: "服务器正在关闭或启动、内存不足、内部出错，或连接已断开。",
    },
  },
  {
    states: ["25"],
    code: "storage_error",
    mendedBy: "waiting",
    meaning: {
      en: "The server is read-only, as a standby is, or closed an idle transaction.",
      zh: "服务器处于只读状态（如备库），或终止了停滞的事务。",
    },
  },
  {
    states: ["28", "0L", "0P"],
    code: "storage_error",
    mendedBy: "operator",
    meaning: {
      en: "The login is refused: password changed, role without LOGIN, or pg_hba.conf.",
      zh: "登录被拒绝：密码已更改、角色没有 LOGIN 权限，或 pg_hba.conf 不允许。",
    },
  },
  {
    states: ["3D"],
    code: "storage_error",
    mendedBy: "operator",
    meaning: { en: "The database does not exist.", zh: "数据库不存在。" },
  },
  {
    states: ["42501"],
    code: "storage_error",
    mendedBy: "operator",
    meaning: { en: "The role lacks a right.", zh: "角色缺少所需权限。" },
  },
  {
    states: ["3F", "42P01", "42703", "42883", "42704"],
    code: "storage_error",
    mendedBy: "operator",
    meaning: {
      en: "A schema, table, column or function is missing: it was renamed or deleted, or the search path has changed.",
      zh: "模式、表、列或函数不存在：已被改名或删除，或搜索路径已更改。",
    },
  },
  {
    states: ["0A", "26"],
    code: "storage_error",
    mendedBy: "waiting",
    meaning: {
      en: "A prepared statement is out of date, or a pooler has lost it.",
      zh: "预处理语句已过期，或被连接池丢弃。",
    },
  },
  {
    states: ["20", "21", "22", "23", "24", "2D", "34", "3B", "42", "44", "54", "P0"],
    code: "storage_error",
    mendedBy: "change",
    meaning: {
      en: "The database does not take this change. Please report it, with the log.",
      zh: "数据库不接受这一更改。请连同日志反馈给我们。",
    },
  },
]

/** The trouble of a state that the table does not name. */
const UNKNOWN: Omit<DatabaseTrouble, "states" | "meaning"> = { code: "storage_error", mendedBy: "operator" }

/** The meaning of errors without an SQLSTATE. */
const NO_CONNECTION: Bilingual = {
  en: "The database server cannot be reached, its certificate is not trusted, or the connection is broken.",
  zh: "无法连接数据库服务器、其证书不受信任，或连接已断开。",
}

/** The meaning for users; undefined where the table does not name the state. */
export function meaningOf(state: string | undefined): Bilingual | undefined {
  if (state === undefined) return NO_CONNECTION
  return (rowOf(state) ?? rowOf(state.slice(0, 2)))?.meaning
}

/** @param state SQLSTATE, as in `53300` */
export function troubleOf(state: string): Omit<DatabaseTrouble, "states" | "meaning"> {
  return rowOf(state) ?? rowOf(state.slice(0, 2)) ?? UNKNOWN
}

function rowOf(stateOrClass: string): DatabaseTrouble | undefined {
  return DATABASE_TROUBLES.find(({ states }) => states.includes(stateOrClass))
}
