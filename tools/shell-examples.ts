// Reads the shell examples of the guides: the commands, and their output where the guide shows it.

export interface ShellExample {
  /** The line of the guide on which it begins. */
  readonly line: number
  readonly script: string
  /** The block of JSON or text directly after it; undefined when the guide shows no output. */
  readonly output: string | undefined
  readonly exitCode: number
  /** Whether each line starts a program that prints its address, and exits with 0 when it is stopped. */
  readonly untilStopped: boolean
}

/**
 * Every block marked `sh`, in order. A comment before it adds information: `<!-- exit 28 -->` an exit code other than 0,
 * `<!-- until stopped -->` that it does not end by itself, `<!-- not run: why -->` that it is not run.
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

/** The reasons why blocks of a page are not run. */
export function reasonsNotRun(markdown: string): string[] {
  return [...markdown.matchAll(/^ *<!-- not run: (.*) -->$/gm)].map(([, reason = ""]) => reason)
}

const BLOCK =
  /(?:<!-- (?<before>[^\n]*?) -->\n\s*)?^(?<indent> *)```sh\n(?<script>[\s\S]*?)^ *```$(?:\n\n```(?:json|text)\n(?<output>[\s\S]*?)^```$)?/gm

/**
 * Whether the output is what the guide shows. JSON is compared by its values, other text line by line. Ids, keys and times are
 * compared by their form, because they differ each time. `…` in the guide matches anything.
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

/** Fields whose value differs each time and has no recognizable form. */
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
