// Writes docs/states.md and docs/states.zh-CN.md from the rule book; with --check only says whether they are up to date.
import { readFile, writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import type { Language } from "@wecom-push/protocol"
import {
  DELAY_REASONS,
  explainDelay,
  MESSAGE_STATE_TEXTS,
  REASONS,
  RECIPIENT_STATE_TEXTS,
} from "@wecom-push/protocol/delivery"
import type { StateTexts } from "@wecom-push/protocol/delivery"

const words = {
  en: {
    title: "# States and reasons",
    other: "[中文](states.zh-CN.md)",
    intro:
      "`npm run docs:errors` writes this page from the rule book in `packages/protocol/src/delivery`; do not edit it by hand.\nCommand, SDK and API use the same texts.",
    recipients: "## States of a recipient\n\nAll but `pending` are final.",
    messages: "## States of a message\n\nThey follow from the states of its recipients.",
    reasons:
      "## Why a recipient did not get it\n\nIn a text sent in parts, `part_2_of_3_…` before the reason means that the earlier parts arrived.",
    delays: "## Why a recipient is pending",
    state: "| state | word | meaning |\n| --- | --- | --- |",
    reason: "| reason | meaning |\n| --- | --- |",
  },
  zh: {
    title: "# 状态与原因",
    other: "[English](states.md)",
    intro:
      "本页由 `npm run docs:errors` 根据 `packages/protocol/src/delivery` 中的表生成，请勿手工修改。命令行、SDK 和接口的说明取自同样的表。",
    recipients: "## 接收人的状态\n\n除 `pending` 以外都是最终状态。",
    messages: "## 消息的状态\n\n由接收人的状态得出。",
    reasons: "## 接收人为什么没有收到\n\n文本拆成多条发送时，前面加 `part_2_of_3_…` 表示之前的几条已经发出。",
    delays: "## 接收人为什么在等待",
    state: "| 状态 | 名称 | 含义 |\n| --- | --- | --- |",
    reason: "| 原因 | 含义 |\n| --- | --- |",
  },
} as const

const stale: string[] = []
for (const [path, text] of Object.entries({ "docs/states.md": page("en"), "docs/states.zh-CN.md": page("zh") })) {
  const file = resolve(import.meta.dirname, "..", path)
  if (!process.argv.includes("--check")) await writeFile(file, text)
  else if ((await readFile(file, "utf8")) !== text) stale.push(path)
}
if (stale.length > 0) {
  console.error(`${stale.join(" and ")} no longer say what the rule book says; run: npm run docs:errors`)
  process.exitCode = 1
}

function page(language: Language): string {
  const { title, other, intro, recipients, messages, reasons, delays, state, reason } = words[language]
  const states = (texts: Readonly<Record<string, StateTexts>>): string =>
    [
      state,
      ...Object.entries(texts).map(([name, { word, meaning }]) => row(name, word[language], meaning[language])),
    ].join("\n")
  const sentences = [reason, ...Object.entries(REASONS).map(([name, texts]) => row(name, texts[language]))].join("\n")
  const waits = [reason, ...DELAY_REASONS.map((name) => row(name, explainDelay(name)[language]))].join("\n")
  const sections = [
    [recipients, states(RECIPIENT_STATE_TEXTS)],
    [messages, states(MESSAGE_STATE_TEXTS)],
    [reasons, sentences],
    [delays, waits],
  ].map((section) => section.join("\n\n"))
  return `${[title, other, intro, ...sections].join("\n\n")}\n`
}

function row(name: string, ...cells: readonly string[]): string {
  return `| \`${name}\` | ${cells.map((text) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;")).join(" | ")} |`
}
