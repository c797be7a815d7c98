import { readdir, readFile } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"

/** The pieces of a file that ran, in order and without overlap; `to` is not included. */
export type Ran = readonly (readonly [from: number, to: number])[]

interface V8Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

interface V8Report {
  readonly result: readonly {
    readonly url: string
    readonly functions: readonly { readonly ranges: readonly V8Range[] }[]
  }[]
}

/**
 * Reads from the files of `NODE_V8_COVERAGE` which parts of a tree's files ran, in any process. Types are replaced by blanks,
 * so that positions are those of the source.
 */
export async function readCoverage(folder: string, root: string): Promise<ReadonlyMap<string, Ran>> {
  const ran = new Map<string, Uint8Array>()
  for (const name of await readdir(folder)) {
    const { result } = JSON.parse(await readFile(join(folder, name), "utf8")) as V8Report
    for (const { url, functions } of result) {
      const file = pathIn(root, url)
      if (file === undefined) continue
      const ofProcess = paint(functions.flatMap(({ ranges }) => ranges))
      ran.set(file, either(ran.get(file), ofProcess))
    }
  }
  return new Map([...ran].map(([file, marks]) => [file, toRanges(marks)]))
}

export function ranAt(ran: Ran, at: number): boolean {
  return ran.some(([from, to]) => from <= at && at < to)
}

function pathIn(root: string, url: string): string | undefined {
  if (!url.startsWith("file:")) return undefined
  const path = relative(root, fileURLToPath(url))
  return path.startsWith("..") || path.startsWith("node_modules") ? undefined : path.split(sep).join("/")
}

/** Inner ranges override the outer ones, because they are more exact. */
function paint(ranges: readonly V8Range[]): Uint8Array {
  const marks = new Uint8Array(Math.max(0, ...ranges.map(({ endOffset }) => endOffset)))
  const widestFirst = ranges.toSorted((a, b) => b.endOffset - b.startOffset - (a.endOffset - a.startOffset))
  for (const { startOffset, endOffset, count } of widestFirst) marks.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  return marks
}

function either(one: Uint8Array | undefined, other: Uint8Array): Uint8Array {
  if (one === undefined) return other
  const [longer, shorter] = one.length > other.length ? [one, other] : [other, one]
  for (const [at, mark] of shorter.entries()) if (mark === 1) longer[at] = 1
  return longer
}

function toRanges(marks: Uint8Array): Ran {
  const ranges: [number, number][] = []
  for (let from = marks.indexOf(1); from !== -1;) {
    const end = marks.indexOf(0, from)
    const to = end === -1 ? marks.length : end
    ranges.push([from, to])
    from = marks.indexOf(1, to)
  }
  return ranges
}
