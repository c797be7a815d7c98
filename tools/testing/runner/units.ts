import { shuffled } from "./shuffled.ts"

/** The files of one process. */
export type Unit = readonly string[]

export interface Grouping {
  /** Whether a file has a process of its own. */
  readonly isAlone: (file: string) => boolean
  /** How long a file takes, if that is known. */
  readonly ms: (file: string) => number
  /** With a seed, other files run together than usual, in another order. */
  readonly seed?: number | undefined
}

/** A smaller number would start more processes; with a larger one, a late process would still run when all others have ended. */
const MOST_FILES = 12

/**
 * The longest units come first. Which files are together depends only on their names and the seed.
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

/** Files of one package run together, because they load many of the same modules. */
function packageOf(file: string): string {
  return /^packages\/[^/]+/.exec(file)?.[0] ?? "others"
}

function divided(files: readonly string[]): readonly Unit[] {
  const count = Math.ceil(files.length / MOST_FILES)
  const size = Math.ceil(files.length / count)
  return Array.from({ length: count }, (_, index) => files.slice(index * size, (index + 1) * size))
}
