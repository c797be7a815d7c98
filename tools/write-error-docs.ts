// Writes docs/errors.md and docs/errors.zh-CN.md from the catalogue; with --check only says whether they are up to date.
import { readFile, writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import { errcodeEntries, type ErrcodeEntry, type Language } from "@wecom-push/protocol"

const words = {
  en: {
    title: "# WeCom's error codes that concern sending messages",
    other: "[中文](errors.zh-CN.md)",
    intro: [
      "Made from the catalogue in `packages/protocol` by `npm run docs:errors`; do not edit by hand. For any code, also one",
      "that is not here: `npx wecom-push doctor --code 60020`. The official list is WeCom document",
      "[90313](https://developer.work.weixin.qq.com/document/path/90313).",
    ].join("\n"),
    head: "| code | name | meaning | what to do |\n| ---: | --- | --- | --- |",
    classes: {
      token: "Token: a new one is fetched once and the call repeated once",
      transient: "Transient: repeated with growing pauses, -1 at most three times",
      throttled: "Throttled: nothing is asked until the window is over",
      recipient: "Recipient: reported for that person, the others go on",
      configuration: "Configuration: an operator has to change a setting",
      request: "Request: the message or the call is at fault; never repeated",
    },
  },
  zh: {
    title: "# 与消息推送有关的企业微信错误码",
    other: "[English](errors.md)",
    intro: [
      "本页由 `npm run docs:errors` 根据 `packages/protocol` 中的错误码目录生成，请勿手工修改。查询任意错误码（包括未收录的）：",
      "`npx wecom-push doctor --code 60020`。官方列表见企业微信文档",
      "[90313](https://developer.work.weixin.qq.com/document/path/90313)。",
    ].join("\n"),
    head: "| 错误码 | 名称 | 含义 | 处理办法 |\n| ---: | --- | --- | --- |",
    classes: {
      token: "令牌类：重新获取一次令牌并重试一次",
      transient: "暂时性：间隔逐次加长地重试，-1 最多三次",
      throttled: "频率限制：限制窗口结束之前不再请求",
      recipient: "接收人：只影响这个人，其他人照常发送",
      configuration: "配置：需要管理员修改设置",
      request: "请求：消息或调用本身有问题，不会重试",
    },
  },
} as const

const pages = { "docs/errors.md": page("en"), "docs/errors.zh-CN.md": page("zh") }
const stale: string[] = []
for (const [path, text] of Object.entries(pages)) {
  const file = resolve(import.meta.dirname, "..", path)
  if (!process.argv.includes("--check")) await writeFile(file, text)
  else if ((await readFile(file, "utf8")) !== text) stale.push(path)
}
if (stale.length > 0) {
  console.error(`${stale.join(" and ")} no longer say what the catalogue says; run: npm run docs:errors`)
  process.exitCode = 1
}

function page(language: Language): string {
  const { title, other, intro, head, classes } = words[language]
  const entries = errcodeEntries()
  const sections = Object.entries(classes).map(([name, heading]) => {
    const rows = entries.filter((entry) => entry.class === name).toSorted((a, b) => a.errcode - b.errcode)
    return `## ${heading}\n\n${head}\n${rows.map((entry) => row(entry, language)).join("\n")}`
  })
  return [title, other, intro, ...sections].join("\n\n") + "\n"
}

function row({ errcode, name, meaning, todo }: ErrcodeEntry, language: Language): string {
  return `| ${errcode} | \`${name}\` | ${cell(meaning[language])} | ${cell(todo[language])} |`
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;")
}
