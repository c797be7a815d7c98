import { dirname } from "node:path"
import type { Bilingual } from "@wecom-push/protocol"
import { StartRefusal } from "../../model/start-refusal.ts"

/** Why a start on `file` is refused, in words. */
export const refusals = {
  locked: (file: string, pid: number | undefined) =>
    new StartRefusal("locked", {
      problem: {
        en: `Another gateway${pid === undefined ? "" : ` (process ${pid})`} is running on ${file}.`,
        zh: `${file} 正被另一个网关${pid === undefined ? "" : `（进程 ${pid}）`}使用。`,
      },
      hint: {
        en: `One file serves one gateway: stop the other${pid === undefined ? "" : ` (kill ${pid})`}, or give this one a file of its own with WECOM_PUSH_DATABASE_URL=sqlite:PATH.`,
        zh: `一个文件只能由一个网关使用：请停止另一个${pid === undefined ? "" : `（kill ${pid}）`}，或通过 WECOM_PUSH_DATABASE_URL=sqlite:路径 为这个网关指定另一个文件。`,
      },
    }),
  noFolder: (folder: string) =>
    new StartRefusal("no_folder", {
      problem: { en: `The folder ${folder} does not exist.`, zh: `目录 ${folder} 不存在。` },
      hint: { en: "Create it, or correct the path of the database.", zh: "请先创建该目录，或更正数据库路径。" },
    }),
  isFolder: (file: string) =>
    new StartRefusal("not_a_database", {
      problem: { en: `${file} is a folder.`, zh: `${file} 是目录。` },
      hint: {
        en: `Name a file in it, as in sqlite:${file}/wecom-push.db.`,
        zh: `请指定其中的文件，例如 sqlite:${file}/wecom-push.db。`,
      },
    }),
  readOnly: (file: string, cause: unknown) =>
    new StartRefusal("read_only", {
      problem: { en: `${file} or its folder cannot be written.`, zh: `${file} 或其所在目录不可写。` },
      hint: {
        en: "Give the gateway's user write access to the folder and to the files in it; SQLite keeps its log beside the database.",
        zh: "请让网关的运行用户对该目录及其中的文件有写权限；SQLite 的日志与数据库放在同一目录。",
      },
      cause,
    }),
  networkFolder: (folder: string, kind: string) =>
    new StartRefusal("network_folder", {
      problem: { en: `${folder} is network storage (${kind}).`, zh: `${folder} 位于网络存储（${kind}）上。` },
      hint: {
        en: "SQLite's log needs a local disk: there, locks and syncs hold what they promise. Move the database to one.",
        zh: "SQLite 的日志需要本地磁盘，网络存储上的锁和落盘并不可靠。请把数据库移到本地磁盘。",
      },
    }),
  notADatabase: (file: string, cause?: unknown) =>
    new StartRefusal("not_a_database", {
      problem: { en: `${file} is not a database of this gateway.`, zh: `${file} 不是本网关的数据库。` },
      // A path that was mistyped leads to a file of another program, which is to stay where it is.
      hint: {
        en: `Leave it as it is if another program made it, and correct the path of the database. Only if the gateway's was there: ${restoreHint(file).en}`,
        zh: `如果它属于其他程序，请保留原样，并更正数据库的路径。只有当这里原本是网关的数据库时：${restoreHint(file).zh}`,
      },
      cause,
    }),
  emptyFile: (file: string) =>
    new StartRefusal("empty_file", {
      problem: {
        en: `${file} is empty, which no gateway leaves behind: its content is lost.`,
        zh: `${file} 是空文件。网关不会留下空文件，说明原有内容已丢失。`,
      },
      hint: restoreHint(file),
    }),
  truncated: (file: string) =>
    new StartRefusal("truncated", {
      problem: { en: `${file} is cut off.`, zh: `${file} 不完整，文件被截断。` },
      hint: restoreHint(file),
    }),
  damaged: (file: string, finding: string, cause?: unknown) =>
    new StartRefusal("damaged", {
      problem: {
        en: `${file} is damaged; integrity_check says: ${finding}.`,
        zh: `${file} 已损坏，integrity_check 结果：${finding}。`,
      },
      hint: restoreHint(file),
      cause,
    }),
  logWithoutDatabase: (file: string) =>
    new StartRefusal("log_without_database", {
      problem: {
        en: `${file} is gone, but its log ${file}-wal is there, and accepted messages may be in it.`,
        zh: `${file} 不见了，但它的日志 ${file}-wal 还在，其中可能有已受理的消息。`,
      },
      hint: {
        en: `Bring ${file} back to where it was. To start with an empty database and give up those messages, move ${file}-wal away.`,
        zh: `请把 ${file} 放回原处。如果确定放弃这些消息、从头开始，请移走 ${file}-wal。`,
      },
    }),
  logOfAnother: (file: string) =>
    new StartRefusal("log_of_another", {
      problem: {
        en: `${file} is a restored backup, but ${file}-wal is the log of the database it replaced.`,
        zh: `${file} 是恢复的备份，但 ${file}-wal 是被替换的旧数据库的日志。`,
      },
      hint: {
        en: `Move ${file}-wal and ${file}-shm away: applied to the backup they would destroy it.`,
        zh: `请移走 ${file}-wal 和 ${file}-shm，否则它们会破坏备份。`,
      },
    }),
  logMissing: (file: string) =>
    new StartRefusal("log_missing", {
      problem: {
        en: `The last gateway on ${file} was cut off, and the log it wrote, ${file}-wal, is missing: accepted messages may be lost.`,
        zh: `上一个使用 ${file} 的网关异常退出，而它写的日志 ${file}-wal 不见了，已受理的消息可能丢失。`,
      },
      hint: {
        en: `Bring ${file}-wal back. If another program has opened and closed the database since, nothing is lost: remove ${file}-lock and start again.`,
        zh: `请找回 ${file}-wal。如果之后有别的程序打开并关闭过这个数据库，则没有丢失：删除 ${file}-lock 后重新启动即可。`,
      },
    }),
  newerSchema: (file: string, version: number, known: number) =>
    new StartRefusal("newer_schema", {
      problem: {
        en: `${file} was written by a newer gateway (schema ${version}, this one knows ${known}).`,
        zh: `${file} 由更新版本的网关写入（结构版本 ${version}，当前版本只支持到 ${known}）。`,
      },
      hint: {
        en: "Start the newer version, or restore a backup from before the upgrade. Nothing was changed.",
        zh: "请使用更新的版本启动，或恢复升级前的备份。未作任何改动。",
      },
    }),
  /** Made before 0.1.0. */
  schemaTooOld: (file: string, version: number) =>
    new StartRefusal("older_schema", {
      problem: {
        en: `${file} was written by a gateway before 0.1.0 (schema ${version}), which this version cannot bring up to date.`,
        zh: `${file} 由 0.1.0 之前的网关写入（结构版本 ${version}），当前版本无法升级。`,
      },
      hint: {
        en: "Start version 0.1.0 on it once (`npx wecom-push@0.1.0 migrate`), then this version. Nothing was changed.",
        zh: "请先用 0.1.0 版本启动一次（npx wecom-push@0.1.0 migrate），再使用当前版本。未作任何改动。",
      },
    }),
  olderSchema: (file: string, version: number, known: number) =>
    new StartRefusal("older_schema", {
      problem: {
        en: `${file} is still as an older gateway left it (schema ${version}, this version writes ${known}).`,
        zh: `${file} 仍是旧版本网关的结构（版本 ${version}，当前版本为 ${known}）。`,
      },
      hint: {
        en: "Start this version of the gateway once, which brings the database up to date, then try again.",
        zh: "请先启动一次当前版本的网关，数据库会随之升级，然后重试。",
      },
    }),
  diskFull: (file: string, cause: unknown) =>
    new StartRefusal("disk_full", {
      problem: {
        en: `The disk is full: ${file} cannot be opened.`,
        zh: `磁盘已满，无法打开 ${file}。`,
      },
      hint: {
        en: `Nothing was changed. Make some megabytes free in ${dirname(file)}, then start again.`,
        zh: `未作任何改动。请在 ${dirname(file)} 中腾出若干兆字节，然后重新启动。`,
      },
      cause,
    }),
  /** @param step that failed, where one had begun */
  migrationFailed: (file: string, step: string | undefined, cause: unknown) =>
    new StartRefusal("migration_failed", {
      problem: {
        en: `The schema of ${file} could not be brought up to date: ${step === undefined ? "" : `step ${step}: `}${cause instanceof Error ? cause.message : String(cause)}.`,
        zh: `${file} 的结构升级失败：${step === undefined ? "" : `步骤 ${step}：`}${cause instanceof Error ? cause.message : String(cause)}。`,
      },
      hint: {
        en: "Nothing was changed: the version that ran before still starts. Remove the cause and start this version again.",
        zh: "数据库未作任何改动，之前的版本仍可启动。请排除原因后重新启动本版本。",
      },
      cause,
    }),
}

function restoreHint(file: string): Bilingual {
  return {
    en: `Restore a backup made with \`wecom-push backup\`: move ${file}, ${file}-wal and ${file}-shm away, then \`cp BACKUP ${file}\` and start again.`,
    zh: `请恢复用 \`wecom-push backup\` 做的备份：移走 ${file}、${file}-wal 和 ${file}-shm，执行 \`cp 备份文件 ${file}\`，再重新启动。`,
  }
}
