import type { Fields } from "./loose.ts"

/** What is drawn inside a bubble knows only the part of the message that is its own. */
export interface BodyProps {
  readonly fields: Fields
}
