import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { ranAt } from "./covered.ts"
import { changed } from "./find-places.ts"
import type { Change } from "./find-places.ts"
import type { Reach } from "./reach.ts"
import { runTestFile } from "./run-test-file.ts"

export interface Tried {
  readonly change: Change
  /** The test that noticed it; undefined when it survived. */
  readonly noticedBy: string | undefined
  readonly testsRun: number
}

interface TryOptions {
  /** The root of a tree of its own. */
  readonly tree: string
  readonly reaches: readonly Reach[]
  /** A change that no test has noticed in this time counts as one that survived. */
  readonly mostMs: number
  readonly noticers: Noticers
}

/** Makes the change in the tree, runs the tests that reach it until one fails, and takes it back. */
export async function tryChange(change: Change, { tree, reaches, mostMs, noticers }: TryOptions): Promise<Tried> {
  const path = join(tree, change.file)
  const source = await readFile(path, "utf8")
  const tests = noticers.inOrder(change.file, testsFor(change, source, reaches))
  const startedAt = performance.now()
  try {
    await writeFile(path, changed(source, change))
    for (const [index, { test, tookMs }] of tests.entries()) {
      if (performance.now() - startedAt > mostMs) return { change, noticedBy: undefined, testsRun: index }
      const limitMs = tookMs * TIMES_AS_LONG + LEAST_MS
      const { outcome, said } = await runTestFile(test, { cwd: tree, limitMs })
      if (outcome === "passed") continue
      if (outcome === "late" && !(await isInTime(path, source, change, { test, cwd: tree, limitMs }))) continue
      noticers.note(change.file, test)
      const how = outcome === "late" ? `did not end within ${Math.round(limitMs / 1000)} s` : said
      return { change, noticedBy: `${test}: ${how}`, testsRun: index + 1 }
    }
    return { change, noticedBy: undefined, testsRun: tests.length }
  } finally {
    await writeFile(path, source)
  }
}

/** Which tests have noticed changes of a file: they may well notice the next one. */
export class Noticers {
  readonly #counts = new Map<string, Map<string, number>>()

  note(file: string, test: string): void {
    const ofFile = this.#counts.get(file) ?? new Map<string, number>()
    this.#counts.set(file, ofFile.set(test, (ofFile.get(test) ?? 0) + 1))
  }

  /** The file's own test comes first; the others by their time, divided by one more than the changes they have noticed. */
  inOrder(file: string, tests: readonly Reach[]): readonly Reach[] {
    const beside = file.replace(/\.ts$/, ".test.ts")
    const counts = this.#counts.get(file)
    const cost = ({ test, tookMs }: Reach): number => (test === beside ? 0 : tookMs / (1 + (counts?.get(test) ?? 0)))
    return tests.toSorted((a, b) => cost(a) - cost(b))
  }
}

/** Whether the test ends in time without the change. If not, the machine is busy, and the test has not noticed the change. */
async function isInTime(
  path: string,
  source: string,
  change: Change,
  { test, cwd, limitMs }: { readonly test: string; readonly cwd: string; readonly limitMs: number },
): Promise<boolean> {
  await writeFile(path, source)
  const { outcome } = await runTestFile(test, { cwd, limitMs })
  await writeFile(path, changed(source, change))
  return outcome === "passed"
}

/** The tests that run the changed place. */
export function testsFor(change: Change, source: string, reaches: readonly Reach[]): readonly Reach[] {
  const places = placesOf(change, source)
  return reaches.filter(({ ran }) => places.some((at) => ranAt(ran[change.file] ?? [], at)))
}

/** For a constant of the file, the places where it is used, because every test that loads the file runs its declaration. */
function placesOf({ start, runsAt }: Change, source: string): readonly number[] {
  for (const [text, name = ""] of source.matchAll(/^const (\w+)\b[^\n]*(?:\n[ )}\]][^\n]*)*/gm)) {
    const at = source.indexOf(`\n${text}`) + 1
    if (start < at || start >= at + text.length) continue
    const uses = [...source.matchAll(new RegExp(`\\b${name}\\b`, "g"))].map(({ index }) => index)
    return uses.filter((use) => use < at || use >= at + text.length)
  }
  return [runsAt]
}

const TIMES_AS_LONG = 3
const LEAST_MS = 5000
