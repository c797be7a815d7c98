import { ARTICLES } from "./examples/articles.ts"
import { ANSWERED_CARDS, CARDS } from "./examples/cards.ts"
import type { Example } from "./examples/example.ts"
import { ODD_MESSAGES } from "./examples/odd-messages.ts"
import { PLAIN_MESSAGES } from "./examples/plain-messages.ts"

export { exampleMediaName, examplePicture, MEDIA_IDS } from "./examples/example-media.ts"
export type { Example } from "./examples/example.ts"

/** One of everything a message can be, in Chinese and in English. */
export const EXAMPLES: readonly Example[] = [
  ...PLAIN_MESSAGES,
  ...ARTICLES,
  ...CARDS,
  ...ANSWERED_CARDS,
  ...ODD_MESSAGES,
]
