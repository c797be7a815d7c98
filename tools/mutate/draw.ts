import { Random } from "../../chaos/lib/random.ts"

/** Draws `count` items, or all if there are fewer, in an order that depends only on the seed. */
export function draw<T>(from: readonly T[], count: number, seed: string): readonly T[] {
  const random = new Random(seed)
  const left = [...from]
  const drawn: T[] = []
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(random.integer(0, left.length - 1), 1))
  return drawn
}
