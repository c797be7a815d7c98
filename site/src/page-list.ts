// Lists the Markdown files that become pages, with their part of the sidebar and their address.
import { existsSync, globSync } from "node:fs"
import { join, resolve } from "node:path"
import { API_ENTRIES } from "./api-entries.ts"

export const REPOSITORY = resolve(import.meta.dirname, "../..")

/** The output folder of `write-api-pages.ts`; links lead to these pages as if they were in `docs/api`. */
export const API_FOLDER = resolve(import.meta.dirname, "../.api")

/** The name of the first page, which is the README. Other pages have the names of their files, without `docs/`. */
export const FIRST_PAGE = "index"

const gatewayPages = [
  "send",
  "results",
  "cancel",
  "limits",
  "cards",
  "files",
  "look-ups",
  "robots",
  "chats",
  "ways-in",
  "errors",
  "keys",
  "mcp",
]
const commandPages = ["send", "long-lists", "cards", "chats", "contacts", "results", "callbacks", "configuration"]
const dropInPages = ["send", "keys", "cards", "chats", "files", "other-calls", "fixed-base-url"]
const sdkPages = [
  "recipients",
  "contacts",
  "messages",
  "checks",
  "cards",
  "files",
  "results",
  "long-lists",
  "robots",
  "chats",
  "callbacks",
  "smart-robots",
  "stores",
  "limits",
  "network",
  "hooks",
]
const simulatorPages = [
  "tests",
  "organisation",
  "chats",
  "contacts",
  "files",
  "faults",
  "callbacks",
  "smart-robots",
  "settings",
  "control",
  "network",
  "phones",
  "panel",
  "gallery",
]
const operatorsPages = ["run", "watch", "trace", "several", "backup", "upgrade", "capacity"]
const recipes = ["phone-number", "cards-that-answer", "tests-without-wecom", "trusted-addresses", "moving"]
const below = (folder: string, names: readonly string[]): string[] => names.map((name) => `${folder}/${name}`)

interface Section {
  readonly zh: string
  readonly en: string
  readonly pages: readonly string[]
  /** Whether the section is closed until the reader opens it, or one of its pages. */
  readonly isLong?: true
}

export const SECTIONS: readonly Section[] = [
  { zh: "开始", en: "Start", pages: [FIRST_PAGE, "guide-first-hour"] },
  {
    zh: "指南",
    en: "Guides",
    pages: ["guide-client"],
  },
  { zh: "常用做法", en: "Recipes", pages: below("recipes", recipes) },
  { zh: "命令", en: "Command", pages: ["guide-command", ...below("command", commandPages)] },
  { zh: "SDK", en: "SDK", pages: ["guide-sdk", ...below("sdk", sdkPages)] },
  { zh: "模拟器", en: "Simulator", pages: ["guide-simulator", ...below("simulator", simulatorPages)] },
  { zh: "网关", en: "Gateway", pages: ["guide-gateway", ...below("gateway", gatewayPages)] },
  { zh: "直接替换接口", en: "Drop-in endpoint", pages: ["guide-drop-in", ...below("drop-in", dropInPages)] },
  { zh: "运维", en: "Operate", pages: below("gateway", operatorsPages) },
  {
    zh: "参考",
    en: "Reference",
    pages: ["wecom-calls", "wecom-rules", "errors", "states", "database-errors", "glossary"],
  },
  { zh: "API", en: "API", pages: API_ENTRIES.map(({ page }) => page), isLong: true },
  { zh: "能力与边界", en: "Capacity and proof", pages: ["scale", "proof"] },
  { zh: "架构与决策", en: "Architecture and decisions", pages: ["architecture", ...decisions()], isLong: true },
]

export const PAGES: readonly string[] = SECTIONS.flatMap(({ pages }) => pages)

/** Whether a page belongs to the API. Its names are searched in both languages. */
export function isOfApi(page: string): boolean {
  return page.startsWith("api/")
}

/** Whether a page is only in English, as pages for developers of the project and pages made from docstrings are. */
export function isInEnglishOnly(page: string): boolean {
  return !existsSync(join(REPOSITORY, fileOf(page, "zh")))
}

export function fileOf(page: string, language: "zh" | "en"): string {
  const file = page === FIRST_PAGE ? "README" : `docs/${page}`
  return `${file}${language === "zh" ? ".zh-CN" : ""}.md`
}

/** The location of a file. @param file the path from the root of the repository */
export function placeOf(file: string): string {
  return file.startsWith("docs/api/") ? join(API_FOLDER, file.slice("docs/api/".length)) : join(REPOSITORY, file)
}

/** The page that a file becomes, its path given from the root of the repository. */
export function pageOf(file: string): { readonly page: string; readonly language: "zh" | "en" } | undefined {
  const { name = "", zh } = /^(?<name>.*?)(?<zh>\.zh-CN)?\.md$/.exec(file)?.groups ?? {}
  const language = zh === undefined ? "en" : "zh"
  const page = PAGES.find((page) => fileOf(page, "en") === `${name}.md`)
  return page === undefined ? undefined : { page, language }
}

/** Most readers read Chinese: its pages are at `/`, the English ones below `/en/`. */
export function addressOf(page: string, language: "zh" | "en"): string {
  const path = page === FIRST_PAGE ? "" : `${page}/`
  return language === "zh" ? `/${path}` : `/en/${path}`
}

function decisions(): string[] {
  return globSync("decisions/*.md", { cwd: join(REPOSITORY, "docs") })
    .map((file) => file.replace(".md", ""))
    .toSorted()
}
