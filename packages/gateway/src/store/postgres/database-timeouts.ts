import type { StorageErrorCode } from "../../model/storage-error.ts"

/** How long the gateway waits for the database, and what a caller gets after that. */
export interface DatabaseTimeout {
  readonly ms: number
  readonly code: StorageErrorCode
  readonly meaning: { readonly en: string; readonly zh: string }
}

/**
 * docs/database-errors.md is generated from this table. A caller gets an answer within 10 s, whatever the database
 * does.
 */
export const DATABASE_TIMEOUTS = {
  connect: {
    ms: 5000,
    code: "storage_error",
    meaning: { en: "for a connection, new or free", zh: "等待建立新连接或空闲连接" },
  },
  statement: {
    ms: 7000,
    code: "storage_busy",
    meaning: {
      en: "for a statement; the server ends it (57014), and nothing of its change is kept",
      zh: "单条语句；到时由服务器取消（57014），该更改不保留",
    },
  },
  betweenStatements: {
    ms: 3000,
    code: "storage_error",
    meaning: {
      en: "between two statements of a transaction; the server ends the connection (25P03)",
      zh: "事务中两条语句之间；到时由服务器断开连接（25P03）",
    },
  },
  silence: {
    ms: 8500,
    code: "storage_error",
    meaning: {
      en: "without any data from the server while it runs a statement; the gateway closes the connection",
      zh: "语句执行期间服务器没有任何响应；到时由网关断开连接",
    },
  },
  session: {
    ms: 5000,
    code: "storage_error",
    meaning: {
      en: "for an answer on the connection that shows that a gateway is alive; the gateway connects again, and others may take over its work meanwhile",
      zh: "用于表明网关在线的连接上的一次应答；到时重新建立该连接，期间其他网关可能接管其工作",
    },
  },
} as const satisfies Readonly<Record<string, DatabaseTimeout>>
