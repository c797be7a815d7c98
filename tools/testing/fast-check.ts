import { relative } from "node:path"
import { getTestContext } from "node:test"
import * as fc from "fast-check"

/**
 * fast-check, whose failures end with the command that runs the failing case again. The tests take it from here and never
 * from the package. `FC_SEED` and `FC_PATH` are what that command sets; they hold for each property that then runs.
 */
export * as fc from "fast-check"

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

/** What a shell and `--test-name-pattern` take for this title and no other. */
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
