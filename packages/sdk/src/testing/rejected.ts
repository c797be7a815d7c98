import assert from "node:assert/strict"
import { WeComError } from "../wecom-error.ts"

/** The error that a call ends with, which must be one of ours. */
export async function rejected(call: Promise<unknown>): Promise<WeComError> {
  const error = await call.then(
    () => assert.fail("it succeeded"),
    (error: unknown) => error,
  )
  assert.ok(error instanceof WeComError, String(error))
  return error
}
