import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import type { CallbackOptions } from "../options.ts"
import { APP } from "./app-settings.ts"

/** The caller gets no more than that a parser was in the way: the developer reads the rest in the warning. */
export async function isToldShortly(answer: Response): Promise<void> {
  assert.equal(answer.status, 500)
  const text = await answer.text()
  assert.ok(text.includes("body parser") && text.length < 200, text)
}

/** Options whose refusals, and the process whose warnings, are written down. */
export function listenFor(t: TestContext): { options: CallbackOptions; warnings: string[]; refusals: string[] } {
  const warnings: string[] = []
  const refusals: string[] = []
  t.mock.method(process, "emitWarning", (message: string) => void warnings.push(message))
  return { options: { ...APP, onRefused: ({ reason }) => void refusals.push(reason) }, warnings, refusals }
}
