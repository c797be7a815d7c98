import { storableText } from "@wecom-push/protocol"
import { sql } from "kysely"
import type { AuditTables } from "../cold/audit.ts"
import { query } from "../cold/work.ts"
import type { Row } from "../row.ts"
import type { Transactions } from "./transactions.ts"

export function auditTables(transactions: Transactions): AuditTables {
  return {
    *append(entries) {
      const rows = entries.map(({ at, actor, from, action, target, detail, apps }, index) => ({
        nth: index + 1,
        at,
        actor: storableText(actor),
        peer: from === undefined ? null : storableText(from),
        action,
        target: target === undefined ? null : storableText(target),
        detail: JSON.stringify(detail),
        apps: apps === "all" ? null : apps,
      }))
      // The transaction that has locked the extent gives the next numbers; no other does before its commit.
      yield* query`with extent as (
          update wecom_push.audit_extent set last_id = last_id + ${rows.length} returning last_id - ${rows.length} as before
        )
        insert into wecom_push.audit (id, at, actor, peer, action, target, detail, apps)
        select before + nth, at, actor, peer, action, target, detail, apps
        from extent, json_to_recordset(${JSON.stringify(rows)}::json) as entry(
          nth integer, at bigint, actor text, peer text, action text, target text, detail text, apps text[]
        )`
    },
    *extent(find) {
      return yield* find`select last_id - deleted_to as entries, deleted_to as deleted, deleted_until as until
        from wecom_push.audit_extent`
    },
    *noteDeleted({ lastId, until }) {
      yield* query`update wecom_push.audit_extent
        set deleted_to = ${lastId}, deleted_until = greatest(deleted_until, ${until})`
    },
    about: (apps, before, limit) =>
      transactions.read(async (db) => {
        const { rows } = await sql<Row>`select * from wecom_push.audit
          where id < ${before} and apps <@ ${apps}::text[] order by id desc limit ${limit}`.execute(db)
        return rows
      }),
  }
}
