import type { Finding } from "../finding.ts"
import { DEAD_ROWS } from "./dead-rows.ts"
import type { DeadRows } from "./dead-rows.ts"

/**
 * Finds a transaction that keeps PostgreSQL from clearing deleted rows away: a dump that takes hours, or a forgotten
 * session.
 */
export async function deadRowsOf(client: Asked, user: string): Promise<Finding> {
  const { rows } = await client.query(DEAD_ROWS)
  const { dead = 0, live = 0, oldestSnapshotSeconds: seconds = 0, holder, ending, seesAll = true } = rows[0] ?? {}
  const minutes = Math.floor(seconds / 60)
  const unseen = seesAll
    ? { en: "", zh: "" }
    : {
        en: `; ${user} sees its own sessions only (GRANT pg_read_all_stats TO ${user} shows all)`,
        zh: `；${user} 只能看到自己的会话（执行 GRANT pg_read_all_stats TO ${user} 后可看到全部）`,
      }
  if (minutes < LONG_SNAPSHOT_MINUTES || holder === undefined || holder === null) {
    return {
      step: "dead_rows",
      state: "ok",
      detail: {
        en: `${dead} dead rows beside ${live}; no transaction is open for long${unseen.en}`,
        zh: `死元组 ${dead}，存活 ${live}；没有长时间打开的事务${unseen.zh}`,
      },
    }
  }
  return {
    step: "dead_rows",
    state: "warning",
    detail: {
      en: `${dead} dead rows beside ${live}; a transaction has been open for ${minutes} min, and none of what was deleted since is cleared away: ${holder}${unseen.en}`,
      zh: `死元组 ${dead}，存活 ${live}；有事务已打开 ${minutes} 分钟，其间删除的行都无法清理：${holder}${unseen.zh}`,
    },
    hint: {
      en: `If it is no dump that is meant to run for so long, end it: ${ending}`,
      zh: `若不是预期会运行这么久的备份，请结束它：${ending}`,
    },
  }
}

interface Asked {
  query(statement: string): Promise<{ readonly rows: readonly Partial<DeadRows>[] }>
}

const LONG_SNAPSHOT_MINUTES = 30
