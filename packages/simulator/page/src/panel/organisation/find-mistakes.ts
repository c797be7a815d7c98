import type { Problem } from "../control.ts"
import type { Bilingual } from "../bilingual.ts"
import { lineAt, placeOf, placesIn } from "./json-places.ts"

/** A mistake in the document, and its place. */
export interface Mistake {
  readonly offset: number
  readonly line: number
  /** The path that the simulator reports; empty for the whole document. */
  readonly path: string
  readonly detail: Bilingual
}

/** Undefined when the text is JSON. */
export function brokenPlace(text: string, detail: Bilingual): Mistake | undefined {
  const { brokenAt } = placesIn(text)
  return brokenAt === undefined ? undefined : { offset: brokenAt, line: lineAt(text, brokenAt), path: "", detail }
}

/** The simulator's problems with a text that is JSON, in the order of the text. */
export function placedMistakes(text: string, problems: readonly Problem[]): readonly Mistake[] {
  const { places = new Map<string, number>() } = placesIn(text)
  return problems
    .map(({ path, detail }) => {
      const offset = placeOf(path, places)
      return { offset, line: lineAt(text, offset), path, detail }
    })
    .toSorted((a, b) => a.offset - b.offset)
}
