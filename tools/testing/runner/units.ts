import { shuffled } from "./shuffled.ts"

/** Files of one process. */
export type Unit = readonly string[]

export interface Grouping {
  /** Whether a file has a process to itself. */
  readonly isAlone: (file: string) => boolean
  /** How long it takes, as far as that is known. */
  readonly ms: (file: string) => number
  /** Other files together than usual, in another order. */
  readonly seed?: number | undefined
}

/** Fewer would start more processes; with more of them one that begins late would end alone. */
const MOST_FILES = 12

/**
 * What takes longest is first. Which files are together depends on nothing but their names and the seed.
 * @param files from the root, in order
 */
export function unitsOf(files: readonly string[], { isAlone, ms, seed }: Grouping): readonly Unit[] {
  const { alone = [], together = [] } = Object.groupBy(files, (file) => (isAlone(file) ? "alone" : "together"))
  const groups =
    seed === undefined
      ? [...Map.groupBy(together, packageOf).values()].flatMap(divided)
      : divided(shuffled(together, seed))
  const msOf = (unit: Unit): number => unit.reduce((sum, file) => sum + ms(file), 0)
  return [...alone.map((file) => [file]), ...groups].toSorted((one, other) => msOf(other) - msOf(one))
}

/** Files of one package load much that is the same. */
function packageOf(file: string): string {
  return /^packages\/[^/]+/.exec(file)?.[0] ?? "others"
}

function divided(files: readonly string[]): readonly Unit[] {
  const count = Math.ceil(files.length / MOST_FILES)
  const size = Math.ceil(files.length / count)
  return Array.from({ length: count }, (_, index) => files.slice(index * size, (index + 1) * size))
}
