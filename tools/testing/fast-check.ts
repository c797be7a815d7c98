import { relative } from "node:path"
import { getTestContext } from "node:test"
import * as fc from "fast-check"

/**
 * fast-check with failures that end with the command that runs the failing case again. Tests import it from here and never
 * from the package. That command sets `FC_SEED` and `FC_PATH`, which apply to each property that then runs.
 */
export * as fc from "fast-check"

/**
 * Text of any characters, as `fc.string({ unit: "binary" })`. Before the first use of that in a process, fast-check lists each
 * of Unicode's million code points.
 */
export function anyText(constraints: Omit<fc.StringConstraints, "unit"> = {}): fc.Arbitrary<string> {
  return fc.string({ ...constraints, unit: anyCharacter })
}

const HALVES_OF_PAIRS = { from: 0xd800, count: 0x800 }

const anyCharacter = fc.integer({ min: 0, max: 0x10_ffff - HALVES_OF_PAIRS.count }).map(
  (number) => String.fromCodePoint(number < HALVES_OF_PAIRS.from ? number : number + HALVES_OF_PAIRS.count),
  (character) => {
    const point = typeof character === "string" ? character.codePointAt(0) : undefined
    if (point === undefined || String.fromCodePoint(point) !== character) throw new TypeError("no character")
    return point < HALVES_OF_PAIRS.from ? point : point - HALVES_OF_PAIRS.count
  },
)

const seed = numberOf("FC_SEED")
const path = process.env["FC_PATH"]

fc.configureGlobal({
  ...(seed !== undefined && { seed }),
  ...(path !== undefined && { path }),
  reporter: report,
})

function report(run: fc.RunDetails<unknown>): void {
  const told = fc.defaultReportMessage(run)
  if (told === undefined) return
  const again = commandFor(run.seed, run.counterexamplePath)
  throw new Error(`${told}\n\nRun it again:\n${again}`, { cause: run.errorInstance ?? undefined })
}

function commandFor(seed: number, path: string | null): string {
  const test = getTestContext()
  const only = test === undefined ? "" : ` --test-name-pattern=${quoted(patternOf(test.name))}`
  const file = relative(process.cwd(), test?.filePath ?? process.argv[1] ?? "FILE")
  const given = `FC_SEED=${seed}${path === null ? "" : ` FC_PATH=${path}`}`
  return `${given} node --conditions=wecom-push-source --test${only} ${file}`
}

/** A pattern that, in a shell and for `--test-name-pattern`, matches this title and no other. */
function patternOf(title: string): string {
  return `${title.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)}$`
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function numberOf(name: string): number | undefined {
  const given = process.env[name]
  if (given === undefined) return undefined
  const number = Number(given)
  if (!Number.isInteger(number)) throw new Error(`${name} is no whole number: ${given}`)
  return number
}
