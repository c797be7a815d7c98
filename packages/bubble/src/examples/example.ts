import type { BubbleMessage } from "../bubble-message.ts"

export interface Example {
  readonly name: InBoth<string>
  readonly message: InBoth<BubbleMessage>
  readonly recalled?: boolean
  readonly pressed?: string
}

type InBoth<Value> = Readonly<Record<"zh" | "en", Value>>

/** Takes one of the two. */
export type Say = (zh: string, en: string) => string

const both = <Value>(make: (say: Say) => Value): InBoth<Value> => ({
  zh: make((zh) => zh),
  en: make((_zh, en) => en),
})

export function example(
  name: readonly [zh: string, en: string],
  make: (say: Say) => BubbleMessage,
  more: Pick<Example, "recalled" | "pressed"> = {},
): Example {
  return { name: both((say) => say(...name)), message: both(make), ...more }
}
