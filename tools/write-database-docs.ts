// Writes docs/database-errors.md and docs/database-errors.zh-CN.md from the gateway's tables; with --check only says whether
// they are up to date.
import { readFile, writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import type { Language } from "@wecom-push/protocol"
import { DATABASE_TIMEOUTS } from "../packages/gateway/src/store/postgres/database-timeouts.ts"
import { DATABASE_TROUBLES } from "../packages/gateway/src/store/postgres/database-troubles.ts"

const words = {
  en: {
    title: "# Errors and timeouts of PostgreSQL",
    other: "[中文](database-errors.zh-CN.md)",
    intro:
      "Made from the tables in `packages/gateway/src/store/postgres` by `npm run docs:errors`; do not edit by hand.\n\nWhatever the database says to a running gateway, or the way to it, the caller gets 503 with the code and the meaning below and a\n`Retry-After`, and `/readyz` is 503. The gateway does not end: it asks again until it gets an answer, and then works on by itself. The\nlog has the code, the SQLSTATE and the server's words, once in ten seconds. A certificate that is not trusted, a name that is not\nfound and a connection that is refused or lost have no SQLSTATE: they are `storage_error`.",
    errors:
      "## Errors\n\nTwo characters are all SQLSTATEs that begin with them; five count before two. One that is not here is `storage_error`.",
    error: "| SQLSTATE | what it means | code | ended by |\n| --- | --- | --- | --- |",
    timeouts: "## Timeouts",
    timeout: "| seconds | what is waited for | code |\n| --- | --- | --- |",
    mendedBy: {
      waiting: "waiting",
      operator: "an operator",
      change: "leaving this change out: others of its batch are done",
    },
  },
  zh: {
    title: "# PostgreSQL 的错误与超时",
    other: "[English](database-errors.md)",
    intro:
      "本页由 `npm run docs:errors` 根据 `packages/gateway/src/store/postgres` 中的表生成，请勿手工修改。\n\n网关运行期间，无论数据库或网络返回什么错误，调用方都会收到 503，附下表中的代码、含义和 `Retry-After`，`/readyz` 也返回 503。网关不会退出：它会不断重试，数据库恢复后自动继续工作。日志每十秒记录一次代码、SQLSTATE 和服务器的原文。证书不受信任、域名无法解析、连接被拒绝或断开时没有 SQLSTATE，一律为 `storage_error`。",
    errors: "## 错误\n\n两个字符表示以其开头的所有 SQLSTATE；五个字符的优先。表中没有的为 `storage_error`。",
    error: "| SQLSTATE | 含义 | 代码 | 如何恢复 |\n| --- | --- | --- | --- |",
    timeouts: "## 超时",
    timeout: "| 秒 | 等待什么 | 代码 |\n| --- | --- | --- |",
    mendedBy: { waiting: "等待", operator: "由管理员处理", change: "略过该更改，同批的其他更改照常执行" },
  },
} as const

const stale: string[] = []
for (const [path, text] of Object.entries({
  "docs/database-errors.md": page("en"),
  "docs/database-errors.zh-CN.md": page("zh"),
})) {
  const file = resolve(import.meta.dirname, "..", path)
  if (!process.argv.includes("--check")) await writeFile(file, text)
  else if ((await readFile(file, "utf8")) !== text) stale.push(path)
}
if (stale.length > 0) {
  console.error(`${stale.join(" and ")} no longer say what the tables say; run: npm run docs:errors`)
  process.exitCode = 1
}

function page(language: Language): string {
  const { title, other, intro, errors, error, timeouts, timeout, mendedBy } = words[language]
  const troubles = DATABASE_TROUBLES.map((row) =>
    line(
      row.states.map((state) => `\`${state}\``).join(", "),
      row.meaning[language],
      `\`${row.code}\``,
      mendedBy[row.mendedBy],
    ),
  )
  const limits = Object.values(DATABASE_TIMEOUTS).map(({ ms, meaning, code }) =>
    line(String(ms / 1000), meaning[language], `\`${code}\``),
  )
  return `${[title, other, intro, errors, [error, ...troubles].join("\n"), timeouts, [timeout, ...limits].join("\n")].join("\n\n")}\n`
}

function line(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`
}
