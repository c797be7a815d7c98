// The shell examples of the guides, as data: what is typed, and what it prints where the guide shows it.

export interface ShellExample {
  /** Line of the guide on which it begins. */
  readonly line: number
  readonly script: string
  /** Of a block of JSON or text that follows at once; undefined when the guide shows none. */
  readonly output: string | undefined
  readonly exitCode: number
  /** Each line starts a program that says where it is, and ends well when it is stopped. */
  readonly untilStopped: boolean
}

/**
 * Every block marked `sh`, in order. A comment before it says what cannot be seen: `<!-- exit 28 -->` another exit code
 * than 0, `<!-- until stopped -->` that it does not end by itself, `<!-- not run: why -->` that it is only to be read.
 */
export function shellExamples(markdown: string): ShellExample[] {
  const examples: ShellExample[] = []
  for (const match of markdown.matchAll(BLOCK)) {
    const { before = "", indent = "", script = "", output } = match.groups ?? {}
    if (before.startsWith("not run")) continue
    const line = markdown.slice(0, match.index).split("\n").length
    const exitCode = Number(/^exit (\d+)/.exec(before)?.[1] ?? 0)
    examples.push({
      line,
      script: script.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      output,
      exitCode,
      untilStopped: before === "until stopped",
    })
  }
  return examples
}

/** Why blocks of a page are only to be read. */
export function reasonsNotRun(markdown: string): string[] {
  return [...markdown.matchAll(/^ *<!-- not run: (.*) -->$/gm)].map(([, reason = ""]) => reason)
}

const BLOCK =
  /(?:<!-- (?<before>[^\n]*?) -->\n\s*)?^(?<indent> *)```sh\n(?<script>[\s\S]*?)^ *```$(?:\n\n```(?:json|text)\n(?<output>[\s\S]*?)^```$)?/gm

/**
 * Is this what the guide shows? JSON by its values, other text line by line; ids, keys and times by their form, since
 * they are others each time. `…` in the guide matches anything.
 */
export function isShown(expected: string, actual: string): boolean {
  const [wanted, got] = [parse(expected), parse(actual)]
  if (wanted !== undefined) return got !== undefined && isLike(wanted.value, got.value, "")
  return withoutChance(expected.trimEnd()) === withoutChance(actual.trimEnd())
}

function isLike(expected: unknown, actual: unknown, name: string): boolean {
  if (expected === "…") return true
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return expected.length === actual.length && expected.every((item, index) => isLike(item, actual[index], name))
  }
  if (isObject(expected) && isObject(actual)) {
    const names = Object.keys(expected)
    return names.join() === Object.keys(actual).join() && names.every((key) => isLike(expected[key], actual[key], key))
  }
  if (CHANCE.has(name)) return typeof expected === typeof actual
  if (typeof expected === "string" && typeof actual === "string") {
    return withoutChance(expected) === withoutChance(actual)
  }
  return expected === actual
}

/** Fields that are another value each time and have no form to know them by. */
const CHANCE: ReadonlySet<string> = new Set(["msgid", "prefix"])

function withoutChance(text: string): string {
  return text
    .replaceAll(/\b(msg|key)_[0-9a-f-]{36}/g, "$1_…")
    .replaceAll(/\bmed_[\w-]{32}/g, "med_…")
    .replaceAll(/\bwp_[\w-]{43}/g, "wp_…")
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "…")
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
