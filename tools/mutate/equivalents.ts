import type { ChangedLines } from "./show-change.ts"

/** A change after which the code does the same, so that no test can notice it. */
interface Equivalent {
  readonly file: string
  /** The lines it touches, each without what stands around it, joined by a blank. */
  readonly before: string
  readonly after: string
  readonly why: string
}

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: "packages/protocol/src/delivery/answer.ts",
    before: 'const json = (body.startsWith("\\uFEFF") ? body.slice(1) : body).trim()',
    after: 'const json = (body.startsWith("\\uFEFF") ? body.slice(0) : body).trim()',
    why: "A byte order mark counts as white space, so that trim takes it away as well.",
  },
  {
    file: "packages/protocol/src/delivery/answer.ts",
    before: 'if (value === undefined || value === "") return NOBODY',
    after: ";",
    why: "A shorter way: the lines after it make an empty list of what is missing and of an empty text.",
  },
  {
    file: "packages/protocol/src/delivery/answer.ts",
    before: 'if (value === undefined || value === "") return NOBODY',
    after: 'if (value === undefined && value === "") return NOBODY',
    why: "A shorter way: the lines after it make an empty list of what is missing and of an empty text.",
  },
  {
    file: "packages/protocol/src/delivery/recipient-results.ts",
    before: "if (complaints === 0) return { of: () => others, unknownIds: nobody }",
    after: ";",
    why: "A faster way for the answer that complains of nobody: an empty table says the same.",
  },
  {
    file: "packages/protocol/src/delivery/fill-calls.ts",
    before: "this.#from[kind] = index",
    after: ";",
    why: "Calls that are full are looked at again from the first one, with the same end.",
  },
  {
    file: "packages/protocol/src/delivery/fill-calls.ts",
    before: "readonly #from: Counts = { user: 0, department: 0, tag: 0, all: 0 }",
    after: "readonly #from: Counts = { user: 0, department: 0, tag: 0, all: 1 }",
    why: "Everybody is the only target of its message, so that a new call is opened for it either way.",
  },
  {
    file: "packages/protocol/src/delivery/fill-calls.ts",
    before: "this.#counts.push({ user: 0, department: 0, tag: 0, all: 0 })",
    after: "this.#counts.push({ user: 0, department: 0, tag: 0, all: 1 })",
    why: "Everybody is the only target of its message, so that no call that is open is asked for room for it.",
  },
  {
    file: "packages/gateway/src/delivery/scheduler.ts",
    before: "const [oldest] = due.toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))",
    after: "const [oldest] = due.toSorted((a, b) => (a.dueAt ?? 1) - (b.dueAt ?? 0))",
    why: "Only rows that have a time are among those that are due: the figure is there for the compiler.",
  },
  {
    file: "packages/gateway/src/delivery/scheduler.ts",
    before: "if (counts === undefined) return",
    after: ";",
    why: "Whoever is counted down was counted up before: the line is there for the compiler.",
  },
  {
    file: "packages/gateway/src/domain/apply-updates.ts",
    before: "if (slot === undefined || state === undefined || !applies(update, chunk, slot, state)) continue",
    after: "if (slot === undefined && state === undefined || !applies(update, chunk, slot, state)) continue",
    why: "A slot that there is has a state, and one that there is not has none: they are missing together.",
  },
]

export function whyEquivalent(
  file: string,
  { before, after }: ChangedLines,
  all: readonly Equivalent[] = EQUIVALENTS,
): string | undefined {
  const isIt = (each: Equivalent): boolean =>
    each.file === file && each.before === onOneLine(before) && each.after === onOneLine(after)
  return all.find(isIt)?.why
}

function onOneLine(lines: readonly string[]): string {
  return lines.map((line) => line.trim()).join(" ")
}
