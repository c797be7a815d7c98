import { globSync, readFileSync } from "node:fs"
import { parseSync } from "rolldown/utils"

export interface Pattern {
  readonly file: string
  readonly source: string
  readonly flags: string
}

const PACKAGES = new URL("../../../../../", import.meta.url).pathname

/** Every pattern in the sources that run in a gateway, each once. */
export function patternsOfTheGateway(): readonly Pattern[] {
  const files = globSync("{protocol,sdk,gateway}/src/**/*.ts", { cwd: PACKAGES }).filter(
    (file) => !/\.test\.ts$|\/testing\/|\.contract\.ts$/.test(file),
  )
  const patterns = files.flatMap((file) => {
    const { program } = parseSync(file, readFileSync(PACKAGES + file, "utf8"))
    return [...literalsIn(program)].map(({ pattern, flags }) => ({ file, source: pattern, flags }))
  })
  return [...new Map(patterns.map((pattern) => [`/${pattern.source}/${pattern.flags}`, pattern])).values()]
}

function* literalsIn(node: unknown): Generator<{ readonly pattern: string; readonly flags: string }> {
  if (typeof node !== "object" || node === null) return
  if ("regex" in node) yield node.regex as { readonly pattern: string; readonly flags: string }
  else for (const part of Object.values(node)) yield* literalsIn(part)
}

/** Texts of `length` that repeat what the pattern itself looks for, with an end that it does not match. */
export function hostileTexts({ source }: Pattern, length: number): readonly string[] {
  const words = new Set(source.match(/[\w:=<>/"' -]{2,}/g))
  const characters = new Set([...source.replaceAll("\\", "").split(""), " ", "\t", "1", "a", "Z", "中", "\\"])
  return ["", ...words].flatMap((word) =>
    [...characters].map((character) => {
      const part = word + character
      return `${part.repeat(Math.ceil(length / part.length))}\u0001`
    }),
  )
}

/** Milliseconds that the pattern takes for the text: the least of three times, since other work runs here too. */
export function timeOf({ source, flags }: Pattern, text: string): number {
  const times = Array.from({ length: 3 }, () => {
    const pattern = new RegExp(source, flags)
    const startedAt = performance.now()
    text.replace(pattern, "")
    return performance.now() - startedAt
  })
  return Math.min(...times)
}

/** Whether a repetition without bounds contains another one. The time of such patterns doubles with each character. */
export function repeatsARepetition(source: string): boolean {
  // For each open group: whether it contains a repetition.
  const groups = [false]
  let wasRepeating = false
  for (const [token] of source.matchAll(TOKENS)) {
    const isRepetition = /^(?:[*+]|\{\d+,\})$/.test(token)
    if (isRepetition && wasRepeating) return true
    wasRepeating = token === ")" && groups.pop() === true
    if (token.startsWith("(")) groups.push(false)
    else if (isRepetition || wasRepeating) groups[groups.length - 1] = true
  }
  return false
}

const TOKENS = /\\.|\[(?:\\.|[^\]\\])*\]|\{\d+,\}|[^]/g
