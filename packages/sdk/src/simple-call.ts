import type { Language } from "@wecom-push/protocol"
import type { Api, ApiAnswer, ApiRequest } from "./api.ts"
import { refusedError } from "./make-error.ts"

export interface SimpleCallDeps {
  readonly api: Pick<Api, "call" | "clock">
  readonly language: Language
  readonly callTimeoutMs: number
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

/**
 * A call that either succeeds or fails as a whole.
 * @throws {WeComError} `refused` for any errcode but 0, and what `Api.call` throws
 */
export async function callOrThrow(
  { api, language, callTimeoutMs }: SimpleCallDeps,
  request: Omit<ApiRequest, "deadline" | "signal">,
  { signal }: CallOptions,
): Promise<ApiAnswer> {
  const answer = await api.call({
    ...request,
    deadline: api.clock.now() + callTimeoutMs,
    ...(signal === undefined ? {} : { signal }),
  })
  if (answer.errcode !== 0) throw refusedError(answer, { api: request.path, language })
  return answer
}
