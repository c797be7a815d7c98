import type { Fields } from "./loose.ts"

/** The props of the content of a bubble: only its own part of the message. */
export interface BodyProps {
  readonly fields: Fields
}
