import type { Bilingual } from "@wecom-push/protocol"
import { sayingFrom } from "../saying.ts"
import type { Saying } from "../saying.ts"

/** Texts for the machine on which a gateway runs. */
export const serveTexts = {
  cannotStart: {
    en: "The gateway cannot start; what is wrong ({count}):",
    zh: "网关无法启动（{count} 处问题）。",
  },
  loopbackOnly: {
    en: "“{host}” is open to other machines. With --simulator everyone knows the key, so the gateway listens on this machine only.",
    zh: "“{host}”会对其他机器开放。使用 --simulator 时密钥是公开的，网关只能监听本机。",
  },
  badDatabase: {
    en: "neither of the form sqlite:PATH, as in sqlite:./wecom-push.db, nor postgres://USER:PASSWORD@HOST/DATABASE.",
    zh: "格式应为 sqlite:路径（例如 sqlite:./wecom-push.db）或 postgres://USER:PASSWORD@HOST/DATABASE。",
  },
  gatewayAt: { en: "The gateway", zh: "网关" },
  trialAt: { en: "A gateway to try things out", zh: "试用网关" },
  stopsBy: { en: "Ctrl-C stops it.", zh: "按 Ctrl-C 停止。" },
  address: { en: "address", zh: "地址" },
  docs: { en: "API docs", zh: "接口文档" },
  database: { en: "database", zh: "数据库" },
  apps: { en: "apps", zh: "应用" },
  phones: { en: "phones", zh: "手机" },
  tryIt: { en: "Try it:", zh: "试一试：" },
  tryItWithYourNumber: {
    en: "Try it, with a mobile number of a colleague:",
    zh: "试一试，请换成同事的手机号：",
  },
  andThen: { en: "And then:", zh: "然后：" },
  hello: { en: "hello", zh: "你好" },
  adminKey: { en: "Admin key, shown this once: {key}", zh: "管理密钥，只显示这一次：{key}" },
  trialKey: { en: "Admin key: {key}", zh: "管理密钥：{key}" },
  adminKeyLater: {
    en: "Keep it; `wecom-push keys create --admin` makes another on this machine.",
    zh: "请妥善保存；可在本机用 wecom-push keys create --admin 再建一个。",
  },
  noApp: {
    en: "No app in the environment; `wecom-push apps add NAME` registers one.",
    zh: "环境变量中没有应用，可用 wecom-push apps add 名称 登记。",
  },
  lostFiles: {
    en: "{count} files of this database are not in its bucket. Messages with them fail as `media_missing`; restore the bucket too, or hand the files in again.",
    zh: "该数据库有 {count} 个文件不在存储桶中，包含这些文件的消息会以 media_missing 失败；请同时恢复存储桶，或重新上传这些文件。",
  },
  parked: {
    en: "This database was restored from a backup. {count} messages that may have gone out since are set to in_doubt; `wecom-push retry ID` sends one again.",
    zh: "数据库恢复自备份。有 {count} 条消息可能在备份之后已经发出，已标为存疑；可用 wecom-push retry 编号 重发。",
  },
  stopping: {
    en: "Stopping: what is under way is finished first, for {seconds} s at most.",
    zh: "正在停止：先完成进行中的调用，最多 {seconds} 秒。",
  },
  stopped: {
    en: "Stopped. What is unfinished is sent after the next start.",
    zh: "已停止。未完成的消息会在下次启动后继续。",
  },
  backedUp: { en: "Copied {from} to {to}.", zh: "已将 {from} 备份到 {to}。" },
  keepMasterKey: {
    en: "App secrets in it are encrypted: keep {file} too, in another place.",
    zh: "其中的应用 Secret 是加密的：请另行保存密钥文件 {file}。",
  },
  keepMasterKeyVariable: {
    en: "App secrets in it are encrypted: keep the value of WECOM_PUSH_MASTER_KEY too, in another place.",
    zh: "其中的应用 Secret 是加密的：请另行保存 WECOM_PUSH_MASTER_KEY 的值。",
  },
  backupExists: {
    en: "“{file}” exists already; a backup overwrites nothing.",
    zh: "“{file}”已存在，备份不会覆盖任何文件。",
  },
  backupOfPostgres: {
    en: "{database} is a PostgreSQL database, which is backed up by its own tools.",
    zh: "{database} 是 PostgreSQL 数据库，应使用其自带工具备份。",
  },
  backupOfPostgresHint: {
    en: "pg_dump copies it while gateways run: pg_dump --format=custom --file=FILE URL. Keep WECOM_PUSH_MASTER_KEY too, in another place.",
    zh: "可在网关运行时用 pg_dump 备份：pg_dump --format=custom --file=文件 URL。请另行保存 WECOM_PUSH_MASTER_KEY。",
  },
  isUpToDate: {
    en: "{database} is of this version already (schema {to}).",
    zh: "{database} 已是本版本（结构版本 {to}）。",
  },
  migrating: {
    en: "Step {number} of {of}, {step}: {seconds} s so far.",
    zh: "第 {number}/{of} 步 {step}：已用 {seconds} 秒。",
  },
  migrated: {
    en: "{database} is of this version now (schema {to}, before {from}).",
    zh: "{database} 已升级到本版本（结构版本 {from} → {to}）。",
  },
  wouldMigrate: {
    en: "{database} would be brought from schema {from} to {to}: {steps}. Nothing was changed.",
    zh: "将把 {database} 从结构版本 {from} 升级到 {to}：{steps}。未做任何改动。",
  },
  cannotCheck: {
    en: "The database cannot be checked; what is wrong ({count}):",
    zh: "无法检查数据库（{count} 处问题）。",
  },
  notWithDatabase: { en: "cannot be used with --database; leave it out.", zh: "不能与 --database 同用，请去掉。" },
  cannotMove: {
    en: "The move cannot begin; what is wrong ({count}):",
    zh: "无法开始迁移（{count} 处问题）。",
  },
  moveNeedsBoth: {
    en: "not given, and no WECOM_PUSH_DATABASE_URL is set. Name the database: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE.",
    zh: "未给出，也没有设置 WECOM_PUSH_DATABASE_URL。请指定数据库：sqlite:路径 或 postgres://USER:PASSWORD@HOST/DATABASE。",
  },
  moveCopying: { en: "Copying: {table}, {rows} rows.", zh: "正在复制：{table}，{rows} 行。" },
  moveComparing: { en: "Comparing: {table}, {rows} rows.", zh: "正在比对：{table}，{rows} 行。" },
  moveRow: { en: "{table}  {rows} rows  {digest}", zh: "{table}  {rows} 行  {digest}" },
  moveDone: {
    en: "Moved {from} to {to}: counts and digests of both are the same. Start the gateway with WECOM_PUSH_DATABASE_URL={to}",
    zh: "已将 {from} 迁移到 {to}，两边的行数与摘要一致。请用 WECOM_PUSH_DATABASE_URL={to} 启动网关",
  },
  moveWasDone: {
    en: "{from} has been moved to {to} before; nothing was to be done.",
    zh: "此前已将 {from} 迁移到 {to}，无需再做。",
  },
  moveKeyBeside: {
    en: "App secrets stay encrypted with the same key: set WECOM_PUSH_MASTER_KEY to what is in {file}.",
    zh: "应用 Secret 仍用原来的主密钥加密：请把 WECOM_PUSH_MASTER_KEY 设为 {file} 的内容。",
  },
  moveKeyVariable: {
    en: "App secrets stay encrypted with the same key: keep WECOM_PUSH_MASTER_KEY as it is.",
    zh: "应用 Secret 仍用原来的主密钥加密：请保持 WECOM_PUSH_MASTER_KEY 不变。",
  },
  migrateStopping: {
    en: "Interrupted: stopping when the step that runs now ends. Ctrl-C again ends the command at once; the database stays as it was then too.",
    zh: "已中断：正在执行的步骤结束后停止。再按一次 Ctrl-C 会立即结束命令，数据库同样保持原样。",
  },
  migrateStopped: {
    en: "Interrupted: the steps were undone, and {database} is of schema {from} as before.",
    zh: "已中断：已执行的步骤均已撤销，{database} 仍是结构版本 {from}。",
  },
  migrateStoppedHint: {
    en: "The same command begins again with the first step.",
    zh: "再次执行同一命令会从第一步开始。",
  },
  backupStopping: {
    en: "Interrupted: stopping when the copy that runs now ends. Ctrl-C again ends the command at once and leaves {file}-unfinished, which the same command deletes.",
    zh: "已中断：正在进行的复制结束后停止。再按一次 Ctrl-C 会立即结束命令，并留下 {file}-unfinished；再次执行同一命令会删除它。",
  },
  backupStopped: {
    en: "Interrupted: there is no backup; what had been copied is deleted.",
    zh: "已中断：没有生成备份，已复制的部分已删除。",
  },
  moveInterrupted: {
    en: "The move was interrupted. The same command continues where it was; until then no gateway starts on either database.",
    zh: "迁移被中断。再次执行同一命令即可继续；在此之前两个数据库都不能启动网关。",
  },
  moveCutOff: { en: "The move was cut off: {what}", zh: "迁移中断：{what}" },
  moveAgainHint: {
    en: "The same command continues where it was.",
    zh: "再次执行同一命令即可继续。",
  },
  moveDiffers: {
    en: "The two databases differ after the move: {tables}.",
    zh: "迁移后两边的数据不一致：{tables}。",
  },
  moveDiffersHint: {
    en: "Something has changed one of them meanwhile. Delete {to}, and move to a new database; no gateway starts on either before.",
    zh: "迁移期间有其他程序改动了数据。请删除 {to}，再迁移到新库；在此之前两个数据库都不能启动网关。",
  },
  moveGivenUp: {
    en: "The move of {from} is given up; gateways start on it again. Delete what is in its target.",
    zh: "已放弃 {from} 的迁移，网关可再次使用它。请删除目标库中的数据。",
  },
  backupFailed: { en: "The backup failed: {what}", zh: "备份失败：{what}" },
  backupFailedHint: {
    en: "Name a file in a folder where this user may write, on a disk with room for a copy of the database. Nothing was left there.",
    zh: "请指定当前用户可写、且磁盘空间足够存放数据库副本的位置。没有留下任何文件。",
  },
  backupUnderWay: {
    en: "Another command is making the backup {file} now.",
    zh: "另一个命令正在生成备份 {file}。",
  },
  backupUnderWayHint: {
    en: "Wait until it ends, or name another file.",
    zh: "请等它结束，或指定其他文件。",
  },
  backupFolder: { en: "The folder {folder} does not exist.", zh: "目录 {folder} 不存在。" },
  backupFolderHint: { en: "Create it, or name another file.", zh: "请创建该目录，或指定其他文件。" },
  cannotAsk: { en: "The gateway cannot be asked.", zh: "无法询问网关。" },
  isReady: { en: "The gateway at {url} is ready.", zh: "网关 {url} 已就绪。" },
  isNotReady: { en: "The gateway at {url} is not ready ({what}).", zh: "网关 {url} 未就绪（{what}）。" },
  noDatabase: { en: "There is no database at {file}.", zh: "{file} 没有数据库。" },
  notOurDatabase: { en: "{file} is not a database of this gateway.", zh: "{file} 不是本网关的数据库。" },
  noDatabaseHint: {
    en: "Name it with --database sqlite:PATH or WECOM_PUSH_DATABASE_URL, as the gateway does. A gateway's first start makes it.",
    zh: "请用 --database sqlite:路径 或 WECOM_PUSH_DATABASE_URL 指定，与网关一致。网关首次启动时会创建它。",
  },
  adminKeyMade: {
    en: "A new admin key ({id}) for {file}, shown this once:",
    zh: "{file} 的新管理密钥（{id}），只显示这一次：",
  },
  olderKeysStay: {
    en: "Older keys stay valid; `wecom-push keys` names them, `wecom-push keys revoke ID` ends one.",
    zh: "原有密钥仍然有效；可用 wecom-push keys 查看，用 wecom-push keys revoke 编号 吊销。",
  },
} as const satisfies Record<string, Bilingual>

export const say: Saying<typeof serveTexts> = sayingFrom(serveTexts)
