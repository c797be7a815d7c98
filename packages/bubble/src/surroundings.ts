import { createContext, useContext } from "react"
import type { BubbleProps } from "./bubble-props.ts"
import { WORDS, type Words } from "./words.ts"

/** What any part of a bubble may use besides its own fields. */
export interface Surroundings {
  readonly words: Words
  readonly mediaUrl: NonNullable<BubbleProps["mediaUrl"]>
  readonly mediaName: NonNullable<BubbleProps["mediaName"]>
  readonly onPress: BubbleProps["onPress"]
  readonly pressed: BubbleProps["pressed"]
}

export const SurroundingsContext = createContext<Surroundings>({
  words: WORDS.zh,
  mediaUrl: () => undefined,
  mediaName: () => undefined,
  onPress: undefined,
  pressed: undefined,
})

export const useSurroundings = (): Surroundings => useContext(SurroundingsContext)
export const useWords = (): Words => useSurroundings().words
