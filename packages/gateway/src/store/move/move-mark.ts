import { parseOwn } from "../row.ts"
import { StartRefusal } from "../../model/start-refusal.ts"
import type { Cell } from "./moved-tables.ts"

/** Stored in `meta` of both databases of a move, as JSON, under this name. */
export const MOVE_MARK = "move"

export interface MoveMark {
  readonly role: "source" | "target"
  readonly state: "moving" | "moved"
  /** The move's id, the same on both sides. */
  readonly id: string
  /** The other database, without secrets. */
  readonly other: string
  /** What an unfinished target already contains. */
  readonly done?: Written
}

interface Written {
  /** The target contains the rows of this table up to this key, and all tables before it. */
  readonly table: string
  readonly after: readonly Cell[]
}

export function parseMark(json: string): MoveMark {
  return parseOwn<MoveMark>(json)
}

/** Why no gateway starts on a database with this mark; undefined when one may. @param database as a command names it */
export function refusalOfMark(mark: MoveMark, database: string): StartRefusal | undefined {
  if (mark.role === "target") return mark.state === "moving" ? halfMoved(mark, database) : undefined
  return mark.state === "moving" ? moveBegun(mark, database) : movedAway(mark, database)
}

function halfMoved({ other }: MoveMark, database: string): StartRefusal {
  const command = `wecom-push move --from ${other} --to ${database}`
  return new StartRefusal("move_unfinished", {
    problem: {
      en: `${database} holds only a part of what is moved to it from ${other}.`,
      zh: `从 ${other} 迁移到 ${database} 的数据尚不完整。`,
    },
    hint: { en: `Go on with: ${command}`, zh: `请继续执行：${command}` },
  })
}

function moveBegun({ other }: MoveMark, database: string): StartRefusal {
  const command = `wecom-push move --from ${database} --to ${other}`
  const giveUp = `wecom-push move --from ${database} --give-up`
  return new StartRefusal("move_unfinished", {
    problem: {
      en: `${database} is being moved to ${other}, and not all of it is there yet.`,
      zh: `${database} 正在迁移到 ${other}，尚未完成。`,
    },
    hint: {
      en: `Go on with: ${command} — or give the move up, and use this one: ${giveUp}`,
      zh: `请继续执行：${command}；或放弃迁移、继续使用本库：${giveUp}`,
    },
  })
}

function movedAway({ other }: MoveMark, database: string): StartRefusal {
  return new StartRefusal("moved_away", {
    problem: {
      en: `${database} has been moved to ${other}; what is unfinished here is sent from there.`,
      zh: `${database} 已迁移到 ${other}，其中未完成的消息由新库发送。`,
    },
    hint: {
      en: "Start the gateway on that one. To use this one all the same: serve --after-restore, which sends nothing again that was due before.",
      zh: "请用新库启动网关。如确需使用本库，请加 --after-restore 启动：此前到期而未完成的消息不会自动重发。",
    },
  })
}

/** The texts of a move's refusals. Databases are named without secrets. */
export const moveRefusals = {
  sameKind: () =>
    new StartRefusal("bad_move", {
      problem: {
        en: "A move goes from SQLite to PostgreSQL, or back.",
        zh: "迁移只能在 SQLite 与 PostgreSQL 之间进行。",
      },
      hint: {
        en: "A database of SQLite is copied with `wecom-push backup`, one of PostgreSQL with pg_dump and pg_restore.",
        zh: "复制 SQLite 数据库请用 wecom-push backup，复制 PostgreSQL 数据库请用 pg_dump 和 pg_restore。",
      },
    }),
  targetInUse: (target: string) =>
    new StartRefusal("target_in_use", {
      problem: {
        en: `${target} is not empty: it has apps, keys, messages or other data of a gateway.`,
        zh: `${target} 不是空库：其中已有应用、密钥、消息或网关的其他数据。`,
      },
      hint: {
        en: "Name a new file, or a new database (CREATE DATABASE …).",
        zh: "请指定新的文件或新建的数据库（CREATE DATABASE …）。",
      },
    }),
  targetOfAnother: (target: string, mark: MoveMark) =>
    new StartRefusal("target_in_use", {
      problem: {
        en: `${target} holds a part of another move, from ${mark.other}, or of one that was given up.`,
        zh: `${target} 中是另一次迁移（来自 ${mark.other}）的部分数据，或是已放弃的迁移留下的。`,
      },
      hint: {
        en: "Go on with that move, or delete this database and name a new one.",
        zh: "请继续那次迁移，或删除该数据库后另建新库。",
      },
    }),
  nodesAlive: (database: string) =>
    new StartRefusal("locked", {
      problem: { en: `A gateway works on ${database}.`, zh: `有网关正在使用 ${database}。` },
      hint: {
        en: "Stop every gateway on it, and run this again.",
        zh: "请停止使用它的所有网关后重试。",
      },
    }),
  notBeingMoved: (database: string) =>
    new StartRefusal("bad_move", {
      problem: { en: `No unfinished move of ${database} is known there.`, zh: `${database} 没有未完成的迁移。` },
      hint: {
        en: "A move that is complete is undone by a move back, to a new database.",
        zh: "已完成的迁移如需撤销，请再迁移回一个新库。",
      },
    }),
}
