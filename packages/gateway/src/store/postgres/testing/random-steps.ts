import { fc } from "../../../../../../tools/testing/fast-check.ts"
import { PRIORITIES } from "../../../model/message.ts"
import { HOUR_MS } from "../../testing/build.ts"

export const APPS = ["alerts", "hr"] as const
const UPDATES = ["cancel", "cancelOne", "retry", "expire", "delay", "problem", "mended", "abandon", "recall"] as const
/** The number selects one of those that exist. */
const pick = fc.nat(1000)

const accept = fc.record({
  do: fc.constant("accept" as const),
  app: fc.constantFrom("alerts", "alerts", "alerts", "hr"),
  priority: fc.constantFrom(...PRIORITIES),
  orderKey: fc.constantFrom(undefined, undefined, "k", "l"),
  people: fc.integer({ min: 1, max: 5 }),
  afterMs: fc.constantFrom(0, 0, 0, 1000, 300_000),
  expiresAfterMs: fc.constantFrom(HOUR_MS, HOUR_MS, 24 * HOUR_MS, 600_000),
  key: fc.constantFrom(undefined, undefined, undefined, "a", "b"),
  isFreedByEnd: fc.boolean(),
  fingerprint: fc.constantFrom("one", "two"),
  trace: fc.constantFrom(undefined, undefined, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 a=1"),
})

/** A step on a store. Which message, call or recipient it concerns depends on those that exist. */
const later = fc.oneof(
  { weight: 4, arbitrary: accept },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("claim" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("begin" as const),
      which: pick,
      people: pick,
      body: fc.constantFrom("own", "x", "y"),
      isShared: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("repeat" as const), which: pick }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      which: pick,
      how: fc.constantFrom("sent", "sent", "some", "busy", "lost", "refused", "notSent", "givenUp"),
      isRepeated: fc.boolean(),
      isDue: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("release" as const),
      which: pick,
      afterMs: fc.constantFrom(0, 0, 1000, 300_000),
      holdsLane: fc.constantFrom(undefined, 0, 1000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("update" as const),
      which: pick,
      how: fc.constantFrom(...UPDATES),
      who: pick,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delayCall" as const), which: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("letLaneGoOn" as const), which: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("makeAppDue" as const), app: fc.constantFrom(...APPS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("makeDue" as const), which: pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 1000, 60_000, 400_000, HOUR_MS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
)

/** Some messages, and the steps on them. */
export const randomSteps = fc
  .tuple(
    fc.array(accept, { minLength: 2, maxLength: 5, size: "max" }),
    fc.array(later, { minLength: 20, maxLength: 60, size: "max" }),
  )
  .map(([first, then]): readonly Step[] => [...first, ...then])

export type Step = typeof later extends fc.Arbitrary<infer S> ? S : never
export type StepOf<Name extends Step["do"]> = Extract<Step, { do: Name }>
