// A test says above itself which program made for another service it has run: `// client: apprise | gotify, ntfy | Debian`.
import { sourcesBelow } from "../proof/read-tags.ts"

/** The program itself, from Debian or npm, or what its documentation says that it sends. */
const HOW = {
  Debian: { en: "Debian", zh: "Debian" },
  npm: { en: "npm", zh: "npm" },
  request: { en: "its documented requests", zh: "文档中的请求" },
}

export interface Client {
  readonly name: string
  readonly doors: string
  readonly how: keyof typeof HOW
}

/** The clients, ordered by name. @throws for a tag that cannot be read */
export function readClients(root: string): readonly Client[] {
  const clients = sourcesBelow(root).flatMap(({ file, source }) =>
    [...source.matchAll(/^ *\/\/ client: (.+)$/gm)].map(([, tag = ""]) => clientOf(tag, file)),
  )
  return clients.toSorted((one, other) => one.name.localeCompare(other.name, "en", { sensitivity: "base" }))
}

function clientOf(tag: string, file: string): Client {
  const [name = "", doors = "", how = ""] = tag.split("|").map((part) => part.trim())
  if (name === "" || doors === "" || !isHow(how)) throw new Error(`${file}: // client: ${tag}`)
  return { name, doors, how }
}

function isHow(word: string): word is keyof typeof HOW {
  return Object.hasOwn(HOW, word)
}

/** The table in the layout of oxfmt. */
export function tableOf(clients: readonly Client[], language: "en" | "zh"): string {
  const head = language === "zh" ? ["程序", "入口", "测试所用"] : ["program", "doors", "tried with"]
  const rows = clients.map(({ name, doors, how }) => [
    name,
    doors
      .split(", ")
      .map((door) => `\`${door}\``)
      .join(language === "zh" ? "、" : ", "),
    HOW[how][language],
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => widthOf(row[column] ?? ""))))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell))).join(" | ")} |`
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n")
}

/** Chinese characters are two columns wide. */
function widthOf(text: string): number {
  return text.length + (text.match(/[\u3000-\u9fff\uff00-\uffef]/g) ?? []).length
}
