// Writes docs/wecom-calls.md and its translation from the sources; with --check only says whether they are up to date.
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import type { Language } from "@wecom-push/protocol"
import { buildProgram } from "../../packages/cli/src/program.ts"
import { WECOM_CALLS, type WeComCall } from "./calls.ts"

const root = resolve(import.meta.dirname, "../..")

interface Source {
  readonly path: string
  readonly text: string
}

const sourcesBelow = (folder: string): readonly Source[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !/(?:^|[\\/])(?:node_modules|dist|testing)[\\/]/.test(name))
    .toSorted()
    .map((name) => ({
      path: `${folder}/${name.replaceAll("\\", "/")}`,
      text: readFileSync(join(root, folder, name), "utf8"),
    }))

const isTest = ({ path }: Source): boolean => path.endsWith(".test.ts")
const simulator = sourcesBelow("packages/simulator/src")
const sdk = sourcesBelow("packages/sdk/src").filter((source) => !isTest(source))
const gateway = sourcesBelow("packages/gateway/src").filter((source) => !isTest(source))
const routes = readFileSync(join(root, "packages/client/src/api.ts"), "utf8")
const commands = new Set(
  buildProgram("en", undefined, { version: "0", columns: 80, write() {}, writeError() {} }).commands.map((one) =>
    one.name(),
  ),
)
const faults: string[] = []

const words = {
  en: {
    title: "# Calls of WeCom's API",
    other: "[中文](wecom-calls.zh-CN.md)",
    intro:
      "Made of `tools/wecom-calls/calls.ts` and of what the sources hold by `npm run docs:calls`; do not edit by hand. The gateway's column\nsays what a program gets that speaks to it in WeCom's words, and the route of its own that does the same. Frames are those of a\nsmart robot's long connection.",
    head: "| call | does | simulator | SDK | command | gateway | test |",
  },
  zh: {
    title: "# 企业微信接口一览",
    other: "[English](wecom-calls.md)",
    intro:
      "本页由 `npm run docs:calls` 根据 `tools/wecom-calls/calls.ts` 和源代码生成，请勿手工修改。网关一栏是按企业微信接口访问网关的程序能\n得到的，以及作用相同的网关自己的接口。frame 是智能机器人长连接中的消息。",
    head: "| 接口 | 作用 | 模拟器 | SDK | 命令 | 网关 | 测试 |",
  },
} as const

const pages = { "docs/wecom-calls.md": page("en"), "docs/wecom-calls.zh-CN.md": page("zh") }
const stale = Object.entries(pages).filter(([path, text]) => {
  const file = join(root, path)
  if (process.argv.includes("--check")) return squeezed(readFileSync(file, "utf8")) !== squeezed(text)
  writeFileSync(file, text)
  return false
})
if (stale.length > 0) {
  faults.push(
    `${stale.map(([path]) => path).join(" and ")} no longer say what the sources hold; run: npm run docs:calls`,
  )
}
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0

function page(language: Language): string {
  const { title, other, intro, head } = words[language]
  const line = "| --- | --- | --- | --- | --- | --- | --- |"
  return `${[title, other, intro, [head, line, ...WECOM_CALLS.map((call) => row(call, language))].join("\n")].join("\n\n")}\n`
}

function row(call: WeComCall, language: Language): string {
  const cells = [
    `\`${call.path}\``,
    call.does[language],
    holds(
      simulator.filter((source) => !isTest(source)),
      call,
    )
      ? "✓"
      : "",
    sdkCell(call),
    commandCell(call),
    gatewayCell(call),
    testCell(call),
  ]
  return `| ${cells.map((cell) => cell || "–").join(" | ")} |`
}

function sdkCell(call: WeComCall): string {
  const isCalled = holds(sdk, call)
  if (call.sdk !== undefined && !isCalled)
    faults.push(`calls.ts says that the SDK calls ${call.path}, and no source does`)
  if (!isCalled) return ""
  return call.sdk === undefined ? "✓" : `\`${call.sdk}\``
}

function commandCell({ command }: WeComCall): string {
  if (command === undefined) return ""
  if (!commands.has(command.split(" ")[0] ?? ""))
    faults.push(`calls.ts names the command ${command}, which there is not`)
  return `\`${command}\``
}

function gatewayCell(call: WeComCall): string {
  if (call.route !== undefined && !routes.includes(`"${call.route}"`)) {
    faults.push(`calls.ts names the route ${call.route}, which there is not`)
  }
  const served = holds(gateway, call) ? "✓" : ""
  return [served, call.route === undefined ? "" : `\`${call.route}\``].filter(Boolean).join(" ")
}

/** The test file that names it most often. */
function testCell({ path }: WeComCall): string {
  const pattern = new RegExp(`[ "'\`/]${path.replaceAll("/", "\\/")}["'\`?\\s]`, "g")
  const [found] = simulator
    .filter(isTest)
    .map((source) => ({ file: source.path, times: source.text.match(pattern)?.length ?? 0 }))
    .filter(({ times }) => times > 0)
    .toSorted((one, other) => other.times - one.times)
  return found === undefined ? "" : `[${found.file.split("/").at(-1) ?? ""}](../${found.file})`
}

function holds(sources: readonly Source[], { path }: WeComCall): boolean {
  const pattern = new RegExp(`"/?(?:cgi-bin/)?${path.replaceAll("/", "\\/")}"`)
  return sources.some(({ text }) => text.includes(path) && pattern.test(text))
}

/** Without the spaces with which the formatter aligns tables. */
function squeezed(text: string): string {
  return text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---")
}
